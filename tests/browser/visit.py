"""One visitor in one browser window: the browser finds no other host, and every request to one is counted."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

from domain.permissions import Role

CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]  # fmt: skip
SIZES = {
    "screen": (1920, 1080),
    "desk": (1440, 900),
    "tablet": (1180, 820),
    "portrait": (820, 1180),
    "phone": (390, 844),
}
# A text key that was not found is shown as itself: two or more lower-case words joined by dots.
RAW_KEY = re.compile(r"(?<![\w./@-])[a-z][a-z_]+(?:\.[a-z][a-z_0-9]+)+(?![\w/.])")
NOT_KEYS = re.compile(
    r"^(streamlit|manage\.py|app\.py|.*\.(py|csv|zip|geojson|gpkg|kml|xlsx|mbtiles|pmtiles))$|^(www|e\.g|i\.e)"
)

# True once the app has stood still for a while, seen in several frames: a busy browser draws few.
STILL = """(call) => {
    const app = document.querySelector('[data-testid="stApp"]');
    const still = app && app.getAttribute('data-test-script-state') === 'notRunning'
        && app.getAttribute('data-test-connection-state') === 'CONNECTED'
        && !document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"]');
    if (!still || window.stoodStill?.call !== call) {
        window.stoodStill = still ? { call, since: performance.now(), frames: 0 } : null;
        return false;
    }
    window.stoodStill.frames += 1;
    return window.stoodStill.frames >= 10 && performance.now() - window.stoodStill.since >= 400;
}"""


class Visit:
    """A page with what went wrong on it."""

    def __init__(self, page: Page, server: str) -> None:
        self.page, self.server = page, server
        self.outside: list[str] = []
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._note_outside)
        self._calls = 0

    @classmethod
    @contextmanager
    def of(cls, browser: Browser, server: str, size: str = "desk", language: str = "zh-CN") -> Iterator[Self]:
        """A new window without cookies; closed at the end."""
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
        try:
            yield cls(context.new_page(), server)
        finally:
            context.close()

    def _note_outside(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.server).netloc:
            self.outside.append(request.url)

    def sign_in(self, role: Role, language: str = "zh_CN") -> None:
        """Sign in by the demo's button of a role."""
        self.page.goto(f"{self.server}/sign-in?lang={language}")
        self.page.locator(f'button[value="{role.value}"]').click()
        self.settle()

    def speak(self, language: str) -> None:
        """Bring the account to a language, as a user does in the menu; accounts keep theirs."""
        if (self.page.locator("html").get_attribute("lang") == "en") == (language == "en"):
            return
        self.page.locator(".st-key-lg-user button").first.click()
        self.page.get_by_text("English" if language == "en" else "简体中文", exact=True).last.click()
        self.settle()

    def go(self, path: str) -> None:
        """Open an address of the app and wait until it stands still."""
        self.page.goto(f"{self.server}{path}")
        self.settle()

    def settle(self, milliseconds: int = 60_000) -> None:
        """Wait until Streamlit has run the page, nothing spins, and no other run begins at once."""
        self._calls += 1
        self.page.wait_for_function(STILL, arg=self._calls, timeout=milliseconds)

    def text(self) -> str:
        """What a person can read on the page, its frames included."""
        return "\n".join(frame.locator("body").inner_text() for frame in self.page.frames if frame.url != "about:blank")

    def raw_keys(self) -> set[str]:
        """Text keys that are shown as themselves."""
        return {found for found in RAW_KEY.findall(self.text()) if not NOT_KEYS.match(found)}

    def picture(self, path: Path) -> None:
        """Take a picture of the window."""
        self.page.screenshot(path=path)
