"""What is known of how the shop's webhook fares at a marketplace."""

import msgspec

from smartcart.kit.database import Database, Effect, Statement
from smartcart.merchant.storage import STANDING_RANK

_UPSERT = Statement(
    """insert into webhook_standing (api_url, told_at, quiet_until) values ($1, $2, $3)
       on conflict (api_url) do update set told_at = excluded.told_at,
           quiet_until = excluded.quiet_until""",
    rank=STANDING_RANK,
)


class Known(msgspec.Struct, frozen=True):
    """`told_at` is when it was last told that it fails, 0 while it does not.

    Until `quiet_until` nothing is asked. Both are microseconds.
    """

    told_at: int = 0
    quiet_until: int = 0


def saved(api_url: str, now: Known) -> Effect:
    return _UPSERT.effect(api_url, api_url, now.told_at, now.quiet_until)


async def find(database: Database, api_url: str) -> Known:
    rows = await database.read(
        Known, "select told_at, quiet_until from webhook_standing where api_url = $1", api_url
    )
    return rows[0] if rows else Known()
