"""`kill -9` of either program or both, again and again, while orders go round the loop.

What is random comes from the seed: the carts, who is killed and when. What is counted at
the end comes from both programs' own records and from the printed files.
"""

import asyncio
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

from aiohttp import ClientError

from tests.support.programs import Json, Pair, Program, running_pair

PLENTY = {f"2{n:03}": 100_000 for n in range(12)}
SHORT = {f"3{n:03}": 4 for n in range(6)}
# The last of an event's requests comes after the killing is over: what is shown is that 4 requests
# outlast any outage shorter than their span, as they do when the span is 20 minutes.
SETTINGS = {
    "SMARTCART_MARKETPLACE_WEBHOOK_RETRY_SECONDS": "3,25,180",
    "SMARTCART_MARKETPLACE_WEBHOOK_WITHIN_SECONDS": "600",
    "SMARTCART_MARKETPLACE_WEBHOOK_TIMEOUT_SECONDS": "3",
    "SMARTCART_MARKETPLACE_LEASE_SECONDS": "5",
    "SMARTCART_MERCHANT_LEASE_SECONDS": "5",
    "SMARTCART_MERCHANT_REQUEST_TIMEOUT_SECONDS": "3",
}
_SETTLE_SECONDS = 260


@dataclass(frozen=True)
class Plan:
    """How many orders and kills; the seed repeats carts and moments."""

    orders: int = 500
    kills: int = 50
    seed: int = 1
    shortest_pause: float = 0.3
    longest_pause: float = 2.0


@dataclass
class Report:
    """What was done, and what became of every order. `wrong` is empty when all is well."""

    seed: int = 0
    seconds: float = 0
    kills: dict[str, int] = field(default_factory=dict)
    placed: int = 0
    reissued: int = 0
    accepted: int = 0
    rejected: int = 0
    printed: int = 0
    accept_effects: int = 0
    reserved_pieces: int = 0
    webhook_requests: int = 0
    webhook_requests_repeated: int = 0
    api_calls: int = 0
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [f"{name}: {value}" for name, value in asdict(self).items()]


async def run(folder: Path, databases: tuple[str, str], plan: Plan) -> Report:
    """Run the plan; the folder keeps databases, logs and prints."""
    started = monotonic()
    shelf = {**PLENTY, **SHORT}
    async with running_pair(
        folder,
        *databases,
        published=dict.fromkeys(shelf, 100_000),
        shelf=shelf,
        settings=SETTINGS,
    ) as pair:
        report = Report(seed=plan.seed)
        placing = asyncio.create_task(_place_all(pair, plan))
        report.kills = await _kill_again_and_again(pair, plan, placing)
        await placing
        await _settled(pair)
        await _audit(pair, shelf, report)
    report.seconds = round(monotonic() - started, 1)
    return report


async def _place_all(pair: Pair, plan: Plan) -> None:
    """One cart after the other. A cart whose answer is lost may have been placed: it is counted
    with what the marketplace has at the end."""
    chance = random.Random(plan.seed)
    for _ in range(plan.orders):
        uids = chance.sample(sorted(PLENTY), k=chance.randint(1, 2))
        uids += chance.sample(sorted(SHORT), k=chance.random() < 0.3)
        quantities = {uid: chance.randint(1, 3) for uid in uids}
        while True:
            try:
                await pair.place(**quantities)
                break
            except (ClientError, OSError):
                await asyncio.sleep(0.05)
        await asyncio.sleep(chance.uniform(0, 0.1))


async def _kill_again_and_again(
    pair: Pair, plan: Plan, placing: asyncio.Task[None]
) -> dict[str, int]:
    chance = random.Random(plan.seed + 1)
    kills = Counter[str]()
    while kills.total() < plan.kills:
        await asyncio.sleep(chance.uniform(plan.shortest_pause, plan.longest_pause))
        victims = [pair.marketplace, pair.merchant]
        if kills.total() == plan.kills - 1 or chance.random() < 0.5:
            victims = [chance.choice(victims)]
        await asyncio.gather(*(_kill(pair, victim) for victim in victims))
        kills.update(victim.half for victim in victims)
        if placing.done():
            placing.result()
    return dict(kills)


async def _kill(pair: Pair, victim: Program) -> None:
    await victim.kill()
    await victim.start()
    await victim.ready(pair.session)


async def _settled(pair: Pair) -> None:
    """Return when no order has anything left to be done; the audit says what is wrong otherwise."""
    deadline = monotonic() + _SETTLE_SECONDS
    while monotonic() < deadline:
        orders = await _orders(pair)
        accepted = [order["code"] for order in orders if order["state"] == "accepted"]
        unfinished = any(order["state"] == "open" for order in orders)
        printed = len(list(pair.prints.glob("*.pdf"))) >= len(accepted)
        if not unfinished and printed and await _all_told(pair, orders):
            await asyncio.sleep(2)  # what follows a reject, or would print once more
            if len(await _orders(pair)) == len(orders):
                return
        await asyncio.sleep(0.5)


