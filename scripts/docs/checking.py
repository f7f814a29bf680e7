"""Finds what a reader would stumble over: dead links, examples that would not work."""

from collections.abc import Iterator
from pathlib import Path

from scripts.docs.examples import Examples
from scripts.docs.markdown import Document, Found

_ELSEWHERE = ("http://", "https://", "mailto:")


def problems(root: Path) -> list[str]:
    """Everything wrong in the Markdown documents at `root` and in its docs folder.

    Each as "path:line: what". Links into the web are not followed.
    """
    examples = Examples.of(root)
    documents = [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]
    return [
        f"{path.relative_to(root)}:{line}: {problem}"
        for path in documents
        for line, problem in sorted(_problems(Document.read(path), examples))
    ]


def _problems(document: Document, examples: Examples) -> Iterator[tuple[int, str]]:
    for link in document.links():
        yield from _at(link, _link_problems(document, link.text))
    for code in document.inline():
        yield from _at(code, examples.problems("sh", code.text))
    for block in document.examples():
        yield from _at(block, examples.problems(block.language, block.text))


def _at(found: Found, problems: Iterator[str]) -> Iterator[tuple[int, str]]:
    return ((found.line, problem) for problem in problems)


def _link_problems(document: Document, target: str) -> Iterator[str]:
    if target.startswith(_ELSEWHERE):
        return
    name, _, fragment = target.partition("#")
    path = (document.path.parent / name).resolve() if name else document.path
    if not path.exists():
        yield f"there is no {name}"
    elif fragment and path.suffix == ".md" and fragment not in Document.read(path).anchors():
        yield f"{path.name} has no heading #{fragment}"
