"""回访 as a secretary uses it: the queue, the fast form, a refusal that keeps the words, reopening, the rates."""

import re
from urllib.parse import unquote

import pytest

from db.session import Database
from domain.call_backs import Satisfaction
from domain.clock import utc_now
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import Role
from services.call_backs.calls import CallBackForm, list_call_backs, record_call_back
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from tests.factories import make_user
from tests.incident_town import Street, logged, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of

A = IncidentAction


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


def closed(street: Street, key: str = "f") -> int:
    incident = logged(street.command, key, utc_now(), reporter_name="王大力", reporter_phone="13912345678").id
    for actor, action in ((street.leader_a, A.TAKE_OVER), (street.leader_a, A.FEED_BACK), (street.command, A.CLOSE)):
        version = get_incident(actor, incident).view.version
        act_on_incident(actor, incident, action, version, "已修", standard_confirmed=True)
    return incident


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_empty_and_filled(street: Street, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    actor = make_user(Role.COMMAND_CENTRE, locale=locale)
    page = open_page(monkeypatch, actor, "call_backs")
    assert not page.exception
    incident = closed(street)
    page = open_page(monkeypatch, actor, "call_backs", id="abc")
    shown = texts_of(page)
    assert not page.exception
    assert f"callbacks-{incident}" in keys_of(page)
    assert "王**" in shown
    assert "13912345678" not in shown


def test_a_satisfied_reporter_takes_one_press(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = closed(street)
    page = press(open_page(monkeypatch, street.secretary, "call_backs"), f"callbacks-{incident}")
    page.text_area(key=f"call_back_{incident}_0_words").set_value("很快")
    page = press(page, f"call_back_{incident}_0_satisfied")  # the two questions were not answered
    assert said(page, "error")
    assert page.text_area(key=f"call_back_{incident}_0_words").value == "很快"
    for name in ("responded", "solved"):
        page.session_state[f"call_back_{incident}_0_{name}"] = "yes"
    page = press(page, f"call_back_{incident}_0_satisfied")
    assert said(page, "success")
    found = list_call_backs(street.command, incident)
    assert [(one.reached, one.satisfaction, one.note) for one in found] == [(True, "satisfied", "很快")]
    assert f"callbacks-{incident}" not in keys_of(page)
    assert "样本不足" in texts_of(page)


def test_nobody_reached_leaves_it_in_the_queue(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = closed(street)
    page = open_page(monkeypatch, street.command, "call_backs", id=incident)
    page = press(page, f"call_back_{incident}_0_unreached")
    assert "未接通 1 次" in texts_of(page)
    assert f"callbacks-{incident}" in keys_of(page)


def test_what_is_not_solved_is_opened_again(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = closed(street)
    page = open_page(monkeypatch, street.secretary, "call_backs", id=incident)
    page.session_state[f"call_back_{incident}_0_responded"] = "yes"
    page.session_state[f"call_back_{incident}_0_solved"] = "no"
    page = press(page, f"call_back_{incident}_0_dissatisfied")
    assert said(page, "warning")
    page = press(page, "call_backs_reopen")
    view = get_incident(street.command, incident).view
    assert (view.status, view.reopened_count) == (IncidentStatus.REPORTED, 1)
    assert "call_backs_reopen" not in keys_of(page)


def test_others_are_told(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.leader_a, "call_backs", id=closed(street))
    assert is_closed(page)
    assert "王**" not in texts_of(page)


def test_each_rate_opens_the_list_behind_it(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        incident = closed(street, f"f{number}")
        form = CallBackForm(f"k{number}", True, True, number > 0, Satisfaction.SATISFIED)
        record_call_back(street.command, incident, get_incident(street.command, incident).view.version, form)
    shown = texts_of(open_page(monkeypatch, street.command, "call_backs"))
    assert ">80.0%</a>" in shown
    found = re.search(r"behind=(solution_rate\.above\.[^\"]+)", shown)
    assert found
    monkeypatch.setattr("ui.components.incidents.show_map", lambda *_args, **_more: None)
    page = open_page(monkeypatch, street.command, "incidents", behind=unquote(found[1]))
    assert len([key for key in keys_of(page) if key.startswith("incidents-")]) == 4
