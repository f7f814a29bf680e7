"""docs/reference/extensions.md: the calls that are ours, from the table that serves them."""

from smartcart.marketplace.api.errors import told
from smartcart.marketplace.api.extensions import EXTENSIONS
from smartcart.marketplace.api.operation import Operation, Query, Refusing

_OPENING = """\
# Ours on top of the contract

<!-- Written by `make docs` from marketplace/api/extensions.py. -->

None of this is in the published contract: a marketplace that is not of this program answers these
calls with a 404. They ask for the token and the `Accept` header of the Orders API and for its
switch, and refuse as it does. [How a shop uses them](../how-to/ours-on-top.md).
"""


def extensions_page() -> str:
    return "\n".join([_OPENING, *map(_call, EXTENSIONS)])


def _call(operation: Operation) -> str:
    parts = [
        f"## {operation.summary}\n",
        f"`{operation.method} {operation.path}`\n",
        f"{operation.description}\n",
    ]
    if operation.query:
        rows = "\n".join(map(_parameter, operation.query))
        parts.append(f"| parameter | meaning | |\n|---|---|---|\n{rows}\n")
    if operation.refusals:
        rows = "\n".join(map(_refusal, operation.refusals))
        parts.append(f"| status | `code` | `messages` |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _parameter(query: Query) -> str:
    return f"| `{query.name}` | {query.description} | {_kind(query)} |"


def _kind(query: Query) -> str:
    schema = query.schema
    if "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}; {schema['default']}"
    if isinstance(values := schema.get("enum"), list):
        return " ".join(f"`{value}`" for value in values)
    return str(schema.get("format", ""))


def _refusal(refusing: Refusing) -> str:
    status, code, message = told(refusing.error)
    return f"| {status} | `{code}` | {message} |"
