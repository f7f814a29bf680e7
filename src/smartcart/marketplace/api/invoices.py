"""Invoices as they come in: received, judged, held whole only while there is room (contract §3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from smartcart.contract.vocabulary import MAX_INVOICE_BYTES
from smartcart.kit import uploads
from smartcart.marketplace.api.errors import refused
from smartcart.marketplace.domain.invoice import HEAD_BYTES, InvoiceFile, accepted_type
from smartcart.marketplace.domain.refusal import RefusalCode, Refused

FIELD = "invoice_file"
_HELD_AT_ONCE = 4
MISSING = Refused(RefusalCode.INVOICE_MISSING, "Missing invoice file")
TOO_LARGE = Refused(
    RefusalCode.INVOICE_FILE,
    f"Invoice file is too large: it may have at most 7 MB ({MAX_INVOICE_BYTES} bytes)",
)


@dataclass(frozen=True, slots=True)
class Invoices:
    """Any number are received at once; those being committed are in memory, four at a time."""

    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_HELD_AT_ONCE))

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[InvoiceFile]:
        """The invoice that came with `request`. Raises `Refused`, and `UploadRefused` for none."""
        async with uploads.received(request, FIELD, MAX_INVOICE_BYTES) as file:
            media_type = accepted_type(file.read(HEAD_BYTES))
            file.seek(0)
            async with self._room:
                yield InvoiceFile(media_type, await asyncio.to_thread(file.read))


async def not_received(request: Request, error: uploads.UploadRefused) -> Response:
    """The answer to who sent no invoice; the last on its connection when it was cut off."""
    too_large = isinstance(error, uploads.UploadTooLarge)
    response = await refused(request, TOO_LARGE if too_large else MISSING)
    if error.cut_off:
        response.headers["Connection"] = "close"
    return response
