"""Parcels the merchant ships itself (contract §3)."""

import pytest

from smartcart.contract import OrderState, TrackingDetail, TrackingRequest
from smartcart.marketplace.domain import answers
from smartcart.marketplace.domain.order import Fulfilment, Order
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from smartcart.marketplace.domain.tracking import track
from tests.support.marketplace import NOW, acceptance_of, an_order
from tests.support.proving import proves


def accepted(fulfilment: Fulfilment = Fulfilment.FBM) -> Order:
    order = an_order(fulfilment=fulfilment, windows=(), courier="Elta")
    return answers.accept(order, acceptance_of(order), NOW)


def request(*pairs: tuple[str, str]) -> TrackingRequest:
    return TrackingRequest(
        tracking_details=tuple(TrackingDetail(courier=c, tracking_code=t) for c, t in pairs)
    )


def refusal(order: Order, asked: TrackingRequest) -> tuple[RefusalCode, str]:
    with pytest.raises(Refused) as refused:
        track(order, asked)
    return refused.value.code, refused.value.message


@proves("tracking.body", "tracking.replaces")
def test_what_is_told_replaces_what_was_there() -> None:
    first = track(accepted(), request(("acs", "1"), ("acs", " 2 ")))
    assert (first.courier, first.tracking_codes) == ("ACS", ("1", "2"))
    second = track(first, request(("geniki_taxydromiki", "GT7")))
    assert (second.courier, second.tracking_codes) == ("Geniki Taxydromiki", ("GT7",))
    assert (second.state, second.version) == (OrderState.ACCEPTED, first.version + 1)


@proves("tracking.couriers")
@pytest.mark.parametrize("courier", ["acs", "dhl", "geniki_taxydromiki", "dpd", "gls"])
def test_every_courier_of_the_contract(courier: str) -> None:
    assert track(accepted(), request((courier, "X1"))).tracking_codes == ("X1",)


@proves("tracking.fbm-only", "tracking.not-fbm")
@pytest.mark.parametrize("kind", [kind for kind in Fulfilment if kind is not Fulfilment.FBM])
def test_only_what_the_merchant_ships(kind: Fulfilment) -> None:
    words = "Order is not fulfilled by merchant"
    assert refusal(accepted(kind), request(("acs", "1"))) == (RefusalCode.NOT_ELIGIBLE, words)


def test_not_before_it_is_accepted() -> None:
    order = an_order(fulfilment=Fulfilment.FBM)
    assert refusal(order, request(("elta", ""))) == (RefusalCode.ORDER_STATUS, "Order is open.")


@proves("tracking.unknown-courier")
def test_an_unknown_courier_is_named_beside_those_there_are() -> None:
    words = "courier 'elta' is not one of: acs, dhl, geniki_taxydromiki, dpd, gls."
    asked = request(("acs", "1"), ("elta", "2"))
    assert refusal(accepted(), asked) == (RefusalCode.TRACKING_DETAILS, words)


@pytest.mark.parametrize("code", ["", "  ", "x" * 65, "a\nb", "a\0b"])
def test_a_code_nobody_could_type(code: str) -> None:
    words = "tracking_code must have 1 to 64 visible characters."
    assert refusal(accepted(), request(("acs", code))) == (RefusalCode.TRACKING_DETAILS, words)
