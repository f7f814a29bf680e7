"""Sign webhook requests with their merchant's live keys."""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from smartcart.contract import signatures
from smartcart.kit.clock import utc_now
from smartcart.kit.database import Database
from smartcart.kit.sealing import CannotOpen, Seal
from smartcart.marketplace.storage import signing_keys

log = logging.getLogger(__name__)

GOOD_FOR_SECONDS = 5.0
"""How long keys are used before they are looked up again: when a key has ended, it is over then."""
_MOST_REMEMBERED = 10_000


Signature = Callable[[str, bytes], Awaitable[Mapping[str, str]]]
"""The headers by which a merchant knows a request with this body."""


async def unsigned(_merchant_id: str, _body: bytes) -> Mapping[str, str]:
    return {}


class _Remembered(NamedTuple):
    keys: tuple[str, ...]
    until: float


@dataclass(slots=True)
class Signer:
    """`seal` is None where no key of ours is set: then nothing is signed."""

    database: Database
    seal: Seal | None
    good_for: float = GOOD_FOR_SECONDS
    _known: OrderedDict[str, _Remembered] = field(
        default_factory=OrderedDict, init=False, repr=False
    )

    async def headers(self, merchant_id: str, body: bytes) -> Mapping[str, str]:
        """What a request with `body`, made now, carries to this merchant; nothing without keys."""
        if self.seal is None:
            return {}
        keys = await self._keys(self.seal, merchant_id)
        return signatures.sign(keys, body, utc_now()) if keys else {}

    async def _keys(self, seal: Seal, merchant_id: str) -> tuple[str, ...]:
        known = self._known.get(merchant_id)
        if known is not None and known.until > time.monotonic():
            return known.keys
        found = await signing_keys.of_merchant(self.database, merchant_id)
        keys = _opened(seal, merchant_id, found)
        self._known[merchant_id] = _Remembered(keys, time.monotonic() + self.good_for)
        while len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return keys


def _opened(seal: Seal, merchant_id: str, found: list[signing_keys.SealedKey]) -> tuple[str, ...]:
    """An order is not kept from a shop because its key cannot be read: it goes without."""
    try:
        return tuple(seal.open(key.sealed, merchant_id) for key in found)
    except CannotOpen as error:
        log.error("requests to %s are not signed: %s; look at secrets_key", merchant_id, error)
        return ()
