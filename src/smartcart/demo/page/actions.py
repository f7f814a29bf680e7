"""What a visitor can do on the page: each a form, answered to a script or to a plain browser."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from smartcart.contract import PaymentMethod
from smartcart.demo.carts import Wish
from smartcart.demo.catalogue import Sku
from smartcart.demo.halves import Declined, Unreachable
from smartcart.demo.live import Live
from smartcart.demo.opening import Demo
from smartcart.demo.options import LEAST_CARTS_A_SECOND, MOST_CARTS_A_SECOND, DemoError
from smartcart.demo.page import forms
from smartcart.demo.page.render import Given, Renderer
from smartcart.demo.placing import Placing
from smartcart.demo.words import N_
from smartcart.kit.i18n import Language

Form = Mapping[str, str]
RendererOf = Callable[[Request], Renderer]
Act = Callable[[Request, Form, Language], Awaitable["Said"]]

_NOT_NOW = {
    Wish.SERVED: N_("The shelf is empty: fill it first."),
    Wish.SHORT: N_("Nothing is short just now."),
    Wish.GONE: N_("Nothing is sold out just now."),
    Wish.UNKNOWN: N_("The shop knows all its goods by now."),
}
_LONGEST_COMMENT = 300


class Said(NamedTuple):
    """How an action went. `code` is the order it made."""

    say: str = ""
    code: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Actions:
    demo: Demo
    live: Live
    placing: Placing

    def routes(self, renderer_of: RendererOf) -> list[Route]:
        acts: Mapping[str, Act] = {
            "/carts": self.place,
            "/carts/ready-made": self.place_ready_made,
            "/stream": self.switch_stream,
            "/restock": self.restock,
            "/orders/{code}/count-in": self.count_in,
            "/orders/{code}/cancel": self.cancel,
            "/programs/{name}/start": self.start,
            "/programs/{name}/unplug": self.unplug,
        }
        return [
            Route(path, _endpoint(act, renderer_of), methods=["POST"]) for path, act in acts.items()
        ]

    async def place(self, _request: Request, form: Form, language: Language) -> Said:
        offers = {offer.sku.text: offer for offer in self.placing.offers}
        offer = offers.get(form.get("sku", ""))
        if offer is None:
            return _wrong(language.text("Product: choose one of the list."))
        quantity = _number(form.get("quantity", ""))
        if quantity is None or quantity < 1:
            return _wrong(language.text("Quantity: write a whole number from 1."))
        if offer.quantity is not None and quantity > offer.quantity:
            text = language.text("Quantity: {n} are offered.")
            return _wrong(text.format(n=offer.quantity))
        if form.get("payment") not in set(PaymentMethod):
            return _wrong(language.text("Payment: choose one of the list."))
        comments = form.get("comments", "")[:_LONGEST_COMMENT]
        codes = await self.placing.place(
            {offer.sku: quantity}, PaymentMethod(form["payment"]), comments
        )
        return _placed(codes, language)

    async def place_ready_made(self, _request: Request, form: Form, language: Language) -> Said:
        if form.get("wish") not in set(Wish):
            raise HTTPException(400, "wish: choose one of " + ", ".join(Wish))
        wish = Wish(form["wish"])
        codes = await self.placing.place_ready_made(wish)
        return _placed(codes, language) if codes else _wrong(language.text(_NOT_NOW[wish]))

    async def switch_stream(self, _request: Request, form: Form, _language: Language) -> Said:
        rate = _rate(form.get("rate", ""))
        self.placing.switch(bool(form.get("on")), rate)
        return Said()

    async def restock(self, _request: Request, _form: Form, _language: Language) -> Said:
        await self.placing.restock()
        return Said()

    async def count_in(self, request: Request, _form: Form, _language: Language) -> Said:
        """Put what a held order asks for on the shop's stock list."""
        card = self.live.card(request.path_params["code"])
        held = card.held if card else None
        about = str(held.facts.get("about") or "") if held else ""
        for sku in filter(None, about.split(", ")):
            uid, _, variation = sku.partition("/")
            await self.placing.count_in(Sku(uid, variation))
        return Said()

    async def cancel(self, request: Request, _form: Form, _language: Language) -> Said:
        await self.demo.marketplace.cancel(request.path_params["code"])
        return Said()

    async def start(self, request: Request, _form: Form, _language: Language) -> Said:
        await self.demo.start(self._name(request))
        return Said()

    async def unplug(self, request: Request, _form: Form, _language: Language) -> Said:
        self.demo.programs[self._name(request)].pull_the_plug()
        return Said()

    def _name(self, request: Request) -> str:
        name: str = request.path_params["name"]
        if name not in self.demo.programs:
            raise HTTPException(404, f"There is no program {name}.")
        return name


def _endpoint(act: Act, renderer_of: RendererOf) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        form = await forms.read(request)
        renderer = renderer_of(request)
        try:
            said = await act(request, form, renderer.language)
        except Unreachable:
            said = _wrong(renderer.language.text("The program does not answer just now."))
        except (Declined, DemoError) as error:
            said = _wrong(str(error))
        return _answer(request, said, form, renderer)

    return answer


def _answer(request: Request, said: Said, form: Form, renderer: Renderer) -> Response:
    status = 422 if said.wrong else 200
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(said._asdict(), status)
    if said.wrong:
        return HTMLResponse(renderer.page(_given(form), problem=said.say), status)
    where = f"/?placed={said.code}#o-{said.code}" if said.code else "/"
    return RedirectResponse(where, 303)


def _given(form: Form) -> Given:
    return Given(**{name: form.get(name, "") for name in Given.__dataclass_fields__})


def _placed(codes: list[str], language: Language) -> Said:
    return Said(language.text("Placed:"), codes[0])


def _wrong(say: str) -> Said:
    return Said(say, wrong=True)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _rate(text: str) -> float | None:
    """Carts a second within what the demo bears, None when that is not what was sent."""
    try:
        rate = float(text)
    except ValueError:
        return None
    if not math.isfinite(rate):
        return None
    return min(max(rate, LEAST_CARTS_A_SECOND), MOST_CARTS_A_SECOND)
