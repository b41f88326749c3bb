"""Points at the counter: the member's code on a phone, the clerk's tablet, three touches."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.texts import text
from domain.permissions import Role
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = """() => [...document.querySelectorAll('.st-key-lg-shop-left button')].filter(one => one.offsetParent)
    .map(one => [one.innerText, one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5).map(([words]) => words)"""


def say(key: str, **values: object) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key, **values)


def balance_of(visit: Visit) -> int:
    """What the first figure of a member's page says."""
    shown = visit.page.locator(".st-key-lg-panel-points-own .lg-number").first.inner_text()
    return int(re.sub(r"\D", "", shown))


def test_a_member_says_six_digits_and_the_clerk_redeems_in_three_touches(
    chromium: Browser, server: str, tmp_path: Path
) -> None:
    with Visit.of(chromium, server, "portrait") as member, Visit.of(chromium, server, "tablet") as clerk:
        member.sign_in(Role.VOLUNTEER)
        member.go("/points")
        before = balance_of(member)
        member.page.get_by_role("button", name=say("points.code.make"), exact=True).click()
        member.settle()
        code = member.page.locator(".lg-code b").inner_text()
        assert re.fullmatch(r"\d{3} \d{3}", code)
        member.picture(tmp_path / "code.png")

        clerk.sign_in(Role.GRID_LEADER)
        clerk.go("/shop")
        assert clerk.page.evaluate(SMALL) == [], "every target is 44 px or more"
        clerk.page.locator(".st-key-lg-touch-goods button").filter(has_text="理发一次").click()  # touch 1
        clerk.settle()
        clerk.page.get_by_label(say("shop.code")).click()  # touch 2
        clerk.page.keyboard.type(code)
        clerk.page.keyboard.press("Enter")
        clerk.settle()
        expect(clerk.page.locator(".lg-code span")).to_contain_text(f"{before:,}")
        clerk.picture(tmp_path / "member.png")
        clerk.page.locator(".st-key-shop_redeem button").click()  # touch 3
        clerk.settle()
        expect(clerk.page.get_by_label(say("shop.code"))).to_have_value("")
        clerk.picture(tmp_path / "done.png")
        assert clerk.console == []
        assert clerk.outside == []
        assert clerk.raw_keys() == set()

        member.go("/points")
        assert balance_of(member) == before - 25
        assert member.console == []
        assert member.outside == []
