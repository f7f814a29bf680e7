"""What answers the marketplace, reads its orders, and fetches and prints vouchers."""

from aiohttp import ClientSession

from smartcart.client import OrdersClient
from smartcart.kit.database import Database
from smartcart.kit.loop import Role
from smartcart.merchant.actions import work
from smartcart.merchant.actions.answering import Answering
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.actions.printing import Printing
from smartcart.merchant.actions.reading import Reading
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.worker.limits import limits
from smartcart.outbox import Worker
from smartcart.watch import Watch


def effects_role(
    settings: MerchantSettings,
    database: Database,
    session: ClientSession,
    client: OrdersClient,
    watch: Watch,
) -> Role:
    patience = Patience(settings.retry_base_seconds, settings.retry_cap_seconds)
    reading = Reading(database, client, settings.rules, patience)
    printing = Printing(
        database,
        session,
        PrintFolder(settings.print_folder),
        patience,
        settings.request_timeout_seconds,
        settings.development,
    )
    handlers = {
        work.ANSWER: Answering(database, client, reading, patience, settings.shadow).send,
        work.READ: reading.read,
        work.VOUCHER: printing.print_voucher,
    }
    at_once = limits(settings, 3 * settings.calls_at_once, settings.calls_at_once)
    told = watch.handlers(work.EFFECTS, handlers)
    return Role("effects", Worker(database, work.EFFECTS, told, at_once).run)
