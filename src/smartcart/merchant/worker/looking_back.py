"""Who finds what no webhook told: orders read again, and the marketplace's journal."""

from datetime import timedelta

from smartcart.client import OrdersClient
from smartcart.kit.database import Database
from smartcart.kit.loop import Role
from smartcart.merchant.actions.asking import Asking
from smartcart.merchant.actions.reconciling import Reconciling
from smartcart.merchant.actions.rereading import Rereading
from smartcart.merchant.reconciler import Reconciler
from smartcart.merchant.rereader import Rereader
from smartcart.merchant.settings import MerchantSettings
from smartcart.watch import Watch


def rereading_role(settings: MerchantSettings, database: Database) -> Role:
    orders = Rereading(
        database,
        timedelta(minutes=settings.reread_minutes),
        timedelta(minutes=settings.reread_accepted_minutes),
    )
    return Role("rereading", Rereader(orders, settings.reread_calls_per_minute).run)


def journal_role(
    settings: MerchantSettings, database: Database, client: OrdersClient, watch: Watch
) -> Role:
    reconciler = Reconciler(
        Reconciling(database, client, settings.api_url),
        settings.reconcile_seconds,
        settings.reconcile_calls,
        Asking(database, client, settings.api_url, watch.webhook)
        if settings.reconcile_calls
        else None,
    )
    return Role("journal", reconciler.run)
