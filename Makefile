# Needs only Python 3.11 or newer, pip, git and make. `make PYTHON=python3.12 …` picks another Python.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --upgrade
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

ifeq ($(CI),true)
export SMARTCART_REQUIRE_BROWSER := 1
export SMARTCART_REQUIRE_SERVERS := 1
endif

.PHONY: help install demo test lint bench docs chaos hostile backlog security pins browser servers
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(DEVELOPMENT) ## everything to run, test and change the project, into .venv

demo: $(RUNTIME) ## a marketplace and a shop that trade before your eyes
	@$(BIN)/smartcart demo

test: $(DEVELOPMENT) browser servers ## the whole test suite, on SQLite and PostgreSQL
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --ignore tests/security
	$(BIN)/python -m pytest tests/security

lint: $(DEVELOPMENT) ## style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEVELOPMENT) ## what we claim, measured beside its baselines, into bench/out
	$(BIN)/python -m bench

docs: $(DEVELOPMENT) ## write the generated documents, check links and examples
	$(BIN)/python -m scripts.docs

chaos: $(DEVELOPMENT) ## kill, restart and cut off everything over 100,000 orders, and count what is left
	$(BIN)/python -m tests.chaos $(ARGS)

hostile: $(DEVELOPMENT) ## the shop against a marketplace that does everything wrong, over 20,000 orders
	$(BIN)/python -m tests.hostile

backlog: $(DEVELOPMENT) ## every receiver away for what stands for an hour of traffic, and back
	$(BIN)/python -m tests.backlog

security: $(DEVELOPMENT) ## try everything hostile at what is sent out, and count what is refused
	$(BIN)/python -m tests.security

pins: $(DEVELOPMENT) ## take the newest release of every dependency
	$(PIP) uv
	$(COMPILE) pyproject.toml --all-extras --output-file requirements.txt
	$(COMPILE) --constraint requirements.txt --group dev --output-file requirements-dev.txt
	$(COMPILE) --constraint requirements.txt --group build --output-file requirements-build.txt

browser:
	@scripts/browser.sh

servers:
	@scripts/servers.sh

$(BIN)/python:
	@PYTHON="$(PYTHON)" scripts/venv.sh $(VENV)

$(RUNTIME): requirements.txt requirements-build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what smartcart runs on"
	@$(PIP) -r requirements.txt -r requirements-build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements.txt -r requirements-dev.txt
	@touch $@
