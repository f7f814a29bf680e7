"""The composition root: settings in, a running merchant out."""

import logging
from collections.abc import AsyncIterator, Awaitable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from enum import StrEnum
from pathlib import Path
from socket import socket

from smartcart.kit import about
from smartcart.kit.database import (
    MAY_PASS,
    Database,
    DatabaseError,
    Later,
    open_database,
    trouble_with_parts,
)
from smartcart.kit.loop import Role
from smartcart.kit.serving import listen
from smartcart.kit.settings import SettingsError
from smartcart.merchant.actions import work
from smartcart.merchant.actions.alarming import ALARMS
from smartcart.merchant.alarms.opening import alarm_channels
from smartcart.merchant.receiver.routes import WEBHOOK_PATH
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.shops import Shop
from smartcart.merchant.storage import MIGRATIONS
from smartcart.merchant.web import web, web_together
from smartcart.merchant.worker import worker_roles
from smartcart.watch import Watch, watched

log = logging.getLogger(__name__)

QUEUES = frozenset({work.EVENTS, work.EFFECTS, ALARMS})
SECRET_PATHS = (WEBHOOK_PATH, "/vouchers/")


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
        roles: list[Role] = []
        if Part.WORKER in parts:
            roles += await worker_roles(stack, settings, database, watch, token_file)
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
                roles += own.roles(opening)
                if Part.WORKER in parts:
                    working = worker_roles(stack, shop.settings, database, own, shop.token_file)
                    roles += own.roles(await working)
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
    except MAY_PASS as error:
        log.error("the shop waits for its database: %s", error)
        later = Later(opening, error)
        return watch.database(later), [Role("database", later.run)]


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
