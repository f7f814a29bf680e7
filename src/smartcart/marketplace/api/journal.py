"""The calls by which a shop reads what it may have missed; they are ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from smartcart.contract import Newest, OrderState, encode
from smartcart.contract.times import to_micros
from smartcart.contract.vocabulary import JSON_MEDIA_TYPE
from smartcart.contract.wire import Time
from smartcart.kit import cursors
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.queries import as_number
from smartcart.marketplace.api import extensions
from smartcart.marketplace.api.admission import admit
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.storage import changes
from smartcart.marketplace.storage.changes import Place

_MOST_BYTES = 1_000_000
"""Of the documents in a page; a single one may be larger."""
_LOOKS = 20
"""So often, for one page, are changes looked at of which no order is wanted."""
_EVER = -(2**63)
_STATES = frozenset(OrderState)


class _Page(msgspec.Struct):
    """Documents as they are written, and the place behind the last."""

    documents: list[msgspec.Raw]
    place: Place
    more: bool

    def answer(self, name: str, merchant: Merchant) -> Response:
        following = cursors.written(merchant.id, self.place)
        body = {name: self.documents, "next": following, "more": self.more}
        return Response(msgspec.json.encode(body), media_type=JSON_MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Journal:
    """Routes over one database; `vendor` is the name in the media type of §2."""

    database: Database
    vendor: str

    def routes(self) -> list[BaseRoute]:
        return [
            extensions.EVENTS.served_by(self.events),
            extensions.NEWEST.served_by(self.newest),
            extensions.ORDERS.served_by(self.orders),
        ]

    async def events(self, request: Request) -> Response:
        merchant, _ = await admit(self.database, request, self.vendor)
        query = request.query_params
        limit = _limit(query, extensions.FEWER_EVENTS, extensions.MOST_EVENTS)
        after = await self._place(merchant, query, "after")
        start = after or replace(await self._beginning(), skipping=True)
        found = await changes.events(self.database, merchant.id, start, limit + 1)
        return _events(found, start, limit).answer("events", merchant)

    async def newest(self, request: Request) -> Response:
        merchant, _ = await admit(self.database, request, self.vendor)
        newest = await changes.newest(self.database, merchant.id)
        body = encode(Newest(next=cursors.written(merchant.id, newest)))
        return Response(body, media_type=JSON_MEDIA_TYPE)

    async def orders(self, request: Request) -> Response:
        merchant, _ = await admit(self.database, request, self.vendor)
        query = request.query_params
        wanted = _Wanted(
            merchant.id,
            _state(query),
            _since(query),
            _limit(query, extensions.FEWER_ORDERS, extensions.MOST_ORDERS),
        )
        start = await self._place(merchant, query, "cursor") or await self._start(wanted)
        return (await self._orders(wanted, start)).answer("orders", merchant)

    async def _place(self, merchant: Merchant, query: QueryParams, parameter: str) -> Place | None:
        text = query.get(parameter, "")
        if not text:
            return None
        try:
            place = cursors.read(merchant.id, text, Place)
        except cursors.NotACursor:
            raise extensions.not_a_cursor(parameter) from None
        if place.epoch != await changes.epoch(self.database):
            raise extensions.GONE
        return place

    async def _beginning(self) -> Place:
        return Place(await changes.epoch(self.database))

    async def _start(self, wanted: "_Wanted") -> Place:
        if wanted.since is None:
            return await self._beginning()
        return await changes.before(self.database, wanted.merchant_id, wanted.since)

    async def _orders(self, wanted: "_Wanted", place: Place) -> _Page:
        now, documents, size = utc_now(), list[msgspec.Raw](), 0
        for _ in range(_LOOKS):
            found = await self._changes(wanted, place)
            for change in found:
                if len(documents) == wanted.limit or size > _MOST_BYTES:
                    return _Page(documents, place, more=True)
                place = Place(place.epoch, change.tx, change.position)
                if change.order is not None:
                    documents.append(msgspec.Raw(encode(document(change.order, now))))
                    size += len(documents[-1])
            if len(found) < wanted.looked_at:
                return _Page(documents, place, more=False)
        return _Page(documents, place, more=True)

    async def _changes(self, wanted: "_Wanted", after: Place) -> list[changes.Change]:
        return await changes.orders(
            self.database,
            wanted.merchant_id,
            after,
            state=wanted.state,
            since=_EVER if wanted.since is None else wanted.since,
            limit=wanted.looked_at,
        )


class _Wanted(NamedTuple):
    """`since` is microseconds; an empty `state` is any."""

    merchant_id: str
    state: str
    since: int | None
    limit: int

    @property
    def looked_at(self) -> int:
        """Changes that are looked at together: not much more than are wanted."""
        return 2 * self.limit


def _events(found: Sequence[changes.Event], place: Place, limit: int) -> _Page:
    documents, size = list[msgspec.Raw](), 0
    for event in found:
        if len(documents) == limit or size > _MOST_BYTES:
            return _Page(documents, place, more=True)
        if event.payload is None:
            raise extensions.GONE
        documents.append(msgspec.Raw(event.payload.encode()))
        size += len(documents[-1])
        place = replace(place, tx=event.tx, position=event.position)
    return _Page(documents, replace(place, skipping=False), more=False)


def _limit(query: QueryParams, fewer: int, most: int) -> int:
    limit = as_number(query["limit"], 0) if "limit" in query else fewer
    if not 1 <= limit <= most:
        raise extensions.not_a_limit(most)
    return limit


def _state(query: QueryParams) -> str:
    if "state" in query and query["state"] not in _STATES:
        raise extensions.NOT_A_STATE
    return query.get("state", "")


def _since(query: QueryParams) -> int | None:
    if "updated_after" not in query:
        return None
    try:
        # A plus that was not encoded has become a blank.
        return to_micros(msgspec.convert(query["updated_after"].replace(" ", "+"), Time))
    except msgspec.ValidationError:
        raise extensions.NOT_A_MOMENT from None
