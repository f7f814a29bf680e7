"""Send one event to its merchant: claim in hand, nothing open, the outcome as data."""

from aiohttp import ClientSession

from smartcart.contract.vocabulary import WEBHOOK_CONTENT_TYPE
from smartcart.kit import journal
from smartcart.kit.clock import from_micros, micros, utc_now
from smartcart.kit.database import Database, WriteSet
from smartcart.kit.egress import Answer, Failure, FailureKind, post_following
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.redelivery import Schedule
from smartcart.marketplace.webhook.excerpt import excerpt
from smartcart.marketplace.webhook.recipients import Recipients
from smartcart.marketplace.webhook.signer import Signature, unsigned
from smartcart.outbox import Claim, Delivered, Failed, Outcome, Trace

_SUCCESS = 200


class Sender:
    """Handles the outbox's `webhook` entries."""

    def __init__(
        self,
        database: Database,
        session: ClientSession,
        schedule: Schedule,
        user_agent: str,
        timeout_seconds: float,
        signature: Signature = unsigned,
    ) -> None:
        self._database = database
        self._recipients = Recipients(database)
        self._session = session
        self._schedule = schedule
        self._user_agent = user_agent
        self._timeout_seconds = timeout_seconds
        self._signature = signature

    async def send(self, claim: Claim) -> Outcome:
        """POST the event; exactly 200 is success (contract §5)."""
        merchant = await self._recipients.find(claim.lane)
        if merchant is None or not merchant.is_told_by_webhook:
            return _given_up(claim, "The webhook is switched off for this shop.")
        if self._schedule.is_over(claim.attempt, claim.first_attempt_at, claim.claimed_at):
            return _given_up(claim, "No request is left, or the time for them is over.")
        answer = await self._post(claim, merchant)
        if isinstance(answer, Answer) and answer.status == _SUCCESS:
            trace = Trace(answer.status, answer.milliseconds, answer.address)
            return Delivered("200", _told(claim, "webhook_delivered", answer), trace)
        return await self._failed(claim, answer, merchant)

    async def _post(self, claim: Claim, merchant: Merchant) -> Answer | Failure:
        body = claim.payload.encode()
        headers = {"Content-Type": WEBHOOK_CONTENT_TYPE, "User-Agent": self._user_agent}
        return await post_following(
            self._session,
            merchant.webhook_url,
            body,
            headers | dict(await self._signature(merchant.id, body)),
            within=self._timeout_seconds,
        )

    async def _failed(self, claim: Claim, answer: Answer | Failure, merchant: Merchant) -> Outcome:
        retry_at = self._schedule.next_at(
            f"{claim.key}/{claim.seq}",
            claim.attempt,
            claim.first_attempt_at,
            await self._database.now(),
            answer.retry_after if isinstance(answer, Answer) else None,
        )
        what = "webhook_exhausted" if retry_at is None else "webhook_failed"
        trace = _trace(answer, merchant.webhook_url)
        told = _told(claim, what, answer)
        return Failed(_detail(answer), retry_at, told, trace, blames_lane=True)


def told_of_endpoint(merchant_id: str, failing_since: int | None) -> WriteSet:
    """The operator hears when a merchant's endpoint begins to fail, and when it has recovered."""
    facts: journal.Facts = {"merchant": merchant_id}
    what = "endpoint_recovered"
    if failing_since is not None:
        what, facts["since"] = "endpoint_failing", from_micros(failing_since).isoformat()
    return WriteSet(effects=(journal.step("", micros(utc_now()), what, facts),))


def _detail(answer: Answer | Failure) -> str:
    return f"{answer.kind}: {answer.detail}" if isinstance(answer, Failure) else str(answer.status)


def _trace(answer: Answer | Failure, url: str) -> Trace:
    """What the record keeps of a request that failed; the URL's secrets are not in it."""
    if isinstance(answer, Failure):
        return Trace(answer.status, answer.milliseconds, answer.address, answer.kind)
    began = excerpt(answer.head, url)
    return Trace(answer.status, answer.milliseconds, answer.address, FailureKind.STATUS, began)


def _told(claim: Claim, what: str, answer: Answer | Failure) -> WriteSet:
    facts: journal.Facts = {
        "event": claim.seq,
        "request": claim.attempt,
        "status": answer.status,
        "milliseconds": answer.milliseconds,
    }
    if isinstance(answer, Failure):
        facts["why"] = answer.detail
    return _step(claim, what, facts)


def _given_up(claim: Claim, why: str) -> Failed:
    step = _step(claim, "webhook_exhausted", {"event": claim.seq, "why": why})
    return Failed(why, None, step, Trace(error="not_sent"))


def _step(claim: Claim, what: str, facts: journal.Facts) -> WriteSet:
    code = claim.key.removeprefix("webhook/")
    return WriteSet(effects=(journal.step(code, micros(utc_now()), what, facts),))
