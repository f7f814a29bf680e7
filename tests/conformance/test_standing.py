"""What waits in the outbox, by queue and by how late its lanes are."""

from prometheus_client import CollectorRegistry

from smartcart import outbox
from smartcart.kit.database import Database
from smartcart.outbox.standing import NOT_DUE, Standing, standing
from smartcart.watch.standing import Standings
from tests.support.marketplace import emptied

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND


async def enqueue(
    database: Database, queue: str, lane: str, key: str, seq: int, age: float
) -> None:
    """An entry that has been due for `age` seconds."""
    due = NOW - int(age * SECOND)
    entry = outbox.Entry(key, seq, queue, lane, "kind", "{}", due)
    await database.commit(outbox.enqueue(entry, due))


async def test_entries_and_lanes_are_counted_by_how_late_they_are(market_url: str) -> None:
    async with emptied(market_url) as database:
        await enqueue(database, "webhook", "punctual", "a", 1, -5)
        await enqueue(database, "webhook", "late", "b", 1, 0.5)
        await enqueue(database, "webhook", "late", "b", 2, 0.5)
        await enqueue(database, "webhook", "late", "c", 1, 0.9)
        await enqueue(database, "webhook", "very late", "d", 1, 4000)
        await enqueue(database, "webhook", "as late", "e", 1, 1200)
        await enqueue(database, "work", "late", "f", 1, 10)
        await enqueue(database, "work", "late", "g", 1, 9.9)
        assert await standing(database, NOW) == [
            Standing("webhook", NOT_DUE, 1, 1, NOW + 5 * SECOND),
            Standing("webhook", 0, 1, 3, NOW - 900_000),
            Standing("webhook", 1200, 2, 2, NOW - 4000 * SECOND),
            Standing("work", 10, 1, 2, NOW - 10 * SECOND),
        ]


async def test_an_empty_outbox_has_nothing_waiting(market_url: str) -> None:
    async with emptied(market_url) as database:
        assert await standing(database, NOW) == []


class Exported:
    """What `Standings` makes of a database, by name and labels."""

    def __init__(self, database: Database) -> None:
        self._registry = CollectorRegistry()
        self._standings = Standings(database, {"webhook", "work"})
        self._registry.register(self._standings)

    async def figures(self) -> dict[tuple[str, ...], float]:
        await self._standings.refresh()
        return {
            (metric.name.removeprefix("smartcart_outbox_"), *sample.labels.values()): sample.value
            for metric in self._registry.collect()
            for sample in metric.samples
        }


async def test_what_waits_is_exported_for_every_queue(market_url: str) -> None:
    async with emptied(market_url) as database:
        age = (await database.now() - NOW) / SECOND
        await enqueue(database, "webhook", "late", "a", 1, 70 - age)
        await enqueue(database, "webhook", "late", "a", 2, 70 - age)
        await enqueue(database, "webhook", "punctual", "b", 1, -70 - age)
        figures = await Exported(database).figures()
    oldest = figures.pop(("oldest_due_seconds", "webhook"))
    assert 70 <= oldest < 75
    assert {key: value for key, value in figures.items() if value} == {
        ("up",): 1,
        ("entries", "webhook"): 3,
        ("lanes", "webhook", "-1"): 1,
        ("lanes", "webhook", "60"): 1,
    }
    assert len(figures) == 1 + 2 + 1 + 2 * 7 + 2


async def test_figures_that_cannot_be_looked_up_are_not_there(market_url: str) -> None:
    async with emptied(market_url) as database:
        await database.close()
        assert await Exported(database).figures() == {("up",): 0}


async def test_they_are_looked_up_no_more_than_once_in_five_seconds(market_url: str) -> None:
    async with emptied(market_url) as database:
        exported = Exported(database)
        assert (await exported.figures())["entries", "webhook"] == 0
        await enqueue(database, "webhook", "late", "a", 1, 0)
        assert (await exported.figures())["entries", "webhook"] == 0
