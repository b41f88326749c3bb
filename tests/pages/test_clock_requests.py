"""Asking and deciding on the card of a case."""

from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.incidents import IncidentAction
from services.clocks.requests import list_requests
from services.incidents.cases import act_on_incident, get_incident
from tests.incident_town import Street, logged, make_street
from tests.pages.session import open_page, press, said, texts_of


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr("ui.components.map.show_map", lambda *_, **__: None)
    return make_street()


def test_an_extension_is_asked_for_and_granted(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    now = utc_now() - timedelta(minutes=5)
    case = logged(street.command, now=now).id
    act_on_incident(street.leader_a, case, IncidentAction.TAKE_OVER, get_incident(street.command, case).view.version)
    page = open_page(monkeypatch, street.leader_a, "incidents", id=case)
    assert not page.exception
    page.text_area(key=f"reason_extension_{case}_0").set_value("等材料")
    page.number_input(key=f"amount_extension_{case}_0").set_value(2.0)
    press(page, f"send_extension_{case}_0")
    assert said(page, "success") == [text("zh_CN", "clock_requests.sent")]
    [request] = list_requests(street.leader_a, case).requests
    assert request.amount == 2

    page = open_page(monkeypatch, street.secretary, "incidents", id=case)
    press(page, f"decide_{request.id}_True")
    assert said(page, "success") == [text("zh_CN", "clock_requests.decided")]
    shown = texts_of(page)
    assert text("zh_CN", "clock_requests.state.granted") in shown
    assert "（1 + 延长 2）" in shown
