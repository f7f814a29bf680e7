"""Who looks for what somebody must know, and who tells them."""

from datetime import timedelta

from smartcart.kit.database import Database
from smartcart.kit.loop import Role
from smartcart.merchant.actions.alarming import ALARM, ALARMS, Alarming, Notifying
from smartcart.merchant.actions.patience import Patience
from smartcart.merchant.alarmer import Alarmer
from smartcart.merchant.alarms.opening import alarm_channels
from smartcart.merchant.settings import MerchantSettings
from smartcart.merchant.wording import LANGUAGES
from smartcart.merchant.worker.limits import limits
from smartcart.outbox import Worker
from smartcart.watch import Watch

_ALARMS_AT_ONCE = 4
_FIRST_AGAIN, _LAST_AGAIN = 5, 900


def alarm_roles(settings: MerchantSettings, database: Database, watch: Watch) -> list[Role]:
    channels = alarm_channels(settings.alarm_targets)
    alarming = Alarming(
        database,
        tuple(channels),
        settings.alarm_minutes_before_expiry,
        timedelta(hours=settings.alarm_again_hours),
        timedelta(hours=settings.alarm_silence_hours),
        timedelta(minutes=settings.alarm_gather_minutes),
    )
    patience = Patience(_FIRST_AGAIN, _LAST_AGAIN)
    language = LANGUAGES[settings.alarm_language]
    notifying = Notifying(channels, language, patience, shop=watch.shop)
    handlers = watch.handlers(ALARMS, {ALARM: notifying.send})
    at_once = limits(settings, _ALARMS_AT_ONCE, 1)
    return [
        Role("alarms", Alarmer(alarming).run),
        Role("notifying", Worker(database, ALARMS, handlers, at_once).run),
    ]
