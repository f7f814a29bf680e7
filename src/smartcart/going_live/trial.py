"""The webhook, tried from end to end: demo events are asked for and waited for.

Nothing but demo orders is touched. While the shop's program runs, its own database tells what
arrives; else the receiver runs here for as long as the trial takes, on that same database, so that
a real order that comes meanwhile is kept and answered when the shop is started.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from smartcart.client import OrdersApiError, OrdersClient, ToolOff, WebhookTrigger
from smartcart.contract import ContractError, Event, EventType, OrderState, parse_event
from smartcart.going_live.checks.token import CODE
from smartcart.going_live.checks.webhook import check_webhook
from smartcart.going_live.finding import N_, Finding, bad, ok
from smartcart.kit.database import Database, open_database
from smartcart.kit.serving import PortTaken, listen, serve
from smartcart.merchant.actions import work
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.storage import MIGRATIONS, inbox
from smartcart.merchant.web import web

TRIGGERS = (
    WebhookTrigger.CREATION,
    WebhookTrigger.EXTENSION,
    WebhookTrigger.VOUCHER_UPDATE,
    WebhookTrigger.CANCELLATION,
)
"""In an order's own sequence; the last gives back what a shop may have reserved."""

_CHECK = N_("trial")
_LOOK_EVERY = 0.1
_MOST_EVENTS = 200


@dataclass(slots=True)
class Trial:
    """One trial of a shop's webhook, over when everything has arrived or `wait_seconds` are."""

    settings: MerchantSettings
    wait_seconds: float
    _waited_for: set[WebhookTrigger] = field(default_factory=set, init=False)

    async def run(self) -> AsyncIterator[Finding]:
        """What happens, as it happens."""
        async with AsyncExitStack() as stack:
            database = await open_database(self.settings.database, MIGRATIONS)
            stack.push_async_callback(database.close)
            receiving = await self._receiving(stack, database)
            yield receiving
            if receiving.level == "bad":
                return
            seen = await _newest(database)
            async for finding in self._ask():
                yield finding
            async for finding in self._wait(database, seen):
                yield finding
            for finding in await self._missing():
                yield finding

    async def _receiving(self, stack: AsyncExitStack, database: Database) -> Finding:
        where = {"host": self.settings.host, "port": self.settings.port}
        try:
            listener = stack.enter_context(listen(self.settings.host, self.settings.port))
        except PortTaken:
            return await self._running(where)
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(web(self.settings, database), listener, stop))
        stack.push_async_callback(asyncio.wait, [serving])
        stack.callback(stop.set)
        saw = N_("events are received here, at {host}:{port}, until the trial is over")
        return ok(_CHECK, saw, **where)

    async def _running(self, where: Mapping[str, object]) -> Finding:
        secret = self.settings.webhook_secret.reveal()
        url = f"http://{self.settings.host}:{self.settings.port}/webhook/{secret}"
        found = await check_webhook(url)
        if found.level == "ok":
            saw = N_("the shop's program runs at {host}:{port}; what it receives is looked at")
            return ok(_CHECK, saw, **where)
        return bad(
            _CHECK,
            N_("another program listens at {host}:{port}, or this shop's with other settings"),
            N_("Stop it, or choose another port."),
            **where,
        )

    async def _ask(self) -> AsyncIterator[Finding]:
        settings = self.settings
        token = settings.api_token.reveal()
        async with OrdersClient.open(
            settings.api_url, token, settings.vendor, settings.request_timeout_seconds
        ) as client:
            for trigger in TRIGGERS:
                try:
                    await client.trigger_webhook_request(CODE, trigger)
                except OrdersApiError as error:
                    yield _not_asked(trigger, error)
                else:
                    self._waited_for.add(trigger)

    async def _wait(self, database: Database, seen: int) -> AsyncIterator[Finding]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while self._waited_for and loop.time() - begun < self.wait_seconds:
            for event in await _events(database, seen):
                trigger = told_by(event)
                if trigger in self._waited_for:
                    self._waited_for.remove(trigger)
                    yield _arrived(trigger, loop.time() - begun)
            await asyncio.sleep(_LOOK_EVERY)

    async def _missing(self) -> list[Finding]:
        """What did not come, and what may be between."""
        missing = [trigger for trigger in TRIGGERS if trigger in self._waited_for]
        if not missing:
            return []
        remedy = N_(
            "Is the webhook's URL saved at the marketplace, whole and with its secret? Does the "
            "website pass it on? Do firewall and hosting admit the marketplace's addresses? Does "
            "the marketplace sign, and are webhook_keys set to its keys?"
        )
        saw = N_("not arrived within {seconds} seconds: {triggers}")
        names = ", ".join(missing)
        late = bad(_CHECK, saw, remedy, seconds=round(self.wait_seconds), triggers=names)
        if self.settings.webhook_url is None:
            return [late]
        return [late, await check_webhook(self.settings.webhook_url.reveal())]


def told_by(event: Event) -> WebhookTrigger | None:
    """Which trigger's event it is."""
    changes = event.changes
    if event.event_type == EventType.NEW_ORDER:
        return WebhookTrigger.CREATION
    if event.order.state == OrderState.CANCELLED:
        return WebhookTrigger.CANCELLATION
    if changes is not None and changes.courier_voucher is not None:
        return WebhookTrigger.VOUCHER_UPDATE
    if changes is not None and changes.expires_at is not None:
        return WebhookTrigger.EXTENSION
    return None


def _arrived(trigger: WebhookTrigger, seconds: float) -> Finding:
    saw = N_("{trigger} of {code} arrived after {seconds} seconds")
    return ok(_CHECK, saw, trigger=trigger, code=CODE, seconds=f"{seconds:.1f}")


def _not_asked(trigger: WebhookTrigger, error: OrdersApiError) -> Finding:
    facts = {"trigger": str(trigger), "code": CODE, "why": str(error)}
    saw = N_("the marketplace did not take the request for {trigger} of {code}: {why}")
    if isinstance(error, ToolOff):
        remedy = N_("Save the webhook's URL in the marketplace's pages and switch the webhook on.")
        return bad(_CHECK, saw, remedy, **facts)
    return bad(_CHECK, saw, N_("Try again in a minute."), **facts)


async def _newest(database: Database) -> int:
    kept = await inbox.of_order(database, work.events_of(CODE), 1)
    return kept[-1].seq if kept else 0


async def _events(database: Database, seen: int) -> list[Event]:
    events = []
    for kept in await inbox.of_order(database, work.events_of(CODE), _MOST_EVENTS):
        try:
            if kept.seq > seen:
                events.append(parse_event(kept.body))
        except ContractError:
            continue
    return events
