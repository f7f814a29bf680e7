"""Messages through apprise: e-mail, Telegram, Viber, SMS and a hundred more, each a URL."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import apprise

from smartcart.merchant.alarms import NotSent

# Its warnings hold the URL, and the URL holds the password.
logging.getLogger("apprise").setLevel(logging.CRITICAL)
_ASSET: Final = apprise.AppriseAsset(app_id="smartcart", async_mode=False, secure_logging=True)


@dataclass(frozen=True, slots=True)
class AppriseUrl:
    """See `Channel`."""

    service: str
    _target: apprise.Apprise = field(repr=False)

    def send(self, title: str, body: str) -> None:
        if not self._target.notify(body=body, title=title, notify_type=apprise.NotifyType.WARNING):
            raise NotSent(f"{self.service} did not take the message")


def channels(urls: Sequence[str]) -> Mapping[str, AppriseUrl]:
    """By a name that tells nothing of the URL, and stays the same with it.

    Raises `ValueError`, naming the place and not the URL, for one that apprise does not know.
    """
    found: dict[str, AppriseUrl] = {}
    for number, url in enumerate(urls, start=1):
        target = apprise.Apprise(asset=_ASSET)
        if not target.add(url):
            raise ValueError(
                f"alarm_urls: URL {number} is none that apprise knows; "
                "write it as its list of services says, for example mailtos://user:pass@gmail.com"
            )
        service = url.partition(":")[0]
        found[hashlib.sha256(url.encode()).hexdigest()[:12]] = AppriseUrl(service, target)
    return found
