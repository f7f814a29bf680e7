"""The calls that are ours, on top of the published contract, and what each refuses."""

from starlette.exceptions import HTTPException

from smartcart.contract import (
    ContractError,
    EventPage,
    Newest,
    OrderPage,
    OrderState,
    WebhookStanding,
)
from smartcart.contract.vocabulary import EVENTS_PATH, ORDERS_PATH, WEBHOOK_STANDING_PATH
from smartcart.marketplace.api.operation import Operation, Query, Refusing

JOURNAL = "Journal"
MOST_EVENTS, FEWER_EVENTS = 500, 100
MOST_ORDERS, FEWER_ORDERS = 100, 50

GONE = HTTPException(
    410,
    "What this cursor points to is no longer kept. Read the orders, and go on from the newest "
    "event as it was before.",
)


def not_a_cursor(parameter: str) -> ContractError:
    message = "This is no cursor of this shop; leave it out to begin with the oldest."
    return ContractError(parameter, message)


def not_a_limit(most: int) -> ContractError:
    return ContractError("limit", f"Give a whole number from 1 to {most}.")


NOT_A_STATE = ContractError("state", f"Give one of: {', '.join(OrderState)}.")
NOT_A_MOMENT = ContractError(
    "updated_after", "Give a moment with its offset, like 2026-03-12T09:41:07+02:00."
)


def _limit(most: int, fewer: int) -> Query:
    whole = {"type": "integer", "minimum": 1, "maximum": most, "default": fewer}
    return Query("limit", "How many at most.", whole)


EVENTS = Operation(
    name="list_events",
    method="GET",
    path=EVENTS_PATH,
    tag=JOURNAL,
    ours=True,
    summary="Read the shop's events again",
    description="Every event of the shop's orders, oldest first, whether it was sent to a webhook "
    "or not. No event ever appears before a cursor that was given out: who goes on from `next` "
    "misses none.",
    query=(
        Query("after", "A cursor; what is behind it is answered. Without it: from the oldest on."),
        _limit(MOST_EVENTS, FEWER_EVENTS),
    ),
    answer=EventPage,
    examples=("answer_events",),
    refusals=(
        Refusing(not_a_cursor("after")),
        Refusing(not_a_limit(MOST_EVENTS)),
        Refusing(GONE),
    ),
)
NEWEST = Operation(
    name="newest_event",
    method="GET",
    path=f"{EVENTS_PATH}/newest",
    tag=JOURNAL,
    ours=True,
    summary="Where the shop's events end now",
    description="The cursor to begin with for who wants nothing of what has been.",
    answer=Newest,
    examples=("answer_newest",),
)
ORDERS = Operation(
    name="list_orders",
    method="GET",
    path=ORDERS_PATH,
    tag=JOURNAL,
    ours=True,
    summary="List the shop's orders",
    description="Each order once, as it is now, in the order of their latest changes. One that "
    "changes while the pages are read comes again, at the end; none is passed over.",
    query=(
        Query("state", "Only those in this state.", {"enum": [each.value for each in OrderState]}),
        Query(
            "updated_after",
            "Only those that changed after this moment.",
            {"type": "string", "format": "date-time"},
        ),
        Query("cursor", "`next` of the page before, or of a page of events."),
        _limit(MOST_ORDERS, FEWER_ORDERS),
    ),
    answer=OrderPage,
    examples=("answer_orders",),
    refusals=(
        Refusing(not_a_cursor("cursor")),
        Refusing(NOT_A_STATE),
        Refusing(NOT_A_MOMENT),
        Refusing(not_a_limit(MOST_ORDERS)),
        Refusing(GONE),
    ),
)

WEBHOOK = Operation(
    name="webhook_standing",
    method="GET",
    path=WEBHOOK_STANDING_PATH,
    tag=JOURNAL,
    ours=True,
    summary="Ask how the shop's webhook fares",
    description="Where its events go, whether they arrive, what the newest requests met, and what "
    "waits or was given up.",
    answer=WebhookStanding,
    examples=("answer_webhook",),
)

EXTENSIONS = (EVENTS, NEWEST, ORDERS, WEBHOOK)
