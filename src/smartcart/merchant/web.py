"""The receiver: the program that answers HTTP, for one shop and for several."""

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from smartcart.kit.database import Database
from smartcart.merchant.dashboard.routes import Dashboard
from smartcart.merchant.receiver.errors import HANDLERS
from smartcart.merchant.receiver.routes import Receiver
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import Shop
from smartcart.merchant.telling_apart import OfShop
from smartcart.watch import Watch


def web(settings: MerchantSettings, database: Database, watch: Watch | None = None) -> Starlette:
    """The webhook's receiver and the dashboard."""
    return Starlette(
        routes=[*_programs(settings, database), *(watch or Watch()).routes(database)],
        exception_handlers=HANDLERS,
    )


def web_together(
    shops: Sequence[Shop], databases: Mapping[str, Database], watch: Watch | None = None
) -> Starlette:
    """Those of all shops at one address: what a request carries says whose it is."""
    routes: list[BaseRoute] = [*(watch or Watch()).routes(databases)]
    for shop in shops:
        programs = _programs(shop.settings, databases[shop.name])
        routes += [OfShop(shop.name, one, shop.settings) for one in programs]
    # A key that is nobody's is refused as it would be by any one shop that has some.
    refusing = next((shop for shop in shops if shop.settings.dashboard_key), shops[0])
    routes += _programs(refusing.settings, databases[refusing.name])
    return Starlette(routes=routes, exception_handlers=HANDLERS)


def _programs(settings: MerchantSettings, database: Database) -> list[Route]:
    key = settings.dashboard_key.reveal() if settings.dashboard_key else ""
    return [
        *Receiver(database, settings.webhook_secret, settings.signing_keys).routes(),
        *Dashboard(database, key, settings.print_folder).routes(),
    ]
