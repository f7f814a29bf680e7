"""Debian's Chromium, driven headless; nothing it complains about goes unnoticed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

# Machines that run tests are busy; what is looked for is there in tenths of a second.
_PATIENCE = 20_000
_REQUIRED = "SMARTCART_REQUIRE_BROWSER"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser; skips the test where there is none, or fails it where one is required."""
    path = shutil.which("chromium")
    if path is None:
        why = "the browser tests need Debian's chromium: apt-get install chromium"
        if os.environ.get(_REQUIRED):
            pytest.fail(f"{why}, and {_REQUIRED} is set")
        pytest.skip(why)
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page, and everything that went wrong on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def fail(self, request: Request) -> None:
        # A feed ends with its page; the browser calls that a failed request.
        if not request.url.partition("?")[0].endswith("/events"):
            self.complaints.append(f"failed: {request.url} {request.failure}")


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[Page]:
    """A fresh page; at the end there must have been no error and no failed request on it."""
    context = browser.new_context(**{"locale": "en", "viewport": _DESKTOP} | options)
    context.set_default_timeout(_PATIENCE)
    visit = Visit(context.new_page())
    visit.page.on("console", visit.hear)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("requestfailed", visit.fail)
    try:
        yield visit.page
    finally:
        context.close()
    assert visit.complaints == []


_DESKTOP = {"width": 1440, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

CONTRASTS = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(each).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, noscript, .vh")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [luminance(parse(style.color)), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${walker.currentNode.nodeValue.trim()}`);
  }
  return faint;
}
"""
"""Texts of the page that WCAG AA calls too faint, with their contrast."""

NAMELESS = """
() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a, summary")]
  .filter((each) => !(each.labels?.length || each.ariaLabel || each.textContent.trim()))
  .map((each) => each.outerHTML)
"""
"""Controls without a name."""
