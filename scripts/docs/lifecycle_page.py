"""docs/lifecycle.md, drawn from the table that decides."""

from smartcart.contract import OrderState
from smartcart.marketplace.domain.lifecycle import SILENT, TABLE, Verb

_OPENING = """\
# The life of an order

<!-- Written by `make docs` from smartcart/marketplace/domain/lifecycle.py. -->

Every change of an order is a row of one table in
[lifecycle.py](../src/smartcart/marketplace/domain/lifecycle.py). What is not in it does not happen.
Every row that happens is told to the merchant as one webhook event, but for those the contract is
silent about: the table marks them.
"""


def lifecycle_page() -> str:
    return f"{_OPENING}\n{_diagram()}\n{_table()}"


def _diagram() -> str:
    arrows = "\n".join(
        f"    {from_state or '[*]'} --> {to_state}: {_words(verb)}"
        for (from_state, verb), to_state in TABLE.items()
    )
    ends = "\n".join(f"    {state} --> [*]" for state in _final_states())
    return f"```mermaid\nstateDiagram-v2\n{arrows}\n{ends}\n```\n"


def _table() -> str:
    rows = "\n".join(
        f"| {from_state or '-'} | {_words(verb)} | {to_state} | {'' if verb in SILENT else 'yes'} |"
        for (from_state, verb), to_state in TABLE.items()
    )
    return f"| state | what happens | state after | event |\n|---|---|---|---|\n{rows}\n"


def _final_states() -> list[OrderState]:
    left = {from_state for from_state, _ in TABLE}
    return [state for state in dict.fromkeys(TABLE.values()) if state not in left]


def _words(verb: Verb) -> str:
    return verb.value.replace("_", " ")
