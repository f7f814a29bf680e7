"""A Code 128 barcode whose bars fall on whole dots of a 203 dpi thermal printer."""

from typing import NamedTuple

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

DOT = mm / 8
QUIET_MODULES = 10
# Bars four dots wide are read from afar; two dots (0.25 mm) is the least couriers accept.
_DOTS_A_MODULE = (4, 3, 2)


def draw_barcode(canvas: Canvas, code: str, box: tuple[float, float, float, float]) -> None:
    """Draw `code` as wide as `box` has room for with its quiet zones, centred.

    `box` is left, bottom, width and height in points. Raises ValueError for a code too long.
    """
    x, y, width, height = box
    bars = Code128(code, barWidth=1, barHeight=1, quiet=0)
    bars.canv = rectangles = _Rectangles([])
    bars.draw()
    for dots in _DOTS_A_MODULE:
        module = dots * DOT
        if (bars.width + 2 * QUIET_MODULES) * module <= width:
            left = round((x + (width - bars.width * module) / 2) / DOT) * DOT
            canvas.saveState()
            canvas.transform(module, 0, 0, height, left, y)
            canvas.addLiteral(f"{' '.join(rectangles.operators)} f")
            canvas.restoreState()
            return
    raise ValueError(f"a barcode of {len(code)} characters does not fit the label: {code!r}")


class _Rectangles(NamedTuple):
    """Stands in for a canvas: takes bars one module wide and one high as path operators.

    One path of small whole numbers costs a fifth of a rectangle object for each bar.
    """

    operators: list[str]

    def rect(self, x: int, y: int, width: int, height: int, **_paint: int) -> None:
        self.operators.append(f"{x} {y} {width} {height} re")
