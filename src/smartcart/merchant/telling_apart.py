"""Whose a request is, where several shops are served at one address: its key says so."""

from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from smartcart.kit import about
from smartcart.kit.keys import opens
from smartcart.kit.settings import Secret
from smartcart.merchant.receiver.routes import same
from smartcart.merchant.settings import MerchantSettings


class OfShop(Route):
    """A route for requests that carry the shop's key: the webhook's secret, or the dashboard's.

    Any other request it does not know, and leaves to the routes behind it. What is logged of one
    has the shop's name.
    """

    def __init__(self, shop: str, route: Route, settings: MerchantSettings) -> None:
        super().__init__(route.path, route.endpoint, methods=route.methods, name=route.name)
        self._shop = shop
        self._secret = settings.webhook_secret
        self._key = settings.dashboard_key

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is Match.NONE or not self._admits(scope, child):
            return Match.NONE, {}
        return match, child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        about.keep(shop=self._shop)
        await super().handle(scope, receive, send)

    def _admits(self, scope: Scope, child: Scope) -> bool:
        if (secret := child["path_params"].get("secret")) is not None:
            return same(secret, self._secret)
        return _opens(scope, self._key)


def _opens(scope: Scope, key: Secret | None) -> bool:
    return key is not None and opens(Request(scope), key.reveal())
