"""The one place where an address is checked before it is connected to."""

import asyncio
import errno
import socket
from collections.abc import Callable

from aiohappyeyeballs import AddrInfoType
from aiohttp import ClientConnectorError
from aiohttp.abc import AbstractResolver, ResolveResult

from smartcart.kit.egress.names import look_up

Check = Callable[[str], str | None]
"""Why an address is refused, or None: `addresses.refusal` under the settings in force."""


class AddressRefused(OSError):
    """No connection is made to `address`, which `host` stands for.

    Requests on a guarded session raise aiohttp's `ClientConnectorError`; `refused` finds this
    inside.
    """

    def __init__(self, host: str, address: str, why: str) -> None:
        named = host if host == address else f"{host} ({address})"
        super().__init__(
            errno.EACCES,
            f"{named} is not connected to: the address is {why}. "
            "Use a public address; only a development setting opens loopback and private ones",
        )
        self.host = host
        self.address = address
        self.why = why

    def __str__(self) -> str:
        return str(self.strerror)


def refused(error: BaseException) -> AddressRefused | None:
    """The refusal behind an error of a guarded session, if that is what it is."""
    if isinstance(error, ClientConnectorError):
        error = error.os_error
    return error if isinstance(error, AddressRefused) else None


def guarded_sockets(check: Check) -> Callable[[AddrInfoType], socket.socket]:
    """A socket factory for aiohttp's connector that makes none for a refused address.

    Every connection passes here with the very address it goes to, also those for which no name
    was resolved.
    """

    def guarded_socket(addr_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (address, *_) = addr_info
        why = check(str(address))
        if why is not None:
            raise AddressRefused(str(address), str(address), why)
        return socket.socket(family, kind, protocol)

    return guarded_socket


class CheckedResolver(AbstractResolver):
    """Leaves out refused addresses, and tells the name they were found under.

    It makes the refusal readable and spares the attempt; what enforces it is the socket factory.
    """

    def __init__(self, names: AbstractResolver, check: Check) -> None:
        self._names = names
        self._check = check

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        judged = [(result, self._check(result["host"])) for result in found]
        usable = [result for result, why in judged if why is None]
        for result, why in judged:
            if not usable and why is not None:
                raise AddressRefused(host, result["host"], why)
        if not usable:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        return usable

    async def close(self) -> None:
        await self._names.close()


class SystemResolver(AbstractResolver):
    """Names as the operating system resolves them."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        infos = await asyncio.wrap_future(look_up(host, port, family, socket.AI_ADDRCONFIG))
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        """Nothing is held open."""
