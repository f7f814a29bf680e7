"""The call by which a shop learns how its own webhook fares; it is ours."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from smartcart import outbox
from smartcart.contract import WebhookAttempt, WebhookStanding, athens, encode, from_micros
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit.database import Database
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.api import extensions
from smartcart.marketplace.api.admission import admit
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.storage import endpoints
from smartcart.outbox import NEWEST, Attempt, Search, Span
from smartcart.outbox import exhausted as given_up

_PREFIX = f"{WEBHOOKS}/"
_SHOWN = 5
_MOST = 10_000
"""So many are counted: a look costs no more, however much there is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A route over one database; `vendor` is the name in the media type of §2."""

    database: Database
    vendor: str

    def routes(self) -> list[BaseRoute]:
        return [extensions.WEBHOOK.served_by(self.webhook)]

    async def webhook(self, request: Request) -> Response:
        merchant, _ = await admit(self.database, request, self.vendor)
        body = encode(await standing(self.database, merchant))
        return Response(body, media_type=JSON_MEDIA_TYPE)


async def standing(database: Database, merchant: Merchant) -> WebhookStanding:
    """As the outbox has it on record; a few queries, one after another."""
    now = await database.now()
    endpoint = await endpoints.of_merchant(database, merchant.id)
    due = await outbox.next_due(database, WEBHOOKS, merchant.id)
    wanted = Search(kind=WEBHOOKS, lane=merchant.id)
    newest = await outbox.search(database, wanted, NEWEST, _SHOWN)
    span = Span(kind=WEBHOOKS, lane=merchant.id)
    return WebhookStanding(
        url=merchant.webhook_url,
        enabled=merchant.is_told_by_webhook,
        failing_since=_local(endpoint.failing_since),
        last_success=_local(endpoint.last_success),
        waiting=await outbox.waiting(database, WEBHOOKS, merchant.id, _MOST),
        exhausted=(await given_up.count(database, span, _MOST)).entries,
        next_attempt=None if due is None else from_micros(max(due, now)),
        attempts=tuple(map(_attempt, newest)),
    )


def _attempt(attempt: Attempt) -> WebhookAttempt:
    return WebhookAttempt(
        at=from_micros(attempt.started_at),
        order=attempt.key.removeprefix(_PREFIX),
        outcome=attempt.outcome,
        status=attempt.status,
        error=attempt.error,
        detail=attempt.detail,
    )


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else athens(moment)
