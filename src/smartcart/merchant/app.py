"""The composition root: settings in, a running merchant out."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from socket import socket

from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from smartcart.client import OrdersClient, Retries
from smartcart.kit import about
from smartcart.kit.clock import micros, utc_now
from smartcart.kit.database import (
    Database,
    DatabaseError,
    DatabaseFull,
    DatabaseLocked,
    DatabaseUnavailable,
    Later,
    open_database,
    trouble_with_parts,
)
from smartcart.kit.egress import open_session
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen
from smartcart.kit.settings import SettingsError
from smartcart.merchant.actions import work
from smartcart.merchant.actions.alarming import ALARM, ALARMS, Alarming, Notifying
from smartcart.merchant.actions.answering import Answering
from smartcart.merchant.actions.asking import Asking
from smartcart.merchant.actions.counting import Counting, begin
from smartcart.merchant.actions.forgetting import Forgetting
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.actions.printing import Printing
from smartcart.merchant.actions.reading import Reading
from smartcart.merchant.actions.reconciling import Reconciling
from smartcart.merchant.actions.reconsidering import LastLook
from smartcart.merchant.actions.rereading import Rereading
from smartcart.merchant.actions.thinking import Thinking
from smartcart.merchant.alarmer import Alarmer
from smartcart.merchant.alarms import Channel
from smartcart.merchant.dashboard.routes import Dashboard
from smartcart.merchant.domain.counts import Stand
from smartcart.merchant.forgetter import Forgetter
from smartcart.merchant.last_call import LastCall
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.receiver.errors import HANDLERS
from smartcart.merchant.receiver.routes import WEBHOOK_PATH, Receiver
from smartcart.merchant.reconciler import Reconciler
from smartcart.merchant.refresher import Refresher
from smartcart.merchant.rereader import Rereader
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import Shop
from smartcart.merchant.stock.opening import opened
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.telling_apart import OfShop
from smartcart.merchant.token_file import TokenFile
from smartcart.merchant.wording import LANGUAGES
from smartcart.outbox import Limits, Retention, Worker
from smartcart.watch import Watch, watched

log = logging.getLogger(__name__)

QUEUES = frozenset({work.EVENTS, work.EFFECTS, ALARMS})
SECRET_PATHS = (WEBHOOK_PATH, "/vouchers/")
_THOUGHTS_AT_ONCE = 64
_ALARMS_AT_ONCE = 4
_FIRST_AGAIN, _LAST_AGAIN = 5, 900
_MAY_PASS = (DatabaseUnavailable, DatabaseLocked, DatabaseFull)


class Part(StrEnum):
    """What a process of the merchant does; any number of each may share one PostgreSQL."""

    RECEIVER = "receiver"
    """Answers HTTP: the webhook and the dashboard."""
    WORKER = "worker"
    """Decides, answers the marketplace, prints; keeps the stock, and looks for what was missed."""


@asynccontextmanager
async def assembled(
    settings: MerchantSettings,
    token_file: Path | None = None,
    parts: Collection[Part] = tuple(Part),
) -> AsyncIterator[Sequence[Role]]:
    """What `parts` need opened, as the roles that make them run; closed in the reverse order.

    A token that is renewed in `token_file` is used from then on.
    The stock has been read once when this yields a worker, so that no order waits for it.
    Raises `SettingsError` for fewer than all parts where that cannot work.
    """
    if not set(parts).issuperset(Part):
        _check_alone(settings, parts)
    async with AsyncExitStack() as stack:
        listener, watch = _process(stack, settings, parts)
        database = watch.database(
            await open_database(settings.database, MIGRATIONS, observer=watch.observer)
        )
        stack.push_async_callback(database.close)
        roles = await _roles(stack, settings, database, watch, parts, token_file)
        if listener:
            roles.append(watch.serving(web(settings, database, watch), listener))
        yield watch.over(database, roles)


@asynccontextmanager
async def assembled_together(
    shops: Sequence[Shop], parts: Collection[Part] = tuple(Part)
) -> AsyncIterator[Sequence[Role]]:
    """The same for several shops in one process, each with what is its own, told apart by keys.

    A shop whose database cannot be reached, or written, now is opened when it can be; the others
    do not wait for it. What no waiting mends is raised, with the shop's name.
    """
    for shop in shops:
        with _named(shop):
            _check_whole(shop.settings, parts)
    async with AsyncExitStack() as stack:
        listener, watch = _process(stack, shops[0].settings, parts)
        databases: dict[str, Database] = {}
        roles: list[Role] = []
        for shop in shops:
            own = watch.of(shop.name)
            with _named(shop):
                database, opening = await _opened_or_later(shop.settings, own)
                stack.push_async_callback(database.close)
                databases[shop.name] = database
                working = await _roles(stack, shop.settings, database, own, parts, shop.token_file)
                roles += own.roles([*opening, *working])
        if listener:
            program = web_together(shops, databases, watch)
            roles += watch.roles([watch.serving(program, listener)])
        yield [*roles, *watch.over(databases, [])]


def _process(
    stack: AsyncExitStack, settings: MerchantSettings, parts: Collection[Part]
) -> tuple[socket | None, Watch]:
    """What a process has once: where it listens, and who watches it."""
    listener = None
    if Part.RECEIVER in parts:
        listener = stack.enter_context(listen(settings.host, settings.port))
    watch = stack.enter_context(
        watched(
            "merchant",
            QUEUES,
            settings.watch_host,
            settings.watch_port,
            settings.stop_grace_seconds,
        )
    )
    return listener, watch


async def _opened_or_later(settings: MerchantSettings, watch: Watch) -> tuple[Database, list[Role]]:
    """A shop's database, and who opens it if it cannot be had yet."""

    def opening() -> Awaitable[Database]:
        return open_database(settings.database, MIGRATIONS, observer=watch.observer)

    try:
        return watch.database(await opening()), []
    except _MAY_PASS as error:
        log.error("the shop waits for its database: %s", error)
        later = Later(opening, error)
        return watch.database(later), [Role("database", later.run)]