async def _all_told(pair: Pair, orders: Sequence[Json]) -> bool:
    """Whether every event was delivered: a merchant that reads the journal does not wait for it."""
    for order in orders:
        for one in (await pair.order(order["code"]))["deliveries"]:
            if not any(attempt["outcome"] == "delivered" for attempt in one["attempts"]):
                return False
    return True


async def _orders(pair: Pair) -> list[Json]:
    """All orders of the marketplace, page by page."""
    found: list[Json] = []
    following: int | None = None
    while True:
        page = await pair.panel(f"orders?limit=200&before={following or ''}")
        found += page["orders"]
        following = page["next"]
        if following is None:
            return found


async def _audit(pair: Pair, shelf: Mapping[str, int], report: Report) -> None:
    whole = [await pair.order(order["code"]) for order in await _orders(pair)]
    codes = [shown["order"]["code"] for shown in whole]
    report.placed = sum(code.count("-") == 1 for code in codes)
    report.reissued = len(codes) - report.placed
    if len(set(codes)) < len(codes):
        report.wrong.append("an order is listed twice")
    promised: defaultdict[str, int] = defaultdict(int)
    for shown in whole:
        _audit_order(shown, set(codes), report)
        if shown["order"]["state"] == "accepted":
            for line in shown["order"]["line_items"]:
                promised[line["shop_uid"]] += line["quantity"]
            await _audit_print(pair, shown["order"], report)
    report.printed = len(list(pair.prints.iterdir()))
    if report.printed != report.accepted:
        report.wrong.append(f"{report.printed} files printed for {report.accepted} accepted orders")
    await _audit_stock(pair, shelf, promised, report)


def _audit_order(shown: Json, codes: set[str], report: Report) -> None:
    """It ended where it should, by one effect, told once and in order."""
    order, code = shown["order"], shown["order"]["code"]
    steps = Counter(step["what"] for step in shown["steps"])
    state = order["state"]
    report.accept_effects += steps["accepted"]
    report.accepted += state == "accepted"
    report.rejected += state == "rejected"
    attempts = [attempt for one in shown["deliveries"] for attempt in one["attempts"]]
    report.webhook_requests += len(attempts)
    report.webhook_requests_repeated += len(attempts) - len(shown["deliveries"])
    if state not in ("accepted", "rejected"):
        report.wrong.append(f"{code} ended {state}: {dict(steps)}")
    if steps[state] != 1 or steps["accepted"] + steps["rejected"] != 1:
        report.wrong.append(f"{code} was answered {steps['accepted'] + steps['rejected']} times")
    if state == "accepted" and steps["voucher_issued"] != 1:
        report.wrong.append(f"{code} has {steps['voucher_issued']} vouchers")
    if state == "rejected" and (_follow_up(code) in codes) is not _has_something_left(order):
        report.wrong.append(f"{code} was not reprocessed as it should be")
    if [one["seq"] for one in shown["deliveries"]] != list(range(1, len(shown["deliveries"]) + 1)):
        report.wrong.append(f"{code} was told out of order")
    for one in shown["deliveries"]:
        if [attempt["outcome"] for attempt in one["attempts"]].count("delivered") != 1:
            report.wrong.append(f"event {one['seq']} of {code} was not delivered")


def _follow_up(code: str) -> str:
    day, number, *again = code.split("-")
    return f"{day}-{number}-{int(again[0]) + 1 if again else 1}"


def _has_something_left(order: Json) -> bool:
    """Whether any line was not rejected, or is there in part; a reject says how many by a call that
    the marketplace keeps no copy of, so that a limited line counts."""
    return any(
        line.get("rejection_reason") in (None, "limited_stock") for line in order["line_items"]
    )


async def _audit_print(pair: Pair, order: Json, report: Report) -> None:
    """The voucher that was printed is the one the marketplace has."""
    shop = await pair.dashboard(f"orders/{order['code']}")
    report.api_calls += sum(len(call["attempts"]) for call in shop["calls"])
    if len(shop["prints"]) != 1:
        report.wrong.append(f"{order['code']} was printed {len(shop['prints'])} times")
        return
    printed = (pair.prints / shop["prints"][0]["file"]).read_bytes()
    async with pair.session.get(order["courier_voucher"]) as answer:
        served = await answer.read()
    if hashlib.sha256(printed).digest() != hashlib.sha256(served).digest():
        report.wrong.append(f"{order['code']} was printed from another document")


async def _audit_stock(
    pair: Pair, shelf: Mapping[str, int], promised: Mapping[str, int], report: Report
) -> None:
    """What is reserved is what was promised, and no more than there is."""
    for row in (await pair.dashboard("stock"))["stock"]:
        uid, reserved = row["shop_uid"], row["reserved"]
        report.reserved_pieces += reserved
        if reserved != promised.get(uid, 0):
            report.wrong.append(f"{uid}: {reserved} reserved for {promised.get(uid, 0)} promised")
        if reserved > shelf[uid]:
            report.wrong.append(f"{uid}: {reserved} reserved of {shelf[uid]}")
