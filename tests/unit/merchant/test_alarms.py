"""What rings, for which order, and what it says."""

import pytest

from smartcart.merchant.domain.alarms import STEPS, Alarm, AlarmKind, alarm_of, by_kind, deadline
from smartcart.merchant.domain.decisions import Decision, Nothing, NothingReason
from smartcart.merchant.domain.order import ShopOrder, Source, Status
from smartcart.merchant.wording import LANGUAGES
from smartcart.merchant.wording.alarms import message

MINUTE = 60_000_000
POINTS = (240, 60, 15)
EXPIRES = 1_000 * MINUTE


def waiting(
    status: Status = Status.HELD, expires_at: int | None = EXPIRES, decision: Decision | None = None
) -> ShopOrder:
    return ShopOrder(
        code="A",
        version=1,
        status=status,
        state="open",
        newest=Source("event/A", 1),
        event_time=None,
        expires_at=expires_at,
        dispatch_until=None,
        decision=decision,
    )


@pytest.mark.parametrize(
    ("left", "point"), [(241, None), (240, 240), (61, 240), (60, 60), (15, 15), (1, 15), (0, None)]
)
def test_of_the_points_passed_the_last_one_rings(left: int, point: int | None) -> None:
    found = deadline(waiting(), POINTS, EXPIRES - left * MINUTE)
    assert (found.subject if found else None) == (
        f"deadline/A/{EXPIRES}/{point}" if point is not None else None
    )


@pytest.mark.parametrize("status", Status)
def test_only_what_is_still_to_be_answered_has_a_deadline(status: Status) -> None:
    rings = deadline(waiting(status), POINTS, EXPIRES - MINUTE) is not None
    unanswered = {"waiting", "held", "accepting", "rejecting", "needs_attention"}
    assert rings is (status.value in unanswered)


def test_what_is_not_ours_to_answer_or_never_expires_has_none() -> None:
    express = waiting(Status.WAITING, decision=Nothing(NothingReason.EXPRESS))
    assert deadline(express, POINTS, EXPIRES - MINUTE) is None
    assert deadline(waiting(expires_at=None), POINTS, EXPIRES) is None


def test_more_time_given_makes_the_points_anew() -> None:
    later = EXPIRES + 60 * MINUTE
    one, other = (
        deadline(waiting(expires_at=expires), (60,), expires - MINUTE)
        for expires in (EXPIRES, later)
    )
    assert one is not None
    assert other is not None
    assert one.subject != other.subject


@pytest.mark.parametrize(
    ("what", "facts", "kind"),
    [
        ("held", {"why": "unknown_sku", "about": "1"}, AlarmKind.HELD),
        ("send_failed", {"status": 500}, None),
        ("send_failed", {"status": 422, "final": True, "why": "no"}, AlarmKind.NOT_ANSWERED),
        ("send_failed", {"status": 401}, AlarmKind.TOKEN_REFUSED),
        ("send_failed", {"status": 403}, AlarmKind.TOOL_OFF),
        ("print_failed", {"why": "x", "final": False}, None),
        ("print_failed", {"why": "x", "final": True}, AlarmKind.NOT_PRINTED),
        ("closed", {"state": "cancelled"}, None),
        ("closed", {"state": "expired"}, AlarmKind.EXPIRED),
        ("packed_in_vain", {"file": "A.pdf"}, AlarmKind.PACKED_IN_VAIN),
        ("stock_unreadable", {"source": "feed", "why": "gone"}, AlarmKind.STOCK),
        ("webhook_failing", {"why": "503", "about": "status"}, AlarmKind.WEBHOOK_FAILING),
        ("webhook_recovered", {}, AlarmKind.WEBHOOK_RECOVERED),
        ("sent", {}, None),
        ("alarm", {"about": "held"}, None),
    ],
)
def test_steps_that_ring(what: str, facts: dict[str, object], kind: AlarmKind | None) -> None:
    found = alarm_of(what, "A", facts)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize("what", sorted(STEPS))
def test_a_step_without_any_fact_is_borne(what: str) -> None:
    alarm_of(what, "A", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_has_its_words(kind: AlarmKind, language: str) -> None:
    told = message([Alarm(kind=kind, subject="s", code="A-1", about="feed")], LANGUAGES[language])
    assert told.title
    assert told.body
    assert "{" not in told.title + told.body


def test_a_hold_is_told_with_its_reason_in_greek() -> None:
    alarm = alarm_of("held", "A-1", {"why": "unknown_sku", "about": "404"})
    assert alarm is not None
    assert message([alarm], LANGUAGES["el"]) == (
        "Μια παραγγελία σας περιμένει",
        "Η A-1 είναι σε αναμονή: το απόθεμα δεν γνωρίζει το 404.",
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"why": "tls: certificate has expired", "about": "tls", "minutes": 1},
            "For 1 minute it has answered no webhook with 200 (tls: certificate has expired). The "
            "certificate is not accepted: renew it, and install it with its whole chain. Until "
            "then the marketplace is asked every few minutes for what it could not send.",
        ),
        (
            {"why": "x", "about": "something_new", "minutes": 300},
            "For 5 hours it has answered no webhook with 200 (x). Look at the webhook's URL in the "
            "marketplace's pages, and at the web server in front of this program. Until then the "
            "marketplace is asked every few minutes for what it could not send.",
        ),
    ],
)
def test_a_webhook_that_fails_is_told_with_what_to_do(
    facts: dict[str, object], expected: str
) -> None:
    alarm = alarm_of("webhook_failing", "", facts)
    assert alarm is not None
    title, body = message([alarm], LANGUAGES["en"])
    assert (title, body) == ("The marketplace cannot reach this shop", expected)
    assert "{" not in message([alarm], LANGUAGES["el"]).body


def test_many_of_a_kind_are_one_message_with_the_first_ten() -> None:
    many = [Alarm(kind=AlarmKind.SHORT, subject=str(n), code=f"A-{n}") for n in range(13)]
    [group] = by_kind(many)
    told = message(group, LANGUAGES["en"])
    assert told.title == "An accepted order cannot be served whole (13)"
    assert told.body.splitlines()[-1] == "and 3 more"
    assert len(told.body.splitlines()) == 11
