"""The composition root: settings in, a running marketplace out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aiohttp import ClientSession
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database, open_database
from smartcart.kit.egress import open_session
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen, serve
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
from smartcart.marketplace.panel.routes import Panel
from smartcart.marketplace.reference.routes import Reference
from smartcart.marketplace.sandbox.demo import DemoOrders
from smartcart.marketplace.sandbox.routes import DemoFiles
from smartcart.marketplace.settings import MarketplaceSettings
from smartcart.marketplace.storage import MIGRATIONS
from smartcart.marketplace.timer import Timer
from smartcart.marketplace.voucher.press import Press
from smartcart.marketplace.voucher.routes import VoucherFiles
from smartcart.marketplace.webhook.sender import Sender
from smartcart.outbox import Limits, Worker

SECRET_PATHS = ("/vouchers/", "/invoices/", "/webhook/")


@asynccontextmanager
async def assembled(settings: MarketplaceSettings) -> AsyncIterator[Sequence[Role]]:
    """Everything opened, as the roles that make it run; closed again in the reverse order."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listen(settings.host, settings.port))
        settings = replace(settings, port=listener.getsockname()[1])  # vouchers' URLs name it
        # Reads the calendar of holidays before any order has to wait for it.
        await asyncio.to_thread(pickup.working_days_after, utc_now(), 1)
        database = await open_database(settings.database, MIGRATIONS)
        stack.push_async_callback(database.close)
        press = await stack.enter_async_context(Press())
        session = await stack.enter_async_context(
            open_session(settings.development, connections=settings.webhook_slots)
        )
        yield (
            Role("sender", _sender(settings, database, session).run),
            Role("work", _work(settings, database, press).run),
            Role("timer", Timer(database).run),
            Role("http", partial(serve, web(settings, database), listener)),
        )


def web(settings: MarketplaceSettings, database: Database) -> Starlette:
    """The Orders API, the invoices, the vouchers and the panel."""
    key = settings.panel_key.reveal() if settings.panel_key else ""
    demo_orders = DemoOrders(settings.base_url, settings.courier)
    program = Starlette(
        routes=[
            *OrdersApi(database, settings.vendor, settings.base_url, demo_orders).routes(),
            *InvoiceFiles(database).routes(),
            *VoucherFiles(database).routes(),
            *DemoFiles(demo_orders).routes(),
            *Panel(database, key, settings.terms).routes(),
            *IpRangesFile(settings.ip_ranges).routes(),
            *Reference(settings.vendor, settings.user_agent, settings.base_url).routes(),
            Route("/healthz", _healthy),
        ],
        exception_handlers=HANDLERS,
    )
    # A path with a slash too many is an unknown one, and no redirect (contract §2).
    program.router.redirect_slashes = False
    return program


def _sender(settings: MarketplaceSettings, database: Database, session: ClientSession) -> Worker:
    sender = Sender(
        database,
        session,
        settings.schedule,
        settings.user_agent,
        settings.webhook_timeout_seconds,
    )
    limits = Limits(
        slots=settings.webhook_slots,
        slots_per_lane=settings.webhook_slots_per_merchant,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
    )
    return Worker(database, WEBHOOKS, {"webhook": sender.send}, limits)


def _work(settings: MarketplaceSettings, database: Database, press: Press) -> Worker:
    vouchers = Vouchers(database, press, settings.base_url)
    reprocessing = Reprocessing(database, settings.terms)
    limits = Limits(lease_seconds=settings.lease_seconds, poll_seconds=settings.poll_seconds)
    handlers = {
        "voucher": vouchers.issue,
        "reprocess": reprocessing.reprocess,
        "express": Express(database).accept,
    }
    return Worker(database, WORK, handlers, limits)


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"healthy": True})
