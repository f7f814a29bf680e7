"""What rings, for which order, and what it says."""

import pytest

from smartcart.merchant.domain.alarms import STEPS, Alarm, AlarmKind, alarms_of, deadline
from smartcart.merchant.domain.decisions import Decision, Nothing, NothingReason
from smartcart.merchant.domain.order import ShopOrder, Source, Status
from smartcart.merchant.wording import LANGUAGES
from smartcart.merchant.wording.alarms import message

MINUTE = 60_000_000
POINTS = (240, 60, 15)
EXPIRES = 1_000 * MINUTE
OFF = {"status": 403}


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
    ("what", "facts", "kinds"),
    [
        ("held", {"why": "unknown_sku", "about": "1"}, [AlarmKind.HELD]),
        ("send_failed", {"status": 500}, []),
        ("send_failed", {"status": 422, "final": True, "why": "no"}, [AlarmKind.NOT_ANSWERED]),
        ("send_failed", {"status": 401}, [AlarmKind.TOKEN_REFUSED] * 2),
        ("send_failed", {"status": 403}, [AlarmKind.TOOL_OFF] * 2),
        ("print_failed", {"why": "x", "final": False}, []),
        ("print_failed", {"why": "x", "final": True}, [AlarmKind.NOT_PRINTED]),
        ("closed", {"state": "cancelled"}, []),
        ("closed", {"state": "expired"}, [AlarmKind.EXPIRED]),
        ("packed_in_vain", {"file": "A.pdf"}, [AlarmKind.PACKED_IN_VAIN]),
        ("stock_unreadable", {"source": "feed", "why": "gone"}, [AlarmKind.STOCK]),
        ("webhook_failing", {"why": "503", "about": "status"}, [AlarmKind.WEBHOOK_FAILING]),
        ("webhook_recovered", {}, [AlarmKind.WEBHOOK_RECOVERED]),
        ("sent", {}, []),
        ("alarm", {"about": "held"}, []),
    ],
)
def test_steps_that_ring(what: str, facts: dict[str, object], kinds: list[AlarmKind]) -> None:
    assert [one.kind for one in alarms_of(what, "A", facts)] == kinds


@pytest.mark.parametrize("what", sorted(STEPS))
def test_a_step_without_any_fact_is_borne(what: str) -> None:
    alarms_of(what, "A", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_has_its_words(kind: AlarmKind, language: str) -> None:
    told = message([Alarm(kind=kind, subject="s", code="A-1", about="feed")], LANGUAGES[language])
    assert told.title
    assert told.body
    assert "{" not in told.title + told.body


def test_a_hold_is_told_with_its_reason_in_greek() -> None:
    found = alarms_of("held", "A-1", {"why": "unknown_sku", "about": "404"})
    assert message(found, LANGUAGES["el"]) == (
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
    found = alarms_of("webhook_failing", "", facts)
    title, body = message(found, LANGUAGES["en"])
    assert (title, body) == ("The marketplace cannot reach this shop", expected)
    assert "{" not in message(found, LANGUAGES["el"]).body


def test_many_of_a_kind_are_one_message_with_the_first_ten() -> None:
    many = [Alarm(kind=AlarmKind.SHORT, subject=str(n), code=f"A-{n}") for n in range(13)]
    told = message(many, LANGUAGES["en"])
    assert told.title == "An accepted order cannot be served whole (13)"
    assert told.body.splitlines()[-1] == "and 3 more"
    assert len(told.body.splitlines()) == 11


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), ("The Orders API is off for this shop", "{first}")),
        (("A-1",), ("The Orders API is off for this shop", "{first}\nA-1 waits to be answered.")),
        (
            ("A-1", "A-2"),
            (
                "The Orders API is off for this shop (2)",
                "{first}\nA-1 waits to be answered.\nA-2 waits to be answered.",
            ),
        ),
    ],
)
def test_what_keeps_all_from_an_answer_is_said_once_and_then_the_orders(
    codes: tuple[str, ...], expected: tuple[str, str]
) -> None:
    found = {
        one.subject: one for code in codes or ("",) for one in alarms_of("send_failed", code, OFF)
    }
    first = "No order can be answered. Switch it on in the marketplace's own pages."
    title, body = expected
    told = message(list(found.values()), LANGUAGES["en"])
    assert told == (title, body.format(first=first))
