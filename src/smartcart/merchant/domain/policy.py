"""The shop's policy: what a program may answer for it, and how. `deciding` obeys it.

Each struct is a section of the policy file. The defaults are safe: they answer what is plain, and
leave to a person what may cost the shop money or a customer.
"""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from smartcart.merchant.domain.decisions import WISHES, HoldReason
from smartcart.merchant.domain.hours import Hours, Opening, checked, parse_time
from smartcart.merchant.domain.patterns import check_zips, weights

NotNegative = Annotated[float, Meta(ge=0)]


class Answers(Struct, frozen=True, kw_only=True):
    """`[answers]`: which kinds of answers are sent without a person."""

    accept: Annotated[
        bool, Meta(description="Accept by itself what can be served whole; false: a person does.")
    ] = True
    reject: Annotated[
        bool,
        Meta(description="Reject by itself the lines that are short; false: a person does."),
    ] = True


class Holds(Struct, frozen=True, kw_only=True):
    """`[hold]`: orders that a person looks at, whether they can be served or not."""

    value_over: Annotated[
        NotNegative | None,
        Meta(description="Orders worth more euros than this, with VAT."),
    ] = 1000.0
    pieces_over: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Orders with more pieces than this of one product."),
    ] = 20
    price_differs_percent: Annotated[
        NotNegative | None,
        Meta(
            description="Orders in which a price differs from the shop's own by more than this "
            "part of it, up or down, where the stock's source gives a price. Lines without VAT or "
            "with the islands' VAT are not compared."
        ),
    ] = 5.0
    price_unknown: Annotated[
        bool, Meta(description="Orders of a product whose price the stock's source does not give.")
    ] = False
    skus: Annotated[
        tuple[str, ...],
        Meta(
            description="Orders of these products: shop_uid, or shop_uid/variation; * stands for "
            "any characters."
        ),
    ] = ()
    vat_exclusion: Annotated[
        bool, Meta(description="Orders whose customer asks for an invoice without VAT.")
    ] = True
    invoice_documents: Annotated[
        tuple[Literal["receipt", "invoice", "invoice_39a", "invoice_vies"], ...],
        Meta(description="Orders that want one of these documents."),
    ] = ("invoice_39a", "invoice_vies")
    payment_methods: Annotated[
        tuple[str, ...],
        Meta(description="Orders paid in one of these ways, as cash_on_delivery."),
    ] = ()
    gift_wrap: Annotated[bool, Meta(description="Orders to be wrapped as a gift.")] = False
    store_pickup: Annotated[
        bool, Meta(description="Orders that the customer collects from the store.")
    ] = False
    comments: Annotated[bool, Meta(description="Orders with a comment by the customer.")] = False
    zips: Annotated[
        tuple[str, ...],
        Meta(
            description="Orders to these zip codes: whole codes, beginnings as 85, or ranges of "
            "either as 84000-85999."
        ),
    ] = ()
    minutes_before_expiry: Annotated[
        float,
        Meta(
            ge=0,
            description="Orders with fewer minutes left to answer than this. 0 answers until the "
            "end: an answer that comes too late is refused, one not sent has expired for certain.",
        ),
    ] = 0

    def __post_init__(self) -> None:
        check_zips(self.zips)


class Rejects(Struct, frozen=True, kw_only=True):
    """`[reject]`: which reason a short line gets."""

    few_left: Annotated[
        Literal["limited_stock", "hold"],
        Meta(description="When there are some, but too few: tell how many, or hold the order."),
    ] = "limited_stock"
    none_left: Annotated[
        Literal["no_stock", "discontinuation", "hold"],
        Meta(description="When there is none: the reason that is told, or hold the order."),
    ] = "no_stock"


class Parcels(Struct, frozen=True, kw_only=True):
    """`[parcels]`: in how many parcels an order goes; the fewest on offer that suffice."""

    pieces_each: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Pieces that fit into one parcel."),
    ] = None
    kilos_each: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="Kilograms that one parcel may weigh; a piece that weighs more goes alone."
        ),
    ] = None
    weights: Annotated[
        tuple[str, ...],
        Meta(
            description="Kilograms of a piece, as 1001=2.5 or TV-*=14; the first that fits counts, "
            "and comes before the weight in the stock's source."
        ),
    ] = ()
    other_kilos: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="Kilograms of any other piece; without it, an order whose weight is not "
            "known is held."
        ),
    ] = None

    def __post_init__(self) -> None:
        weights(self.weights)


