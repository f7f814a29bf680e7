"""What a Markdown document refers to: links, headings, examples."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n?)+", re.MULTILINE)
_LINK = re.compile(
    r"\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)|\b(?:src|href)=\"(?P<html>[^\"]+)\""
)
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$", re.MULTILINE)
_INLINE = re.compile(r"`(?P<code>[^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of a document and the line it starts on."""

    line: int
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "Document":
        return cls(path, path.read_text(encoding="utf-8"))

    def examples(self) -> Iterator[Found]:
        """The fenced blocks, and the indented ones, which are commands here."""
        for match in _FENCE.finditer(self.text):
            yield Found(self._line(match), match["text"], match["language"])
        for match in _INDENTED.finditer(self._prose()):
            yield Found(self._line(match), match[0], "sh")

    def links(self) -> Iterator[Found]:
        """The targets of links and images outside fenced blocks."""
        for match in _LINK.finditer(self._prose()):
            yield Found(self._line(match), match["target"] or match["html"])

    def inline(self) -> Iterator[Found]:
        """Code within sentences."""
        for match in _INLINE.finditer(self._prose()):
            yield Found(self._line(match), match["code"])

    def anchors(self) -> set[str]:
        """What a link's #fragment may name, as GitHub makes it from headings."""
        return {_anchor(match["title"]) for match in _HEADING.finditer(self._prose())}

    def _prose(self) -> str:
        """The text with fenced blocks blanked, its lines where they were."""
        return _FENCE.sub(lambda match: "\n" * match[0].count("\n"), self.text)

    def _line(self, match: re.Match[str]) -> int:
        return match.string.count("\n", 0, match.start()) + 1


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
