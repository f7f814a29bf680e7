"""How merchants' endpoints fare: a look at what the outbox has on record."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import msgspec

from smartcart.kit.clock import from_micros
from smartcart.kit.database import Database

# Before the endpoint began to fail the newest attempt was a success, or nearly: few are looked at.
_ENDPOINTS = """
select m.id as merchant_id, f.since as failing_since, (
    select a.settled_at from attempt a
    where a.kind = 'webhook' and a.lane = m.id and a.outcome = 'delivered'
        and a.started_at <= coalesce(f.since, 9223372036854775807)
    order by a.started_at desc limit 1
) as last_success
from merchant m left join failing_lane f on f.queue = 'webhook' and f.lane = m.id
"""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a merchant's events go: since when it fails, if it does, and when it last said 200.

    A success of which the record is gone is not known."""

    failing_since: datetime | None = None
    last_success: datetime | None = None


class _Row(msgspec.Struct):
    merchant_id: str
    failing_since: int | None
    last_success: int | None


async def of_merchant(database: Database, merchant_id: str) -> Endpoint:
    """That of one merchant."""
    rows = await database.read(_Row, f"{_ENDPOINTS} where m.id = $1", merchant_id)
    return _endpoint(rows[0]) if rows else Endpoint()


async def all_of_them(database: Database) -> Mapping[str, Endpoint]:
    """By the merchant's id; one that is not found has never been told anything."""
    rows = await database.read(_Row, _ENDPOINTS)
    return defaultdict(Endpoint, {row.merchant_id: _endpoint(row) for row in rows})


def _endpoint(row: _Row) -> Endpoint:
    return Endpoint(_moment(row.failing_since), _moment(row.last_success))


def _moment(at: int | None) -> datetime | None:
    return None if at is None else from_micros(at)
