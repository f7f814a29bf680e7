"""Both lines choose by themselves, from what was free when they began to look: never too many.

Looks begin and end in any order while entries are finished; whatever was found, what is held keeps
to the limits, and what is tried again is not kept from a slot by new entries.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from smartcart.kit.database import DatabaseUnavailable
from smartcart.kit.database.later import Later
from smartcart.outbox.entry import Candidate
from smartcart.outbox.health import Health, nothing
from smartcart.outbox.looking import UNSEEN, Found
from smartcart.outbox.pace import Limits, Line, Pace
from smartcart.outbox.slots import Slots
from smartcart.outbox.storage import Lane

LIMITS = Limits(slots=6, slots_per_lane=4, failing_after=3)
LANES = ("a", "b", "bad")


async def never() -> Later:
    raise AssertionError("nothing is told here")


class TwoLines(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        away = Later(never, DatabaseUnavailable("never opened"))
        self.slots = Slots(LIMITS, Health(away, "test", LIMITS, nothing))
        self.looks: dict[Line, Found] = {}
        self.seen = Found((), frozenset(), is_cut=False)
        """What the last look at what is tried again has told."""
        self.pace = Pace()
        self.held = Counter[tuple[Line, str]]()
        self.now = 0

    @rule(line=st.sampled_from(Line), due=st.sets(st.sampled_from(LANES)))
    def a_look_begins(self, line: Line, due: set[str]) -> None:
        """It goes on until it ends; as many are due in each lane as there may be room for."""
        if line in self.looks:
            return
        free = self.slots.free(line)
        heads, full = list[Candidate](), set[str]()
        for name in sorted(due):
            room = self.slots.room(line, Lane(name, 0, 0 if name == "bad" else None), self.now)
            heads += [candidate(name, line, n) for n in range(room)]
            full.add(name)
        is_cut = len(heads) >= free
        self.looks[line] = Found(heads[:free], full, is_cut) if free > 0 else UNSEEN

    @precondition(lambda self: self.looks)
    @rule(chosen=st.data())
    def a_look_ends(self, chosen: st.DataObject) -> None:
        line = chosen.draw(st.sampled_from(sorted(self.looks)), label="line")
        look = self.looks.pop(line)
        for one in look.heads:
            if self.slots.take(line, one, self.now):
                self.held[line, one.lane] += 1
        if line is Line.AGAIN:
            self.seen = look
            self.pace = Pace.of(self.now if look.heads else 0)
        self.slots.looked(line, look, self.now)

    @precondition(lambda self: self.held)
    @rule(chosen=st.data())
    def one_is_finished(self, chosen: st.DataObject) -> None:
        line, lane = chosen.draw(st.sampled_from(sorted(self.held)), label="held")
        self.held[line, lane] -= 1
        self.held += Counter()  # without those of which none is held
        self.slots.give_back(line, lane)

    @rule(seconds=st.integers(1, 3))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1_000_000

    @invariant()
    def no_more_is_held_than_there_are_slots(self) -> None:
        assert self.held.total() <= LIMITS.slots
        assert sum(n for (line, _), n in self.held.items() if line is Line.AGAIN) <= 3
        for lane in LANES:
            of_lane = {line: self.held[line, lane] for line in Line}
            assert sum(of_lane.values()) <= LIMITS.slots_per_lane
            assert of_lane[Line.AGAIN] <= 2
        assert self.held[Line.FIRST, "bad"] <= 1

    @invariant()
    def what_awaits_a_slot_finds_those_that_new_entries_may_not_take(self) -> None:
        """Where there is a slot that new entries may take, what is tried again may, too."""
        of_again = sum(n for (line, _), n in self.held.items() if line is Line.AGAIN)
        if self.seen.is_cut and of_again < 3:
            free = LIMITS.slots - self.held.total()
            assert self.slots.free(Line.FIRST) <= free - (3 - of_again)
            assert self.slots.free(Line.AGAIN) == min(free, 3 - of_again, self.pace.at_once)


def candidate(lane: str, line: Line, n: int) -> Candidate:
    return Candidate(f"{lane}{n}", lane, 1, 0, int(line), None, None, None, "note", "", 0)


TestTwoLines = TwoLines.TestCase
TestTwoLines.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
