"""A decision in a sentence: what was decided, why, and which setting of the policy had it so."""

from collections.abc import Mapping, Sequence
from typing import Final

from smartcart.contract import from_micros
from smartcart.kit.i18n import Language, load_languages
from smartcart.merchant.domain.decisions import (
    Accept,
    Cause,
    Hold,
    HoldReason,
    Nothing,
    NothingReason,
    Reject,
    Rule,
)
from smartcart.merchant.domain.order import Basis, Decided, Grounds

LANGUAGES: Final[Mapping[str, Language]] = load_languages("smartcart.merchant.wording")
"""By name: `en` and `el`."""


def N_(source: str) -> str:
    """Marks a text for the catalogues where it cannot be translated yet."""
    return source


_CAUSES: Mapping[HoldReason, str] = {
    HoldReason.NO_LINES: N_("it has no lines, or a line of no pieces"),
    HoldReason.UNKNOWN_SKU: N_("the stock does not know {about}"),
    HoldReason.STOCK_IN_DOUBT: N_("the stock cannot be relied on ({about})"),
    HoldReason.TOO_LATE: N_("the time to answer it is over"),
    HoldReason.NO_OPTIONS: N_("the marketplace offers nothing to choose from ({about})"),
    HoldReason.NO_WORKABLE_WINDOW: N_("no pickup window can be met ({about})"),
    HoldReason.NO_PLACE_HAS_ALL: N_("no pickup location has all of it"),
    HoldReason.TOO_MANY_PARCELS: N_("it needs {found} parcels and may have {limit}"),
    HoldReason.WEIGHT_UNKNOWN: N_("the weight of {about} is not known"),
    HoldReason.REASON_NOT_OFFERED: N_("the marketplace offers no true reason to reject {about}"),
    HoldReason.LINES_ALIKE: N_("its lines cannot be told apart ({about})"),
    HoldReason.VALUE_UNKNOWN: N_("it does not say what it is worth"),
    HoldReason.VALUE: N_("it is worth {found_euros}, more than {limit_euros}"),
    HoldReason.PIECES: N_("it wants {found} pieces of {about}, more than {limit}"),
    HoldReason.PRICE: N_("{about} is sold at {found_euros} and costs {limit_euros} in the shop"),
    HoldReason.PRICE_UNKNOWN: N_("the shop's price of {about} is not known"),
    HoldReason.SKU: N_("a person answers for {about}"),
    HoldReason.VAT_EXCLUSION: N_("an invoice without VAT is asked for"),
    HoldReason.INVOICE_DOCUMENT: N_("it wants the document {about}"),
    HoldReason.PAYMENT_METHOD: N_("it is paid by {about}"),
    HoldReason.GIFT_WRAP: N_("it is to be wrapped as a gift"),
    HoldReason.STORE_PICKUP: N_("the customer collects it from the store"),
    HoldReason.COMMENTS: N_("the customer left a comment"),
    HoldReason.REMOTE_ZIP: N_("it goes to {about}"),
    HoldReason.NEAR_DEADLINE: N_("fewer than {limit} minutes are left to answer"),
    HoldReason.ACCEPT_BY_HAND: N_("a person accepts orders"),
    HoldReason.REJECT_BY_HAND: N_("a person rejects what is short ({about})"),
}
_SPREAD = N_("its pieces are at several places and no pickup location has all of them ({about})")
_NOTHING: Mapping[str, str] = {
    NothingReason.NOT_OPEN: N_("Nothing to decide: the order is not open."),
    NothingReason.EXPRESS: N_("Nothing to decide: the marketplace accepts express orders itself."),
    NothingReason.FULFILLED: N_("Nothing to decide: the marketplace fulfils the order."),
}
_NOTHING_MORE = N_("Nothing to decide.")
SETTINGS: Mapping[HoldReason, str] = {
    HoldReason.NO_WORKABLE_WINDOW: "[hours], [pickup] preparation_minutes",
    HoldReason.NO_PLACE_HAS_ALL: "[pickup] location",
    HoldReason.TOO_MANY_PARCELS: "[parcels]",
    HoldReason.WEIGHT_UNKNOWN: "[parcels] kilos_each",
    HoldReason.VALUE_UNKNOWN: "[hold] value_over",
    HoldReason.VALUE: "[hold] value_over",
    HoldReason.PIECES: "[hold] pieces_over",
    HoldReason.PRICE: "[hold] price_differs_percent",
    HoldReason.PRICE_UNKNOWN: "[hold] price_unknown",
    HoldReason.SKU: "[hold] skus",
    HoldReason.VAT_EXCLUSION: "[hold] vat_exclusion",
    HoldReason.INVOICE_DOCUMENT: "[hold] invoice_documents",
    HoldReason.PAYMENT_METHOD: "[hold] payment_methods",
    HoldReason.GIFT_WRAP: "[hold] gift_wrap",
    HoldReason.STORE_PICKUP: "[hold] store_pickup",
    HoldReason.COMMENTS: "[hold] comments",
    HoldReason.REMOTE_ZIP: "[hold] zips",
    HoldReason.NEAR_DEADLINE: "[hold] minutes_before_expiry",
    HoldReason.ACCEPT_BY_HAND: "[answers] accept",
    HoldReason.REJECT_BY_HAND: "[answers] reject, [reject]",
}
"""The settings of the policy that a reason to hold comes from; the others come from none."""


