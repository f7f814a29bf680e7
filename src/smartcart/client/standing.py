"""What a shop reads of how its webhook fares: a marketplace of ours tells it, Skroutz does not."""

import msgspec

from smartcart.client.answers import raise_unless_successful
from smartcart.client.errors import InvalidAnswer
from smartcart.client.exchange import Exchange
from smartcart.contract import WebhookStanding

_standing = msgspec.json.Decoder(WebhookStanding)


def standing(exchange: Exchange) -> WebhookStanding:
    """The standing in the answer; raises the `OrdersApiError` the answer means."""
    raise_unless_successful(exchange)
    try:
        return _standing.decode(exchange.response_body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InvalidAnswer(f"not the standing of a webhook: {error}", exchange) from error
