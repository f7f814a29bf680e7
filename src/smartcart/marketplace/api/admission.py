"""Who may come in, in the contract's order: token, then media type, then the tool's switch (§2)."""

from starlette.requests import Request

from smartcart.contract import api_media_type
from smartcart.kit import about
from smartcart.kit.database import Database
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import merchants

_SCHEME = "bearer"


async def admit(database: Database, request: Request, vendor: str) -> Merchant:
    """The merchant whose token came with `request`; raises `Refused`."""
    merchant = await _authenticated(database, request.headers.get("authorization", ""))
    about.add(merchant=merchant.id)
    if code := request.path_params.get("code"):
        about.add(order=code)
    if not admits(request.headers.get("accept", ""), vendor):
        raise not_acceptable(vendor)
    if not merchant.orders_api_enabled:
        raise tool_off()
    return merchant


def unauthorized() -> Refused:
    return Refused(RefusalCode.UNAUTHORIZED, "unauthorized")


def not_acceptable(vendor: str) -> Refused:
    wanted = api_media_type(vendor)
    return Refused(RefusalCode.NOT_ACCEPTABLE, f"The Accept header must admit {wanted}")


def tool_off() -> Refused:
    return Refused(RefusalCode.TOOL_OFF, "The Orders API is switched off for this shop.")


async def _authenticated(database: Database, authorization: str) -> Merchant:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == _SCHEME and token.strip():
        merchant = await merchants.by_token(database, token.strip())
        if merchant is not None:
            return merchant
    raise unauthorized()


def admits(accept: str, vendor: str) -> bool:
    """Whether an `Accept` header admits the vendor's media type, version 3.0 (§2)."""
    wanted = _parts(api_media_type(vendor))
    return any(wanted <= _parts(alternative) for alternative in accept.split(","))


def _parts(media_range: str) -> set[str]:
    return {"".join(part.lower().replace('"', "").split()) for part in media_range.split(";")}
