"""The public page of a case: by number and code, offices and no persons, guessing is slow (feature C9)."""

from datetime import timedelta
from typing import Any

import pytest

from db.session import Database
from domain.case_codes import TooManyCaseCodes
from domain.errors import NotFound
from domain.incidents import IncidentAction, IncidentStatus
from services.incidents import public_pages
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.public_pages import office_words, read_public_case
from services.incidents.reports import list_own_reports
from services.incidents.views import IncidentReceipt
from tests.incident_town import NOW, Street, logged, make_street

A = IncidentAction


@pytest.fixture
def street(db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr(public_pages, "attempts", public_pages.Attempts())
    return make_street()


def do(
    street: Street, actor: Any, case: IncidentReceipt, action: IncidentAction, note: str = "", **values: Any
) -> None:
    version = get_incident(street.command, case.id, NOW).view.version
    act_on_incident(actor, case.id, action, version, note, now=NOW, **values)


def told(street: Street, case: IncidentReceipt) -> list[tuple[IncidentAction, list[str]]]:
    page = read_public_case(case.number, case.code, now=NOW)
    return [(step.action, [office_words(office, "zh_CN") for office in step.told]) for step in page.steps]


def test_who_reported_it_sees_the_steps_and_which_offices_were_told(street: Street) -> None:
    case = logged(street.volunteer, reporter_name="钱七", reporter_phone="13912345678")
    do(street, street.leader_a, case, A.TAKE_OVER)
    do(street, street.leader_a, case, A.FEED_BACK, "灯已修好，赵家门口")
    do(street, street.secretary, case, A.CLOSE, standard_confirmed=True)
    do(street, street.command, case, A.REOPEN, "又不亮了，钱七来电")
    page = read_public_case(case.number, case.code, now=NOW)
    assert (page.status, page.area, page.category.zh) == (IncidentStatus.REPORTED, "书院格", "路灯不亮")
    assert told(street, case) == [
        (A.REPORT, []), (A.TAKE_OVER, ["网格 书院格"]), (A.FEED_BACK, []), (A.CLOSE, []),
        (A.REOPEN, ["网格 书院格", "社区 书院社区"]),
    ]  # fmt: skip
    assert [office_words(one, "zh_CN") for one in page.told] == ["网格 书院格", "社区 书院社区"]
    shown = repr(page)
    for private in ("方宁", "岑立", "顾岚", "苏木", "钱七", "139", "赵家", "12 盏", "又不亮"):
        assert private not in shown


def test_a_department_that_is_given_the_case_is_named(street: Street) -> None:
    case = logged(street.volunteer)
    do(street, street.command, case, A.DISPATCH, assignee_id=street.department.user_id)
    assert told(street, case)[-1] == (A.DISPATCH, ["城管中队"])
    other = logged(street.volunteer, "2")
    do(street, street.command, other, A.DISPATCH, assignee_id=street.secretary.user_id)
    assert told(street, other)[-1] == (A.DISPATCH, ["社区 书院社区"])


def test_the_receipt_brings_the_code_and_typing_slips_are_forgiven(street: Street) -> None:
    case = logged(street.volunteer)
    [own], _ = list_own_reports(street.volunteer, now=NOW)
    assert own.code == case.code
    assert logged(street.volunteer).code == case.code  # the same form again
    for typed in (case.code.lower(), case.code.replace("-", " "), case.code.replace("0", "o").replace("1", "l")):
        assert read_public_case(f" {case.number} ", typed, now=NOW).number == case.number


def test_a_wrong_code_opens_nothing_and_guessing_waits_without_locking_others_out(street: Street) -> None:
    case, other = logged(street.volunteer), logged(street.volunteer, "2")
    for number, code in ((case.number, other.code), (case.number, ""), ("QT-1", case.code), ("", ""), ("9" * 99, "x")):
        with pytest.raises(NotFound):
            read_public_case(number, code, "elsewhere", NOW)
    for _ in range(5):
        with pytest.raises(NotFound):
            read_public_case(other.number, "0000-0000", "guesser", NOW)
    with pytest.raises(TooManyCaseCodes):
        read_public_case(other.number, other.code, "guesser", NOW)
    assert read_public_case(other.number, other.code, "home", NOW).number == other.number
    assert read_public_case(case.number, case.code, "guesser", NOW).number == case.number
    later = NOW + timedelta(hours=1)
    assert read_public_case(other.number, other.code, "guesser", later).number == other.number
