"""The worker process of a press: vouchers come in at its input, labels go out at its output.

It ends when its input does, which is at once when the press closes or its process dies.
"""

import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher, tracking_code
from smartcart.marketplace.voucher.framing import DONE, FAILED, HEADER, frame
from smartcart.marketplace.voucher.label import draw

_decode = msgspec.msgpack.Decoder(Voucher).decode


def main() -> None:
    """Say when ready, then answer each voucher with its label until there are no more."""
    # A press told to stop still wants the labels it has asked for; it closes the input after.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    vouchers, labels = sys.stdin.buffer, _private_output()
    try:
        _warm_up()
        _answer(labels, frame(DONE, b""))
        while header := vouchers.read(HEADER.size):
            _status, size = HEADER.unpack(header)
            _answer(labels, _label(vouchers.read(size)))
    except BrokenPipeError:
        # The press died while its label was drawn: there is nobody to tell.
        os._exit(0)


def _private_output() -> BinaryIO:
    """Keep standard output for labels alone; what anything prints goes to standard error."""
    labels = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return labels


def _warm_up() -> None:
    """Draw once, so that the fonts are loaded before the first label is waited for."""
    nobody = Party(name="Όνομα", lines=("Οδός 1",), zip="10000", city="Πόλη", phone="1")
    draw(
        Voucher(
            Shipment(
                order_code="0",
                courier="Courier",
                sender=nobody,
                recipient=nobody,
                created_at=datetime.fromtimestamp(0, UTC),
            ),
            (tracking_code("0" * 11),),
        )
    )


def _label(voucher: bytes) -> bytes:
    try:
        return frame(DONE, draw(_decode(voucher)))
    except Exception:
        return frame(FAILED, traceback.format_exc().encode())


def _answer(labels: BinaryIO, message: bytes) -> None:
    labels.write(message)
    labels.flush()


if __name__ == "__main__":
    main()
