from pathlib import Path

import pytest

from scripts.docs.checking import problems
from scripts.docs.generated import GENERATED, stale, write

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text("demo: ## x\n", encoding="utf-8")
    return tmp_path


def written(root: Path, text: str) -> list[str]:
    (root / "README.md").write_text(text, encoding="utf-8")
    return problems(root)


def test_generated_documents_are_as_the_code_is_now() -> None:
    assert stale(REPOSITORY) == [], "run `make docs` and commit what it wrote"


def test_documents_mislead_nobody() -> None:
    assert problems(REPOSITORY) == []


def test_writing_brings_every_generated_document_up_to_date(root: Path) -> None:
    assert write(root) == list(GENERATED)
    assert stale(root) == []
    (root / "docs/lifecycle.md").write_text("old")
    assert write(root) == ["docs/lifecycle.md"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[x](gone.md)", "there is no gone.md"),
        ("![x](gone.png)", "there is no gone.png"),
        ('<img src="gone.png">', "there is no gone.png"),
        ("# One\n\n[x](#two)", "README.md has no heading #two"),
        ("Run `make lunch`.", "make has no target lunch"),
        ("    make demo lunch", "make has no target lunch"),
        ("```sh\n$ make PYTHON=python3 lunch\n```", "make has no target lunch"),
        ("```sh\nsmartcart orders sell\n```", "orders has no command sell"),
        ("```sh\nX=1 smartcart marketplace run --prot 1\n```", "run has no option --prot"),
        ("    smartcart marketplace \\\n        run --prot 1", "run has no option --prot"),
        ('Say `smartcart place "x`.', "is not a command: No closing quotation"),
        ("```toml\n[merchant]\nprot = 1\n```", "[merchant] has no setting prot"),
        ("```toml\n[merchant\n```", "is not TOML"),
        ("```json\n{,}\n```", "is not JSON"),
        ("```python\ndef\n```", "is not Python"),
        ("Set `SMARTCART_MERCHANT_PROT`.", "there is no variable SMARTCART_MERCHANT_PROT"),
        ("```sh\nSMARTCART_MERCHANT_PROT=1 true\n```", "there is no variable SMARTCART_MERCHANT_P"),
    ],
)
def test_what_would_mislead_a_reader_is_found_with_its_place(
    root: Path, text: str, problem: str
) -> None:
    [found] = written(root, f"Opening.\n\n{text}\n")
    place, _, told = found.partition(": ")
    assert told.startswith(problem)
    assert place == f"README.md:{5 if 'heading' in problem else 3}"


def test_what_works_passes(root: Path) -> None:
    text = """\
# The shop's own

See [above](#the-shops-own), [Skroutz](https://www.skroutz.gr), or run `make demo`.

    smartcart marketplace run --port 8700     # here
    echo make lunch

```console
$ smartcart orders list --help
```

```toml
[merchant]
port = 8800
```

Set `SMARTCART_MERCHANT_PORT` or `SMARTCART_MERCHANT_API_TOKEN_FILE`; `smartcart place …` places.
"""
    assert written(root, text) == []
