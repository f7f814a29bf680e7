"""Try a merchant's webhook URL at once; nothing is kept of it, and nothing follows."""

from dataclasses import dataclass

from aiohttp import ClientSession

from smartcart.contract.vocabulary import WEBHOOK_CONTENT_TYPE
from smartcart.kit.clock import utc_now
from smartcart.kit.egress import Failure, post_following
from smartcart.marketplace.domain import ping
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.ping import SUCCESS, Pinged
from smartcart.marketplace.webhook.excerpt import excerpt
from smartcart.marketplace.webhook.signer import Signature


@dataclass(frozen=True, slots=True)
class Pinger:
    """Makes the request as an event is sent, by the same guard and with the same signature."""

    session: ClientSession
    user_agent: str
    timeout_seconds: float
    signature: Signature

    async def ping(self, merchant: Merchant) -> Pinged:
        """Where the merchant's events go, whether they are switched on or not."""
        if not merchant.webhook_url:
            return Pinged(None, 0, None, "The shop has no webhook URL.")
        body = ping.event(utc_now())
        headers = {"Content-Type": WEBHOOK_CONTENT_TYPE, "User-Agent": self.user_agent}
        answer = await post_following(
            self.session,
            merchant.webhook_url,
            body,
            headers | dict(await self.signature(merchant.id, body)),
            within=self.timeout_seconds,
        )
        if isinstance(answer, Failure):
            problem = f"{answer.kind}: {answer.detail}"
            return Pinged(answer.status, answer.milliseconds, answer.address, problem)
        if answer.status == SUCCESS:
            return Pinged(answer.status, answer.milliseconds, answer.address)
        return Pinged(
            answer.status,
            answer.milliseconds,
            answer.address,
            f"It answered {answer.status}; an event must be answered with exactly {SUCCESS}.",
            excerpt(answer.head, merchant.webhook_url),
        )
