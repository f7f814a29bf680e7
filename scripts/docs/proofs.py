"""Which test proves which rule of the contract, read from the tests' source."""

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_Test = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that says `@proves("rule")`."""

    rule: str
    path: str
    """Of the test's file, from the root, with slashes."""
    test: str
    """The function's or class's name."""


def proofs(root: Path) -> list[Proof]:
    """Every proof in the tests under `root`, in the order of their files.

    Raises `ValueError` for one that cannot be read without running it.
    """
    return [
        Proof(rule, path.relative_to(root).as_posix(), test)
        for path in sorted((root / "tests").rglob("*.py"))
        for rule, test in _proofs(path)
    ]


def unproven(rules: Iterable[str], found: Iterable[Proof]) -> list[str]:
    """The rules that no test proves."""
    proven = {proof.rule for proof in found}
    return [rule for rule in rules if rule not in proven]


def faults(rules: Collection[str], found: Iterable[Proof]) -> list[str]:
    """What else is wrong: a rule there is twice, a proof of none, a proof by no test."""
    repeated = [f"{rule} is a rule twice" for rule, n in Counter(rules).items() if n > 1]
    return [*repeated, *(fault for proof in found for fault in _faults(rules, proof))]


def _faults(rules: Collection[str], proof: Proof) -> Iterator[str]:
    place = f"{proof.path}: {proof.test}"
    if proof.rule not in rules:
        yield f"{place} proves {proof.rule}: no such rule"
    if not _is_test(proof):
        yield f"{place} is no test"


def _is_test(proof: Proof) -> bool:
    name = proof.path.rpartition("/")[2]
    return name.startswith("test_") and proof.test.lower().startswith("test")


def _proofs(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text(encoding="utf-8")
    if "@proves(" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _Test):
            for rule in _rules(node, path):
                yield rule, node.name


def _rules(test: _Test, path: Path) -> Iterator[str]:
    for decorator in test.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="proves"), args=arguments):
                yield from _texts(arguments, path)


def _texts(arguments: Iterable[ast.expr], path: Path) -> Iterator[str]:
    for argument in arguments:
        match argument:
            case ast.Constant(value=str(rule)):
                yield rule
            case ast.Starred(value=ast.Tuple(elts=several)):
                yield from _texts(several, path)
            case _:
                raise ValueError(f"{path}:{argument.lineno}: name the rule in plain words")
