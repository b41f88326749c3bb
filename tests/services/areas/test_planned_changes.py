"""Changes of grids that are planned for a day ahead: saved, cancelled, put into force on their day (feature A4)."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import text

from db.models import Area, AreaChange, AreaSuccession, Assignment, AuditEntry, Incident, PlannedAreaChange
from db.session import Database, transaction
from domain.area_changes import (
    AreaHasEnded,
    ChangeDue,
    ChangeKind,
    ChangePlannedAlready,
    HeirNeededAhead,
    HouseholdsDoNotAddUp,
    PlannedChangeOver,
)
from domain.clock import day_start
from domain.errors import DatabaseAway, NotFound, PermissionDenied
from domain.permissions import EVERYWHERE, SYSTEM
from domain.texts import EmptyText
from services.areas import changes, planned_changes
from services.areas.change_plan import ChangeForm
from services.areas.change_views import list_area_changes
from services.areas.changes import apply_change, plan_change
from services.areas.plan import PlanOutdated
from services.areas.planned_changes import (
    DueReport,
    apply_due,
    cancel_planned,
    check_planned,
    count_failed_planned,
    list_planned,
    plan_ahead,
)
from services.system import due, maintenance
from services.timelines.checks import verify_timelines
from tests import factories as make
from tests.incident_town import NOW, Street, logged, make_street
from tests.services.areas.test_changes import EAST_HALF, WEST_HALF, area_of, closed, micro_grids, present, rows_of
from tests.services.areas.test_changes import split as split_now
from tests.services.areas.test_changes_at_once import cases_named_by_verify, later, paused, records_in_areas
from tests.statements import recorded

DAY = date(2026, 4, 1)
MIDNIGHT = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # 1 April begins in Shanghai
NOTHING = DueReport()


def split(street: Street, **values: Any) -> ChangeForm:
    """The split of grid A along the meridian in its middle, on 1 April; what has no place goes west."""
    return split_now(street, **({"day": DAY, "heir": 0} | values))


def planned(street: Street, form: ChangeForm, now: datetime = NOW) -> int:
    """Preview and save."""
    return plan_ahead(street.administrator, form, plan_change(street.administrator, form, now).digest, now)


def states() -> list[tuple[bool, bool, bool]]:
    """Of each planned change: made, failed, cancelled."""
    return [
        (row.change_id is not None, row.failed_at is not None, row.cancelled_at is not None)
        for row in rows_of(PlannedAreaChange)
    ]


def edit(area_id: int, **values: Any) -> None:
    with transaction(EVERYWHERE) as session:
        area = session.get_one(Area, area_id)
        for name, value in values.items():
            setattr(area, name, value)


def test_a_planned_change_writes_nothing_but_itself_and_is_listed(db: Database) -> None:
    street = make_street(households=620)
    case = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    areas = [(area.id, area.valid_to, area.version) for area in rows_of(Area)]
    ahead = planned(street, split(street))
    assert [(area.id, area.valid_to, area.version) for area in rows_of(Area)] == areas
    assert area_of(case) == street.grid_a
    view = list_planned(street.administrator, NOW)[0]
    assert (view.id, view.kind, view.day, view.reason, view.old) == (
        ahead, ChangeKind.SPLIT, DAY, "户数超过标准", ("书院格",),
    )  # fmt: skip
    assert view.new == (("410311001001003", "书院格一"), ("410311001001004", "书院格二"))
    assert (view.planned_by, view.planned_at, view.refusal, view.cancelled_at) == ("管理员", NOW, None, None)
    entry = rows_of(AuditEntry, AuditEntry.action == "areas.plan")[0]
    assert (entry.user_id, entry.subject_id) == (street.administrator.user_id, ahead)
    assert "2026-04-01: 410311001001001 → 410311001001003 + 410311001001004" in entry.detail


def test_it_takes_effect_as_its_day_begins_in_shanghai_and_once(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    west = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id  # comes after the preview
    east = logged(street.command, "e", lon=EAST_HALF[0], lat=EAST_HALF[1]).id
    nowhere = logged(street.command, "n", at=None, area_id=street.grid_a).id
    done = closed(street, "c", EAST_HALF)
    assert apply_due(SYSTEM, MIDNIGHT - timedelta(seconds=1)) == NOTHING
    assert area_of(west) == street.grid_a
    assert apply_due(SYSTEM, MIDNIGHT) == DueReport(applied=(ahead,))
    first, second = present("书院格一"), present("书院格二")
    assert [area_of(one) for one in (west, east, nowhere, done)] == [first.id, second.id, first.id, street.grid_a]
    assert {(area.valid_from, area.households) for area in (first, second)} == {(DAY, 310)}
    assert rows_of(Area, Area.id == street.grid_a)[0].valid_to == DAY
    assert apply_due(SYSTEM, MIDNIGHT) == NOTHING
    assert len(rows_of(AreaChange)) == 1
    record = list_area_changes(street.administrator)[0]
    assert (record.day, record.made_by, record.planned_by) == (DAY, None, "管理员")
    assert list_planned(street.administrator, MIDNIGHT) == []
    assert states() == [(True, False, False)]
    assert verify_timelines().findings == []
    report = maintenance.verify(SYSTEM)
    assert report.ok
    assert [warning for warning in report.warnings if "planned" in warning] == []


def test_three_days_down_are_caught_up_in_order_of_days(db: Database) -> None:
    street = make_street(households=620)
    later_one = planned(street, dataclasses.replace(_split_of_c(street), day=date(2026, 4, 3)))
    first_one = planned(street, split(street))
    case = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    person = make.make_person(is_party_member=True)
    with transaction(EVERYWHERE) as session:
        term = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}  # an end to come is no end yet
        session.add(Assignment(person_id=person, area_id=street.grid_a, post="expert", **term))
    assert apply_due(SYSTEM, MIDNIGHT + timedelta(days=3)) == DueReport(applied=(first_one, later_one))
    made = [(change.day, change.made_at) for change in rows_of(AreaChange)]
    assert made == [(DAY, MIDNIGHT + timedelta(days=3)), (date(2026, 4, 3), MIDNIGHT + timedelta(days=3))]
    assert area_of(case) == present("书院格一").id
    assert [(row.starts_on, row.ends_on) for row in rows_of(Assignment)] == [
        (date(2026, 1, 1), date(2026, 3, 31)), (DAY, date(2026, 12, 31)),
    ]  # fmt: skip
    assert present("归帆格一").valid_from == date(2026, 4, 3)


def test_the_program_catches_up_at_its_start_and_lives_on_without_a_database(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(households=620)
    planned(street, split(street))

    def away(*_: object) -> None:
        raise DatabaseAway()

    with monkeypatch.context() as broken:
        broken.setattr(planned_changes, "carry_out", away)
        due.look(MIDNIGHT)
    assert states() == [(False, False, False)]  # no reason against it: it is tried again
    due.look(MIDNIGHT)
    assert states() == [(True, False, False)]


def test_it_is_looked_for_every_minute_and_as_a_day_begins() -> None:
    assert due.seconds_until_next_look(NOW) == 60
    assert due.seconds_until_next_look(MIDNIGHT - timedelta(seconds=7)) == 7
    assert due.seconds_until_next_look(MIDNIGHT) == 60


def test_it_is_looked_for_until_somebody_says_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    answers = iter([False, False, True])

    class Stop:
        def wait(self, seconds: float) -> bool:
            assert 0 < seconds <= 60
            return next(answers)

    monkeypatch.setattr(due, "look", lambda: looks.append("look"))
    due.watch(Stop())  # type: ignore[arg-type]
    assert looks == ["look", "look"]


def test_a_cancelled_one_is_not_made_and_who_cancelled_it_is_known(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    cancel_planned(street.administrator, ahead, NOW)
    assert apply_due(SYSTEM, MIDNIGHT) == NOTHING
    assert rows_of(Area, Area.valid_to.is_not(None)) == []
    view = list_planned(street.administrator, NOW)[0]
    assert (view.cancelled_by, view.cancelled_at, view.refusal) == ("管理员", NOW, None)
    assert list_planned(street.administrator, NOW + timedelta(days=31)) == []
    entry = rows_of(AuditEntry, AuditEntry.action == "areas.cancel_planned")[0]
    assert (entry.user_id, entry.subject_id) == (street.administrator.user_id, ahead)
    with pytest.raises(PlannedChangeOver):
        cancel_planned(street.administrator, ahead, NOW)
    with pytest.raises(NotFound):
        cancel_planned(street.administrator, ahead + 1, NOW)
    assert planned(street, split(street, form_key="again")) > ahead  # the ground is free again


def test_one_that_was_made_is_not_cancelled(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    apply_due(SYSTEM, MIDNIGHT)
    with pytest.raises(PlannedChangeOver):
        cancel_planned(street.administrator, ahead, MIDNIGHT)
    with pytest.raises(Exception, match="one_end"), db.engine.begin() as connection:
        connection.execute(text("UPDATE planned_area_changes SET cancelled_at = planned_at"))


def test_other_households_on_the_day_leave_the_grid_as_it_was_and_are_told(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    other = planned(street, _split_of_c(street))
    edit(street.grid_a, households=630)
    early = list_planned(street.administrator, NOW)[0].refusal  # said before the day, too
    assert isinstance(early, HouseholdsDoNotAddUp)
    assert apply_due(SYSTEM, MIDNIGHT) == DueReport(applied=(other,), refused=(ahead,))
    assert rows_of(Area, Area.id == street.grid_a)[0].valid_to is None
    assert rows_of(AreaSuccession, AreaSuccession.old_id == street.grid_a) == []
    view = list_planned(street.administrator, MIDNIGHT)[0]
    assert view.refusal is not None
    assert (view.refusal.code, view.refusal.values) == ("households_do_not_add_up", {"before": 630, "after": 620})
    assert count_failed_planned(street.administrator) == 1
    assert f"planned change {ahead} of 2026-04-01: not made (households_do_not_add_up)" in (
        maintenance.verify(SYSTEM).warnings
    )
    assert apply_due(SYSTEM, MIDNIGHT + timedelta(days=1)) == NOTHING  # it is not tried again by itself
    cancel_planned(street.administrator, ahead, MIDNIGHT)
    assert count_failed_planned(street.administrator) == 0
    assert len(rows_of(AuditEntry, AuditEntry.action == "areas.planned_refused")) == 1


def _split_of_c(street: Street) -> ChangeForm:
    cut = (((112.425, 34.59), (112.425, 34.62)),)
    return ChangeForm(ChangeKind.SPLIT, (street.grid_c,), DAY, "拆分", lines=cut, heir=0, form_key="c")


def test_another_outline_a_micro_grid_in_the_way_or_an_ended_grid_refuse_it_on_the_day(db: Database) -> None:
    street = make_street(households=620)
    codes, beside = [], (((112.404, 34.59), (112.404, 34.62)),)  # the second micro-grid lies on both sides
    for spoil in (
        lambda: edit(street.grid_a, geometry=shapely.MultiPolygon([shapely.box(112.4, 34.6, 112.411, 34.61)])),
        lambda: micro_grids(street),
        lambda: edit(street.grid_a, valid_to=date(2026, 3, 31)),
    ):
        ahead = planned(street, split(street, lines=beside, form_key=""))
        before = rows_of(Area, Area.id == street.grid_a)[0]
        spoil()
        assert apply_due(SYSTEM, MIDNIGHT) == DueReport(refused=(ahead,))
        codes.append(rows_of(PlannedAreaChange)[-1].failure["code"])
        with transaction(EVERYWHERE) as session:
            for area in session.query(Area).where(Area.level == "micro_grid"):
                session.delete(area)
        edit(street.grid_a, geometry=before.geometry)
    assert codes == ["geo.parts_do_not_cover", "smaller_area_crossed", "area_has_ended"]
    assert rows_of(AreaChange) == []


def test_something_finished_since_a_missed_day_refuses_it(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    closed(street, "c", WEST_HALF, MIDNIGHT + timedelta(days=1))
    assert apply_due(SYSTEM, MIDNIGHT + timedelta(days=2)) == DueReport(refused=(ahead,))
    assert rows_of(PlannedAreaChange)[0].failure == {
        "code": "change_contradicted",
        "values": {"day": "2026-04-01", "closed": 1, "attended": 0, "ended": 0, "visited": 0},
    }  # fmt: skip


def test_a_fault_of_the_program_leaves_nothing_half_written_and_is_told(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(households=620)
    case = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    ahead = planned(street, split(street))

    def broken(*_: object) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr("services.areas.change_writes._carry", broken)
    assert apply_due(SYSTEM, MIDNIGHT) == DueReport(refused=(ahead,))
    assert area_of(case) == street.grid_a
    assert rows_of(Area, Area.valid_to.is_not(None)) == []
    assert rows_of(PlannedAreaChange)[0].failure == {"code": "change_broke", "values": {}}


def test_a_second_change_of_the_same_ground_is_refused_while_the_first_waits(db: Database) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    merger = ChangeForm(ChangeKind.MERGE, (street.grid_a, street.grid_b), date(2026, 5, 1), "户数不足")
    for form in (split(street, day=date(2026, 5, 1), form_key="other"), merger, split_now(street)):
        with pytest.raises(ChangePlannedAlready) as refused:
            plan_change(street.administrator, form, NOW)
        assert refused.value.values == {"area": "书院格", "day": "2026-04-01"}
    shown = plan_change(street.administrator, _split_of_c(street), NOW)  # another ground
    assert shown.parts
    cancel_planned(street.administrator, ahead, NOW)
    assert plan_change(street.administrator, merger, NOW).parts


def test_a_preview_takes_as_many_statements_however_many_changes_wait(db: Database) -> None:
    street = make_street(households=620)
    planned(street, _split_of_c(street))

    def statements() -> int:
        with recorded(db) as found:
            plan_change(street.administrator, split(street), NOW)
        return len(found)

    alone = statements()
    cut = (((112.415, 34.59), (112.415, 34.62)),)
    planned(street, ChangeForm(ChangeKind.SPLIT, (street.grid_b,), DAY, "拆分", lines=cut, heir=0, form_key="b"))
    assert statements() == alone


def test_a_community_whose_grid_is_to_change_waits_as_well(db: Database) -> None:
    street = make_street(households=620)
    planned(street, split(street))
    cut = (((112.41, 34.59), (112.41, 34.62)),)
    community = ChangeForm(ChangeKind.SPLIT, (street.community,), DAY, "拆分", lines=cut, codes=("410311001003",))
    with pytest.raises(ChangePlannedAlready):
        plan_change(street.administrator, community, NOW)


def test_codes_of_a_waiting_plan_are_given_to_nobody_else(db: Database) -> None:
    street = make_street(households=620)
    planned(street, split(street))
    cut = (((112.415, 34.59), (112.415, 34.62)),)
    beside = ChangeForm(ChangeKind.SPLIT, (street.grid_b,), date(2026, 3, 18), "拆分", lines=cut, form_key="b")
    shown = plan_change(street.administrator, beside, NOW)
    assert [part.code for part in shown.parts] == ["410311001001005", "410311001001006"]
    apply_change(street.administrator, beside, shown.digest, NOW)
    assert apply_due(SYSTEM, MIDNIGHT).refused == ()
    assert present("书院格一").code == "410311001001003"


def test_a_merger_and_a_redraw_are_made_as_they_were_shown(db: Database) -> None:
    street = make_street(households=620)
    border = (((112.407, 34.59), (112.407, 34.62)),)
    redraw = ChangeForm(ChangeKind.REDRAW, (street.grid_a, street.grid_b), DAY, "道路改造", lines=border, form_key="r")
    planned(street, redraw)
    apply_due(SYSTEM, MIDNIGHT)
    a, b = present("书院格"), present("学圃格")
    assert (a.code, b.code, a.geometry.bounds[2]) == ("410311001001001", "410311001001002", pytest.approx(112.407))
    merger = ChangeForm(ChangeKind.MERGE, (a.id, b.id), date(2026, 4, 5), "户数不足", names=("书院学圃格",))
    planned(street, merger, MIDNIGHT)
    apply_due(SYSTEM, day_start(date(2026, 4, 5)))
    assert present("书院学圃格").valid_from == date(2026, 4, 5)


def test_what_is_not_ahead_or_leaves_something_open_is_not_planned(db: Database) -> None:
    street = make_street(households=620)
    today = split_now(street, heir=0)
    digest = plan_change(street.administrator, today, NOW).digest
    with pytest.raises(ChangeDue):
        plan_ahead(street.administrator, today, digest, NOW)
    with pytest.raises(HeirNeededAhead):
        planned(street, split(street, heir=None))
    with pytest.raises(EmptyText):
        planned(street, split(street, reason=" "))
    with pytest.raises(PlanOutdated):
        plan_ahead(street.administrator, split(street), digest, NOW)
    assert states() == []


def test_the_same_form_sent_twice_is_planned_once(db: Database) -> None:
    street = make_street(households=620)
    digest = plan_change(street.administrator, split(street), NOW).digest
    first = plan_ahead(street.administrator, split(street), digest, NOW)
    assert plan_ahead(street.administrator, split(street), digest, NOW) == first
    assert len(states()) == 1


def test_activities_that_will_be_over_by_the_day_are_shown_as_staying(db: Database) -> None:
    street = make_street(households=620)
    for days in (2, 20):
        make.make_activity(area_id=street.grid_a, starts_at=NOW + timedelta(days=days))
    count = plan_change(street.administrator, split(street), NOW).counts["activity"]
    assert (count.kept, count.moved) == (1, 1)


def test_the_list_looks_at_the_next_ones_and_at_others_when_asked(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned_changes, "LOOKED_AT", 1)
    street = make_street(households=620)
    cut = (((112.415, 34.59), (112.415, 34.62)),)
    third = ChangeForm(ChangeKind.SPLIT, (street.grid_b,), DAY, "拆分", lines=cut, heir=0, form_key="b")
    one = planned(street, split(street))

    def statements() -> int:
        with recorded(db) as found:
            list_planned(street.administrator, NOW)
        return len(found)

    other = planned(street, _split_of_c(street))
    two = statements()
    planned(street, third)
    edit(street.grid_c, valid_to=date(2026, 3, 10))
    assert statements() == two
    assert [(view.id, view.looked_at, view.refusal) for view in list_planned(street.administrator, NOW)][:2] == [
        (one, True, None), (other, False, None)
    ]  # fmt: skip
    assert check_planned(street.administrator, one, NOW) is None
    assert isinstance(check_planned(street.administrator, other, NOW), AreaHasEnded)
    assert states() == [(False, False, False)] * 3
    cancel_planned(street.administrator, other, NOW)
    with pytest.raises(PlannedChangeOver):
        check_planned(street.administrator, other, NOW)
    with pytest.raises(NotFound):
        check_planned(street.administrator, 99, NOW)


def test_who_may_not_change_grids_neither_plans_nor_cancels_nor_sees(db: Database) -> None:
    street = make_street(households=620)
    digest = plan_change(street.administrator, split(street), NOW).digest
    ahead = planned(street, dataclasses.replace(split(street), form_key="mine"))
    for actor in (street.command, street.secretary, street.leader_a, street.department, street.visitor):
        for call in (
            lambda who: plan_ahead(who, split(street), digest, NOW),
            lambda who: cancel_planned(who, ahead, NOW),
            lambda who: list_planned(who, NOW),
            lambda who: check_planned(who, ahead, NOW),
            lambda who: count_failed_planned(who),
            lambda who: apply_due(who, MIDNIGHT),
        ):
            with pytest.raises(PermissionDenied):
                call(actor)
    assert states() == [(False, False, False)]


def test_of_two_at_once_one_puts_it_into_force(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(apply_due, SYSTEM, MIDNIGHT)
        assert here.wait(30)
        second = pool.submit(apply_due, SYSTEM, MIDNIGHT)
        later(second, go)
        assert [first.result(30), second.result(30)] == [DueReport(applied=(ahead,)), NOTHING]
    assert len(rows_of(AreaChange)) == 1


def test_a_case_filed_as_the_day_begins_lands_in_the_new_grid(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_street(households=620)
    planned(street, split(street))
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        made = pool.submit(apply_due, SYSTEM, MIDNIGHT)
        assert here.wait(30)
        lon, lat = WEST_HALF
        filed = pool.submit(logged, street.command, "w", MIDNIGHT, lon=lon, lat=lat)
        later(filed, go)
        assert made.result(30).refused == ()
        filed.result(30)
    assert records_in_areas() == [("书院格一", None)]
    assert cases_named_by_verify() == []
    assert len(rows_of(Incident)) == 1


def test_cancelling_in_the_moment_waits_and_is_told(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_street(households=620)
    ahead = planned(street, split(street))
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        made = pool.submit(apply_due, SYSTEM, MIDNIGHT)
        assert here.wait(30)
        cancelled = pool.submit(cancel_planned, street.administrator, ahead, MIDNIGHT)
        later(cancelled, go)
        assert made.result(30) == DueReport(applied=(ahead,))
        assert isinstance(cancelled.exception(30), PlannedChangeOver)
    assert states() == [(True, False, False)]
