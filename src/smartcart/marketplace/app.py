"""The composition root: settings in, a running marketplace out."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from functools import partial

from aiohttp import ClientSession
from msgspec.structs import replace
from starlette.applications import Starlette

from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, open_database, sqlite_file, trouble_with_parts
from smartcart.kit.egress import open_session
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen
from smartcart.kit.settings import SettingsError
from smartcart.marketplace.actions.changing import WORK
from smartcart.marketplace.actions.express import Express
from smartcart.marketplace.actions.reissuing import Reprocessing
from smartcart.marketplace.actions.telling import WEBHOOKS
from smartcart.marketplace.actions.vouchers import Vouchers
from smartcart.marketplace.api.errors import HANDLERS
from smartcart.marketplace.api.invoice_files import InvoiceFiles
from smartcart.marketplace.api.ip_ranges import IpRangesFile
from smartcart.marketplace.api.routes import OrdersApi
from smartcart.marketplace.domain import pickup
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.ping import Pinged
from smartcart.marketplace.panel.routes import Panel
from smartcart.marketplace.reference.routes import Reference
from smartcart.marketplace.sandbox.demo import DemoOrders
from smartcart.marketplace.sandbox.routes import DemoFiles
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS, changes
from smartcart.marketplace.timer import Timer
from smartcart.marketplace.voucher.press import Press
from smartcart.marketplace.voucher.routes import VoucherFiles
from smartcart.marketplace.webhook.ping import Pinger
from smartcart.marketplace.webhook.sender import Sender, told_of_endpoint
from smartcart.marketplace.webhook.signer import Signer
from smartcart.outbox import Limits, Retention, Worker
from smartcart.watch import Watch, watched

QUEUES = frozenset({WEBHOOKS, WORK})
SECRET_PATHS = ("/vouchers/", "/invoices/", "/webhook/")


class Part(StrEnum):
    """What a process of the marketplace does; any number of each may share one PostgreSQL."""

    API = "api"
    """Answers HTTP: the Orders API, files, the panel."""
    SENDER = "sender"
    """Sends the webhook's events."""
    TIMER = "timer"
    """Lets orders expire, and does the work that follows a change: vouchers, reprocessing."""


@asynccontextmanager
async def assembled(
    settings: MarketplaceSettings, parts: Collection[Part] = tuple(Part)
) -> AsyncIterator[Sequence[Role]]:
    """What `parts` need opened, as the roles that make them run; closed in the reverse order.

    Raises `SettingsError` for fewer than all of them where that cannot work.
    """
    if not set(parts).issuperset(Part):
        _check_alone(settings, parts)
    roles: list[Role] = []
    async with AsyncExitStack() as stack:
        listener = None
        if Part.API in parts:
            listener = stack.enter_context(listen(settings.host, settings.port))
            settings = replace(settings, port=listener.getsockname()[1])  # vouchers' URLs name it
        if set(parts) != {Part.SENDER}:
            # Reads the calendar of holidays before any order has to wait for it.
            await asyncio.to_thread(pickup.working_days_after, utc_now(), 1)
        watch = stack.enter_context(
            watched(
                "marketplace",
                QUEUES,
                settings.watch_host,
                settings.watch_port,
                settings.stop_grace_seconds,
            )
        )
        database = watch.database(
            await open_database(settings.database, MIGRATIONS, observer=watch.observer)
        )
        stack.push_async_callback(database.close)
        await changes.begin_anew(database)
        if Part.SENDER in parts:
            session = await stack.enter_async_context(
                open_session(settings.development, connections=settings.webhook_slots)
            )
            roles.append(Role("sender", _sender(settings, database, session, watch).run))
        if Part.TIMER in parts:
            press = await stack.enter_async_context(Press())
            roles.append(Role("work", _work(settings, database, press, watch).run))
            roles.append(Role("timer", Timer(database).run))
            roles.append(Role("retention", Retention(database, settings.keep).run))
        if listener:
            roles.append(watch.serving(web(settings, database, watch), listener))
        yield watch.over(database, roles)


def _check_alone(settings: MarketplaceSettings, parts: Collection[Part]) -> None:
    """Raise `SettingsError` for what is no matter while one process does everything."""
    problems = trouble_with_parts(settings.database, "marketplace", parts)
    if Part.TIMER in parts and not settings.public_url:
        problems.append(
            "public_url: say how merchants reach the api processes, such as https://api.example: "
            "vouchers lie there, and the timer that makes them does not serve them"
        )
    if problems:
        raise SettingsError(problems)


def web(settings: MarketplaceSettings, database: Database, watch: Watch | None = None) -> Starlette:
    """The Orders API, the invoices, the vouchers and the panel."""
    key = settings.panel_key.reveal() if settings.panel_key else ""
    demo_orders = DemoOrders(settings.base_url, settings.courier)
    program = Starlette(
        routes=[
            *OrdersApi(database, settings.vendor, settings.base_url, demo_orders).routes(),
            *InvoiceFiles(database).routes(),
            *VoucherFiles(database).routes(),
            *DemoFiles(demo_orders).routes(),
            *Panel(database, key, settings.terms, partial(_pinged, settings, database)).routes(),
            *IpRangesFile(settings.ip_ranges).routes(),
            *Reference(settings.vendor, settings.user_agent, settings.base_url).routes(),
            *(watch or Watch()).routes(database),
        ],
        exception_handlers=HANDLERS,
    )
    # A path with a slash too many is an unknown one, and no redirect (contract §2).
    program.router.redirect_slashes = False
    return program


@asynccontextmanager
async def pinging(settings: MarketplaceSettings, database: Database) -> AsyncIterator[Pinger]:
    """Who tries webhook URLs, with a session of its own."""
    async with open_session(settings.development, connections=1) as session:
        yield Pinger(
            session,
            settings.user_agent,
            settings.webhook_timeout_seconds,
            Signer(database, settings.seal).headers,
        )


async def _pinged(settings: MarketplaceSettings, database: Database, merchant: Merchant) -> Pinged:
    async with pinging(settings, database) as pinger:
        return await pinger.ping(merchant)


def _sender(
    settings: MarketplaceSettings, database: Database, session: ClientSession, watch: Watch
) -> Worker:
    sender = Sender(
        database,
        session,
        settings.schedule,
        settings.user_agent,
        settings.webhook_timeout_seconds,
        Signer(database, settings.seal).headers,
    )
    limits = Limits(
        slots=settings.webhook_slots,
        slots_per_lane=settings.webhook_slots_per_merchant,
        failing_after=settings.webhook_failing_after,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
        durable_tries=False,
    )
    handlers = watch.handlers(WEBHOOKS, {"webhook": sender.send})
    return Worker(
        database, WEBHOOKS, handlers, limits, told_of_endpoint, shared=_is_shared(settings)
    )


def _work(settings: MarketplaceSettings, database: Database, press: Press, watch: Watch) -> Worker:
    vouchers = Vouchers(database, press, settings.base_url)
    reprocessing = Reprocessing(database, settings.terms)
    limits = Limits(lease_seconds=settings.lease_seconds, poll_seconds=settings.poll_seconds)
    handlers = {
        "voucher": vouchers.issue,
        "reprocess": reprocessing.reprocess,
        "express": Express(database).accept,
    }
    return Worker(
        database, WORK, watch.handlers(WORK, handlers), limits, shared=_is_shared(settings)
    )


def _is_shared(settings: MarketplaceSettings) -> bool:
    """Whether other processes may work on the same database."""
    return sqlite_file(settings.database) is None
