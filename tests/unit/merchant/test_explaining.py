"""A decision as a person reads it, in both languages."""

from datetime import UTC, datetime

import pytest

from smartcart.contract import RejectedLine, to_micros
from smartcart.merchant.domain.decisions import (
    Accept,
    Cause,
    Decision,
    Hold,
    HoldReason,
    Nothing,
    NothingReason,
    Reject,
    Rule,
)
from smartcart.merchant.domain.order import Basis, Decided, Grounds, Source
from smartcart.merchant.domain.shelves import Shelf
from smartcart.merchant.wording import LANGUAGES, explain
from smartcart.merchant.wording.explaining import cause

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
READY = to_micros(datetime(2026, 5, 4, 10, 0, tzinfo=UTC))
PLENTY = Basis("1001", 2, None, Shelf({"": 2**53}))
FIVE = Basis("1002", 3, 5, Shelf({"": 5}))
ONE = Basis("1003", 3, 1, Shelf({"": 1}))


def sentence(
    decision: Decision, *basis: Basis, language: str = "en", window: str = "", shadow: bool = False
) -> str:
    grounds = Grounds(
        at=to_micros(AT),
        source=Source("event/C", 1),
        policy="defaults",
        ready_at=READY,
        window=window,
        shadow=shadow,
    )
    return explain(Decided(decision, grounds, basis), LANGUAGES[language])


def test_an_accept_tells_the_stock_the_window_and_when_it_will_be_ready() -> None:
    accept = Accept("loc1", 3, 2)
    window = "15:00 - 18:00, Δευ 04/05/26"
    assert sentence(accept, PLENTY, FIVE, window=window) == (
        "Accepted, for all of it is there: 2 of 1001, which is there, 3 of 1002, of which there "
        "are 5; 2 parcels at loc1 for the courier of 15:00 - 18:00, Δευ 04/05/26, ready on "
        "4 May 2026 at 13:00."
    )
    assert sentence(accept, FIVE, window=window, language="el") == (
        "Έγινε αποδεκτή, αφού υπάρχουν όλα: 3 του 1002, από το οποίο υπάρχουν 5· 2 δέματα στο loc1 "
        "για τον μεταφορέα 15:00 - 18:00, Δευ 04/05/26, έτοιμα 4 Μαΐ 2026 στις 13:00."
    )


def test_an_accept_without_a_window_tells_none() -> None:
    assert sentence(Accept("loc1", None, 1), FIVE) == (
        "Accepted, for all of it is there: 3 of 1002, of which there are 5; 1 parcel at loc1."
    )


def test_a_reject_tells_what_is_short_and_nothing_else() -> None:
    reject = Reject((RejectedLine(id="x", reason_id=4, available_quantity=1),))
    assert sentence(reject, PLENTY, FIVE, ONE) == (
        "Rejected, for it is short: 3 of 1003, of which there are 1."
    )
    assert sentence(reject, ONE, language="el") == (
        "Απορρίφθηκε, αφού δεν επαρκούν: 3 του 1003, από το οποίο υπάρχουν 1."
    )


def test_shadow_mode_and_the_last_resort_are_told() -> None:
    accept, reject = Accept("loc1", None, 1, Rule.LAST_RESORT), Reject((), Rule.LAST_RESORT)
    assert sentence(Accept("l", None, 1), shadow=True).startswith("Would be accepted, for")
    assert sentence(accept).startswith("Accepted as the last resort:")
    assert sentence(accept, shadow=True).startswith("Would be accepted as the last resort:")
    assert sentence(Reject(()), shadow=True).startswith("Would be rejected, for")
    assert sentence(reject).startswith("Rejected as the last resort,")
    assert sentence(reject, shadow=True).startswith("Would be rejected as the last resort,")


def test_a_hold_tells_every_cause_and_the_settings_behind_them() -> None:
    held = Hold(
        HoldReason.VALUE,
        found=124000,
        limit=100000,
        also=(Cause(HoldReason.GIFT_WRAP), Cause(HoldReason.UNKNOWN_SKU, "404")),
    )
    assert sentence(held) == (
        "On hold for a person: it is worth €1,240.00, more than €1,000.00; it is to be wrapped as "
        "a gift; the stock does not know 404 (policy: [hold] value_over, [hold] gift_wrap)."
    )
    assert sentence(held, language="el") == (
        "Περιμένει άνθρωπο: η αξία της είναι 1.240,00\xa0€, πάνω από 1.000,00\xa0€· θέλει "
        "συσκευασία δώρου· το απόθεμα δεν γνωρίζει το 404 (πολιτική: [hold] value_over, [hold] "
        "gift_wrap)."
    )
    assert sentence(Hold(HoldReason.TOO_LATE)) == (
        "On hold for a person: the time to answer it is over."
    )


@pytest.mark.parametrize("why", NothingReason)
def test_nothing_to_decide_is_told_with_its_reason(why: NothingReason) -> None:
    assert sentence(Nothing(why)).startswith("Nothing to decide: ")
    assert sentence(Nothing("something older")) == "Nothing to decide."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", HoldReason)
def test_every_reason_to_hold_has_words(why: HoldReason, language: str) -> None:
    told = cause(Cause(why, "{about}", 7, 3), LANGUAGES[language])
    assert told
    assert "{" not in told.replace("{about}", "")
