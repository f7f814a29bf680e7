"""Events as they came in, and every document an order was told with, byte for byte."""

import msgspec

from smartcart.kit.database import Database, Effect, Guard, Statement, WriteSet
from smartcart.merchant.domain.inbox import Verdict
from smartcart.merchant.domain.order import ShopOrder, Source, Status
from smartcart.merchant.storage import DOCUMENT_RANK, INBOX_RANK
from smartcart.merchant.storage.orders import decoded

UNJUDGED = ""

_INSERT = Statement(
    """insert into inbox (key, seq, code, event_type, event_time, digest, received_at, verdict)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (key, seq) do nothing""",
    rank=INBOX_RANK,
)
_JUDGE = Statement("update inbox set verdict = $3 where key = $1 and seq = $2", rank=INBOX_RANK)
_INSERT_DOCUMENT = Statement(
    "insert into document (key, seq, body) values ($1, $2, $3) on conflict (key, seq) do nothing",
    rank=DOCUMENT_RANK,
)
_REWRITE_DOCUMENT = Statement(
    "update document set body = $3 where key = $1 and seq = $2", rank=DOCUMENT_RANK
)


class Arrival(msgspec.Struct, frozen=True):
    """An event on arrival. Times are microseconds; `digest` is the SHA-256 of its bytes."""

    source: Source
    code: str
    event_type: str
    event_time: int | None
    digest: str
    received_at: int


class Kept(msgspec.Struct, frozen=True):
    """An event as it is kept; `seen` says that the same bytes came before it for its order."""

    key: str
    seq: int
    code: str
    event_type: str
    event_time: int | None
    received_at: int
    verdict: str
    seen: bool
    body: bytes

    @property
    def source(self) -> Source:
        return Source(self.key, self.seq)


class Document(msgspec.Struct, frozen=True):
    """A document as it is kept."""

    seq: int
    body: bytes


class Passed(msgspec.Struct, frozen=True):
    """An event in the order in which they came in; before all of them by default.

    `orphaned` when it was judged, and there is no order of its code.
    """

    received_at: int = -1
    key: str = ""
    seq: int = 0
    orphaned: bool = False


class _Digest(msgspec.Struct):
    digest: str


class _Body(msgspec.Struct):
    body: bytes


class _KeptWithOrder(Kept, frozen=True):
    order_version: int | None
    order_status: Status | None
    order_document: str | None

    def order(self) -> ShopOrder | None:
        if self.order_document is None or self.order_version is None or self.order_status is None:
            return None
        return decoded(self.order_document, self.order_version, self.order_status)


_COLUMNS = """
select i.key as key, i.seq as seq, i.code as code, i.event_type as event_type,
       i.event_time as event_time, i.received_at as received_at, i.verdict as verdict,
       case when exists (select 1 from inbox e where e.key = i.key and e.seq < i.seq
                         and e.digest = i.digest) then 1 else 0 end as seen,
       d.body as body
"""
_EVENTS = " from inbox i join document d on d.key = i.key and d.seq = i.seq"
_KEPT = _COLUMNS + _EVENTS
_WITH_ORDER = f"""{_COLUMNS}, o.version as order_version, o.status as order_status,
    o.document as order_document {_EVENTS} left join shop_order o on o.code = i.code"""


def arrived(arrival: Arrival, body: bytes, verdict: str = UNJUDGED) -> WriteSet:
    """An event and its bytes; a place that is taken is a conflict."""
    key, seq = arrival.source
    inserted = _INSERT.guard(
        key,
        key,
        seq,
        arrival.code,
        arrival.event_type,
        arrival.event_time,
        arrival.digest,
        arrival.received_at,
        verdict,
    )
    return WriteSet(guards=(inserted, document(arrival.source, body)))


def document(source: Source, body: bytes) -> Guard:
    """A document kept whole; a place that is taken is a conflict."""
    return _INSERT_DOCUMENT.guard(source.key, source.key, source.seq, body)


def judged(source: Source, verdict: Verdict) -> Effect:
    return _JUDGE.effect(source.key, source.key, source.seq, verdict)


def rewritten(source: Source, body: bytes) -> Effect:
    """This is what is kept of a document from now on."""
    return _REWRITE_DOCUMENT.effect(source.key, source.key, source.seq, body)


async def documents(database: Database, key: str, after: int, limit: int) -> list[Document]:
    """Documents kept under `key`, in order, those after the number `after`."""
    return await database.read(
        Document,
        "select seq, body from document where key = $1 and seq > $2 order by seq limit $3",
        key,
        after,
        limit,
    )


async def passed(database: Database, before: int, after: Passed, limit: int) -> list[Passed]:
    """Events that came in by `before` (microseconds), in order, those after `after`."""
    return await database.read(
        Passed,
        """select i.received_at as received_at, i.key as key, i.seq as seq,
                  case when o.code is null and i.verdict > '' then 1 else 0 end as orphaned
           from inbox i left join shop_order o on o.code = i.code
           where i.received_at <= $1 and i.received_at >= $2
               and (i.received_at, i.key, i.seq) > ($2, $3, $4)
           order by i.received_at, i.key, i.seq limit $5""",
        before,
        after.received_at,
        after.key,
        after.seq,
        limit,
    )


async def is_kept(database: Database, key: str, digest: str) -> bool:
    """Whether an event of these bytes has come under `key` before."""
    sql = "select digest from inbox where key = $1 and digest = $2 limit 1"
    return bool(await database.read(_Digest, sql, key, digest))


async def with_order(database: Database, source: Source) -> tuple[Kept | None, ShopOrder | None]:
    """An event and the order it is about, in one look; None for what is not there."""
    rows = await database.read(
        _KeptWithOrder, f"{_WITH_ORDER} where i.key = $1 and i.seq = $2", *source
    )
    return (rows[0], rows[0].order()) if rows else (None, None)


async def of_order(database: Database, key: str, limit: int) -> list[Kept]:
    """The last `limit` events of an order, in the order in which they came."""
    rows = await database.read(
        Kept, f"{_KEPT} where i.key = $1 order by i.seq desc limit $2", key, limit
    )
    return rows[::-1]


async def body(database: Database, source: Source) -> bytes | None:
    rows = await database.read(
        _Body, "select body from document where key = $1 and seq = $2", *source
    )
    return rows[0].body if rows else None
