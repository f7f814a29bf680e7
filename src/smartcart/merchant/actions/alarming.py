"""Call somebody: what rings is kept until it is told of, together with others of its kind."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import msgspec

from smartcart import outbox
from smartcart.kit import journal
from smartcart.kit.clock import Clock, from_micros, micros, utc_now
from smartcart.kit.database import Conflict, Database, WriteSet
from smartcart.kit.i18n import Language
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.alarms import Channel, NotSent
from smartcart.merchant.domain.alarms import STEPS, Alarm, AlarmKind, alarms_of, deadline
from smartcart.merchant.domain.ringing import (
    Told,
    is_due,
    is_still_true,
    silent_until,
    told_again,
)
from smartcart.merchant.domain.silence import WEEKS, Habits, habits, is_alarming
from smartcart.merchant.storage import alarms, orders
from smartcart.merchant.wording.alarms import message
from smartcart.outbox import Claim, Delivered, Entry, Failed, Outcome

log = logging.getLogger(__name__)

ALARMS, ALARM = "alarms", "alarm"
_PAGE = 500
# A step is visible when its commit is, a little after its `at`.
_OVERLAP = timedelta(seconds=10) // timedelta(microseconds=1)
_HOUR = timedelta(hours=1) // timedelta(microseconds=1)


class Message(msgspec.Struct, frozen=True):
    """Alarms of one kind that are told of together."""

    alarms: list[Alarm]


@dataclass(slots=True)
class Alarming:
    """Looks for what somebody must know. `channels` are the names of those it is told to.

    An alarm that repeats rings again after `again_after`. `points` are minutes before an order
    expires; `silent_after` is how long nothing may come in a shop of which little is known. When
    orders of a kind were told of, others are gathered for `gather` before they are.
    """

    database: Database
    channels: Sequence[str]
    points: Sequence[int]
    again_after: timedelta
    silent_after: timedelta
    gather: timedelta = timedelta(minutes=5)
    clock: Clock = utc_now
    _habits: Habits | None = field(default=None, init=False)
    _learned_at: int = field(default=0, init=False)

    async def look(self) -> None:
        """Ring for everything that happened since the last look, and for what time has brought."""
        now = micros(self.clock())
        for found in (await self._deadlines(now), await self._silence(now)):
            await self._ring(found)
        await self._history(now)
        await self._tell(now)

    async def _history(self, now: int) -> None:
        reached = await alarms.position(self.database)
        if reached is None:
            # What is long past is nobody's alarm.
            await self.database.commit(WriteSet(effects=(alarms.reached(now),)))
            return
        at, last = reached - _OVERLAP, ""
        while steps := await journal.since(self.database, at, _PAGE, last):
            at, last = steps[-1].at, steps[-1].id
            found = (
                alarms_of(step.what, step.key, msgspec.json.decode(step.facts))
                for step in steps
                if step.what in STEPS
            )
            await self._ring([alarm for of_step in found for alarm in of_step])
        if at > reached:
            await self.database.commit(WriteSet(effects=(alarms.reached(at),)))

    async def _deadlines(self, now: int) -> list[Alarm]:
        if await self._silent_until(AlarmKind.DEADLINE) > now:
            return []  # they are found again, with the minutes that are left then
        until = now + max(self.points, default=0) * 60_000_000
        near = await orders.expiring(self.database, now, until, _PAGE)
        found = (deadline(order, self.points, now) for order in near)
        return [alarm for alarm in found if alarm is not None]

    async def _silence(self, now: int) -> list[Alarm]:
        last = await alarms.last_arrival(self.database)
        if last is None or not is_alarming(last, now, await self._learned(now), self.silent_after):
            return []
        hours = (now - last) // _HOUR
        subject = f"silence/{last}"
        return [Alarm(kind=AlarmKind.SILENCE, subject=subject, minutes=hours * 60, repeats=True)]

    async def _learned(self, now: int) -> Habits:
        if self._habits is None or now - self._learned_at > _HOUR:
            since = micros(from_micros(now) - timedelta(weeks=WEEKS))
            self._habits = habits(await alarms.arrivals(self.database, since), now)
            self._learned_at = now
        return self._habits

    async def _ring(self, found: Sequence[Alarm]) -> None:
        distinct = {alarm.subject: alarm for alarm in found}
        while due := await self._due(list(distinct.values())):
            try:
                await self.database.commit(self._rung(due))
            except Conflict:
                continue  # another process rang first
            _log(due)
            break

    async def _due(self, found: Sequence[Alarm]) -> dict[Alarm, int | None]:
        """Those that ring now, each with when it rang last."""
        if not found:
            return {}
        related = {
            one for alarm in found for one in (alarm.subject, alarm.ended_by, *alarm.ends) if one
        }
        rung = await alarms.rung(self.database, related)
        now, again_after = micros(self.clock()), _micros(self.again_after)
        return {
            alarm: rung.get(alarm.subject)
            for alarm in found
            if is_due(alarm, rung, now, again_after)
        }

    def _rung(self, due: Mapping[Alarm, int | None]) -> WriteSet:
        now = micros(self.clock())
        guards = tuple(alarms.rings(one.subject, now, before) for one, before in due.items())
        steps = (journal.step(one.code, now, "alarm", {"about": str(one.kind)}) for one in due)
        return WriteSet(guards=guards, effects=(*steps, *(alarms.waits(one, now) for one in due)))

    async def _tell(self, now: int) -> None:
        """Send what waits to be told of, a message for each kind; orders may be gathered first."""
        # Before what waits: who tells of that meanwhile is noticed when this is committed.
        before = await alarms.told(self.database)
        for kind in await alarms.kinds_waiting(self.database):
            waiting = await alarms.waiting(self.database, kind, _PAGE)
            silent = silent_until(kind, before.get(kind), _micros(self.gather))
            if all(one.code for one in waiting) and silent > now:
                continue
            told_of = WriteSet(effects=tuple(alarms.waits_no_more(one) for one in waiting))
            if true := await self._still_true(waiting):
                told_of += await self._telling(kind, true, before.get(kind), now)
            with suppress(Conflict):  # another process told of them
                await self.database.commit(told_of)

    async def _still_true(self, waiting: Sequence[Alarm]) -> list[Alarm]:
        codes = {one.code for one in waiting if one.code}
        stand = await orders.statuses(self.database, codes) if codes else {}
        return [one for one in waiting if is_still_true(one, stand.get(one.code))]

    async def _silent_until(self, kind: AlarmKind) -> int:
        told = await alarms.told(self.database)
        return silent_until(kind, told.get(kind), _micros(self.gather))

    async def _telling(
        self, kind: AlarmKind, found: Sequence[Alarm], before: Told | None, now: int
    ) -> WriteSet:
        told = told_again(kind, before, now, _micros(self.gather))
        whole = WriteSet(guards=(alarms.tells(kind, told, before),))
        payload = msgspec.json.encode(Message(list(found))).decode()
        at_once = await self.database.now()
        for channel in self.channels:
            key = f"{ALARM}/{channel}/{_name(found[0])}"
            seq = await outbox.tail(self.database, key) + 1
            entry = Entry(key, seq, ALARMS, channel, ALARM, payload, at_once)
            whole += outbox.enqueue(entry, at_once)
        return whole


@dataclass(frozen=True, slots=True)
class Notifying:
    """Handles the outbox's `alarm` entries. Of several, `shop` is the name of the one it is of."""

    channels: Mapping[str, Channel]
    language: Language
    patience: Patience
    clock: Clock = utc_now
    shop: str = ""

    async def send(self, claim: Claim) -> Outcome:
        """Tell it by its channel; one that was taken out of the settings needs to be told nothing.

        A channel that fails is tried again for a day, and keeps no other waiting.
        """
        channel = self.channels.get(claim.lane)
        if channel is None:
            return Delivered("the channel is no longer set")
        told = message(msgspec.json.decode(claim.payload, type=Message).alarms, self.language)
        try:
            title = f"{self.shop}: {told.title}" if self.shop else told.title
            await asyncio.to_thread(channel.send, title, told.body)
        except NotSent as error:
            now = micros(self.clock())
            return Failed(str(error), self.patience.retry_at(claim, now, None), blames_lane=True)
        return Delivered(told.title)


def _log(rung: Iterable[Alarm]) -> None:
    for alarm in rung:
        log.warning("alarm: %s", alarm.subject, extra={"why": alarm.why, "about": alarm.about})


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _name(alarm: Alarm) -> str:
    """Of the alarm's stream: short, whatever the subject holds."""
    return sha256(alarm.subject.encode()).hexdigest()[:16]
