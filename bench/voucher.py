"""A courier label: how long one takes to draw, and how many a press draws beside the event loop.

Ours and the baselines take turns over several rounds. A label's time is processor time in
the fastest round, as `timeit` advises; what goes on side by side is told by the median.
`python -m bench.voucher`
"""

import asyncio
import io
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

import msgspec
from reportlab import rl_config
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from smartcart.marketplace.domain.voucher import Party, Shipment, Voucher, tracking_code
from smartcart.marketplace.voucher import label
from smartcart.marketplace.voucher.barcode import DOT
from smartcart.marketplace.voucher.fonts import (
    BOLD,
    CLOSE,
    REGULAR,
    Face,
    Leading,
    cache_directory,
    font_file,
)
from smartcart.marketplace.voucher.label import draw
from smartcart.marketplace.voucher.press import Press

Figure = dict[str, str | float]

SHOP = Party(
    name="Ηλεκτρονικά Παπαδάκης Α.Ε.",
    lines=("Στουρνάρη 37", "1ος όροφος"),
    zip="10682",
    city="Αθήνα, Αττική",
    phone="2103812345",
)
CUSTOMER = Party(
    name="Αικατερίνη Παπαδοπούλου",
    lines=("Λεωφόρος Βασιλίσσης Σοφίας 114", "3ος όροφος"),
    zip="11527",
    city="Αθήνα, Αττική",
    phone="6912345678",
)
SHIPMENT = Shipment(
    order_code="191203-1234567",
    courier="Skroutz Last Mile",
    sender=SHOP,
    recipient=CUSTOMER,
    created_at=datetime(2019, 12, 2, 11, 24, tzinfo=UTC),
    pickup_from=datetime(2019, 12, 3, 13, tzinfo=UTC),
    pickup_to=datetime(2019, 12, 3, 16, tzinfo=UTC),
    cash_on_delivery_cents=123450,
    comments="Παράδοση μετά τις 17:00, κουδούνι «Παπαδάκης».",
)
VOUCHER = Voucher(SHIPMENT, (tracking_code("48210937551"),))


def run(*, labels: int = 60, rounds: int = 7, callers: int = 8) -> list[Figure]:
    """Return the figures: name, value, unit, baseline, baseline_name and ratio of each."""
    return [*_drawing(labels, rounds), *asyncio.run(_pressing(labels, rounds, callers))]


def _drawing(labels: int, rounds: int) -> list[Figure]:
    helvetica = _Helvetica("Helvetica"), _Helvetica("Helvetica-Bold")
    latin = _in_latin(VOUCHER)
    with _reportlab_defaults() as draw_by_defaults:
        ours, defaults, floor = _in_turns(
            (lambda: draw(VOUCHER), draw_by_defaults, lambda: _draw_in(helvetica, latin)),
            labels,
            rounds,
        )
    name = "label of one parcel, processor time"
    return [
        _less_is_better(name, "ms", ours, "the same label by reportlab's defaults", defaults),
        _less_is_better(name, "ms", ours, "floor: a built-in font, no Greek", floor),
    ]


@contextmanager
def _reportlab_defaults() -> Iterator[Callable[[], bytes]]:
    """Give the same drawing with every ASCII letter in each font, ASCII streams, a bar a shape."""
    faces = []
    for weight in (REGULAR, BOLD):
        name, file = f"Default-{weight}", font_file(weight, cache_directory())
        faces.append(Face(name, file))
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(file)))

    def bars(canvas: Canvas, code: str, box: tuple[float, float, float, float]) -> None:
        Code128(code, barWidth=4 * DOT, barHeight=box[3], quiet=0).drawOn(canvas, *box[:2])

    def draw_by_defaults() -> bytes:
        with patch.object(label, "draw_barcode", bars), patch.object(rl_config, "useA85", 1):
            return _draw_in((faces[0], faces[1]), VOUCHER)

    yield draw_by_defaults


def _draw_in(faces: "tuple[Face | _Helvetica, Face | _Helvetica]", voucher: Voucher) -> bytes:
    with patch.object(label, "faces", return_value=faces):
        return draw(voucher)


class _Helvetica:
    """Stands in for a face: one of the fonts a PDF need not carry."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.advances = {chr(c): self.width(chr(c)) for c in range(32, 127)}

    def width(self, text: str) -> float:
        return float(pdfmetrics.stringWidth(text, self.name, 1))

    def leading(self, _text: str) -> Leading:
        return CLOSE


def _in_latin(voucher: Voucher) -> Voucher:
    """Return the same voucher with other letters, as many."""
    encoded = msgspec.json.encode(voucher).decode()
    latin = "".join(c if c.isascii() else chr(97 + ord(c) % 26) for c in encoded)
    return msgspec.json.decode(latin, type=Voucher)


def _in_turns(ways: Sequence[Callable[[], bytes]], labels: int, rounds: int) -> list[float]:
    """Return the milliseconds of processor time a label takes each way, in its fastest round."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, times in zip(ways, taken, strict=True):
            began = time.process_time()
            for _ in range(labels):
                way()
            times.append((time.process_time() - began) / labels * 1000)
    return [min(times) for times in taken]


async def _pressing(labels: int, rounds: int, callers: int) -> list[Figure]:
    async def in_thread() -> bytes:
        return await asyncio.to_thread(draw, VOUCHER)

    ours: list[tuple[float, float]] = []
    threaded: list[tuple[float, float]] = []
    async with Press() as press:
        for _ in range(rounds):
            ours.append(await _many(lambda: press.draw(VOUCHER), labels, callers))
            threaded.append(await _many(in_thread, labels, callers))
    rate, pause = (statistics.median(column) for column in zip(*ours, strict=True))
    thread_rate, thread_pause = (
        statistics.median(column) for column in zip(*threaded, strict=True)
    )
    baseline_name = "threads of the same process"
    return [
        {
            "name": f"labels through a press of one worker, {callers} callers",
            "value": round(rate, 1),
            "unit": "labels/s",
            "baseline": round(thread_rate, 1),
            "baseline_name": baseline_name,
            "ratio": round(rate / thread_rate, 2),
        },
        _less_is_better(
            "longest wait of the event loop meanwhile", "ms", pause, baseline_name, thread_pause
        ),
    ]


async def _many(
    draw: Callable[[], Awaitable[bytes]], labels: int, callers: int
) -> tuple[float, float]:
    """Return the labels a second and the longest wait of the event loop, in milliseconds."""

    async def caller() -> None:
        for _ in range(labels // callers):
            await draw()

    began = time.perf_counter()
    drawing = asyncio.gather(*(caller() for _ in range(callers)))
    longest = 0.0
    while not drawing.done():
        asked = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - asked - 0.001)
    await drawing
    return labels // callers * callers / (time.perf_counter() - began), longest * 1000


def _less_is_better(
    name: str, unit: str, value: float, baseline_name: str, baseline: float
) -> Figure:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "baseline_name": baseline_name,
        "ratio": round(baseline / value, 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2, ensure_ascii=False))
