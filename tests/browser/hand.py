"""A finger on a tablet, or the mouse of a desk: it opens pages by the header, presses, and counts its touches."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from playwright.sync_api import Browser, FloatRect, Locator

from config.texts import text
from domain.permissions import Role
from tests.browser.visit import SIZES, Visit

DAILY = 4  # touches that a daily act may take
HEADER = 64  # px: links below its edge are cut off there, the menu holds them


def say(key: str, **values: object) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key, **values)


class Hand:
    """Somebody's hand on a window of the app."""

    def __init__(self, visit: Visit, finger: bool) -> None:
        self.visit, self.page, self.finger, self.touches = visit, visit.page, finger, 0

    @classmethod
    @contextmanager
    def of(cls, browser: Browser, server: str, size: str, role: Role) -> Iterator[Self]:
        """A window of a size, signed in as the demo's person of a role; a desk has a mouse, the others a finger.

        At its end nothing was asked of another host, nothing failed in the console, no text key stands on the page.
        """
        width, height = SIZES[size]
        finger = size not in ("desk", "screen")
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", has_touch=finger)
        try:
            hand = cls(Visit(context.new_page(), server), finger)
            hand.visit.sign_in(role)
            yield hand
            assert (hand.visit.outside, hand.visit.console, hand.visit.raw_keys()) == ([], [], set())
        finally:
            context.close()

    def on(self, target: Locator) -> None:
        """One touch, and wait until the page stands still."""
        if self.finger:
            target.first.tap()
        else:
            target.first.click()
        self.touches += 1
        self.visit.settle()

    def on_map(self, frame: Locator, to_x: float = 0.5, to_y: float = 0.5) -> None:
        """One touch of a map, at a share of its width and height."""
        box = self.box(frame)
        self.page.wait_for_timeout(2500)  # the tiles come after the frame
        x, y = box["x"] + box["width"] * to_x, box["y"] + box["height"] * to_y
        if self.finger:
            self.page.touchscreen.tap(x, y)
        else:
            self.page.mouse.click(x, y)
        self.touches += 1
        self.visit.settle()

    def box(self, target: Locator) -> FloatRect:
        """Where something stands once it is in sight."""
        target.first.scroll_into_view_if_needed()
        found = target.first.bounding_box()
        assert found is not None
        return found

    def to(self, path: str) -> None:
        """Open a page by its link in the header, or by the menu where the header is too narrow for it."""
        link = self.page.locator(f".st-key-lg-link-{path} a")
        box = link.first.bounding_box() if link.count() else None
        if box is None or box["y"] + box["height"] > HEADER:
            self.on(self.page.locator(".st-key-lg-menu button"))
            menu = self.page.locator('[data-testid="stPopoverBody"]')
            link = menu.get_by_role("link", name=say(f"screens.{path}"), exact=True)
        self.on(link)
        assert f"/{path}" in self.page.url

    def starts_anew(self) -> None:
        """The next act counts from here."""
        self.touches = 0


def choose(hand: Hand, key: str, name: str) -> None:
    """Choose an option of a select box by the beginning of its words."""
    hand.page.locator(f".st-key-{key}").get_by_role("combobox").click()
    hand.page.get_by_role("option", name=re.compile(f"^{name}")).first.click()
    hand.visit.settle()
