"""Voucher PDFs under URLs that cannot be guessed; no token is asked for (contract §5)."""

from contextlib import suppress
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.kit.database import Database
from smartcart.marketplace.actions import loading, operating
from smartcart.marketplace.actions.handing_over import packing
from smartcart.marketplace.domain.refusal import Refused
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
        if request.method == "GET":
            await self._mark_ready(voucher.order_code)
        return Response(
            voucher.pdf,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{voucher.order_code}.pdf"',
                "Cache-Control": "private, max-age=86400",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _mark_ready(self, code: str) -> None:
        """Whoever downloads the voucher has the parcels packed, unless its shop says so itself.

        An order that is no longer eligible, or marked already, stays as it is (contract §3).
        """
        order = await loading.order(self.database, code)
        if order.set_as_ready_required or order.is_ready:
            return
        with suppress(Refused):
            await operating.operate(self.database, code, packing())
