"""Figures and rules as files: who may, that each is on record, that a file says what its page says, no contact (N4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from config.texts import text
from db.models import AuditEntry
from db.session import Database, reading
from domain.errors import PermissionDenied
from domain.indicators import INDICATORS
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor
from domain.whistles import AnswerPart, WhistleReason
from domain.work_items import WorkItemKind
from services.call_backs.calls import list_to_call_back
from services.dictionaries.importing import list_dictionary, plan_dictionary_import
from services.dictionaries.work_items import WorkItemForm, add_work_item
from services.incidents.cases import get_incident
from services.indicators.measuring import measure
from services.lists import exports
from services.lists import figure_exports as figures
from services.lists import rule_exports as rules
from services.lists.exports import ListTooLong
from services.lists.files import ListFormat
from services.whistles.calls import blow_whistle
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.call_backs.test_calls import closed
from tests.services.lists.test_exports import PHONE, read

CSV, LATER = ListFormat.CSV, NOW + timedelta(days=2)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
ALL: dict[str, Callable[[Actor], bytes]] = {
    "indicators": lambda a: figures.export_indicators(a, MARCH, "grid", CSV, "zh_CN", LATER),
    "whistle_areas": lambda a: figures.export_whistle_areas(a, MARCH, CSV, "zh_CN", LATER),
    "whistle_departments": lambda a: figures.export_whistle_departments(a, MARCH, CSV, "zh_CN", LATER),
    "whistled": lambda a: figures.export_whistled(a, MARCH, "area", None, AnswerPart.CALLED, CSV, "zh_CN", LATER),
    "to_call_back": lambda a: figures.export_to_call_back(a, CSV, "zh_CN", LATER),
    "call_back_rates": lambda a: figures.export_call_back_rates(a, MARCH, "community", CSV, "zh_CN", LATER),
    "dictionary": lambda a: rules.export_dictionary(a, None, CSV, "zh_CN", LATER),
    "work_items": lambda a: rules.export_work_items(a, CSV, "zh_CN", LATER),
}


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def test_the_right_is_asked_for_and_each_export_is_on_record(street: Street) -> None:
    lines: dict[str, int] = {}
    for subject, make in ALL.items():
        for actor in (street.leader_a, street.department, street.volunteer, street.visitor, street.member):
            with pytest.raises(PermissionDenied):
                make(actor)
        lines[subject] = len(read(make(street.command))) - 1
    with reading(EVERYWHERE) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export")).all()
        said = {(entry.user_id, entry.subject, entry.detail) for entry in entries}
    assert len(entries) == len(ALL)
    assert said == {(street.command.user_id, subject, f"csv {n}") for subject, n in lines.items()}


def test_indicators_say_what_the_page_says(street: Street) -> None:
    logged(street.command)
    table = measure(street.command, MARCH, "grid", LATER)
    lines = read(ALL["indicators"](street.command))
    assert lines[0] == ["分组", "指标", "数值", "单位", "分子", "分母", "上一期", "上年同期"]
    assert len(lines) - 1 == (len(table.rows) + 1) * len(INDICATORS)
    for indicator in INDICATORS:
        name = text("zh_CN", f"indicators.name.{indicator.key}")
        whole = next(line for line in lines if line[:2] == [text("zh_CN", "indicators.all"), name])
        figure = table.total.figures[indicator.key].now
        assert float(whole[4]) == figure.numerator
        assert (whole[2] == "") == (figure.value is None or figure.small), name


def test_whistles_go_out_by_area_by_department_and_as_cases(street: Street) -> None:
    incident = logged(street.command, description="=1+1", place=f"找 {PHONE}").id
    blow_whistle(street.command, incident, WhistleReason.EMERGENCY, [street.department.user_id], now=NOW)
    areas = read(ALL["whistle_areas"](street.command))
    assert [line[:2] for line in areas[1:]] == [["书院社区", "1"], ["归帆社区", "0"], ["合计", "1"]]
    assert read(ALL["whistle_departments"](street.command))[1][:3] == ["城管中队", "1", "0"]
    [case] = read(ALL["whistled"](street.command))[1:]
    assert case[0] == get_incident(street.command, incident).view.number
    assert PHONE not in "".join(case)
    mine = figures.export_whistled(
        street.command, MARCH, "department", street.department.user_id, AnswerPart.CAME, CSV, "zh_CN", LATER
    )
    assert len(read(mine)) == 1


def test_who_waits_for_a_call_goes_out_without_name_and_number(street: Street) -> None:
    closed(street)
    [waiting] = list_to_call_back(street.command, LATER)
    raw = ALL["to_call_back"](street.command)
    assert read(raw)[1][0] == waiting.number
    assert [secret for secret in (waiting.reporter, "王", PHONE) if secret in raw.decode()] == []


def test_a_dictionary_that_went_out_comes_back_word_for_word(street: Street) -> None:
    families = list_dictionary(street.command)
    plan = plan_dictionary_import(street.administrator, "事项目录.csv", ALL["dictionary"](street.command))
    assert (plan.bad, plan.notes) == ((), 0)
    assert (plan.changes.added, plan.changes.closed) == ((), ())
    for change in plan.changes.changed:  # what the street sends is no example any more; nothing else differs
        assert replace(change.after, example=change.before.example) == change.before
    assert len(plan.entries) == sum(len(kind.entries) for family in families for kind in family.classes)


def test_the_admission_list_goes_out(street: Street) -> None:
    add_work_item(street.command, WorkItemForm("@巡查", WorkItemKind.SERVICE, "城管中队", hours=2.5), NOW)
    [line] = read(ALL["work_items"](street.command))[1:]
    assert line[0] == "'@巡查"
    assert (line[2], line[5], line[6]) == ("城管中队", "2.5", "否")


def test_a_list_that_is_too_long_is_refused(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 1)
    with pytest.raises(ListTooLong):
        ALL["dictionary"](street.command)
