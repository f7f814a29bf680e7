"""The page over HTTP: who may talk to it, what it shows, and what its forms do."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession, StreamReader

from smartcart.demo.folder import Folder, fresh_state
from smartcart.demo.halves import Offer, Side
from smartcart.demo.live import Live
from smartcart.demo.opening import Demo
from smartcart.demo.page.actions import Actions
from smartcart.demo.page.app import Page
from smartcart.demo.page.render import Renderer
from smartcart.demo.placing import Placing
from smartcart.demo.programs import Program
from smartcart.kit.egress import open_session
from smartcart.kit.i18n import load_languages
from smartcart.kit.serving import listen, serve
from tests.support.demo_steps import accepted, step
from tests.support.halves import Playhouse, played

OFFERS = [
    Offer("MAS-50", "Μαστίχα χοντρή, κουτί 50 g", 1_420, 18),
    Offer("MEL-950", "Μέλι θυμαρίσιο, βάζο 950 g", 1_850, 12),
]
STOCK = [
    {"shop_uid": "MAS-50", "quantity": 18, "reserved": 2},
    {"shop_uid": "MEL-950", "quantity": 3, "reserved": 3},
]


@dataclass(slots=True)
class Visit:
    """A running page, the programs behind it, and a browser's session."""

    house: Playhouse
    page: Page
    session: ClientSession
    url: str

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": self.url}

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, headers: dict[str, str], **form: str) -> tuple[int, str]:
        async with self.session.post(
            self.url + path, data=form, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()


@asynccontextmanager
async def _visiting(folder: Path) -> AsyncIterator[Visit]:
    async with AsyncExitStack() as stack:
        house = Playhouse(stock=list(STOCK))
        marketplace, shop = await stack.enter_async_context(played(house))
        demo = Demo(Folder(folder), fresh_state(1, 2), marketplace, shop, _programs(folder))
        demo.folder.make()
        live = Live(marketplace, shop)
        placing = Placing(demo, live, OFFERS, rate=1)
        languages = load_languages("smartcart.demo")
        renderers = {
            name: Renderer(each, list(languages.values()), live, placing, demo.programs)
            for name, each in languages.items()
        }
        page = Page(demo, live, Actions(demo, live, placing), renderers, "")
        listener = stack.enter_context(listen("127.0.0.1", 0))
        port = listener.getsockname()[1]
        stop = asyncio.Event()
        tasks = [asyncio.create_task(live.run()), asyncio.create_task(placing.run())]
        serving = asyncio.create_task(serve(page.app(port), listener, stop))
        session = await stack.enter_async_context(open_session(allow_private=True))
        while not live.stock:
            await asyncio.sleep(0.01)
        try:
            yield Visit(house, page, session, f"http://127.0.0.1:{port}")
        finally:
            live.versions.close()
            house.hang_up()
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait([*tasks, serving])


def _programs(folder: Path) -> dict[str, Program]:
    async def healthy() -> bool:
        return True

    return {
        name: Program(name, (name, "run"), {}, folder, folder / f"{name}.log", healthy)
        for name in ("marketplace", "merchant")
    }


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with _visiting(tmp_path) as visit:
        yield visit


async def test_a_name_that_is_not_this_machines_is_refused(visit: Visit) -> None:
    status, told = await visit.get("/", Host="evil.example")
    assert (status, told) == (403, f"This page is at {visit.url}/ alone.\n")


@pytest.mark.parametrize("path", ["/carts/ready-made", "/restock", "/stream"])
async def test_what_another_site_sends_is_refused(visit: Visit, path: str) -> None:
    for headers in ({}, {"Origin": "http://evil.example"}):
        status, _ = await visit.post(path, headers, wish="served", on="1")
        assert status == 403
    assert visit.house.carts == []


async def test_a_form_larger_than_ours_is_refused(visit: Visit) -> None:
    assert (await visit.post("/carts", visit.origin, comments="x" * 20_000))[0] == 413


async def test_every_answer_forbids_what_the_page_does_not_need(visit: Visit) -> None:
    async with visit.session.get(visit.url + "/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_the_keys_never_reach_the_browser(visit: Visit) -> None:
    visit.house.hush(*accepted("A"))
    state = visit.page.demo.state
    for path in ("/", "/orders/A"):
        _, text = await visit.get(path)
        for secret in (state.panel_key, state.dashboard_key, state.webhook_secret):
            assert secret not in text


async def test_an_order_is_placed_by_a_plain_browser(visit: Visit) -> None:
    status, where = await visit.post(
        "/carts", visit.origin, sku="MEL-950", quantity="2", payment="iris", comments="γρήγορα"
    )
    assert (status, where) == (303, "/?placed=C1#o-C1")
    (cart,) = visit.house.carts
    assert cart["lines"][0]["shop_uid"] == "MEL-950"
    assert (cart["lines"][0]["quantity"], cart["payment_method"]) == (2, "iris")
    assert cart["comments"] == "γρήγορα"


async def test_a_script_is_answered_in_json(visit: Visit) -> None:
    headers = visit.origin | {"Accept": "application/json"}
    _, told = await visit.post("/carts", headers, sku="MAS-50", quantity="1", payment="card")
    assert msgspec.json.decode(told) == {"say": "Placed:", "code": "C1", "wrong": False}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"sku": "NONE"}, "Product"),
        ({"quantity": "0"}, "Quantity"),
        ({"quantity": "two"}, "Quantity"),
        ({"quantity": "13"}, "12 are offered"),
        ({"payment": "gold"}, "Payment"),
    ],
)
async def test_what_will_not_do_is_named_and_the_rest_kept(
    visit: Visit, form: dict[str, str], expected: str
) -> None:
    given = {"sku": "MEL-950", "quantity": "2", "payment": "card", "comments": "<i>κουδούνι</i>"}
    status, text = await visit.post("/carts", visit.origin, **(given | form))
    assert status == 422
    assert expected in text
    assert 'value="&lt;i&gt;κουδούνι&lt;/i&gt;"' in text
    assert visit.house.carts == []


