"""Voucher PDFs under URLs that cannot be guessed; no token is asked for (contract §5)."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.kit.database import Database
from smartcart.marketplace.storage import vouchers


@dataclass(frozen=True, slots=True)
class VoucherFiles:
    database: Database

    def routes(self) -> list[BaseRoute]:
        return [Route("/vouchers/{token}.pdf", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        voucher = await vouchers.find(self.database, request.path_params["token"])
        if voucher is None:
            raise HTTPException(404, "There is no such voucher.")
        return Response(
            voucher.pdf,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{voucher.order_code}.pdf"',
                "Cache-Control": "private, max-age=86400",
                "X-Content-Type-Options": "nosniff",
            },
        )
