"""The main job, end to end, with a mouse: from the click on the map to the big screen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from config.texts import text
from db.models import Incident, IncidentEvent, User
from db.session import Database
from domain.incidents import IncidentStatus
from domain.permissions import EVERYWHERE, Role
from tests.browser.visit import Visit
from tests.pictures import picture

pytestmark = pytest.mark.browser
WORDS = "从巷口数第三盏路灯起，连续几盏不亮 <script>alert(1)</script> ${7*7}"


def say(key: str) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key)


def button(page: Page, key: str) -> None:
    """Press the button with a text."""
    page.get_by_role("button", name=say(key), exact=True).first.click()


def click_map(visit: Visit, to_x: float = 0.5, to_y: float = 0.5) -> None:
    """Click the page's map at a share of its width and height."""
    frame = visit.page.locator("iframe").first
    frame.wait_for(state="visible")
    visit.page.wait_for_timeout(2500)
    box = frame.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + box["width"] * to_x, box["y"] + box["height"] * to_y)
    visit.settle()


def newest_incident(demo_file: Path) -> Incident:
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        found = session.scalars(select(Incident).order_by(Incident.id.desc()).limit(1)).one()
        session.expunge(found)
        return found


def leader_username(demo_file: Path, area_id: int | None) -> tuple[str, int]:
    """The account name and id of the leader of the grid that an area is or lies in."""
    from db.models import Area

    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        path = session.get_one(Area, area_id).path
        for ancestor in reversed([int(part) for part in path.strip("/").split("/")]):
            statement = select(User).where(User.role == Role.GRID_LEADER.value, User.area_id == ancestor)
            if user := session.scalar(statement):
                return user.username, user.id
    raise AssertionError("the grid has no leader")


def sign_in_as(visit: Visit, demo_file: Path, user_id: int) -> None:
    """Open a session for one person of the demo, as the sign-in would, and give the browser its cookie."""
    from db.session import use_database
    from domain.clock import utc_now
    from services.accounts import sessions

    target = Database(f"sqlite:///{demo_file}")
    use_database(target)
    with target.transaction(EVERYWHERE) as session:
        token = sessions.open_session(session, session.get_one(User, user_id), utc_now())
    use_database(None)
    target.dispose()
    visit.page.context.add_cookies([{"name": "linge_session", "value": token, "url": visit.server}])


def test_an_incident_from_the_click_on_the_map_to_its_close(
    chromium: Browser, server: str, demo_file: Path, tmp_path: Path
) -> None:
    before = newest_incident(demo_file).id
    with Visit.of(chromium, server) as duty:
        duty.sign_in(Role.COMMAND_CENTRE)
        duty.go("/report")
        page = duty.page
        page.locator('[class*="st-key-report_"][class*="_family"] button').nth(1).click()
        page.locator(".st-key-lg-classes button").first.click()
        expect(page.locator(".st-key-lg-what")).to_be_visible()
        click_map(duty)
        expect(page.get_by_text(say("report.where.none"))).to_have_count(0)
        page.locator('[class*="_how"] textarea').fill(WORDS)
        page.locator('[class*="st-key-report_"][class*="_source"]').get_by_role("combobox").click()
        page.get_by_role("option", name="群众反映").click()  # the hotline's cases would take the seven steps
        duty.settle()
        button(page, "report.submit")
        duty.settle()
        duty.picture(tmp_path / "receipt.png")
        expect(page.get_by_text(re.compile(r"[A-Z]{1,4}-\d{8}-\d{4}")).first).to_be_visible()
        assert duty.outside == []
        assert duty.console == []
    incident = newest_incident(demo_file)
    assert incident.id > before
    assert incident.description == WORDS
    assert incident.area_id is not None, "it lies in a grid"

    _, leader = leader_username(demo_file, incident.area_id)
    with Visit.of(chromium, server, "tablet") as tablet:
        sign_in_as(tablet, demo_file, leader)
        tablet.go(f"/incidents?id={incident.id}")
        assert "<script>alert(1)</script> ${7*7}" in tablet.text()
        press_step(tablet, "take_over")
        press_step(tablet, "feed_back", "已更换灯泡，恢复照明")
        assert tablet.console == []
    assert newest_incident(demo_file).status == IncidentStatus.FED_BACK

    with Visit.of(chromium, server) as duty:
        duty.sign_in(Role.COMMAND_CENTRE)
        duty.go(f"/incidents?id={incident.id}")
        press_step(duty, "close")
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        closed = session.get_one(Incident, incident.id)
        assert closed.status == IncidentStatus.CLOSED
        actions = session.scalars(
            select(IncidentEvent.action)
            .where(IncidentEvent.incident_id == incident.id)
            .order_by(IncidentEvent.sequence)
        ).all()
    assert actions == ["report", "take_over", "feed_back", "close"]


def press_step(visit: Visit, action: str, note: str = "") -> None:
    """Press a step of the case; where it asks for words, write them and confirm."""
    page = visit.page
    part = f'[class*="st-key-case_"][class*="_{action}_'
    page.locator(f'{part}do"] button, {part}open"] button').first.click()
    if note:
        page.locator(f'{part}note"] textarea').fill(note)
    if action == "close":  # its class wants the standard to be met and a photo of it
        page.locator(f'{part}standard"] label').click()
        upload = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        page.locator(f'{part}photos"] input[type="file"]').set_input_files(upload)
        visit.settle()
    if note or action == "close":
        page.locator(f'{part}confirm"] button').click()
    page.wait_for_selector(f'{part}do"] button, {part}open"] button', state="detached")
    visit.settle()
