"""Ask the marketplace how the shop's webhook fares there: from here it looks like a quiet day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec.structs import replace

from smartcart.client import OrdersApiError, OrdersClient, Refused, WebhookStanding
from smartcart.kit import journal
from smartcart.kit.clock import Clock, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.merchant.actions.reconciling import LEFT_ALONE, UNKNOWN_CALL
from smartcart.merchant.domain.standing import TOLD_EVERY, fails, minutes
from smartcart.merchant.storage import standing as storage
from smartcart.merchant.storage.standing import Known

Observed = Callable[[WebhookStanding | None], None]
"""Is given what the marketplace said, None when it could not be asked."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def nobody(_standing: WebhookStanding | None) -> None:
    return


class _News(NamedTuple):
    what: str
    facts: journal.Facts


@dataclass(slots=True)
class Asking:
    """Asks at `api_url` through `client`, and tells the history when the webhook fails."""

    database: Database
    client: OrdersClient
    api_url: str
    observed: Observed = nobody
    clock: Clock = utc_now
    _seen: datetime | None = field(default=None, init=False)

    async def ask(self) -> None:
        """One request at most. A marketplace that does not tell is left alone for a day.

        Raises `OrdersApiError`.
        """
        known = await storage.find(self.database, self.api_url)
        if known.quiet_until > micros(self.clock()):
            return
        try:
            standing = await self.client.webhook()
        except OrdersApiError as error:
            self.observed(None)
            if not isinstance(error, Refused) or error.status not in UNKNOWN_CALL:
                raise
            quiet_until = micros(self.clock() + LEFT_ALONE)
            await self._save(replace(known, quiet_until=quiet_until), None)
            return
        self.observed(standing)
        await self._take_in(known, standing)

    async def _take_in(self, known: Known, standing: WebhookStanding) -> None:
        if self._seen is None:
            self._seen = standing.attempts[0].at if standing.attempts else _LONG_AGO
        now = micros(self.clock())
        if standing.failing_since is None:
            if known.told_at:
                await self._save(replace(known, told_at=0), _News("webhook_recovered", {}))
        elif fails(standing, self._seen) and known.told_at + TOLD_EVERY <= now:
            await self._save(replace(known, told_at=now), self._failing(standing))

    def _failing(self, standing: WebhookStanding) -> _News:
        newest = standing.attempts[0]
        facts: journal.Facts = {
            "why": newest.detail,
            "about": newest.error or "",
            "minutes": minutes(standing, self.clock()),
            "waiting": standing.waiting,
            "exhausted": standing.exhausted,
        }
        return _News("webhook_failing", facts)

    async def _save(self, known: Known, news: _News | None) -> None:
        effects = [storage.saved(self.api_url, known)]
        if news is not None:
            effects.append(journal.step("", micros(self.clock()), news.what, news.facts))
        await self.database.commit(WriteSet(effects=tuple(effects)))
