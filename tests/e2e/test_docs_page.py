"""The page at `/docs` in a real browser, served by a running marketplace."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CONTRASTS, NAMELESS, PHONE, launched, visiting
from tests.support.market_server import running, settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def market(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL. It runs beside playwright, which keeps this thread's event loop to itself."""
    started, stopping = threading.Event(), threading.Event()
    urls: list[str] = []
    path = tmp_path_factory.mktemp("docs") / "market.db"

    async def run() -> None:
        async with running(settings(f"sqlite:///{path}")) as url:
            urls.append(url)
            started.set()
            await asyncio.to_thread(stopping.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert started.wait(30)
        yield urls[0]
    finally:
        stopping.set()
        thread.join(30)


@pytest.fixture
def page(browser: Browser, market: str) -> Iterator[Page]:
    with visiting(browser) as page:
        page.goto(f"{market}/docs")
        yield page


def test_a_call_is_found_and_read(page: Page) -> None:
    page.get_by_role("navigation", name="On this page").get_by_text("Accept an order").click()
    accept = page.locator("#accept_order")
    expect(accept).to_be_in_viewport()
    expect(accept).to_contain_text("/merchants/ecommerce/orders/{code}/accept")
    expect(
        accept.get_by_role("row", name="422 order_status Order already accepted")
    ).to_be_visible()
    accept.get_by_role("link", name="DEMO-ACCEPTED").click()
    expect(page.locator("#DEMO-ACCEPTED")).to_be_in_viewport()


def test_an_event_is_unfolded_by_keyboard(page: Page) -> None:
    summary = page.locator("#events summary", has_text="The courier's voucher is there")
    summary.focus()
    page.keyboard.press("Enter")
    changes = page.locator("#events details[open] pre")
    expect(changes).to_contain_text('"courier_tracking_codes"')


def test_the_first_tab_skips_to_the_content(page: Page, market: str) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{market}/docs#main")


def test_it_speaks_greek_when_asked_to_or_when_the_browser_does(
    browser: Browser, page: Page, market: str
) -> None:
    page.get_by_role("link", name="Ελληνικά").click()
    expect(page.get_by_role("heading", name="Αποδοχή παραγγελίας")).to_be_visible()
    with visiting(browser, locale="el-GR") as greek:
        greek.goto(f"{market}/docs")
        expect(greek.locator("html")).to_have_attribute("lang", "el")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "el"])
def test_everybody_can_read_it(browser: Browser, market: str, scheme: str, language: str) -> None:
    with visiting(browser, color_scheme=scheme) as page:
        page.goto(f"{market}/docs?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(NAMELESS) == []


def test_it_fits_a_telephone(browser: Browser, market: str) -> None:
    with visiting(browser, **PHONE) as page:
        page.goto(f"{market}/docs")
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_it_needs_no_script(browser: Browser, market: str) -> None:
    with visiting(browser, java_script_enabled=False) as page:
        page.goto(f"{market}/docs")
        page.locator("#show_order summary").click()
        expect(page.locator("#show_order details pre")).to_contain_text('"accept_options"')
