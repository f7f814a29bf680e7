"""docs/reference/policy.md, from the types that hold the policy."""

import msgspec

from smartcart.kit.settings import describe
from smartcart.merchant.domain.decisions import WISHES, HoldReason
from smartcart.merchant.policy_file import SECTIONS

_OPENING = """\
# The policy

<!-- Written by `make docs` from the policy's types; edit the descriptions there. -->

What may stand in the file that `policy` under `[merchant]` names;
[how to write one](../how-to/policy.md). What is missing has its default. An unknown section or
setting, or a value that will not do, is an error that names the place, the problem and the remedy.
"""


def policy_page() -> str:
    sections = [_section(name, kind) for name, kind in SECTIONS.items()]
    return "\n".join([_OPENING, *sections, _reasons()])


def _section(name: str, kind: type[msgspec.Struct]) -> str:
    rows = "\n".join(
        f"| `{row.name}` | {row.expected} | {_default(row.default)} | {row.description} |"
        for row in describe(kind, name)
    )
    return f"## `[{name}]`\n\n| setting | value | default | meaning |\n|---|---|---|---|\n{rows}\n"


def _default(text: str) -> str:
    return text if text == "not set" else f"`{text}`"


def _reasons() -> str:
    wishes = ", ".join(f"`{reason}`" for reason in HoldReason if reason in WISHES)
    facts = ", ".join(f"`{reason}`" for reason in HoldReason if reason not in WISHES)
    return (
        "## Reasons to hold\n\n"
        f"Wishes of the shop, which the last resort may set aside: {wishes}.\n\n"
        f"Facts, which nothing sets aside: {facts}.\n"
    )
