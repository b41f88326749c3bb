"""The working calendar as the administrator uses it."""

from datetime import date

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import Role
from services.clocks.calendar_edits import get_calendar_year
from tests.factories import make_user
from tests.pages.session import open_page, press, said, texts_of


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_year_and_its_hours_are_shown(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    page = open_page(monkeypatch, make_user(Role.ADMINISTRATOR, locale=locale), "calendar", year=2026)
    shown = texts_of(page)
    assert not page.exception
    assert text(locale, "work_calendar.title", year=2026) in shown
    assert "08:30-12:00, 14:00-17:30" in shown
    assert text(locale, "clocks.holiday.national_day") in shown


def test_a_day_is_added_and_a_refusal_is_said(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = make_user(Role.ADMINISTRATOR)
    page = open_page(monkeypatch, admin, "calendar", year=2026)
    page.date_input(key="calendar_days_2026").set_value((date(2026, 3, 19), date(2026, 3, 20)))
    press(page, "calendar_add")
    assert said(page, "error")[0] == text("zh_CN", "errors.reason_required")
    page.text_input(key="calendar_reason").set_value("台风停工通知")
    press(page, "calendar_add")
    assert said(page, "success") == [text("zh_CN", "work_calendar.saved", days=2, moved=0)]
    days = [entry.day for entry in get_calendar_year(admin, 2026).days]
    assert {date(2026, 3, 19), date(2026, 3, 20)} <= set(days)
    press(page, "calendar_add")
    assert "重复登记" in said(page, "error")[0]


def test_a_missing_year_shouts_and_is_entered(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, make_user(Role.ADMINISTRATOR), "calendar", year=2027)
    assert "2027" in texts_of(page)
    assert 'href="/calendar?year=2027"' in texts_of(page)
    page.text_input(key="calendar_reason").set_value("放假通知")
    press(page, "calendar_complete")
    assert said(page, "error")[0] == text("zh_CN", "errors.calendar_year_empty", year=2027)
