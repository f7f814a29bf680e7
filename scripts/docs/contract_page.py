"""docs/reference/contract.md: every rule of the wire contract and the tests that prove it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.docs.proofs import Proof, proofs
from tests.contract.rules import CHAPTERS, Chapter, Rule, Section

_ROOT = Path(__file__).parents[2]

_OPENING = """\
# The wire contract

<!-- Written by `make docs` from tests/contract/rules and the tests that say `@proves`. -->

What crosses the wire between a marketplace and its merchants, a rule a row, each with the tests
that prove it. The numbers are those that comments cite: `contract §5` is chapter 5. A rule is
*published* (in Skroutz's developer documentation), *seen in the wild* (in independent clients, or
answered by the maintainers), or *our decision* where neither says.
"""

_HEAD = "| rule | what it says | how we know | proven by |\n|---|---|---|---|\n"

_Proven = Mapping[str, Sequence[Proof]]


def contract_page() -> str:
    proven = defaultdict[str, list[Proof]](list)
    for proof in proofs(_ROOT):
        proven[proof.rule].append(proof)
    return "\n".join([_OPENING, *(_chapter(chapter, proven) for chapter in CHAPTERS)])


def _chapter(chapter: Chapter, proven: _Proven) -> str:
    return f"## {chapter.title}\n\n" + "\n".join(_section(s, proven) for s in chapter.sections)


def _section(section: Section, proven: _Proven) -> str:
    rows = "".join(_row(rule, proven.get(rule.id, ())) for rule in section.rules)
    return f"### {section.title}\n\n{_HEAD}{rows}"


def _row(rule: Rule, proven: Sequence[Proof]) -> str:
    text = rule.text.replace("|", "\\|")
    tests = "<br>".join(f"[{p.test}](../../{p.path})" for p in proven)
    return f"| `{rule.id}` | {text} | {rule.mark} | {tests} |\n"
