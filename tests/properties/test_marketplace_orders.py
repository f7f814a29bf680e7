"""The whole life of orders, over the real actions and a real database, against a small model.

Whatever is done in whatever order: states follow the table, every change is one version and one
event with true changes, a rejected order is followed by exactly what is available, and nothing
else happens to anybody.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)

from smartcart import outbox
from smartcart.contract import AcceptRequest, RejectedLine, RejectRequest
from smartcart.kit import journal
from smartcart.kit.clock import micros
from smartcart.kit.database import open_database
from smartcart.marketplace.actions import answering, operating
from smartcart.marketplace.api.errors import ANSWERS
from smartcart.marketplace.domain.document import document
from smartcart.marketplace.domain.merchant import Merchant
from smartcart.marketplace.domain.order import Order
from smartcart.marketplace.domain.refusal import Refused
from smartcart.marketplace.storage import MIGRATIONS, orders
from tests.support.marketplace import (
    NOW,
    TERMS,
    a_merchant,
    add_merchant,
    opened,
    place,
    sqlite_url,
    stored,
    work_off,
)

T = TypeVar("T")
Json = dict[str, object]

TOLD, QUIET = a_merchant("told"), a_merchant("quiet", webhook_url="")
MERCHANTS = {merchant.id: merchant for merchant in (TOLD, QUIET)}
UIDS = ("A", "B", "C")
TOLD_FIELDS = (
    "state", "expires_at", "dispatch_until", "courier", "courier_voucher",
    "courier_tracking_codes", "fbs_delivery_note", "fbs_delivery_note_url", "pickup_window",
    "number_of_parcels", "pickup_address",
)  # fmt: skip


@dataclass
class Modelled:
    """What must be true of an order."""

    merchant: Merchant
    quantities: dict[str, int]
    expires_at: datetime
    state: str = "open"
    steps: list[str] = field(default_factory=lambda: ["placed"])
    to_be_done: str = ""
    available: dict[str, int] = field(default_factory=dict)

    def changed(self, what: str, state: str = "") -> None:
        self.steps.append(what)
        self.state = state or self.state

    @property
    def version(self) -> int:
        return sum(step != "reissued" for step in self.steps)


class Ticking:
    """A clock that is moved by hand, and by a millisecond whenever it is read."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@cache
def template() -> Path:
    """A database with both merchants and their offers."""
    folder = Path(tempfile.mkdtemp(prefix="orders-"))
    asyncio.run(_fill(sqlite_url(folder)))
    return folder


async def _fill(url: str) -> None:
    async with opened(url) as database:
        for merchant in MERCHANTS.values():
            await add_merchant(database, merchant, UIDS)


