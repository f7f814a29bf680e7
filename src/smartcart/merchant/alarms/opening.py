"""The channels that a shop set, opened."""

from collections.abc import Mapping, Sequence

from smartcart.kit.settings import SettingsError
from smartcart.merchant.alarms import Channel


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
