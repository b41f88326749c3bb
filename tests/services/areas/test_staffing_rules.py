"""The staffing rule is edited, kept with its history, and used everywhere (feature A6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from config.profiles import PROFILE_KEYS, load_profile
from db.models import AuditEntry
from db.session import Database, reading, transaction
from domain.areas import StaffingRule, StaffingVerdict
from domain.errors import NotFound, PermissionDenied, Refusal, StaleRecord
from domain.permissions import EVERYWHERE, SYSTEM, Role
from domain.staffing import InvalidStaffingRule
from domain.texts import EmptyText
from services.areas.changes import plan_change
from services.areas.cut_proposals import NothingToPropose, propose_cut_of
from services.areas.register import get_area, list_staffing_findings
from services.areas.staffing_rules import (
    StaffingForm,
    StaffingUnchanged,
    edit_staffing_rule,
    list_rule_changes,
    list_staffing_rules,
    rules_if,
)
from services.people.assignments import get_grid_card
from tests.factories import make_user, use_profile
from tests.incident_town import Street, make_street
from tests.services.areas.test_changes import split

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
WIDER = StaffingForm("grid", 350, 700, "小区合并，户数变多")


@pytest.fixture
def street(db: Database) -> Street:
    return make_street(households=620)


def rule(level: str = "grid") -> StaffingRule:
    return next(view.rule for view in list_staffing_rules(SYSTEM) if view.level == level)


@pytest.mark.parametrize("profile", PROFILE_KEYS)
def test_each_profile_gives_the_start_and_every_level_is_edited_and_put_back(sqlite_db: Database, profile: str) -> None:
    use_profile(profile)
    levels = [level for level in load_profile(profile).levels if level.staffing]
    assert [view.level for view in list_staffing_rules(SYSTEM)] == [level.key for level in levels]
    for level in levels:
        assert level.staffing is not None
        start = level.staffing.rule
        assert rule(level.key) == start
        edit_staffing_rule(SYSTEM, StaffingForm(level.key, start.least + 1, start.most + 1, "试"), 0, NOW)
        assert rule(level.key) == StaffingRule(start.least + 1, start.most + 1)
        edit_staffing_rule(SYSTEM, StaffingForm(level.key, start.least, start.most, "恢复"), 1, NOW)
        view = next(view for view in list_staffing_rules(SYSTEM) if view.level == level.key)
        assert (view.rule, view.version, view.is_example) == (start, 2, level.staffing.is_example)
        assert view.change is not None
        assert (view.change.least, view.change.old_least) == (None, start.least + 1)


def test_a_change_holds_everywhere_and_is_kept_with_who_when_and_why(street: Street) -> None:
    assert propose_cut_of(street.administrator, street.grid_a).rule == StaffingRule(300, 500)
    edit_staffing_rule(street.command, WIDER, 0, NOW)
    assert street.grid_a not in [area.id for area in list_staffing_findings(street.command)]
    assert get_area(street.command, street.grid_a).staffing.verdict is StaffingVerdict.FITS
    card = get_grid_card(street.command, street.grid_a)
    assert (card.rule, card.staffing.verdict) == (StaffingRule(350, 700), StaffingVerdict.FITS)
    with pytest.raises(NothingToPropose):
        propose_cut_of(street.administrator, street.grid_a)
    plan = plan_change(street.administrator, split(street))
    assert {part.staffing.verdict for part in plan.parts} == {StaffingVerdict.TOO_FEW}
    change = list_rule_changes(street.command)[0]
    assert (change.level, change.least, change.most, change.old_least, change.old_most) == ("grid", 350, 700, 300, 500)
    assert (change.reason, change.changed_at, change.changed_by) == (WIDER.reason, NOW, street.command.name)
    with reading(EVERYWHERE) as session:
        entry = session.query(AuditEntry).filter_by(action="areas.staffing").one()
    assert entry.detail == f"grid: 300-500 → 350-700; {WIDER.reason}"


def test_what_it_would_flag_is_seen_before_and_nothing_is_written(street: Street) -> None:
    trial = rules_if(street.command, StaffingForm("grid", 10, 610))
    assert street.grid_a in [area.id for area in list_staffing_findings(street.command, "grid", trial)]
    trial = rules_if(street.command, StaffingForm("grid", 10, 620))
    assert street.grid_a not in [area.id for area in list_staffing_findings(street.command, "grid", trial)]
    assert (rule(), list_rule_changes(street.command)) == (StaffingRule(300, 500), [])


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        (StaffingForm("grid", 500, 300, "反了"), InvalidStaffingRule),
        (StaffingForm("grid", None, 300, "空的"), InvalidStaffingRule),
        (StaffingForm("grid", 0, 300, "零"), InvalidStaffingRule),
        (StaffingForm("grid", 350, 600, "  "), EmptyText),
        (StaffingForm("grid", 300, 500, "一样"), StaffingUnchanged),
        (StaffingForm("street", 300, 500, "没有标准的一级"), NotFound),
        (StaffingForm("kingdom", 300, 500, "没有的一级"), NotFound),
    ],
)
def test_what_is_no_change_is_refused_and_leaves_nothing(
    street: Street, form: StaffingForm, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        edit_staffing_rule(street.administrator, form, 0, NOW)
    assert list_rule_changes(street.administrator) == []


def test_secretary_and_leader_read_it_and_may_not_change_it(street: Street) -> None:
    for role in (Role.COMMUNITY_SECRETARY, Role.GRID_LEADER, Role.DEPARTMENT):
        actor = make_user(role, area=street.grid_a)
        assert list_staffing_rules(actor)[0].rule == StaffingRule(300, 500)
        for call in (lambda who: rules_if(who, WIDER), lambda who: edit_staffing_rule(who, WIDER, 0, NOW)):
            with pytest.raises(PermissionDenied):
                call(actor)


def test_the_second_of_two_is_told_and_a_form_sent_twice_is_one_change(street: Street) -> None:
    form = StaffingForm("grid", 350, 700, "先", form_key="k")
    assert edit_staffing_rule(street.command, form, 0, NOW) == 1
    assert edit_staffing_rule(street.command, form, 0, NOW) == 1
    with pytest.raises(StaleRecord):
        edit_staffing_rule(street.administrator, StaffingForm("grid", 200, 400, "后"), 0, NOW)
    assert [change.most for change in list_rule_changes(street.command)] == [700]


def test_of_two_in_the_same_moment_one_is_told(street: Street) -> None:
    def edit(most: int) -> bool:
        try:
            edit_staffing_rule(street.administrator, StaffingForm("grid", 100, most, "同时"), 0, NOW)
        except StaleRecord:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(edit, (400, 401, 402, 403)))
    assert done.count(True) == len(list_rule_changes(street.administrator)) == 1


@pytest.mark.parametrize("statement", ["UPDATE staffing_changes SET most = 1000", "DELETE FROM staffing_changes"])
def test_the_database_keeps_every_change(street: Street, statement: str) -> None:
    edit_staffing_rule(street.command, WIDER, 0, NOW)
    with pytest.raises(DBAPIError, match="append-only"), transaction(EVERYWHERE) as session:
        session.execute(sql(statement))
    assert rule() == StaffingRule(350, 700)


def test_the_database_refuses_bounds_that_are_none(street: Street) -> None:
    columns = "level, number, least, most, old_least, old_most, reason, changed_at"
    for bounds in ("500, 300", "NULL, 300", "0, 300"):
        values = f"'grid', 1, {bounds}, 300, 500, 'x', '2026-06-01 00:00:00'"
        with pytest.raises(DBAPIError, match="bounds"), transaction(EVERYWHERE) as session:
            session.execute(sql(f"INSERT INTO staffing_changes ({columns}) VALUES ({values})"))