class Pickup(Struct, frozen=True, kw_only=True):
    """`[pickup]`: from where and when the courier collects."""

    location: Annotated[
        Literal["first", "by_stock"],
        Meta(
            description="The first location on offer at whose place all pieces are, or the first "
            "whatever the stock says of places. What the stock says of no place is at each."
        ),
    ] = "by_stock"
    prefer: Annotated[
        tuple[str, ...],
        Meta(description="Ids of locations in the order in which they are tried, before others."),
    ] = ()
    places: Annotated[
        tuple[str, ...],
        Meta(
            description="Which place of the stock a location on offer is, as ID=PLACE; without "
            "it, the location's id or label is the place."
        ),
    ] = ()
    preparation_minutes: Annotated[
        float,
        Meta(
            ge=0,
            description="Working time that a parcel needs before the courier may come for it.",
        ),
    ] = 60
    cut_off: Annotated[
        str, Meta(description="Time of day from which a parcel is begun the next working day.")
    ] = ""

    def __post_init__(self) -> None:
        checked("cut_off", parse_time, self.cut_off)
        for entry in self.places:
            if not all(part.strip() for part in entry.partition("=")):
                raise ValueError(f"places: {entry!r} is no pair; write one like loc1=warehouse")

    @property
    def preparation(self) -> timedelta:
        return timedelta(minutes=self.preparation_minutes)

    @property
    def begun_until(self) -> time | None:
        return parse_time(self.cut_off)

    def place(self, location_id: str) -> str | None:
        """The place of the stock that a location is said to be."""
        pairs = (entry.split("=", 1) for entry in self.places)
        return next((place.strip() for each, place in pairs if each.strip() == location_id), None)


class LastResort(Struct, frozen=True, kw_only=True):
    """`[last_resort]`: what becomes of an order on hold just before it expires."""

    action: Annotated[
        Literal["hold", "accept_if_in_stock", "reject_short"],
        Meta(
            description="Keep it on hold and call; or accept it if it can be served whole; or "
            "that, and otherwise reject the lines that are short."
        ),
    ] = "hold"
    minutes_before_expiry: Annotated[float, Meta(gt=0, description="When that is done.")] = 20
    sets_aside: Annotated[
        tuple[HoldReason, ...],
        Meta(
            description="The reasons to hold that it sets aside. Only the shop's own wishes can "
            "be; what is not known for certain stays on hold."
        ),
    ] = (
        HoldReason.VALUE,
        HoldReason.PIECES,
        HoldReason.SKU,
        HoldReason.PAYMENT_METHOD,
        HoldReason.GIFT_WRAP,
        HoldReason.STORE_PICKUP,
        HoldReason.COMMENTS,
        HoldReason.REMOTE_ZIP,
        HoldReason.ACCEPT_BY_HAND,
        HoldReason.REJECT_BY_HAND,
    )

    def __post_init__(self) -> None:
        for reason in self.sets_aside:
            if reason not in WISHES:
                raise ValueError(
                    f"sets_aside: {reason} is a fact and cannot be set aside; leave it out"
                )

    def moment(self, expires_at: datetime) -> datetime:
        """From when on it holds."""
        return expires_at - timedelta(minutes=self.minutes_before_expiry)


class Policy(Struct, frozen=True, kw_only=True):
    """All of it; `name` tells one policy from another.

    In `shadow`, what is decided is told and recorded, and nothing is done about it.
    """

    answers: Answers = Answers()
    hold: Holds = Holds()
    reject: Rejects = Rejects()
    parcels: Parcels = Parcels()
    pickup: Pickup = Pickup()
    hours: Hours = Opening().hours()
    last_resort: LastResort = LastResort()
    name: str = ""
    shadow: bool = False

    def __post_init__(self) -> None:
        if self.last_resort.minutes_before_expiry <= self.hold.minutes_before_expiry:
            raise ValueError(
                "[last_resort] minutes_before_expiry: must be more than minutes_before_expiry of "
                "[hold], or it would never come to it"
            )

    def ready_at(self, now: datetime) -> datetime | None:
        """When a parcel begun `now` is ready; None when the shop does not work long enough."""
        return self.hours.ready_at(now, self.pickup.preparation, self.pickup.begun_until)
