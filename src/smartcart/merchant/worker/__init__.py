"""The worker of one shop: what decides, answers, prints, keeps the stock and tidies up."""

from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import ClientSession

from smartcart.client import OrdersClient, Retries
from smartcart.kit.database import Database
from smartcart.kit.egress import open_session
from smartcart.kit.loop import Role
from smartcart.merchant.actions.forgetting import Forgetting
from smartcart.merchant.actions.reconsidering import LastLook
from smartcart.merchant.forgetter import Forgetter
from smartcart.merchant.last_call import LastCall
from smartcart.merchant.printing.folder import PrintFolder
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.token_file import TokenFile
from smartcart.merchant.worker.alarms import alarm_roles
from smartcart.merchant.worker.effects import effects_role
from smartcart.merchant.worker.events import events_role
from smartcart.merchant.worker.looking_back import journal_role, rereading_role
from smartcart.merchant.worker.stock import stock_roles
from smartcart.outbox import Retention
from smartcart.watch import Watch


async def worker_roles(
    stack: AsyncExitStack,
    settings: MerchantSettings,
    database: Database,
    watch: Watch,
    token_file: Path | None,
) -> list[Role]:
    """Its roles; what they hold open is closed with `stack`.

    A token that is renewed in `token_file` is used from then on. The stock has been read once when
    this returns, if there is a database yet, so that no order waits for it.
    """
    session = await stack.enter_async_context(
        open_session(settings.development, connections=2 * settings.calls_at_once)
    )
    client = _client(settings, session)
    roles = [
        events_role(settings, database, watch),
        effects_role(settings, database, session, client, watch),
        *alarm_roles(settings, database, watch),
        Role("last resort", LastCall(LastLook(database, settings.rules)).run),
        rereading_role(settings, database),
        Role("retention", Retention(database, settings.keep).run),
        Role("forgetting", _forgetter(settings, database).run),
        journal_role(settings, database, client, watch),
    ]
    if token_file is not None:
        token = settings.api_token.reveal()
        roles.append(Role("token", TokenFile(token_file, token, client.use_token).run))
    return [*roles, *await stock_roles(settings, database)]


def _client(settings: MerchantSettings, session: ClientSession) -> OrdersClient:
    return OrdersClient(
        session,
        settings.api_url,
        settings.api_token.reveal(),
        settings.vendor,
        settings.request_timeout_seconds,
        retries=Retries.none(),  # the outbox repeats, and outlives this program
    )


def _forgetter(settings: MerchantSettings, database: Database) -> Forgetter:
    forgetting = Forgetting(database, PrintFolder(settings.print_folder))
    return Forgetter(forgetting, settings.personal_data_kept)
