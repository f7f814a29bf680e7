"""Who may come in, in the contract's order: token, then media type, then the tool's switch (§2)."""

from functools import lru_cache

from starlette.requests import Request

from smartcart.contract import api_media_type
from smartcart.kit import about
from smartcart.kit.database import Database
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.storage import callers
from smartcart.marketplace.storage.callers import Caller

_SCHEME = "bearer"


async def admit(database: Database, request: Request, vendor: str) -> Caller:
    """Whose token came with `request`, and the order its path names; raises `Refused`."""
    code = request.path_params.get("code", "")
    caller = await _authenticated(database, request.headers.get("authorization", ""), code)
    about.add(merchant=caller.merchant.id)
    if code:
        about.add(order=code)
    if not admits(request.headers.get("accept", ""), vendor):
        raise not_acceptable(vendor)
    if not caller.merchant.orders_api_enabled:
        raise tool_off()
    return caller


def unauthorized() -> Refused:
    return Refused(RefusalCode.UNAUTHORIZED, "unauthorized")


def not_acceptable(vendor: str) -> Refused:
    wanted = api_media_type(vendor)
    return Refused(RefusalCode.NOT_ACCEPTABLE, f"The Accept header must admit {wanted}")


def tool_off() -> Refused:
    return Refused(RefusalCode.TOOL_OFF, "The Orders API is switched off for this shop.")


async def _authenticated(database: Database, authorization: str, code: str) -> Caller:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == _SCHEME and token.strip():
        caller = await callers.find(database, token.strip(), code)
        if caller is not None:
            return caller
    raise unauthorized()


@lru_cache(maxsize=64)
def admits(accept: str, vendor: str) -> bool:
    """Whether an `Accept` header admits the vendor's media type, version 3.0 (§2)."""
    wanted = _parts(api_media_type(vendor))
    return any(wanted <= _parts(alternative) for alternative in accept.split(","))


def _parts(media_range: str) -> set[str]:
    return {"".join(part.lower().replace('"', "").split()) for part in media_range.split(";")}
