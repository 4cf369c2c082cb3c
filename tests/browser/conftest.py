"""A real Chromium in front of the live server; without one, or without a Chinese font, these tests skip and say so."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from catalog.foundation.actor import Actor
from tests.cast import user_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "a-long-password-of-the-tests"


def chromium() -> str | None:
    """Where Chromium is, if it is."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def has_chinese_font() -> bool:
    """Can the machine draw Chinese?"""
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: install Debian's packages chromium and fonts-noto-cjk, or set CHROMIUM")
    if not has_chinese_font():
        pytest.skip("no Chinese font: install Debian's package fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    # playwright's own event loop runs in this thread; Django would take it for asynchronous code
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


Open = Callable[..., "Page"]


@pytest.fixture
def log_in(browser: Browser, live_server) -> Iterator[Open]:  # type: ignore[no-untyped-def]
    """Log somebody in through the page and return it; whatever the browser complains about fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(actor: Actor, path: str, *, language: str = "zh-CN") -> Page:
        user = user_of(actor)
        user.set_password(PASSWORD)
        user.is_staff = path.startswith("/admin/")
        user.save()
        context = browser.new_context(
            base_url=live_server.url, locale=language, viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
        page.goto(path)
        page.fill("input[name=username]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form:has(input[name=password]) [type=submit]").first.click()
        page.wait_for_load_state()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def picture() -> Callable[[Page, str], Path]:
    """Keep a screenshot of the page, for people to look at."""
    folder = Path(settings.STATE_DIR) / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
