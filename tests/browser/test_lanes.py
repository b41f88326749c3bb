"""The life of one incident in each lane, done in the browser by the roles concerned (feature C3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from db.models import Incident, IncidentEvent
from domain.clock import utc_now
from domain.incidents import IncidentStatus
from domain.permissions import EVERYWHERE
from tests.browser.serving import running_server
from tests.browser.small_town import SmallTown
from tests.browser.visit import Visit
from tests.incident_town import logged

pytestmark = pytest.mark.browser
# profile, source, and who does which step with which words; a dispatch goes to the first of the list.
LANES = {
    "登记—办理—反馈": ("lanshan", None, [
        ("leader_a", "take_over", ""), ("leader_a", "feed_back", "已更换"), ("secretary", "close", ""),
    ]),
    "诉求—响应": ("linfeng", None, [
        ("leader_a", "take_over", ""), ("leader_a", "feed_back", "当场解决"), ("secretary", "close", ""),
    ]),
    "网格呼叫—镇街处置—部门报到": ("chengdu", None, [
        ("leader_a", "call", "需要部门处置"), ("command", "dispatch", ""), ("department", "report_in", ""),
        ("department", "feed_back", "已修复"), ("command", "close", ""),
    ]),
    "七步流程": ("licun", "hotline_12345", [
        ("command", "dispatch", ""), ("leader_a", "take_over", ""), ("leader_a", "feed_back", "已修复"),
        ("secretary", "verify", ""), ("command", "close", ""), ("command", "evaluate", "处置及时，群众满意"),
    ]),
}  # fmt: skip
ENTRIES = {
    "登记—办理—反馈": ["report", "take_over", "feed_back", "close"],
    "诉求—响应": ["report", "take_over", "feed_back", "close"],
    "网格呼叫—镇街处置—部门报到": ["report", "call", "dispatch", "report_in", "feed_back", "close"],
    "七步流程": [
        "report", "check", "file", "dispatch", "take_over", "feed_back", "verify", "close", "evaluate",
    ],
}  # fmt: skip


@pytest.fixture(params=LANES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, SmallTown]]:
    built = SmallTown(tmp_path / "town.db", LANES[request.param][0])
    yield request.param, built
    built.close()


def press(visit: Visit, action: str, note: str) -> None:
    """Press a step of the case; where it opens a form, write the words and confirm. At most two presses."""
    page, part = visit.page, f'[class*="st-key-case_"][class*="_{action}_'
    direct, opener = page.locator(f'{part}do"] button'), page.locator(f'{part}open"] button')
    direct.or_(opener).first.click()
    if opener.count() or note:
        if note:
            page.locator(f'{part}note"] textarea').fill(note)
        if action == "close":
            page.locator(f'{part}standard"] label').click()
        page.locator(f'{part}confirm"] button').click()
    if action != "evaluate":
        page.wait_for_selector(f'{part}do"] button, {part}open"] button', state="detached")
    visit.settle()


def test_a_case_goes_its_lane_in_the_browser(chromium: Browser, town: tuple[str, SmallTown], tmp_path: Path) -> None:
    lane, built = town
    _, source, steps = LANES[lane]
    values = {"source": source} if source else {"source": "resident"}
    incident = logged(built.street.command, key="lane", now=utc_now(), category="other", **values).id
    with running_server(str(built.database.url), tmp_path / "log.txt") as server:
        for number, (who, action, note) in enumerate(steps):
            with Visit.of(chromium, server, "tablet" if who == "leader_a" else "desk") as visit:
                built.sign_in(visit, who)
                visit.go(f"/incidents?id={incident}")
                press(visit, action, note)
                visit.picture(tmp_path / f"{number}-{action}.png")
                assert visit.outside == []
                assert visit.console == []
    with built.database.reading(EVERYWHERE) as session:
        assert session.get_one(Incident, incident).status == IncidentStatus.CLOSED
        which = select(IncidentEvent.action).where(IncidentEvent.incident_id == incident)
        assert list(session.scalars(which.order_by(IncidentEvent.sequence))) == ENTRIES[lane]
