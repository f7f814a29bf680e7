"""Invoices on their way in: any number come at once, and four of them are held whole."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from smartcart.kit.uploads import NoUpload
from smartcart.marketplace.api.invoices import Invoices
from smartcart.marketplace.domain.invoice import InvoiceFile
from smartcart.marketplace.domain.refusal import RefusalCode, Refused
from tests.support.invoices import MULTIPART, PDF, form


def request(body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", MULTIPART.encode())]
    return Request({"type": "http", "headers": headers}, receive)


async def test_it_is_held_whole_with_its_type() -> None:
    async with Invoices().received(request(form(PDF))) as file:
        assert file == InvoiceFile("application/pdf", PDF)


async def test_four_are_held_at_once_and_the_others_wait() -> None:
    invoices, held, done = Invoices(), 0, asyncio.Event()
    most = 0

    async def one() -> None:
        nonlocal held, most
        async with invoices.received(request(form(PDF))):
            held += 1
            most = max(most, held)
            await done.wait()
            held -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(one())
        async with asyncio.timeout(60):
            while held < 4:
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        done.set()
    assert (most, held) == (4, 0)


async def test_what_is_refused_or_fails_takes_no_place() -> None:
    invoices = Invoices()
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            await invoices.received(request(form(b"GIF89a"))).__aenter__()
        assert refused.value.code is RefusalCode.INVOICE_FILE
        with pytest.raises(NoUpload):
            await invoices.received(request(form(b""))).__aenter__()
        with pytest.raises(RuntimeError):
            async with invoices.received(request(form(PDF))):
                raise RuntimeError
    async with asyncio.timeout(60), invoices.received(request(form(PDF))) as file:
        assert file.content == PDF
