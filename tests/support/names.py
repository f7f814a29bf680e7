"""Name servers of our own, for sessions that are tested."""

import asyncio
import socket
from collections.abc import Mapping, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

NOWHERE = "2d00::1"
"""Public by its form, and given to nobody."""


class ScriptedNames(AbstractResolver):
    """Answers each question with the next of its answers; the last one repeats."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return found(host, port, addresses)

    async def close(self) -> None:
        pass


class KnownNames(AbstractResolver):
    """Knows these names, and reads numbers as the system does; nobody else is asked."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        known = self._addresses.get(host.rstrip(".").lower())
        return found(host, port, [known or numeric(host)])

    async def close(self) -> None:
        pass


class SilentNames(AbstractResolver):
    """Never answers."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None:
        pass


def numeric(host: str) -> str:
    """The address that the system takes `host` for, old spellings included."""
    infos = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
    return str(infos[0][4][0])


def found(host: str, port: int, addresses: Sequence[str]) -> list[ResolveResult]:
    return [
        ResolveResult(
            hostname=host,
            host=text,
            port=port,
            family=socket.AF_INET6 if ":" in text else socket.AF_INET,
            proto=0,
            flags=0,
        )
        for text in addresses
    ]
