"""Orders: where each stands, by code. Their documents are in the inbox."""

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement
from smartcart.merchant.domain.decisions import Decision
from smartcart.merchant.domain.order import Basis, ShopOrder, Source, Status
from smartcart.merchant.storage import ORDER_RANK

_INSERT = Statement(
    """insert into shop_order (code, version, status, state, newest_key, newest_seq, event_time,
           expires_at, dispatch_until, read_at, voucher, vouchers, decision, basis, answers,
           holds, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
       on conflict (code) do nothing""",
    rank=ORDER_RANK,
)
_UPDATE = Statement(
    """update shop_order set version = $2, status = $3, state = $4, newest_key = $5,
           newest_seq = $6, event_time = $7, expires_at = $8, dispatch_until = $9, read_at = $10,
           voucher = $11, vouchers = $12, decision = $13, basis = $14, answers = $15, holds = $16,
           updated_at = $17
       where code = $1 and version = $18""",
    rank=ORDER_RANK,
)
_MOVE = Statement(
    """update shop_order set status = $3, version = version + 1, updated_at = $4
       where code = $1 and status = $2""",
    rank=ORDER_RANK,
)
_SELECT = """select code, version, status, state, newest_key, newest_seq, event_time, expires_at,
    dispatch_until, read_at, voucher, vouchers, decision, basis, answers, holds, created_at,
    updated_at from shop_order"""
_decision = msgspec.json.Decoder[Decision | None](Decision | None)
_basis = msgspec.json.Decoder(tuple[Basis, ...])
_urls = msgspec.json.Decoder(tuple[str, ...])


class OrderRow(msgspec.Struct, frozen=True):
    """An order with the times of its row, in microseconds."""

    code: str
    version: int
    status: Status
    state: str
    newest_key: str
    newest_seq: int
    event_time: int | None
    expires_at: int | None
    dispatch_until: int | None
    read_at: int | None
    voucher: str
    vouchers: str
    decision: str
    basis: str
    answers: int
    holds: bool
    created_at: int
    updated_at: int

    def order(self) -> ShopOrder:
        return ShopOrder(
            code=self.code,
            version=self.version,
            status=self.status,
            state=self.state,
            newest=Source(self.newest_key, self.newest_seq),
            event_time=self.event_time,
            expires_at=self.expires_at,
            dispatch_until=self.dispatch_until,
            read_at=self.read_at,
            voucher=self.voucher,
            vouchers=_urls.decode(self.vouchers),
            decision=_decision.decode(self.decision),
            basis=_basis.decode(self.basis),
            answers=self.answers,
            holds=self.holds,
        )


class _Code(msgspec.Struct):
    code: str


def saved(before: ShopOrder | None, after: ShopOrder, now: int) -> Guard:
    """The order after a change; a conflict when it is no longer as it was `before`."""
    values = (
        after.status,
        after.state,
        after.newest.key,
        after.newest.seq,
        after.event_time,
        after.expires_at,
        after.dispatch_until,
        after.read_at,
        after.voucher,
        _json(after.vouchers),
        _json(after.decision),
        _json(after.basis),
        after.answers,
        int(after.holds),
        now,
    )
    if before is None:
        return _INSERT.guard(after.code, after.code, after.version, *values)
    return _UPDATE.guard(after.code, after.code, after.version, *values, before.version)


def moved(code: str, before: Status, after: Status, now: int) -> Effect:
    """The order moves from one status to another, unless it has left the first by itself."""
    return _MOVE.effect(code, code, before, after, now)


async def find(database: Database, code: str) -> ShopOrder | None:
    row = await find_row(database, code)
    return row.order() if row else None


async def find_row(database: Database, code: str) -> OrderRow | None:
    rows = await database.read(OrderRow, f"{_SELECT} where code = $1", code)
    return rows[0] if rows else None


async def page(
    database: Database, *, status: str, before: int, limit: int, before_code: str = ""
) -> list[OrderRow]:
    """Orders first heard of before `before` (microseconds), newest first; of any status for ''.

    Of those first heard of at `before` itself, the ones whose code comes before `before_code`.
    """
    return await database.read(
        OrderRow,
        f"""{_SELECT} where (created_at, code) < ($1, $2) and ($3 = '' or status = $3)
            order by created_at desc, code desc limit $4""",
        before,
        before_code,
        status,
        limit,
    )


async def held(database: Database, after: str, limit: int) -> list[str]:
    """Codes of orders that wait for a person, those after `after`."""
    rows = await database.read(
        _Code,
        """select code from shop_order where status = 'held' and code > $1
           order by code limit $2""",
        after,
        limit,
    )
    return [row.code for row in rows]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