async def _roles(
    stack: AsyncExitStack,
    settings: MerchantSettings,
    database: Database,
    watch: Watch,
    parts: Collection[Part],
    token_file: Path | None,
) -> list[Role]:
    """What works for one shop, but for who answers HTTP."""
    if Part.WORKER not in parts:
        return []
    session = await stack.enter_async_context(
        open_session(settings.development, connections=2 * settings.calls_at_once)
    )
    working = _worker(settings, database, session, watch, token_file)
    return [*working, *await _stock(settings, database)]


@contextmanager
def _named(shop: Shop) -> Iterator[None]:
    """What is logged, and what goes wrong, is of this shop, and told so."""
    try:
        with about.kept(shop=shop.name):
            yield
    except SettingsError as error:
        raise SettingsError([f"shop {shop.name}: {each}" for each in error.problems]) from error
    except DatabaseError as error:
        raise type(error)(f"shop {shop.name}: {error}") from error


def _check_whole(settings: MerchantSettings, parts: Collection[Part]) -> None:
    """What is read when it is needed: better now than then."""
    if not set(parts).issuperset(Part):
        _check_alone(settings, parts)
    _ = settings.rules
    alarm_channels(settings.alarm_targets)


def _check_alone(settings: MerchantSettings, parts: Collection[Part]) -> None:
    """Raise `SettingsError` for what is no matter while one process does everything."""
    if problems := trouble_with_parts(settings.database, "merchant", parts):
        raise SettingsError(problems)


def _worker(
    settings: MerchantSettings,
    database: Database,
    session: ClientSession,
    watch: Watch,
    token_file: Path | None,
) -> list[Role]:
    client = _client(settings, session)
    roles = [
        Role("events", _events(settings, database, watch).run),
        Role("effects", _effects(settings, database, session, client, watch).run),
        *_alarms(settings, database, watch),
        Role("last resort", LastCall(LastLook(database, settings.rules)).run),
        Role("rereading", _rereader(settings, database).run),
        Role("retention", Retention(database, settings.keep).run),
        Role("forgetting", _forgetter(settings, database).run),
        Role("journal", _reconciler(settings, database, client, watch).run),
    ]
    if token_file is not None:
        token = settings.api_token.reveal()
        roles.append(Role("token", TokenFile(token_file, token, client.use_token).run))
    return roles


def web(settings: MerchantSettings, database: Database, watch: Watch | None = None) -> Starlette:
    """The webhook's receiver and the dashboard."""
    return Starlette(
        routes=[*_programs(settings, database), *(watch or Watch()).routes(database)],
        exception_handlers=HANDLERS,
    )


def web_together(
    shops: Sequence[Shop], databases: Mapping[str, Database], watch: Watch | None = None
) -> Starlette:
    """Those of all shops at one address: what a request carries says whose it is."""
    routes: list[BaseRoute] = [*(watch or Watch()).routes(databases)]
    for shop in shops:
        programs = _programs(shop.settings, databases[shop.name])
        routes += [OfShop(shop.name, one, shop.settings) for one in programs]
    # A key that is nobody's is refused as it would be by any one shop that has some.
    refusing = next((shop for shop in shops if shop.settings.dashboard_key), shops[0])
    routes += _programs(refusing.settings, databases[refusing.name])
    return Starlette(routes=routes, exception_handlers=HANDLERS)


def _programs(settings: MerchantSettings, database: Database) -> list[Route]:
    key = settings.dashboard_key.reveal() if settings.dashboard_key else ""
    return [
        *Receiver(database, settings.webhook_secret, settings.signing_keys).routes(),
        *Dashboard(database, key, settings.print_folder).routes(),
    ]


async def _stock(settings: MerchantSettings, database: Database) -> list[Role]:
    """Every source was asked once when this returns, if there is a database yet."""
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    refreshers = []
    for number, table in enumerate(settings.stock_sources):
        counting = Counting(
            database,
            opened(table, development=settings.development),
            table.terms,
            stand=Stand(table.location, number),
            turn=turns[table.location],
        )
        refreshers.append(Refresher(counting, table.every_seconds))
    stands = {one.counting.source.name: one.counting.stand for one in refreshers}
    if not refreshers:
        log.warning("no stock_feed and no stock_csv is set: every order will be held")
    runs = [refresher.run for refresher in refreshers]
    try:
        await begin(database, stands, micros(utc_now()))
    except _MAY_PASS as error:
        log.error("the stock waits for its database: %s", error)
        runs = [partial(_begun_later, database, stands, refresher) for refresher in refreshers]
    else:
        await asyncio.gather(*(refresher.refresh() for refresher in refreshers))
    return [
        Role(f"stock, {one.counting.source.name}", run)
        for one, run in zip(refreshers, runs, strict=True)
    ]