def explain(decided: Decided, language: Language) -> str:
    """One sentence, in the reader's language."""
    decision = decided.decision
    match decision:
        case Accept():
            return _accepted(decision, decided, language)
        case Reject():
            return _rejected(decision, decided, language)
        case Hold():
            return _held(decision, language)
        case Nothing():
            return language.text(_NOTHING.get(decision.why, _NOTHING_MORE))


def cause(one: Cause, language: Language) -> str:
    """A reason to hold, as part of a sentence."""
    is_spread = one.why is HoldReason.NO_PLACE_HAS_ALL and one.about
    return language.text(_SPREAD if is_spread else _CAUSES[one.why]).format(
        about=one.about,
        found=one.found,
        limit=one.limit,
        found_euros=language.euros(one.found or 0),
        limit_euros=language.euros(one.limit or 0),
    )


def _accepted(decision: Accept, decided: Decided, language: Language) -> str:
    last = decision.rule is Rule.LAST_RESORT
    if decided.grounds.shadow:
        text = (
            language.text("Would be accepted as the last resort: {stock}; {pickup}.")
            if last
            else language.text("Would be accepted, for all of it is there: {stock}; {pickup}.")
        )
    elif last:
        text = language.text("Accepted as the last resort: {stock}; {pickup}.")
    else:
        text = language.text("Accepted, for all of it is there: {stock}; {pickup}.")
    return text.format(
        stock=_stock(decided.basis, language),
        pickup=_pickup(decision, decided.grounds, language),
    )


def _rejected(decision: Reject, decided: Decided, language: Language) -> str:
    last = decision.rule is Rule.LAST_RESORT
    if decided.grounds.shadow:
        text = (
            language.text("Would be rejected as the last resort, for it is short: {stock}.")
            if last
            else language.text("Would be rejected, for it is short: {stock}.")
        )
    elif last:
        text = language.text("Rejected as the last resort, for it is short: {stock}.")
    else:
        text = language.text("Rejected, for it is short: {stock}.")
    short = [one for one in decided.basis if one.is_short]
    return text.format(stock=_stock(short, language))


def _held(decision: Hold, language: Language) -> str:
    causes = language.text("; ").join(cause(one, language) for one in decision.causes)
    settings = ", ".join(dict.fromkeys(filter(None, map(_setting, decision.causes))))
    if not settings:
        return language.text("On hold for a person: {causes}.").format(causes=causes)
    text = language.text("On hold for a person: {causes} (policy: {settings}).")
    return text.format(causes=causes, settings=settings)


def _setting(one: Cause) -> str:
    return SETTINGS.get(one.why, "")


def _stock(basis: Sequence[Basis], language: Language) -> str:
    return ", ".join(_product(one, language) for one in basis)


def _product(one: Basis, language: Language) -> str:
    if one.available is None:
        return language.text("{wanted} of {sku}, which is there").format(
            wanted=one.wanted, sku=one.sku
        )
    return language.text("{wanted} of {sku}, of which there are {available}").format(
        wanted=one.wanted, sku=one.sku, available=one.available
    )


def _pickup(decision: Accept, grounds: Grounds, language: Language) -> str:
    parcels = language.count("{n} parcel", "{n} parcels", decision.parcels).format(
        n=decision.parcels
    )
    if not grounds.window:
        return language.text("{parcels} at {location}").format(
            parcels=parcels, location=decision.location
        )
    ready = from_micros(grounds.ready_at) if grounds.ready_at is not None else None
    return language.text(
        "{parcels} at {location} for the courier of {window}, ready on {date} at {time}"
    ).format(
        parcels=parcels,
        location=decision.location,
        window=grounds.window,
        date=language.date(ready) if ready else "",
        time=language.time(ready)[:5] if ready else "",
    )
