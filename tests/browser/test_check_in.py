"""A tablet shows the code, a phone opens its address, checks in and later out; the hours appear; bad codes are told."""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.settings import settings
from config.texts import text
from db.models import Activity, Attendance, Station, User, Volunteer
from db.session import Database
from domain.check_in_codes import CheckInCode, CodePurpose, step_at, write_code
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Role
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
TITLE = "今天的义诊 <b>${7*7}</b>"


def say(key: str, **values: object) -> str:
    """A text of the Chinese face."""
    return text("zh_CN", key, **values)


@pytest.fixture
def activity(demo_file: Path) -> int:
    """One that began five minutes ago; the demo's volunteer is signed up."""
    with Database(f"sqlite:///{demo_file}").transaction(EVERYWHERE) as session:
        account = session.query(User).filter_by(role=Role.VOLUNTEER.value).order_by(User.id).first()
        volunteer = session.query(Volunteer).filter_by(person_id=account.person_id).one()
        begun = utc_now() - timedelta(minutes=5)
        station = session.query(Station).first()
        row = Activity(
            title=TITLE, kind="x", place="广场", starts_at=begun, ends_at=begun + timedelta(minutes=90),
            area_id=station.area_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(Attendance(activity_id=row.id, volunteer_id=volunteer.id, signed_up_at=begun))
        return row.id


def shown(tablet: Visit) -> str:
    """The address in the code that the tablet shows now."""
    return tablet.page.locator(".lg-door-qr").get_attribute("data-code") or ""


def of_earlier(activity: int) -> str:
    """A genuine code that was on show three minutes ago: the server signs with the same secret."""
    key = hmac.new(settings().resolved_secret().encode(), b"check-in code", hashlib.sha256).digest()
    return write_code(key, CheckInCode(activity, CodePurpose.IN, step_at(utc_now() - timedelta(minutes=3))))


def large(phone: Visit) -> bool:
    """Whether everything that is pressed is large and nothing is wider than the phone."""
    return bool(
        phone.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth
                && [...document.querySelectorAll('button, .links a')].every(one => one.offsetHeight >= 44)"""
        )
    )


def test_a_phone_checks_in_and_out_by_the_code_of_the_tablet(
    chromium: Browser, server: str, demo_file: Path, activity: int, tmp_path: Path
) -> None:
    with Visit.of(chromium, server, "tablet") as tablet, Visit.of(chromium, server, "phone") as phone:
        tablet.sign_in(Role.COMMAND_CENTRE)
        tablet.go("/check_in")
        tablet.page.locator(f".st-key-lg-pick-activity-{activity} button").click()
        tablet.settle()
        address = shown(tablet)
        assert address.startswith(f"{server}/code/{activity}.in.")
        tablet.picture(tmp_path / "tablet.png")

        phone.page.goto(address)  # not signed in: the sign-in page, and back to the code
        assert "/sign-in" in phone.page.url
        phone.page.locator(f'button[value="{Role.VOLUNTEER.value}"]').click()
        phone.page.wait_for_url("**/code/**")
        expect(phone.page.get_by_role("heading", name=TITLE)).to_be_visible()
        phone.picture(tmp_path / "phone.png")
        assert large(phone)
        phone.page.get_by_role("button", name=say("check_in.do.in"), exact=True).click()
        expect(phone.page.get_by_role("status")).to_contain_text("已签到")

        phone.page.goto(shown(tablet))  # a second use
        expect(phone.page.get_by_role("alert")).to_have_text(say("errors.already_checked_in"))
        phone.page.goto(shown(tablet)[:-3] + "abc")
        expect(phone.page.get_by_role("alert")).to_have_text(say("errors.check_in_code_forged"))
        tablet.page.wait_for_function(  # the code renews itself
            "before => document.querySelector('.lg-door-qr').dataset.code !== before", arg=address, timeout=60_000
        )
        expect(tablet.page.get_by_text(say("check_in.inside", n=1))).to_be_visible(timeout=20_000)
        tablet.page.get_by_role("radio", name=say("check_in.for.out"), exact=True).click()
        tablet.settle()
        assert f"/code/{activity}.out." in shown(tablet)
        phone.page.goto(shown(tablet))
        phone.page.get_by_role("button", name=say("check_in.do.out"), exact=True).click()
        expect(phone.page.get_by_role("status")).to_contain_text("本次服务")
        phone.page.goto(address.rpartition("/")[0] + f"/{of_earlier(activity)}")
        expect(phone.page.get_by_role("alert")).to_have_text(say("errors.check_in_code_expired"))
        phone.go("/activities?list=mine")
        assert TITLE.split()[0] in phone.text()
        assert say("attendance.source.code") in phone.text()
        for face in (tablet, phone):
            assert face.outside == []
            assert [words for words in face.console if "409" not in words] == []
            assert face.raw_keys() == set()
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        row = session.query(Attendance).filter_by(activity_id=activity).one()
        assert (row.minutes, row.source) == (0, "code")
        assert row.checked_out_at >= row.checked_in_at
