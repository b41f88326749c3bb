"""吹哨报到 on the card: the command centre whistles, the department reports in and says what it did, it is rated."""

from html import escape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from db.session import Database
from domain.clock import utc_now
from domain.permissions import Role
from domain.whistles import AnswerState, WhistleReason
from services.whistles.calls import blow_whistle, list_whistles
from tests.factories import make_user
from tests.incident_town import Street, logged, make_street
from tests.pages.session import keys_of, open_page, press, said, texts_of


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.incidents.show_map", lambda *_args, **_more: None)
    return make_street()


def fill(page: AppTest, part: str, value: Any) -> None:
    """Write into the text area whose key ends so."""
    next(area for area in page.text_area if str(area.key).endswith(part)).set_value(value)


def pressed(page: AppTest, part: str) -> AppTest:
    return press(page, next(key for key in keys_of(page) if key.endswith(part)))


def test_a_whistle_from_the_call_to_the_rating(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = logged(street.command, now=utc_now()).id
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    page.session_state[f"whistle_{incident}_0_departments"] = [street.department.user_id]
    page = pressed(page, f"whistle_{incident}_0_confirm")
    assert said(page, "success")
    shown = texts_of(page)
    assert "城管中队" in shown
    assert "待报到" in shown
    answer = list_whistles(street.command, incident)[0].id
    assert f"whistle_answer_{answer}_0_waive_confirm" in keys_of(page)

    page = open_page(monkeypatch, street.department, "incidents")
    assert "等待本部门报到 1 件" in texts_of(page)
    assert f"incidents-{incident}" not in keys_of(page)  # it stands above the list, once
    page = press(page, f"awaited-{incident}")
    page = pressed(page, "_report_confirm")
    fill(page, "_result_words", "已查处")
    page = pressed(page, "_result_confirm")
    assert "已查处" in texts_of(page)
    assert "等待本部门报到" not in texts_of(page)

    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    page = pressed(page, "_rate_confirm")  # without a choice
    assert said(page, "error")
    page.session_state[f"whistle_answer_{answer}_0_rating"] = 4
    page = pressed(page, "_rate_confirm")
    assert "街道评价 4 分" in texts_of(page)
    assert list_whistles(street.command, incident)[0].answer.rating == 4


def test_buttons_are_only_for_those_who_may(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = logged(street.command, now=utc_now()).id
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    called = [street.department.user_id, other.user_id]
    blow_whistle(street.command, incident, WhistleReason.EMERGENCY, called, "<b>速来</b>")
    for actor in (street.secretary, street.leader_a):
        page = open_page(monkeypatch, actor, "incidents", id=incident)
        assert "城管中队" in texts_of(page)
        assert not [key for key in keys_of(page) if key.startswith("whistle_")]
    page = open_page(monkeypatch, other, "incidents", id=incident)
    assert len([key for key in keys_of(page) if key.startswith("whistle_answer_")]) == 1
    assert "<b>速来" not in texts_of(page)


def test_a_waiver_keeps_what_was_typed_until_it_has_a_reason(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = logged(street.command, now=utc_now()).id
    blow_whistle(street.command, incident, WhistleReason.EMERGENCY, [street.department.user_id])
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    page = pressed(page, "_waive_confirm")
    assert said(page, "error")
    fill(page, "_waive_words", "已自行解决")
    page = pressed(page, "_waive_confirm")
    assert list_whistles(street.command, incident)[0].state is AnswerState.WAIVED
    assert "已自行解决" in texts_of(page)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_figures_and_the_way_to_a_case(street: Street, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    actor = make_user(Role.COMMAND_CENTRE, locale=locale)
    assert not open_page(monkeypatch, actor, "whistles").exception
    incident = logged(street.command, now=utc_now()).id
    blow_whistle(street.command, incident, WhistleReason.EMERGENCY, [street.department.user_id])
    page = open_page(monkeypatch, actor, "whistles")
    assert not page.exception
    assert "书院社区" in texts_of(page)
    assert "城管中队" in texts_of(page)
    assert f"whistled-{incident}-0" in keys_of(page)
    own = f"/whistles?period=quarter&by=department&key={street.department.user_id}&part="
    assert f'href="{escape(own)}called"' in texts_of(page)
    assert f'href="{escape(own)}waived"' not in texts_of(page)  # nothing was: nothing opens


def test_a_figure_opens_its_list_and_the_way_back_to_all(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = logged(street.command, now=utc_now()).id
    blow_whistle(street.command, incident, WhistleReason.EMERGENCY, [street.department.user_id])
    own = {"period": "year", "by": "department", "key": street.department.user_id}
    page = open_page(monkeypatch, street.command, "whistles", **own, part="came")
    assert f"whistled-{incident}-0" not in keys_of(page)
    assert "城管中队 · 已报到：0 次吹哨" in texts_of(page)
    page = press(page, "whistles_all")
    assert f"whistled-{incident}-0" in keys_of(page)
    page = open_page(monkeypatch, street.command, "whistles", by="area", key=street.community, part="nonsense")
    assert "书院社区：1 次吹哨" in texts_of(page)


def test_a_called_department_has_its_button_once_and_others_have_none(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = logged(street.command, now=utc_now()).id
    other = make_user(Role.DEPARTMENT, name="市场监管所")
    blow_whistle(street.command, incident, WhistleReason.PROMINENT_PROBLEM, [street.department.user_id, other.user_id])
    for actor, own in ((street.department, 1), (other, 1), (street.command, 0), (street.leader_a, 0)):
        keys = keys_of(open_page(monkeypatch, actor, "incidents", id=incident))
        assert len([key for key in keys if key.endswith("_report_confirm")]) == own, actor.role
