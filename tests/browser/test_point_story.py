"""One point from the activity to the counter: planned, in and out by the code, hours, points, redeemed, verified."""

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.settings import ROOT
from config.texts import text
from db.models import Attendance
from db.session import Database
from domain.activities import AttendanceSource
from domain.clock import local_date, to_local, utc_now
from domain.permissions import EVERYWHERE, Role
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
TITLE = "便民理发进院落"
SERVED = 65  # minutes: two full half hours


def say(key: str, **values: object) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key, **values)


def plan(leader: Visit, starts: datetime, ends: datetime) -> int:
    """Plan the activity through the form, as a leader types; answers its number."""
    leader.go(f"/activities?form=plan&day={local_date(starts).isoformat()}")
    page = leader.page
    page.get_by_label(say("fields.activity_title")).fill(TITLE)
    page.get_by_label(say("fields.activity_place")).fill("3号院中心花坛")
    for field, moment in (("fields.starts_at", starts), ("fields.ends_at", ends)):
        box = page.locator('[data-testid="stTimeInput"]').filter(has_text=say(field))
        box.get_by_role("spinbutton").first.click()
        page.keyboard.type(f"{to_local(moment):%H%M}")
        page.keyboard.press("Enter")
        leader.settle()
    if local_date(ends) != local_date(starts):
        page.get_by_text(say("activities.form.overnight"), exact=True).click()
        leader.settle()
    page.get_by_role("button", name=say("activities.form.save"), exact=True).click()
    leader.settle()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    return int(re.search(r"id=(\d+)", page.url)[1])  # type: ignore[index]


def show_code(tablet: Visit, activity: int, purpose: str) -> str:
    """Open the code at the place and read its address."""
    tablet.go(f"/check_in?id={activity}&for={purpose}")
    return tablet.page.locator(".lg-door-qr").get_attribute("data-code") or ""


def let_time_pass(file: Path, activity: int) -> None:
    """The check-in lies SERVED minutes back: the one thing of the story that is not done by hand."""
    with Database(f"sqlite:///{file}").transaction(EVERYWHERE) as session:
        row = session.query(Attendance).filter_by(activity_id=activity).one()
        assert row.source == AttendanceSource.CODE
        row.checked_in_at -= timedelta(minutes=SERVED)


def figures_of(member: Visit) -> tuple[int, int]:
    """Balance and points of this month, as the member's page says."""
    member.go("/points")
    shown = member.page.locator(".st-key-lg-panel-points-own .lg-number")
    numbers = [int(re.sub(r"\D", "", shown.nth(place).inner_text())) for place in range(2)]
    return numbers[0], numbers[1]


def redeem(clerk: Visit, code: str) -> None:
    """At the counter: the good, the member's code, done."""
    clerk.go("/shop")
    clerk.page.locator(".st-key-lg-touch-goods button").filter(has_text="理发一次").click()
    clerk.settle()
    clerk.page.get_by_label(say("shop.code")).click()
    clerk.page.keyboard.type(code)
    clerk.page.keyboard.press("Enter")
    clerk.settle()
    clerk.page.locator(".st-key-shop_redeem button").click()
    clerk.settle()
    expect(clerk.page.get_by_label(say("shop.code"))).to_have_value("")


def verify(file: Path) -> None:
    """``manage.py verify`` finds no fault in what the story left behind."""
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", "--json"], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=os.environ | {"LINGE_DATABASE_URL": f"sqlite:///{file}"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [check["name"] for check in json.loads(done.stdout)["checks"] if check["faults"]] == []


def test_a_point_from_the_activity_to_the_counter(
    chromium: Browser, server: str, demo_file: Path, tmp_path: Path
) -> None:
    with Visit.of(chromium, server, "tablet") as tablet, Visit.of(chromium, server, "phone") as phone:
        phone.sign_in(Role.VOLUNTEER)
        before, month = figures_of(phone)
        now = utc_now()
        sharp = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
        tablet.sign_in(Role.GRID_LEADER)
        activity = plan(tablet, sharp - timedelta(minutes=5), sharp + timedelta(minutes=90))

        phone.page.goto(show_code(tablet, activity, "in"))
        phone.page.get_by_role("button", name=say("check_in.do.walk_in"), exact=True).click()
        expect(phone.page.get_by_role("status")).to_contain_text("已签到")
        let_time_pass(demo_file, activity)
        phone.page.goto(show_code(tablet, activity, "out"))
        phone.page.get_by_role("button", name=say("check_in.do.out"), exact=True).click()
        expect(phone.page.get_by_role("status")).to_contain_text("本次服务")
        phone.picture(tmp_path / "out.png")

        phone.go("/activities?list=mine")
        assert TITLE in phone.text()
        earned, this_month = figures_of(phone)
        # Six points for each full half hour and two for coming (the profile's tariff, 示例).
        assert (earned - before, this_month - month) == (2 * 6 + 2, 2 * 6 + 2)
        phone.picture(tmp_path / "earned.png")

        phone.page.get_by_role("button", name=say("points.code.make"), exact=True).click()
        phone.settle()
        redeem(tablet, phone.page.locator(".lg-code b").inner_text())
        tablet.picture(tmp_path / "counter.png")
        assert figures_of(phone) == (earned - 25, this_month)
        for face in (tablet, phone):
            assert (face.outside, face.console, face.raw_keys()) == ([], [], set())
    verify(demo_file)