class OrderLife(RuleBasedStateMachine):
    codes = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        shutil.copytree(template(), self.folder, dirs_exist_ok=True)
        self.runner = asyncio.Runner()
        self.database = self.run(open_database(sqlite_url(self.folder), MIGRATIONS))
        self.clock = Ticking()
        self.model: dict[str, Modelled] = {}

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(
        target=codes,
        merchant=st.sampled_from(list(MERCHANTS.values())),
        quantities=st.dictionaries(st.sampled_from(UIDS), st.integers(1, 4), min_size=1),
    )
    def place(self, merchant: Merchant, quantities: dict[str, int]) -> str:
        order = self.run(place(self.database, quantities, merchant=merchant.id, clock=self.clock))
        assert order.code not in self.model
        self.model[order.code] = Modelled(merchant, quantities, order.expires_at)
        return order.code

    @rule(
        code=codes,
        location=st.sampled_from(["", "", "elsewhere"]),
        window=st.integers(-1, 9),
        parcels=st.integers(0, 4),
    )
    def accept(self, code: str, location: str, window: int, parcels: int) -> None:
        order = self.order(code)
        offered = [one.id for one in order.open_windows(self.clock.now)]
        chosen = offered[window] if window < len(offered) else 99
        request = AcceptRequest(
            pickup_location=location or order.locations[0].id,
            pickup_window=None if window < 0 else chosen,
            number_of_parcels=parcels,
        )
        expected = self.unanswerable(code)
        if not expected and location:
            expected = "pickup_location"
        if not expected and (window < 0 or chosen == 99):
            expected = "pickup_window"
        if not expected and not 1 <= parcels <= 3:
            expected = "number_of_parcels"
        merchant = self.model[code].merchant
        if self.refused(
            expected, answering.accept(self.database, merchant, code, request, self.clock)
        ):
            return
        self.model[code].changed("accepted", "accepted")
        self.model[code].to_be_done = "voucher"

    @rule(code=codes, rejected=st.data())
    def reject_lines(self, code: str, rejected: st.DataObject) -> None:
        order, model = self.order(code), self.model[code]
        some = st.lists(st.sampled_from(order.lines), min_size=1, unique_by=lambda line: line.id)
        choice = st.tuples(st.sampled_from([1, 2, 4, 4, 4, 5, 6]), st.none() | st.integers(-1, 4))
        lines, available = [], {line.shop_uid: line.quantity for line in order.lines}
        expected = self.unanswerable(code)
        for line in rejected.draw(some, label="lines"):
            reason, left = rejected.draw(choice, label="reason, available")
            lines.append(RejectedLine(id=line.id, reason_id=reason, available_quantity=left))
            fits = left is not None and 0 <= left < line.quantity
            if reason == 6 or (reason == 4 and not fits):
                expected = expected or "line_items"
            available[line.shop_uid] = (left or 0) if reason == 4 else 0
        request = RejectRequest(line_items=tuple(lines))
        action = answering.reject(self.database, model.merchant, code, request, self.clock)
        if self.refused(expected, action):
            return
        model.changed("rejected", "rejected")
        model.to_be_done = "follow-up"
        model.available = {uid: quantity for uid, quantity in available.items() if quantity}

    @rule(code=codes)
    def reject_as_a_whole(self, code: str) -> None:
        request = RejectRequest(rejection_reason_other="Πλημμύρα")
        merchant, expected = self.model[code].merchant, self.unanswerable(code)
        action = answering.reject(self.database, merchant, code, request, self.clock)
        if not self.refused(expected, action):
            self.model[code].changed("rejected", "rejected")

    @rule(code=codes)
    def cancel(self, code: str) -> None:
        possible = self.model[code].state in ("open", "accepted")
        action = operating.cancel(self.database, code, self.clock)
        if not self.refused("" if possible else "order_status", action):
            self.model[code].changed("cancelled", "cancelled")
            self.model[code].to_be_done = ""

    @rule(code=codes, hours=st.integers(1, 80))
    def extend(self, code: str, hours: int) -> None:
        expected, by = self.unanswerable(code), timedelta(hours=hours)
        if not self.refused(expected, operating.extend(self.database, code, by, self.clock)):
            self.model[code].changed("extended")
            self.model[code].expires_at += by

    @rule(code=codes)
    def expire_one(self, code: str) -> None:
        model = self.model[code]
        due = model.state == "open" and self.clock.now >= model.expires_at
        action = operating.expire(self.database, code, self.clock)
        if not self.refused("" if due else "order_status", action):
            model.changed("expired", "expired")

    @rule(hours=st.floats(0.1, 40))
    def time_passes(self, hours: float) -> None:
        self.clock.now += timedelta(hours=hours)

    @rule()
    def expire_what_is_due(self) -> None:
        now = self.clock.now
        due = {
            code
            for code, model in self.model.items()
            if model.state == "open" and model.expires_at <= now
        }
        found = self.run(orders.expired(self.database, micros(now), 100))
        assert set(found) == due
        for code in found:
            self.expire_one(code)

    @rule(target=codes)
    def work(self) -> MultipleResults[str]:
        """Vouchers are issued and rejected orders reprocessed; a second time does nothing."""
        self.run(work_off(self.database, clock=self.clock))
        return multiple(*filter(None, [self.done(code) for code in list(self.model)]))

    def done(self, code: str) -> str:
        """Model what the workers did to `code`; the code of its follow-up."""
        model = self.model[code]
        to_be_done, model.to_be_done = model.to_be_done, ""
        if to_be_done == "voucher":
            model.changed("voucher_issued")
        if to_be_done != "follow-up" or not model.available:
            return ""
        model.changed("reissued")
        first, _, times = code.rpartition("-")
        following = f"{first}-{int(times) + 1}" if code.count("-") == 2 else f"{code}-1"
        order = self.order(following)
        assert order.reissue_of == code
        self.model[following] = Modelled(
            model.merchant, model.available, order.created_at + TERMS.answer_within
        )
        return following

    def unanswerable(self, code: str) -> str:
        model = self.model[code]
        answerable = model.state == "open" and self.clock.now < model.expires_at
        return "" if answerable else "order_status"

    def refused(self, expected: str, action: Coroutine[object, object, None]) -> bool:
        """Whether `action` was refused, which must be with the code `expected`."""
        found = ""
        try:
            self.run(action)
        except Refused as refused:
            found = ANSWERS[refused.code][1]
        assert found == expected
        return bool(found)

    def order(self, code: str) -> Order:
        return self.run(stored(self.database, code))

    @invariant()
    def every_order_is_as_it_should_be_and_there_are_no_others(self) -> None:
        kept = self.run(orders.page(self.database, state="", limit=1000, before=2**62))
        assert {order.code for order in kept} == set(self.model)
        for order in kept:
            model = self.model[order.code]
            assert (order.state, order.version) == (model.state, model.version)
            assert order.merchant_id == model.merchant.id
            assert order.expires_at == model.expires_at
            quantities = {line.shop_uid: line.quantity for line in order.lines}
            assert quantities == model.quantities
            assert (order.acceptance is not None) is ("accepted" in model.steps)
            assert (order.voucher is not None) is ("voucher_issued" in model.steps)
            history = self.run(journal.history(self.database, order.code))
            assert [step.what for step in history] == model.steps

    @invariant()
    def every_change_was_told_once_in_order_and_truly(self) -> None:
        for code, model in self.model.items():
            entries = self.run(outbox.entries(self.database, f"webhook/{code}"))
            told = [msgspec.json.decode(entry.payload, type=Json) for entry in entries]
            if not model.merchant.webhook_url:
                assert told == []
                continue
            assert [entry.seq for entry in entries] == list(range(1, model.version + 1))
            _check_story(told)
            now = document(self.order(code), self.clock.now)
            last = msgspec.convert(told[-1]["order"], Json)
            assert (last["code"], last["state"]) == (now.code, now.state)


def _check_story(told: list[Json]) -> None:
    """Each event's changes are just what differs from the order in the event before it."""
    assert [event["event_type"] for event in told] == ["new_order"] + ["order_updated"] * (
        len(told) - 1
    )
    times = [datetime.fromisoformat(str(event["event_time"])) for event in told]
    assert times == sorted(set(times))
    assert all(time.microsecond == 0 for time in times)
    assert "changes" not in told[0]
    documents = [msgspec.convert(event["order"], Json) for event in told]
    for n in range(1, len(told)):
        assert told[n]["changes"] == _difference(documents[n - 1], documents[n])
        assert told[n]["changes"]


def _difference(before: Mapping[str, object], after: Mapping[str, object]) -> Json:
    return {
        name: {"old": before.get(name), "new": after.get(name)}
        for name in TOLD_FIELDS
        if before.get(name) != after.get(name)
    }


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
