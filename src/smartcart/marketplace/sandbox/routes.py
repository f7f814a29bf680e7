"""The PDFs of demo orders, for whoever asks; nothing becomes of it."""

import asyncio
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.kit.clock import utc_now
from smartcart.marketplace.sandbox import papers
from smartcart.marketplace.sandbox.demo import DemoOrders, Paper


@dataclass(frozen=True, slots=True)
class DemoFiles:
    demo_orders: DemoOrders
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[BaseRoute]:
        return [Route("/sandbox/{code}/{paper}.pdf", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        code, paper = request.path_params["code"], request.path_params["paper"]
        demo = self.demo_orders.find(code, papers.SHOP, utc_now())
        if demo is None or paper not in papers.named(demo):
            raise HTTPException(404, "There is no such paper.")
        async with self.drawing:
            pdf = await asyncio.to_thread(papers.pdf, demo, Paper(paper))
        return Response(
            pdf,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{code}-{paper}.pdf"',
                "X-Content-Type-Options": "nosniff",
            },
        )
