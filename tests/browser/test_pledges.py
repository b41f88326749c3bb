"""The wall of pledges on its walls, and a member's services on a tablet in at most four touches (feature D3, K1)."""

import pytest
from playwright.sync_api import Browser

from domain.permissions import Role
from tests.browser.test_look import FONT_SIZES, OVERFLOWING, SCROLLS, window
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(("width", "height", "least"), [(1920, 1080, 24), (3840, 2160, 48)])
def test_the_wall_of_pledges_fits_and_can_be_read(
    chromium: Browser, server: str, width: int, height: int, least: int, language: str
) -> None:
    with window(chromium, server, width, height) as visit:
        visit.sign_in(Role.VISITOR, language)
        visit.go("/screen?scene=pledges")
        visit.page.wait_for_selector(".lg-pledges, .lg-note")
        assert not visit.page.evaluate(SCROLLS)
        assert visit.page.evaluate(OVERFLOWING) == []
        assert min(visit.page.evaluate(FONT_SIZES)) >= least - 0.5
        assert visit.console == []
        assert visit.outside == []


def test_a_member_enters_a_service_in_at_most_four_touches(chromium: Browser, server: str) -> None:
    with Visit.of(chromium, server, "tablet", "zh-CN") as visit:
        visit.sign_in(Role.PARTY_MEMBER, "zh_CN")
        visit.page.get_by_role("link", name="承诺", exact=True).first.click()  # the first touch
        visit.settle()
        visit.page.get_by_text("手工登记（需要他人确认）").click()
        visit.page.get_by_label("服务说明").fill("夜巡一次")  # the second, to type
        visit.page.get_by_role("button", name="登记", exact=True).click()  # the fourth
        visit.settle()
        assert visit.page.get_by_text("待他人确认").first.is_visible()
        assert visit.raw_keys() == set()
