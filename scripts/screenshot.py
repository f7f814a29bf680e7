"""Take the picture of the demo that the README shows: `python -m scripts.screenshot`.

Starts a fresh demo, waits until both flows have ended, and photographs the page in Chromium.
"""

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import launched, visiting
from tests.support.demo import free_ports, running_demo

PICTURE = Path("docs/images/demo.png")
_WIDTH, _HEIGHT, _SCALE = 1440, 900, 2
_COLOURS = 128


def main() -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        launched() as browser,
        running_demo(Path(scratch) / "demo", *free_ports()) as demo,
        visiting(
            browser,
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_SCALE,
        ) as page,
    ):
        page.goto(demo.url)
        _wait_for_both_flows(page)
        page.screenshot(path=PICTURE)
    # A screen of few colours: a quarter of the size, and nobody sees the difference.
    Image.open(PICTURE).convert("RGB").quantize(_COLOURS).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} KB")


def _wait_for_both_flows(page: Page) -> None:
    expect(page.locator("#cards article.rejected")).to_have_count(1, timeout=60_000)
    expect(page.get_by_role("link", name="Voucher PDF")).to_have_count(2, timeout=60_000)
    page.wait_for_timeout(1_500)


if __name__ == "__main__":
    main()
