"""Call-backs that 12345 files bring along become those of the closed case, once, and change with the file (C10, N1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from db.models import CallBackRecord
from db.session import Database, reading, transaction
from domain.call_backs import CallBackSource, Satisfaction
from domain.incidents import IncidentAction as A
from domain.orders import known_answer, known_satisfaction
from domain.periods import Period
from domain.permissions import EVERYWHERE
from services.call_backs.calls import CallBackForm, list_to_call_back, record_call_back
from services.incidents.actions import act_on_incident
from services.indicators.measuring import measure
from tests.incident_town import NOW, make_street
from tests.services.orders.test_importing import actions, cases, imported, plan, sound

HEAD = "工单编号,来电时间,工单状态,办结时间,来电人电话/账号,是否有效回访,是否联系,是否解决,是否满意"
CLOSED_AT = datetime(2026, 3, 3, 1, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def line(number: str, answers: str, status: str = "已办结", closed: str = "2026-03-03 09:00") -> str:
    return f"{number},2026-03-01 09:00,{status},{closed},13912345678,{answers}"


def csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *lines]).encode()


def records() -> list[CallBackRecord]:
    with reading(EVERYWHERE) as session:
        return list(session.scalars(select(CallBackRecord).order_by(CallBackRecord.incident_id, CallBackRecord.id)))


def said(record: CallBackRecord) -> tuple[object, ...]:
    return record.reached, record.responded, record.solved, record.satisfaction


def test_the_answers_of_a_closed_order_are_its_call_back(db: Database) -> None:
    street = make_street()
    report = imported(csv(line("GD1", "是,是,否,不满意"), line("GD2", "否,,,"), line("GD3", "是,是,是,基本满意")))
    assert report.created == 3
    first, second, third = records()
    assert said(first) == (True, True, False, "dissatisfied")
    assert said(second) == (False, None, None, None)
    assert said(third) == (True, True, True, "fairly")
    assert {(one.at, one.source) for one in records()} == {(CLOSED_AT, CallBackSource.ORDER.value)}
    case = cases()["GD1"]
    assert (case.called_at, case.call_responded, case.call_solved) == (CLOSED_AT, 1, 0)
    assert (case.call_satisfaction, cases()["GD2"].called_at) == ("dissatisfied", None)
    assert actions("GD1") == ["report", "feed_back", "close", "call_back"]
    assert [waiting.id for waiting in list_to_call_back(street.command, NOW)] == [cases()["GD2"].id]
    figures = measure(street.command, MARCH, "community", NOW).total.figures
    assert (figures["response_rate"].now.denominator, figures["solution_rate"].now.numerator) == (2, 1)
    assert sound()


def test_a_second_import_doubles_nothing_and_a_changed_answer_changes_the_one(db: Database) -> None:
    make_street()
    raw = csv(line("GD1", "是,是,否,不满意"))
    imported(raw)
    assert imported(raw).unchanged == 1
    changed = csv(line("GD1", "是,是,是,满意"))
    assert [one.parts for one in plan(changed).changed] == [("call_back",)]
    assert imported(changed).updated == 1
    assert imported(changed).unchanged == 1
    assert [said(one) for one in records()] == [(True, True, True, "satisfied")]
    assert cases()["GD1"].call_satisfaction == "satisfied"
    assert actions("GD1") == ["report", "feed_back", "close", "call_back", "update", "call_back"]
    assert sound()


def test_answers_that_come_with_a_later_file_close_and_call_back_at_once(db: Database) -> None:
    make_street()
    imported(csv(line("GD1", ",,,", "办理中", "")))
    report = imported(csv(line("GD1", "是,是,是,满意")))
    assert (report.closed, report.updated) == (1, 1)
    assert [said(one) for one in records()] == [(True, True, True, "satisfied")]
    assert sound()


def test_a_case_from_before_call_backs_were_read_gets_them(sqlite_db: Database) -> None:
    make_street()
    short = csv("GD1,2026-03-01 09:00,已办结,2026-03-03 09:00", head="工单编号,来电时间,工单状态,办结时间")
    imported(short)
    case = cases()["GD1"]
    with transaction(EVERYWHERE) as session:  # as an older version left it: five marks
        marks = (case.import_digest or "").split(".")[:5]
        session.get_one(type(case), case.id).import_digest = ".".join(marks)
    assert imported(short).unchanged == 1
    imported(csv(line("GD1", "是,是,是,满意")))
    assert len(records()) == 1


def test_answers_of_a_case_that_is_open_here_wait_until_it_is_closed(sqlite_db: Database) -> None:
    street = make_street()
    raw = csv(line("GD1", "是,是,是,满意"))
    imported(csv(line("GD1", ",,,", "办理中", "")))
    case = cases()["GD1"]
    act_on_incident(street.command, case.id, A.ADD_NOTE, case.version, "已联系", now=NOW)
    assert imported(raw).conflicts == (case.number,)
    assert records() == []
    for action in (A.CHECK, A.VOID):
        case = cases()["GD1"]
        act_on_incident(street.command, case.id, action, case.version, "不属实", now=NOW)
    assert (imported(raw).conflicts, records()) == ((), [])


def test_a_call_here_after_the_order_s_counts_and_stays(sqlite_db: Database) -> None:
    street = make_street()
    imported(csv(line("GD1", "是,是,否,不满意")))
    case = cases()["GD1"]
    form = CallBackForm("a", True, True, True, Satisfaction.SATISFIED)
    record_call_back(street.command, case.id, case.version, form, NOW)
    imported(csv(line("GD1", "是,是,否,基本满意")), now=NOW + timedelta(hours=1))
    assert [one.satisfaction for one in records()] == ["fairly", "satisfied"]
    assert cases()["GD1"].call_satisfaction == "satisfied"
    assert sound()


@pytest.mark.parametrize("answers", ["是,,是,满意", "是,是,部分解决,满意", "也许,是,是,满意", ",是,,"])
def test_an_answer_that_is_incomplete_or_unknown_is_named_and_not_counted(sqlite_db: Database, answers: str) -> None:
    make_street()
    found = plan(csv(line("GD1", answers)))
    assert [w.values["count"] for w in found.warnings if w.code == "orders.warning.call_back"] == [1]
    imported(csv(line("GD1", answers)))
    assert records() == []


def test_open_and_voided_orders_have_no_call_back(sqlite_db: Database) -> None:
    make_street()
    imported(csv(line("GD1", "是,是,是,满意", "办理中", ""), line("GD2", "是,是,是,满意", "作废")))
    assert records() == []


def test_the_time_of_the_call_back_counts_where_the_file_has_one(sqlite_db: Database) -> None:
    make_street()
    head = HEAD + ",回访时间"
    imported(
        csv(line("GD1", "是,是,是,满意,2026-03-05 10:00"), line("GD2", "是,是,是,满意,2026-03-02 10:00"), head=head)
    )
    assert [one.at for one in records()] == [datetime(2026, 3, 5, 2, tzinfo=UTC), CLOSED_AT]


@pytest.mark.parametrize(
    ("word", "answer"), [("是", True), (" 已解决 ", True), ("否", False), ("未联系", False), ("也许", None), ("", None)]
)
def test_words_of_answers(word: str, answer: bool | None) -> None:
    assert known_answer(word) is answer


def test_words_of_content() -> None:
    words = ("满意", "基本满意", "不满意", "一般")
    found = [known_satisfaction(word) for word in words]
    assert found == [Satisfaction.SATISFIED, Satisfaction.FAIRLY, Satisfaction.DISSATISFIED, None]
