"""What probes and load balancers ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartcart.watch.health import Health
from smartcart.watch.readiness import Ready


@dataclass(frozen=True, slots=True)
class Probes:
    """`/healthz`: start this process anew when it says 503. `/readyz`: send nothing here then.

    Bodies name what is wrong, in words that anybody may read.
    """

    health: Health
    readiness: Ready

    def routes(self) -> list[Route]:
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]

    async def healthz(self, _request: Request) -> Response:
        return _answer("healthy", self.health.problems())

    async def readyz(self, _request: Request) -> Response:
        self.health.asked()
        if self.health.is_stopping:
            return _answer("ready", {"program": "is stopping"})
        return _answer("ready", await self.readiness.problems())


def _answer(what: str, problems: Mapping[str, str]) -> Response:
    body = {what: not problems} | ({"problems": dict(problems)} if problems else {})
    return JSONResponse(body, 503 if problems else 200, headers={"Cache-Control": "no-store"})
