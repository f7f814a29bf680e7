"""What the lines of the log say of where they belong: the request, or the entry that is tried."""

import logging
import secrets
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from smartcart.kit import about
from smartcart.outbox import Claim, Failed, Handler, Outcome

log = logging.getLogger(__name__)


def numbered(app: ASGIApp) -> ASGIApp:
    """`app`, whose lines carry the number of the request that they belong to."""

    async def number(scope: Scope, receive: Receive, send: Send) -> None:
        about.begin(request=secrets.token_hex(8))
        await app(scope, receive, send)

    return number


def told(queue: str, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """The same handlers, whose lines carry the entry; what is given up has a line."""
    return {kind: _told(queue, handler) for kind, handler in handlers.items()}


def _told(queue: str, handler: Handler) -> Handler:
    async def attempt(claim: Claim) -> Outcome:
        about.begin(
            queue=queue, lane=claim.lane, entry=f"{claim.key}/{claim.seq}", attempt=claim.attempt
        )
        outcome = await handler(claim)
        if isinstance(outcome, Failed) and outcome.retry_at is None:
            # Why is in the record of the attempt: it may quote what a stranger answered.
            log.warning("given up")
        return outcome

    return attempt
