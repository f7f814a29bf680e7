"""The role that takes over a token that was renewed, while the program runs."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smartcart.kit.loop import wait

log = logging.getLogger(__name__)

_LOOK_EVERY = 2.0


@dataclass(slots=True)
class TokenFile:
    """Looks at `path` every two seconds, and gives a token that is another to `use`.

    A new token expires the old one at once (contract §2), so calls fail with 401 in between; they
    are made again. A file that is empty or cannot be read changes nothing, and is told of once.
    """

    path: Path
    token: str = field(repr=False)
    use: Callable[[str], None]
    _trouble: str = field(default="", init=False)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self.look()
            await wait(stop, _LOOK_EVERY)

    def look(self) -> None:
        try:
            token = self.path.read_text(encoding="utf-8").strip()
            if token and token != self.token:
                self.use(token)
                self.token = token
                log.info("the API token was renewed", extra={"file": str(self.path)})
        except (OSError, ValueError) as error:
            if str(error) != self._trouble:
                log.warning("the API token stays as it was: %s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""