async def test_a_ready_made_cart_asks_for_more_than_the_shelf_has(visit: Visit) -> None:
    await visit.post("/carts/ready-made", visit.origin, wish="short")
    (cart,) = visit.house.carts
    assert cart["lines"][0]["shop_uid"] == "MAS-50"
    assert cart["lines"][0]["quantity"] > 16


async def test_a_cart_that_the_shelf_forbids_is_told(visit: Visit) -> None:
    headers = visit.origin | {"Accept": "application/json", "Accept-Language": "el"}
    status, told = await visit.post("/carts/ready-made", headers, wish="unknown")
    assert status == 422
    assert "Το κατάστημα τα ξέρει πια όλα." in told


async def test_the_stream_runs_while_it_is_on(visit: Visit) -> None:
    await visit.post("/stream", visit.origin, on="1", rate="99")
    assert visit.page.actions.placing.rate == 5
    while len(visit.house.carts) < 3:
        await asyncio.sleep(0.01)
    await visit.post("/stream", visit.origin, on="", rate="5")
    await asyncio.sleep(0.1)
    placed = len(visit.house.carts)
    await asyncio.sleep(0.5)
    assert len(visit.house.carts) == placed


async def test_the_stream_keeps_the_shelf_from_running_dry(visit: Visit) -> None:
    await visit.post("/stream", visit.origin, on="1", rate="0.1")
    stock = visit.page.demo.folder.stock
    while not stock.exists():
        await asyncio.sleep(0.01)
    rows = {
        row["shop_uid"]: row["quantity"] for row in csv.DictReader(stock.read_text().splitlines())
    }
    assert rows == {"MAS-50": "20", "MEL-950": "6"}


async def test_goods_of_a_held_order_are_put_on_the_shelf(visit: Visit) -> None:
    held = step(Side.SHOP, 9, "held", "A", why="unknown_sku", about="KAN-1L")
    visit.house.tell(*accepted("A")[:3], held)
    while not (card := visit.page.live.card("A")) or not card.held or not card.document:
        await asyncio.sleep(0.01)
    _, text = await visit.get("/")
    assert "Put some on the shelf" in text
    assert "left to answer" in text
    await visit.post("/orders/A/count-in", visit.origin)
    rows = list(csv.reader(visit.page.demo.folder.stock.read_text().splitlines()))
    assert ["KAN-1L", "", "4"] in rows


async def test_the_page_speaks_the_readers_language(visit: Visit) -> None:
    _, english = await visit.get("/")
    _, liked = await visit.get("/", **{"Accept-Language": "el-GR,en;q=0.5"})
    _, chosen = await visit.get("/?lang=el")
    assert "Place the order" in english
    assert "€14.20" in english
    for greek in (liked, chosen):
        assert '<html lang="el">' in greek
        assert "14,20\xa0€" in greek


async def test_a_chosen_language_is_remembered(visit: Visit) -> None:
    async with visit.session.get(visit.url + "/?lang=el") as answer:
        cookie = answer.cookies["lang"]
    _, text = await visit.get("/", Cookie=f"lang={cookie.value}")
    assert '<html lang="el">' in text


async def test_what_came_over_the_wire_is_shown_and_never_run(visit: Visit) -> None:
    visit.house.hush(*accepted("A"))
    _, text = await visit.get("/orders/A")
    assert "&lt;b&gt;Μέλι&lt;/b&gt;" in text
    assert "<b>Μέλι</b>" not in text


@pytest.mark.parametrize("path", ["/orders/NONE", "/orders/NONE/voucher.pdf", "/static/x", "/x"])
async def test_what_is_not_there_is_a_404(visit: Visit, path: str) -> None:
    assert (await visit.get(path))[0] == 404


async def test_the_feed_begins_with_everything_and_goes_on_with_what_differs(visit: Visit) -> None:
    visit.house.hush(*accepted("A")[:4])
    visit.house.hang_up()
    while not visit.page.live.cards():
        await asyncio.sleep(0.01)
    async with visit.session.get(visit.url + "/events?lang=en") as answer:
        first = await _event(answer.content)
        visit.house.tell(*accepted("A")[4:])
        later = await _event(answer.content)
        while "Voucher PDF" not in later.cards.get("A", ""):
            later = await _event(answer.content)
    assert first.order == ["A"]
    assert set(first.parts) >= {"stock", "stream", "activity", "program-merchant"}
    assert "stream" not in later.parts
    assert "order accepted" in later.cards["A"].lower()


class Change(msgspec.Struct):
    parts: dict[str, str]
    cards: dict[str, str]
    order: list[str]


async def _event(content: StreamReader) -> Change:
    while True:
        line = await asyncio.wait_for(content.readuntil(b"\n"), 10)
        if line.startswith(b"data:"):
            return msgspec.json.decode(line[5:], type=Change)
