"""What was printed: one row a voucher."""

import msgspec

from smartcart.kit.database import Database, Effect, Statement
from smartcart.merchant.storage import PRINT_RANK

_INSERT = Statement(
    "insert into print (code, number, url, file, printed_at) values ($1, $2, $3, $4, $5)",
    rank=PRINT_RANK,
)


_EMPTY = Statement("update print set url = '' where code = $1", rank=PRINT_RANK)


class Print(msgspec.Struct, frozen=True):
    """`number` counts an order's vouchers from 1; `file` is a name in the print folder."""

    number: int
    url: str
    file: str
    printed_at: int


def inserted(code: str, number: int, url: str, file: str, now: int) -> Effect:
    return _INSERT.effect(code, code, number, url, file, now)


def without_urls(code: str) -> Effect:
    """What was printed for the order, without the places that it can be read at."""
    return _EMPTY.effect(code, code)


async def of_order(database: Database, code: str) -> list[Print]:
    """An order's prints, the first first."""
    return await database.read(
        Print,
        "select number, url, file, printed_at from print where code = $1 order by number",
        code,
    )
