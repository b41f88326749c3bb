"""活动节奏 as its roles use it: empty, with gaps, the records behind a number, a refused role, both languages."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from config.profiles import load_profile
from config.texts import text
from db.session import Database
from domain.area_changes import ChangeKind
from domain.clock import local_date, utc_now
from domain.permissions import Role
from services.areas.change_plan import ChangeForm
from services.areas.changes import apply_change, plan_change
from tests.factories import make_activity, make_area, make_attendance, make_user, make_volunteer, use_profile
from tests.incident_town import make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.services.areas.test_changes import CUT

MARCH, NOW = "2026-03-01", datetime(2026, 3, 18, 6, 32, tzinfo=UTC)  # whatever moment it is, they are over


@pytest.fixture
def grids(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_args, **_values: None)
    use_profile("wanli")
    return []


def fill(grids: list[int]) -> None:
    community = make_area("居民区", level="community", parent=make_area("街道", level="street"))
    grids += [
        make_area(name, parent=community, box=(121.38, 31.26, 121.39, 31.28)) for name in ("梧桐网格", "银杏网格")
    ]
    volunteer = make_volunteer("李小明", area=grids[0])
    for number in range(2):
        starts = NOW - timedelta(hours=number + 1)
        activity = make_activity("邻里茶话会", kind="tea_talk", starts_at=starts, area_id=grids[0])
        make_attendance(activity, volunteer, checked_in_at=starts, checked_out_at=NOW, minutes=30)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_page_empty_filled_and_with_records(grids: list[int], monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    actor = make_user(locale=locale)
    assert text(locale, "rhythm.empty") in texts_of(open_page(monkeypatch, actor, "rhythm"))
    fill(grids)
    page = open_page(monkeypatch, actor, "rhythm", month=MARCH, unit=grids[0], step="interest")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "rhythm.gap", name="居民区 · 银杏网格", n=0) in shown
    rule = load_profile("wanli").rhythm
    told = re.sub(r"\d{4}-\d\d-\d\d", "", "\n".join(one.value for one in page.caption))
    for number in (rule.hobby_times, rule.served_hours, rule.governing_times):  # what each step asks for
        assert f"{number.value:g}" in re.findall(r"\d+(?:\.\d+)?", told)
    for kind in (*rule.hobby_kinds.value, *rule.governing_kinds.value):
        assert load_profile("wanli").activity_kind(kind).name.text(locale) in shown
    assert "1 / 2" in shown
    assert "50.0%" in shown
    assert text(locale, "rhythm.record", n=1, hours="0.5") in shown
    assert "李小明" not in shown
    assert "rhythm." not in shown
    page = press(page, "rhythm-back")
    assert "rhythm-back" not in keys_of(page)
    page = press(page, "month-back")
    assert "0 / 2" in texts_of(page)


def test_a_bad_address_shows_the_table_and_a_visitor_is_refused(
    grids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(grids)
    for query in ({"unit": 999, "step": "interest"}, {"unit": grids[0], "step": "x"}, {"month": "9"}):
        page = open_page(monkeypatch, make_user(), "rhythm", **query)
        assert not page.exception
        assert "rhythm-back" not in keys_of(page)
    assert is_closed(open_page(monkeypatch, make_user(Role.VISITOR), "rhythm"))


def test_the_sum_says_that_it_counts_each_activity_once(grids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    street, now = make_street(), utc_now()
    make_activity(kind="tea_talk", area_id=street.grid_a, starts_at=now)
    actor = make_user()
    assert text("zh_CN", "rhythm.sum.once") not in texts_of(open_page(monkeypatch, actor, "rhythm"))
    form = ChangeForm(ChangeKind.SPLIT, (street.grid_a,), local_date(now), "户数超标", lines=CUT, heir=0)
    apply_change(street.administrator, form, plan_change(street.administrator, form).digest)
    shown = texts_of(open_page(monkeypatch, actor, "rhythm"))
    assert text("zh_CN", "rhythm.sum.once") in shown
    assert "2 / 4" in shown