async def _begun_later(
    database: Database, stands: Mapping[str, Stand], refresher: Refresher, stop: asyncio.Event
) -> None:
    """For a shop whose database took nothing at first."""
    await begin(database, stands, micros(utc_now()))
    await refresher.refresh()
    await refresher.run(stop)


def _events(settings: MerchantSettings, database: Database, watch: Watch) -> Worker:
    thinking = Thinking(database, settings.rules)
    limits = _limits(settings, _THOUGHTS_AT_ONCE, _THOUGHTS_AT_ONCE)
    handlers = {work.EVENT: thinking.think, work.RECONSIDER: thinking.reconsider}
    return Worker(database, work.EVENTS, watch.handlers(work.EVENTS, handlers), limits)


def _client(settings: MerchantSettings, session: ClientSession) -> OrdersClient:
    return OrdersClient(
        session,
        settings.api_url,
        settings.api_token.reveal(),
        settings.vendor,
        settings.request_timeout_seconds,
        retries=Retries.none(),  # the outbox repeats, and outlives this program
    )


def _reconciler(
    settings: MerchantSettings, database: Database, client: OrdersClient, watch: Watch
) -> Reconciler:
    return Reconciler(
        Reconciling(database, client, settings.api_url),
        settings.reconcile_seconds,
        settings.reconcile_calls,
        Asking(database, client, settings.api_url, watch.webhook)
        if settings.reconcile_calls
        else None,
    )


def _alarms(settings: MerchantSettings, database: Database, watch: Watch) -> list[Role]:
    """Who looks for what somebody must know, and who tells them."""
    channels = alarm_channels(settings.alarm_targets)
    alarming = Alarming(
        database,
        tuple(channels),
        settings.alarm_minutes_before_expiry,
        timedelta(hours=settings.alarm_again_hours),
        timedelta(hours=settings.alarm_silence_hours),
    )
    patience = Patience(_FIRST_AGAIN, _LAST_AGAIN)
    language = LANGUAGES[settings.alarm_language]
    notifying = Notifying(channels, language, patience, shop=watch.shop)
    handlers = watch.handlers(ALARMS, {ALARM: notifying.send})
    limits = _limits(settings, _ALARMS_AT_ONCE, 1)
    return [
        Role("alarms", Alarmer(alarming).run),
        Role("notifying", Worker(database, ALARMS, handlers, limits).run),
    ]


def alarm_channels(urls: Sequence[str]) -> Mapping[str, Channel]:
    """Raises `SettingsError` for a URL that will not do, and where the extra is missing."""
    if not urls:
        return {}
    try:
        from smartcart.merchant.alarms.apprise import channels  # noqa: PLC0415 - an extra

        return channels(urls)
    except ImportError as error:
        remedy = "alarm_urls: needs an extra; install it by: pip install 'smartcart[notify]'"
        raise SettingsError([remedy]) from error
    except ValueError as error:
        raise SettingsError([str(error)]) from error


def _rereader(settings: MerchantSettings, database: Database) -> Rereader:
    rereading = Rereading(
        database,
        timedelta(minutes=settings.reread_minutes),
        timedelta(minutes=settings.reread_accepted_minutes),
    )
    return Rereader(rereading, settings.reread_calls_per_minute)


def _forgetter(settings: MerchantSettings, database: Database) -> Forgetter:
    forgetting = Forgetting(database, PrintFolder(settings.print_folder))
    return Forgetter(forgetting, settings.personal_data_kept)


def _effects(
    settings: MerchantSettings,
    database: Database,
    session: ClientSession,
    client: OrdersClient,
    watch: Watch,
) -> Worker:
    patience = Patience(settings.retry_base_seconds, settings.retry_cap_seconds)
    reading = Reading(database, client, settings.rules, patience)
    printing = Printing(
        database,
        session,
        PrintFolder(settings.print_folder),
        patience,
        settings.request_timeout_seconds,
        settings.development,
    )
    handlers = {
        work.ANSWER: Answering(database, client, reading, patience, settings.shadow).send,
        work.READ: reading.read,
        work.VOUCHER: printing.print_voucher,
    }
    limits = _limits(settings, 3 * settings.calls_at_once, settings.calls_at_once)
    return Worker(database, work.EFFECTS, watch.handlers(work.EFFECTS, handlers), limits)


def _limits(settings: MerchantSettings, slots: int, slots_per_lane: int) -> Limits:
    return Limits(
        slots=slots,
        slots_per_lane=slots_per_lane,
        lease_seconds=settings.lease_seconds,
        poll_seconds=settings.poll_seconds,
    )
