"""Whether the Orders API takes the shop's token: it is asked for a demo order."""

from smartcart.client import (
    AnswerLost,
    NotFound,
    NotSupported,
    OrdersApiError,
    OrdersClient,
    Retries,
    ToolOff,
    TooManyRequests,
    Unauthorized,
)
from smartcart.going_live.finding import N_, Finding, Text, bad, ok, warning
from smartcart.merchant.settings import MerchantSettings

CODE = "DEMO-OPEN"
_CHECK = N_("token")

_BY_STATUS: tuple[tuple[type[OrdersApiError], Text, Text], ...] = (
    (
        Unauthorized,
        N_("GET {code} at {url}: {status}, the marketplace does not know this token"),
        N_("Put in the newest token: making a new one ends the one before at once."),
    ),
    (
        NotSupported,
        N_("GET {code} at {url}: {status}, it does not take application/vnd.{vendor}+json"),
        N_("Set vendor to the name in the media type that the marketplace documents."),
    ),
    (
        ToolOff,
        N_("GET {code} at {url}: {status}, the Orders API is off for this shop"),
        N_("Switch the Orders API on in the marketplace's own pages."),
    ),
)
_WEB_PAGE = (
    N_("GET {code} at {url}: {status} and a web page instead of the API's JSON"),
    N_("The marketplace may be under maintenance: try again later. If it stays so, look whether "
       "api_url is the API's address and no proxy answers in its place."),
)  # fmt: skip
_UNREACHABLE = (
    N_("GET {code} at {url}: not reached, {why}"),
    N_("Look at api_url, at this machine's network, and whether its firewall lets HTTPS out."),
)
_NOT_NOW = (
    N_("GET {code} at {url}: {status}, it takes no calls just now"),
    N_("Try again in some minutes."),
)
_STRANGE = (
    N_("GET {code} at {url}: {status}, which is no answer of an Orders API"),
    N_("Set api_url to everything before /merchants/… of the marketplace's Orders API."),
)
_NO_ANSWER = (
    N_("GET {code} at {url}: connected, and no whole answer came: {why}"),
    N_("Try again; if it stays so, look whether a proxy or firewall breaks the connection off."),
)


async def check_token(settings: MerchantSettings) -> Finding:
    """Tell what came of a GET of DEMO-OPEN, which changes nothing."""
    facts = {"code": CODE, "url": settings.api_url, "vendor": settings.vendor}
    try:
        async with OrdersClient.open(
            settings.api_url,
            settings.api_token.reveal(),
            settings.vendor,
            settings.request_timeout_seconds,
            retries=Retries.none(),
        ) as client:
            order = (await client.get(CODE)).order
    except ValueError as error:
        return bad(_CHECK, N_("{why}"), N_("Correct it in the settings."), why=error)
    except OrdersApiError as error:
        return _failed(error, facts)
    saw = N_("GET {code} at {url}: 200, {state}, {lines} lines; the marketplace takes this token")
    return ok(_CHECK, saw, **facts, state=order.state, lines=len(order.line_items))


def _failed(error: OrdersApiError, facts: dict[str, str]) -> Finding:
    told = {**facts, "status": str(error.status), "why": error.exchange.failure or str(error)}
    if isinstance(error, NotFound):
        saw = N_("GET {code} at {url}: 404; the token is taken, but there are no demo orders")
        return warning(_CHECK, saw, N_("Nothing to mend; the trial cannot be made here."), **told)
    if isinstance(error, TooManyRequests):
        return warning(_CHECK, *_NOT_NOW, **told)
    return bad(_CHECK, *_explained(error), **told)


def _explained(error: OrdersApiError) -> tuple[Text, Text]:
    for kind, saw, remedy in _BY_STATUS:
        if isinstance(error, kind) and (kind is Unauthorized or not _is_page(error)):
            return saw, remedy
    if _is_page(error):
        return _WEB_PAGE
    if error.status is None:
        return _NO_ANSWER if isinstance(error, AnswerLost) else _UNREACHABLE
    return _NOT_NOW if error.status >= 500 else _STRANGE


def _is_page(error: OrdersApiError) -> bool:
    return error.exchange.response_body.lstrip()[:1] == b"<"
