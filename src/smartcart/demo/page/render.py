"""Templates filled for one reader: the same pieces make the page and keep it live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from smartcart.contract import PaymentMethod
from smartcart.demo import catalogue
from smartcart.demo.card import Card
from smartcart.demo.carts import Wish
from smartcart.demo.halves import MarketplaceView, ShopView
from smartcart.demo.live import ACTIVITY, PROGRAMS, STOCK, STREAM, Live
from smartcart.demo.options import MOST_CARTS_A_SECOND
from smartcart.demo.page import raw, statics, views
from smartcart.demo.placing import Placing
from smartcart.demo.programs import Program, Status
from smartcart.demo.words import N_, Words
from smartcart.kit.clock import utc_now
from smartcart.kit.i18n import Language

# Cards that are unfolded by themselves; none while a stream would keep pushing them on.
_OPENED = 3
_RATES = (0.2, 0.5, 1.0, 2.0, MOST_CARTS_A_SECOND)
_PAYMENTS = {
    PaymentMethod.CARD: N_("Card"),
    PaymentMethod.CASH_ON_DELIVERY: N_("Cash on delivery"),
    PaymentMethod.IRIS: N_("IRIS"),
    PaymentMethod.BANK_TRANSFER: N_("Bank transfer"),
}
_WISHES = {
    Wish.SERVED: N_("All on the shelf"),
    Wish.SHORT: N_("Short on the shelf"),
    Wish.GONE: N_("Sold out"),
    Wish.UNKNOWN: N_("Unknown goods"),
}
_STATUSES = {
    Status.RUNNING: N_("Running"),
    Status.STARTING: N_("Starting"),
    Status.STOPPED: N_("Stopped"),
    Status.DIED: N_("Not running"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a visitor wrote in the form, so that nothing is lost when it will not do."""

    sku: str = ""
    quantity: str = ""
    payment: str = ""
    comments: str = ""


class Renderer:
    """Everything the page shows, in one language."""

    def __init__(
        self,
        language: Language,
        languages: Sequence[Language],
        live: Live,
        placing: Placing,
        programs: Mapping[str, Program],
    ) -> None:
        self.language = language
        self.words = Words(language, catalogue.names())
        self._live = live
        self._placing = placing
        self._programs = programs
        self._templates = _environment(language)
        self._templates.globals.update(languages=languages)

    def page(self, given: Given, problem: str = "", placed: str = "") -> str:
        """The whole page as of now."""
        return self._templates.get_template("page.html").render(
            given=given,
            problem=problem,
            placed=placed,
            opened=self.opened,
            cards=[self._view(card) for card in self._live.cards()],
            offers=self._offers(),
            payments=self._chosen(_PAYMENTS),
            wishes=self._chosen(_WISHES),
            programs={name: self._program(name) for name in self._programs},
            stream=self._stream(),
            rates=self._rates(),
            stock=self._stock(),
            activity=self._activity(),
            typical=self._typical(),
        )

    def order(self, card: Card, marketplace: MarketplaceView, shop: ShopView | None) -> str:
        """An order's own page, with everything that went over the wire."""
        return self._templates.get_template("order.html").render(
            view=self._view(card),
            deliveries=raw.delivered(marketplace.deliveries, self.words),
            calls=raw.called(shop.calls, self.words) if shop else [],
            document=raw.pretty(bytes(marketplace.order)),
        )

    def card(self, card: Card, *, opened: bool) -> str:
        """One order with all its steps."""
        return self._part("card", view=self._view(card), opened=opened)

    def parts(self, changed: set[str]) -> dict[str, str]:
        """The parts of the page beside the cards that a change concerns, by their ids."""
        parts: dict[str, str] = {}
        if STOCK in changed:
            parts["stock"] = self._part("stock", stock=self._stock())
        if STREAM in changed:
            parts["stream"] = self._part("stream", stream=self._stream(), rates=self._rates())
        if ACTIVITY in changed:
            parts["activity"] = self._part("activity", activity=self._activity())
            parts["typical"] = self._part("typical", typical=self._typical())
        if PROGRAMS in changed:
            for name in self._programs:
                parts[f"program-{name}"] = self._part("program", program=self._program(name))
        return parts

    @property
    def opened(self) -> int:
        """How many of the newest cards are unfolded by themselves."""
        return 0 if self._placing.streaming else _OPENED

    def _part(self, name: str, **known: Any) -> str:
        return self._templates.get_template(f"{name}.html").render(**known)

    def _view(self, card: Card) -> views.CardView:
        return views.card_view(card, self.words, utc_now())

    def _offers(self) -> list[dict[str, Any]]:
        names = catalogue.names()
        return [
            {
                "sku": offer.sku.text,
                "name": names.get(offer.sku, offer.name),
                "cents": offer.price_cents,
                "quantity": "–" if offer.quantity is None else offer.quantity,
            }
            for offer in self._placing.offers
        ]

    def _program(self, name: str) -> dict[str, Any]:
        program = self._programs[name]
        half = self._live.marketplace if name == "marketplace" else self._live.shop
        return {
            "name": name,
            "status": program.status,
            "word": self.language.text(_STATUSES[program.status]),
            "address": half.url.removeprefix("http://"),
            "what": self._ended(program),
        }

    def _ended(self, program: Program) -> str:
        code = program.exit_code or 0
        if code < 0:
            text = self.language.text("It was killed, by signal {n}. Its log: {log}")
        else:
            text = self.language.text("It ended, with code {n}. Its log: {log}")
        return text.format(n=abs(code), log=program.log.name)

    def _stream(self) -> dict[str, Any]:
        return {"on": self._placing.streaming, "rate": self._placing.rate}

    def _rates(self) -> list[tuple[float, str]]:
        rates = sorted({*_RATES, self._placing.rate})
        text = self.language.text("{n} a second")
        return [(rate, text.format(n=self.language.number(rate))) for rate in rates]

    def _stock(self) -> list[views.StockView]:
        return views.stock_views(self._live.stock, self._placing.offers, catalogue.names())

    def _activity(self) -> list[views.Activity]:
        return views.activities(self._live.cards(), self.words)

    def _typical(self) -> dict[str, str] | None:
        cards = self._live.cards()
        answered = views.typical(cards, "answered")
        printed = views.typical(cards, "voucher_printed")
        if answered is None:
            return None
        return {
            "answered": self.words.span(answered),
            "printed": self.words.span(printed) if printed is not None else "",
        }

    def _chosen(self, words: Mapping[Any, str]) -> list[tuple[str, str]]:
        return [(str(value), self.language.text(word)) for value, word in words.items()]


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("smartcart.demo.page"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(gettext=language.text, ngettext=language.texts.ngettext)
    environment.globals.update(language=language, static=statics.address)
    return environment
