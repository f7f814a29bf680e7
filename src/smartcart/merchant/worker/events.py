"""What thinks about the events that were received."""

from smartcart.kit.database import Database
from smartcart.kit.loop import Role
from smartcart.merchant.actions import work
from smartcart.merchant.actions.thinking import Thinking
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.worker.limits import limits
from smartcart.outbox import Worker
from smartcart.watch import Watch

_THOUGHTS_AT_ONCE = 64


def events_role(settings: MerchantSettings, database: Database, watch: Watch) -> Role:
    thinking = Thinking(database, settings.rules)
    handlers = watch.handlers(
        work.EVENTS, {work.EVENT: thinking.think, work.RECONSIDER: thinking.reconsider}
    )
    at_once = limits(settings, _THOUGHTS_AT_ONCE, _THOUGHTS_AT_ONCE)
    return Role("events", Worker(database, work.EVENTS, handlers, at_once).run)
