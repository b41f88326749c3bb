"""The staffing rule on the page of areas: tried, saved, put back, refused."""

import pytest

from config.texts import text
from db.session import Database
from domain.areas import StaffingRule
from domain.permissions import SYSTEM, Role
from services.areas.staffing_rules import StaffingForm, edit_staffing_rule, list_rule_changes, list_staffing_rules
from tests.factories import make_user
from tests.incident_town import Street, make_street
from tests.pages.session import keys_of, open_page, press, said, texts_of


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_: None)
    return make_street(households=620)


def opened(monkeypatch: pytest.MonkeyPatch, street: Street, locale: str = "zh_CN") -> object:
    actor = make_user(Role.COMMAND_CENTRE, locale=locale)
    page = open_page(monkeypatch, actor, "areas", view="staffing")
    page.session_state["staffing-form"] = True
    return page.run()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_other_bounds_show_what_they_would_flag_and_are_saved_with_a_reason(
    street: Street, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    page = opened(monkeypatch, street, locale)
    assert page.button(key="staffing-grid-save").disabled
    assert text(locale, "areas.staffing.count", n=1) in texts_of(page)
    page = page.number_input(key="staffing-grid-most").set_value(700).run()
    level = {"zh_CN": "网格", "en": "Grid"}[locale]
    words = text(locale, "areas.staffing.trial", level=level, least=300, most=700, many=0, few=0, was_many=1, was_few=0)
    assert words in said(page, "info")
    assert text(locale, "areas.staffing.count_trial", n=0) in texts_of(page)
    assert page.button(key="staffing-grid-save").disabled
    assert list_rule_changes(SYSTEM) == []
    page = page.text_input(key="staffing-grid-reason").set_value("小区合并").run()
    page = press(page, "staffing-grid-save")
    assert said(page, "success") == [text(locale, "areas.staffing.saved", level=level)]
    assert list_staffing_rules(SYSTEM)[0].rule == StaffingRule(300, 700)
    shown = texts_of(page)
    assert text(locale, "areas.staffing.own", least=300, most=500) in shown
    assert "小区合并" in shown
    assert "areas.staffing" not in shown


def test_the_profile_s_bounds_are_filled_in_and_put_back(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_staffing_rule(SYSTEM, StaffingForm("grid", 300, 700, "放宽"), 0)
    page = press(opened(monkeypatch, street), "staffing-grid-back")
    assert page.number_input(key="staffing-grid-most").value == 500
    page = page.text_input(key="staffing-grid-reason").set_value("按方案").run()
    page = press(page, "staffing-grid-save")
    assert [(one.least, one.reason) for one in list_rule_changes(SYSTEM)] == [(None, "按方案"), (300, "放宽")]
    assert text("zh_CN", "areas.staffing.to_profile") in texts_of(page)
    assert page.button(key="staffing-grid-back").disabled


def test_bounds_that_are_none_are_said_and_not_saved(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(monkeypatch, street)
    page = page.number_input(key="staffing-grid-most").set_value(200).run()
    assert said(page, "warning") == [text("zh_CN", "errors.invalid_staffing_rule", most="100,000")] or said(
        page, "warning"
    ) == [text("zh_CN", "errors.invalid_staffing_rule", most=100000)]
    assert page.button(key="staffing-grid-save").disabled


def test_what_was_typed_stays_when_somebody_was_faster(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(monkeypatch, street)
    page.number_input(key="staffing-grid-most").set_value(700).run()
    page = page.text_input(key="staffing-grid-reason").set_value("小区合并").run()
    edit_staffing_rule(SYSTEM, StaffingForm("grid", 200, 400, "先改"), 0)
    page = press(page, "staffing-grid-save")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert page.number_input(key="staffing-grid-most").value == 700
    press(page, "staffing-grid-save")
    assert [one.most for one in list_rule_changes(SYSTEM)] == [700, 400]


def test_who_may_not_change_it_reads_it(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in (Role.COMMUNITY_SECRETARY, Role.GRID_LEADER):
        page = open_page(monkeypatch, make_user(role, area=street.grid_a), "areas", view="staffing")
        assert text("zh_CN", "areas.staffing.count", n=1) in texts_of(page)
        assert not [key for key in keys_of(page) if key.startswith("staffing-grid-")]
        assert text("zh_CN", "areas.staffing.edit") not in texts_of(page)
