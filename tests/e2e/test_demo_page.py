"""The live page in a real browser, with both real programs behind it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import CONTRASTS, NAMELESS, PHONE, launched, visiting
from tests.support.demo import RunningDemo, free_ports, running_demo

WITHIN_A_MINUTE = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    folder = tmp_path_factory.mktemp("demo") / "scratch"
    with running_demo(folder, *free_ports()) as demo:
        with visiting(browser) as page:
            page.goto(demo.url)
            expect(_cards(page, "accepted")).to_have_count(2, timeout=WITHIN_A_MINUTE)
        yield demo


@pytest.fixture
def page(browser: Browser, demo: RunningDemo) -> Iterator[Page]:
    with visiting(browser) as page:
        page.goto(demo.url)
        yield page


def _cards(page: Page, state: str) -> Locator:
    return page.locator(f"#cards article.{state}")


def _card(page: Page, code: str) -> Locator:
    return page.locator(f"#o-{code}")


def _placed(page: Page, form: str) -> str:
    link = page.locator(f"{form} .said a")
    expect(link).to_be_visible()
    return link.inner_text()


def _unfolded(page: Page, code: str) -> Locator:
    card = _card(page, code)
    if not card.locator("details").evaluate("(details) => details.open"):
        card.locator("summary").click()
    return card


def test_both_flows_run_by_themselves_on_a_fresh_demo(browser: Browser, tmp_path: Path) -> None:
    with running_demo(tmp_path / "fresh", *free_ports()) as fresh, visiting(browser) as page:
        page.goto(fresh.url)
        opened = time.monotonic()
        expect(page.locator("#empty")).to_contain_text("The first two place themselves")
        expect(_cards(page, "rejected")).to_have_count(1, timeout=WITHIN_A_MINUTE)
        expect(_cards(page, "accepted")).to_have_count(2, timeout=WITHIN_A_MINUTE)
        expect(page.get_by_role("link", name="Voucher PDF")).to_have_count(2)
        print(f"both flows seen {time.monotonic() - opened:.1f} s after the page was opened")
        expect(page.locator("#empty")).to_be_hidden()
        assert "accepted, and its voucher printed" in fresh.said
        assert len(list(fresh.folder.vouchers.glob("*.pdf"))) == 2


def test_a_cart_placed_by_hand_is_seen_to_its_end(page: Page, demo: RunningDemo) -> None:
    page.get_by_label("Product").first.select_option("MAS-50")
    page.get_by_label("Quantity").fill("2")
    page.get_by_label("Payment").select_option("Cash on delivery")
    page.get_by_label("Comments").fill("Το κουδούνι γράφει «Μακρή» <b>&</b>")
    page.get_by_role("button", name="Place the order").click()
    code = _placed(page, "form.cart")
    card = _unfolded(page, code)
    expect(card.locator(".chip")).to_have_text("Accepted")
    for step in ("Order placed", "Can be served", "Accept sent", "Order accepted", "Voucher drawn"):
        expect(card.locator(".rows")).to_contain_text(step)
    expect(card.locator(".rows")).to_contain_text("Voucher printed")
    expect(card.locator(".rows time").nth(3)).to_have_text(re.compile(r"^\+[\d.,]+ m?s$"))

    voucher = card.get_by_role("link", name="Voucher PDF").get_attribute("href")
    answer = page.request.get(f"{demo.url}{voucher}")
    assert answer.ok
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    assert answer.body() in [file.read_bytes() for file in demo.folder.vouchers.glob("*.pdf")]


def test_the_raw_exchange_is_there_to_read(page: Page) -> None:
    page.get_by_label("Comments").fill("<script>alert(1)</script>")
    page.get_by_role("button", name="Place the order").click()
    code = _placed(page, "form.cart")
    card = _unfolded(page, code)
    expect(card.locator(".chip")).to_have_text("Accepted")
    card.get_by_role("link", name="Webhook: accepted").click()
    expect(page).to_have_url(re.compile(rf"/orders/{code}#webhook-2$"))
    first = page.locator("#webhook-1 pre")
    expect(first).to_contain_text('"event_type": "new_order"')
    expect(first).to_contain_text('"comments": "<script>alert(1)</script>"')
    expect(page.locator("#webhook-2 .changes")).to_contain_text("state")
    expect(page.locator("#call-1")).to_contain_text(f"/orders/{code}/accept")
    expect(page.locator("#call-1 pre")).to_contain_text('"pickup_window"')
    expect(page.locator("#call-1 .attempts")).to_contain_text("200")
    page.go_back()
    expect(_card(page, code)).to_be_visible()


def test_a_short_order_and_the_one_that_follows_it_lead_to_each_other(page: Page) -> None:
    page.get_by_role("button", name="Short on the shelf").click()
    code = _placed(page, "form.ready")
    card = _unfolded(page, code)
    expect(card.locator(".chip")).to_have_text("Rejected")
    expect(card.locator(".rows")).to_contain_text("Short")
    following = _card(page, f"{code}-1")
    expect(following).to_be_attached()  # else the link leads to a page of its own
    card.get_by_role("link", name=f"now {code}-1").click()
    expect(page).to_have_url(re.compile(f"#o-{code}-1$"))
    expect(following.locator(".chip")).to_have_text("Accepted")
    expect(following.get_by_role("link", name="Voucher PDF")).to_be_visible()
    following.get_by_role("link", name=f"was {code}").click()
    expect(page).to_have_url(re.compile(f"#o-{code}$"))


def test_a_held_order_shows_the_time_left_and_what_to_do(page: Page) -> None:
    page.get_by_role("button", name="Unknown goods").click()
    code = _placed(page, "form.ready")
    card = _card(page, code)
    expect(card.locator(".chip")).to_have_text("On hold")
    expect(card).to_contain_text("left to answer")
    left = card.locator("[data-until]")
    expect(left).to_have_text(re.compile(r"^(29|30):\d\d$"))
    size = left.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)")
    sizes = page.locator("main *").evaluate_all(
        "(all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert size == max(sizes)
    card.get_by_role("button", name="Put some on the shelf").click()
    expect(card.locator(".chip")).to_have_text("Accepted")
    expect(page.locator("#stock")).to_contain_text("Κανάτι")


def test_what_will_not_do_is_said_beside_the_form(browser: Browser, demo: RunningDemo) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_label("Product").first.select_option("MEL-950")
    page.get_by_label("Quantity").fill("13")
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("form.cart .said")).to_have_text("Quantity: 12 are offered.")
    context.close()


def test_the_page_speaks_greek_and_english(page: Page) -> None:
    page.get_by_role("link", name="Ελληνικά").click()
    expect(page.locator("html")).to_have_attribute("lang", "el")
    expect(page.get_by_role("heading", name="Παραγγελίες")).to_be_visible()
    expect(page.locator("#market tbody")).to_contain_text("34,90\xa0€")
    page.get_by_role("button", name="Παραγγελία").click()
    code = _placed(page, "form.cart")
    expect(_card(page, code).locator(".chip")).to_have_text("Αποδεκτή")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "el")
    page.get_by_role("link", name="English").click()
    expect(_card(page, code).locator(".chip")).to_have_text("Accepted")
    expect(page.locator("#market tbody")).to_contain_text("€34.90")


def test_the_page_is_worked_by_keyboard_alone(page: Page) -> None:
    page.get_by_label("Product").first.focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("με το πληκτρολόγιο")
    page.keyboard.press("Enter")
    code = _placed(page, "form.cart")
    expect(_card(page, code).locator(".chip")).to_have_text("Accepted")
    summary = _card(page, code).locator("summary")
    summary.focus()
    was = _card(page, code).locator("details").evaluate("(details) => details.open")
    page.keyboard.press("Enter")
    assert _card(page, code).locator("details").evaluate("(details) => details.open") is not was


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_every_control_has_a_name(
    browser: Browser, demo: RunningDemo, scheme: str
) -> None:
    with visiting(browser, color_scheme=scheme) as page:
        page.goto(demo.url)
        expect(_cards(page, "accepted").first).to_be_visible()
        page.wait_for_timeout(1_000)
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(NAMELESS) == []
        with page.expect_navigation():
            page.get_by_role("link", name="Raw exchange").first.click()
        assert page.evaluate(CONTRASTS) == []


def test_a_thumb_finds_everything_on_a_phone(browser: Browser, demo: RunningDemo) -> None:
    with visiting(browser, **PHONE) as page:
        page.goto(demo.url)
        expect(_cards(page, "accepted").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        controls = page.locator("main button, main input:not([type=hidden]), main select")
        heights = controls.evaluate_all(
            "(all) => all.map((each) => [each.outerHTML, each.getBoundingClientRect().height])"
        )
        assert [html for html, height in heights if 0 < height < 44] == []


@pytest.mark.parametrize("width", [390, 761, 1024, 1181, 1440])
def test_what_was_ordered_is_read_in_lines_and_not_letter_by_letter(
    browser: Browser, demo: RunningDemo, width: int
) -> None:
    with visiting(browser, viewport={"width": width, "height": 900}) as page:
        page.goto(demo.url)
        expect(_cards(page, "accepted").first).to_be_visible()
        widths = page.locator(".card .what").evaluate_all(
            "(all) => all.map((each) => each.getBoundingClientRect().width)"
        )
        assert widths
        assert min(widths) > 150
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_a_script_the_page_still_works(browser: Browser, demo: RunningDemo) -> None:
    with visiting(browser, java_script_enabled=False) as page:
        page.goto(demo.url)
        expect(_cards(page, "accepted").first).to_be_visible()
        page.locator("input[name=quantity]").fill("1")
        page.get_by_role("button", name="Place the order").click()
        code = _placed(page, "form.cart")
        page.goto(f"{demo.url}/orders/{code}")
        expect(page.locator("h1")).to_contain_text(code)


def test_a_shop_without_power_is_told_what_it_missed(page: Page) -> None:
    shop = page.locator("#shop")
    shop.get_by_role("button", name="Pull the plug").click()
    expect(shop.locator(".chip").first).to_have_text("Not running")
    expect(shop.get_by_role("alert")).to_contain_text("merchant.log")
    page.get_by_label("Quantity").fill("1")
    page.get_by_role("button", name="Place the order").click()
    code = _placed(page, "form.cart")
    card = _unfolded(page, code)
    expect(card.locator(".rows")).to_contain_text("Webhook not taken")
    shop.get_by_role("button", name="Start again").click()
    expect(shop.locator(".chip").first).to_have_text("Running", timeout=40_000)
    expect(card.locator(".chip")).to_have_text("Accepted", timeout=40_000)


def test_the_page_stays_light_and_its_list_short_under_a_stream(
    page: Page, demo: RunningDemo
) -> None:
    page.get_by_label("A steady stream of carts").select_option("5 a second")
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    cards = page.locator("#cards article")
    expect(cards).to_have_count(50, timeout=40_000)
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    expect(page.locator("#cards article.open")).to_have_count(0)
    page.goto(demo.url)
    addresses = page.evaluate(
        """() => [location.href, ...[...document.querySelectorAll("link[href], script[src]")]
          .map((each) => each.href || each.src)]"""
    )
    weights = {address: len(page.request.get(address).body()) for address in addresses}
    assert sum(weights.values()) < 100_000, weights
