"""Whether somebody is called when a person is needed."""

import asyncio

from smartcart.going_live.finding import N_, Finding, bad, ok, warning
from smartcart.kit.settings import SettingsError
from smartcart.merchant.alarms import NotSent
from smartcart.merchant.alarms.opening import alarm_channels
from smartcart.merchant.settings import MerchantSettings

_CHECK = N_("alarms")
_RINGING = "smartcart doctor: Δοκιμή. This is a test."


async def check_alarms(settings: MerchantSettings, *, ring: bool = False) -> list[Finding]:
    """The channels as they are configured; with `ring`, each is sent a test message."""
    if not settings.alarm_targets:
        saw = N_("nobody is called when an order waits for a person")
        return [warning(_CHECK, saw, N_("Set alarm_urls: docs/how-to/alarms.md"))]
    try:
        channels = alarm_channels(settings.alarm_targets)
    except SettingsError as error:
        return [bad(_CHECK, N_("{why}"), N_("Correct it in the settings."), why=error)]
    if not ring:
        saw = N_("{count} channels are set; --ring sends each a test")
        return [ok(_CHECK, saw, count=len(channels))]
    findings = []
    for number, channel in enumerate(channels.values(), start=1):
        try:
            await asyncio.to_thread(channel.send, "smartcart", _RINGING)
        except NotSent as error:
            remedy = N_("Look at its URL in alarm_urls, and at this machine's network.")
            saw = N_("URL {number}: {why}")
            findings.append(bad(_CHECK, saw, remedy, number=number, why=error))
        else:
            saw = N_("URL {number} took a test message; look whether it came")
            findings.append(ok(_CHECK, saw, number=number))
    return findings
