"""Invoices under URLs that cannot be guessed; no token is asked for (contract §5)."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from smartcart.kit.database import Database
from smartcart.marketplace.domain.invoice import EXTENSIONS
from smartcart.marketplace.storage import invoices

# What a stranger sent is shown as what it was found to be, runs nothing, and leaves no trace of
# its address.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True, slots=True)
class InvoiceFiles:
    database: Database

    def routes(self) -> list[BaseRoute]:
        return [Route("/invoices/{token}.{extension}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        token, extension = request.path_params["token"], request.path_params["extension"]
        invoice = await invoices.find(self.database, token)
        if invoice is None or extension != EXTENSIONS[invoice.media_type]:
            raise HTTPException(404, "There is no such invoice.")
        name = f"{invoice.order_code}.{extension}"
        return StreamingResponse(
            invoices.content(self.database, token, invoice.size),
            media_type=invoice.media_type,
            headers=_HEADERS
            | {
                "Content-Disposition": f'inline; filename="{name}"',
                "Content-Length": str(invoice.size),
            },
        )
