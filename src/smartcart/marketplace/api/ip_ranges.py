"""Where webhook requests come from, for a merchant's firewall (contract §5)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from smartcart.contract import IpRanges, encode
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class IpRangesFile:
    """Anybody may read it: a shop does before it opens its door."""

    ranges: IpRanges

    def routes(self) -> list[BaseRoute]:
        return [Route("/ip_ranges.json", self.show, methods=["GET"])]

    async def show(self, _request: Request) -> Response:
        return Response(
            encode(self.ranges),
            media_type=JSON_MEDIA_TYPE,
            headers={"Cache-Control": "public, max-age=3600"},
        )
