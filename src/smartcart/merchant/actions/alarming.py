"""Call somebody: what rings is committed with the messages that tell of it, once for a subject."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
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
from smartcart.merchant.domain.alarms import STEPS, Alarm, AlarmKind, alarm_of, by_kind, deadline
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
    """Alarms of one kind that are told together."""

    alarms: list[Alarm]


@dataclass(slots=True)
class Alarming:
    """Looks for what somebody must know. `channels` are the names of those it is told to.

    An alarm that repeats rings again after `again_after`. `points` are minutes before an order
    expires; `silent_after` is how long nothing may come in a shop of which little is known.
    """

    database: Database
    channels: Sequence[str]
    points: Sequence[int]
    again_after: timedelta
    silent_after: timedelta
    clock: Clock = utc_now
    _habits: Habits | None = field(default=None, init=False)
    _learned_at: int = field(default=0, init=False)

    async def look(self) -> None:
        """Ring for everything that happened since the last look, and for what time has brought."""
        now = micros(self.clock())
        for found in (await self._deadlines(now), await self._silence(now)):
            await self._ring(found)
        await self._history(now)

    async def _history(self, now: int) -> None:
        reached = await alarms.position(self.database)
        if reached is None:
            # What is long past is nobody's alarm.
            await self.database.commit(WriteSet(effects=(alarms.reached(now),)))
            return
        at, last = reached - _OVERLAP, ""
        while steps := await journal.since(self.database, at, _PAGE, last):
            at, last = steps[-1].at, steps[-1].id
            told = (
                alarm_of(step.what, step.key, msgspec.json.decode(step.facts))
                for step in steps
                if step.what in STEPS
            )
            await self._ring([alarm for alarm in told if alarm is not None])
        if at > reached:
            await self.database.commit(WriteSet(effects=(alarms.reached(at),)))

    async def _deadlines(self, now: int) -> list[Alarm]:
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
        for group in by_kind(list(distinct.values())):
            while True:
                due = await self._due(group)
                try:
                    if due:
                        await self.database.commit(await self._rung(due))
                        _log(due)
                except Conflict:
                    continue  # another process rang first
                break

    async def _due(self, group: Sequence[Alarm]) -> list[Alarm]:
        rung = await alarms.rung(self.database, [alarm.subject for alarm in group])
        before = self._again_before()
        return [
            alarm
            for alarm in group
            if alarm.subject not in rung or (alarm.repeats and rung[alarm.subject] <= before)
        ]

    async def _rung(self, due: Sequence[Alarm]) -> WriteSet:
        now, before = micros(self.clock()), self._again_before()
        whole = WriteSet(
            guards=tuple(
                alarms.rings(one.subject, now, before if one.repeats else None) for one in due
            ),
            effects=tuple(
                journal.step(one.code, now, "alarm", {"about": str(one.kind)}) for one in due
            ),
        )
        payload = msgspec.json.encode(Message(list(due))).decode()
        at_once = await self.database.now()
        for channel in self.channels:
            key = f"{ALARM}/{channel}/{_name(due[0])}"
            seq = await outbox.tail(self.database, key) + 1
            entry = Entry(key, seq, ALARMS, channel, ALARM, payload, at_once)
            whole += outbox.enqueue(entry, at_once)
        return whole

    def _again_before(self) -> int:
        return micros(self.clock() - self.again_after)


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


def _log(rung: Sequence[Alarm]) -> None:
    for alarm in rung:
        log.warning("alarm: %s", alarm.subject, extra={"why": alarm.why, "about": alarm.about})


def _name(alarm: Alarm) -> str:
    """Of the alarm's stream: short, whatever the subject holds."""
    return sha256(alarm.subject.encode()).hexdigest()[:16]
