"""`POST /webhook/{secret}`: nothing is thought here, and nothing answered that is not durable."""

import hmac
import logging
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcart.contract import NotAJsonObject, encode, refusal
from smartcart.contract.signatures import BadSignature, verify
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.kit.bodies import BodyTooLarge, read
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.settings import Secret
from smartcart.merchant.actions.receiving import receive

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhook/"
MOST_BYTES = 4 * 1024 * 1024
_KEPT = Response(b'{"success":true}', media_type=JSON_MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Success is exactly 200 (contract §5); anything else makes the marketplace send again."""

    database: Database
    secret: Secret
    keys: tuple[str, ...] = field(default=(), repr=False)
    """An event must be signed with one of these; where there is none, it need not be."""

    def routes(self) -> list[Route]:
        return [Route(f"{WEBHOOK_PATH}{{secret}}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        if not same(request.path_params["secret"], self.secret):
            return refused(
                403, "secret", "The last part of this webhook's URL is not the right one."
            )
        if _media_type(request) != JSON_MEDIA_TYPE:
            return refused(415, "content_type", f"Send an event as {JSON_MEDIA_TYPE}.")
        try:
            body = await read(request, MOST_BYTES)
            if self.keys:
                verify(self.keys, request.headers, body, utc_now())
            await receive(self.database, body)
        except BadSignature as error:
            return refused(401, "signature", str(error))
        except BodyTooLarge as error:
            return refused(413, "body", str(error), close=True)
        except NotAJsonObject as error:
            return refused(400, "body", error.message)
        return _KEPT


def refused(status: int, code: str, message: str, *, close: bool = False) -> Response:
    """A refusal in the contract's shape."""
    headers = {"Connection": "close"} if close else None
    return Response(encode(refusal(code, message)), status, headers, JSON_MEDIA_TYPE)


def same(given: str, secret: Secret) -> bool:
    """Whether the secret is the one that was given, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), secret.reveal().encode())


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
