"""Splits, mergers and redraws: what ends, what begins, where every record goes (feature A4)."""

import dataclasses
import math
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import func, select

from db.models import (
    Activity,
    Area,
    AreaCarried,
    AreaSuccession,
    Assignment,
    AuditEntry,
    Base,
    Incident,
    IncidentEvent,
    OrganisationArea,
    PostHolding,
    Station,
    User,
    Volunteer,
)
from db.session import Database, reading, transaction
from domain.area_changes import (
    AreaHasEnded,
    ChangeAhead,
    ChangeBeforeBegin,
    ChangeContradicted,
    ChangeKind,
    ChangeNotDue,
    Count,
    HouseholdsDoNotAddUp,
    NotSideBySide,
    SuccessorNeeded,
)
from domain.assignments import AreaNotValidThen
from domain.errors import NotFound, PermissionDenied
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import EVERYWHERE
from geo.cutting import CutDoesNotCross, PartsDoNotCover
from services.areas.change_parts import SmallerAreaCrossed
from services.areas.change_plan import ChangeForm, NewOutline
from services.areas.changes import apply_change, plan_change
from services.areas.plan import PlanOutdated
from services.incidents.cases import act_on_incident, get_incident
from services.organisations.changes import OrganisationForm, add_organisation
from services.people.assignments import AssignmentForm, assign_member
from services.timelines.checks import verify_timelines
from tests import factories as make
from tests.incident_town import NOW, Street, logged, make_street

TODAY = date(2026, 3, 18)
CUT = (((112.405, 34.59), (112.405, 34.62)),)  # grid A in two halves
WEST_HALF, EAST_HALF = (112.402, 34.605), (112.408, 34.605)
K = ChangeKind


def split(street: Street, **values: Any) -> ChangeForm:
    """A split of grid A along the meridian in its middle, from today on."""
    given = {"day": TODAY, "reason": "户数超过标准", "lines": CUT, "form_key": "change-1"}
    return ChangeForm(K.SPLIT, (street.grid_a,), **(given | values))


def change(street: Street, form: ChangeForm, now: datetime = NOW) -> int:
    """Preview and carry out."""
    return apply_change(street.administrator, form, plan_change(street.administrator, form, now).digest, now)


def present(name: str) -> Area:
    """The area of a name that has not ended."""
    with reading(EVERYWHERE) as session:
        return session.scalars(select(Area).where(Area.name == name, Area.valid_to.is_(None))).one()


def rows_of(model: type[Base], *where: Any) -> list[Any]:
    with reading(EVERYWHERE) as session:
        return list(session.scalars(select(model).where(*where).order_by(model.id)))  # type: ignore[attr-defined]


def add(row: Base) -> int:
    with transaction(EVERYWHERE) as session:
        session.add(row)
        session.flush()
        return row.id  # type: ignore[attr-defined, no-any-return]


def closed(street: Street, key: str, at: tuple[float, float], now: datetime = NOW) -> int:
    """A case of grid A that was called off at a moment: closed for good."""
    receipt = logged(street.command, key, now, lon=at[0], lat=at[1])
    view = get_incident(street.command, receipt.id, now).view
    act_on_incident(street.command, receipt.id, IncidentAction.VOID, view.version, "重复上报", now=now)
    return receipt.id


def area_of(incident_id: int) -> int | None:
    return rows_of(Incident, Incident.id == incident_id)[0].area_id


def test_a_split_ends_the_old_grid_and_begins_two_new_ones_with_the_next_codes(db: Database) -> None:
    street = make_street(households=620)
    plan = plan_change(street.administrator, split(street), NOW)
    assert [(part.code, part.name) for part in plan.parts] == [
        ("410311001001003", "书院格一"), ("410311001001004", "书院格二"),
    ]  # fmt: skip
    assert [part.households for part in plan.parts] == [310, 310]
    with reading(EVERYWHERE) as session:
        assert session.scalar(select(func.count()).select_from(Area)) == 6  # the preview wrote nothing
    change(street, split(street))
    old = rows_of(Area, Area.id == street.grid_a)[0]
    assert (old.valid_to, old.code) == (TODAY, "410311001001001")
    new = rows_of(Area, Area.valid_from == TODAY)
    assert [(area.code, area.parent_id, area.depth, area.path) for area in new] == [
        (code, street.community, 2, f"/{street.street}/{street.community}/{area.id}/")
        for code, area in zip(("410311001001003", "410311001001004"), new, strict=True)
    ]
    assert sum(area.area_m2 for area in new) == pytest.approx(
        float(plan.changed[0].area_m2 or sum(area.area_m2 for area in new)), rel=1e-6
    )
    assert shapely.union_all([area.geometry for area in new]).symmetric_difference(old.geometry).area < 1e-12
    assert {(row.old_id, row.new_id) for row in rows_of(AreaSuccession)} == {
        (street.grid_a, area.id) for area in new
    }  # fmt: skip


def test_open_cases_move_by_place_closed_ones_stay_and_nothing_is_lost(db: Database) -> None:
    street = make_street()
    west = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    east = logged(street.command, "e", lon=EAST_HALF[0], lat=EAST_HALF[1]).id
    done = closed(street, "c", WEST_HALF)
    nowhere = logged(street.command, "n", at=None, area_id=street.grid_a).id
    other = logged(street.command, "b", lon=112.415, lat=34.605).id
    plan = plan_change(street.administrator, split(street), NOW)
    assert plan.counts["incident"] == Count(kept=1, moved=2, to_decide=1)
    assert [(going.subject, going.id) for going in plan.to_decide] == [("incident", nowhere)]
    with pytest.raises(SuccessorNeeded) as refused:
        apply_change(street.administrator, split(street), plan.digest, NOW)
    assert refused.value.values == {"count": 1}
    assert area_of(west) == street.grid_a
    form = split(street, heirs={("incident", nowhere): 1})
    change(street, form)
    first, second = present("书院格一").id, present("书院格二").id
    assert [area_of(one) for one in (west, east, done, nowhere, other)] == [
        first, second, street.grid_a, second, street.grid_b,
    ]  # fmt: skip
    entry = rows_of(IncidentEvent, IncidentEvent.incident_id == west)[-1]
    assert (entry.action, entry.from_status, entry.to_status, entry.note) == (
        "regrid", "reported", "reported", "户数超过标准",
    )  # fmt: skip
    assert '"area_to": "书院格一"' in entry.detail
    assert [row.sequence for row in rows_of(IncidentEvent, IncidentEvent.incident_id == done)] == [1, 2]
    assert verify_timelines().findings == []
    case = get_incident(street.secretary, west, NOW).view  # the community's scope holds old and new
    assert case.area_name == "书院格一"


def test_planned_activities_move_with_their_station_and_past_ones_stay(db: Database) -> None:
    street = make_street()
    station = make.make_station(area_id=street.grid_a, lon=EAST_HALF[0], lat=EAST_HALF[1])
    planned = make.make_activity(area_id=street.grid_a, station_id=station, starts_at=NOW + timedelta(days=2))
    over = make.make_activity(area_id=street.grid_a, station_id=station, starts_at=NOW - timedelta(days=2))
    off = make.make_activity(area_id=street.grid_a, starts_at=NOW + timedelta(days=3), cancelled_at=NOW)
    loose = make.make_activity("读书会", area_id=street.grid_a, starts_at=NOW + timedelta(days=4))
    plan = plan_change(street.administrator, split(street), NOW)
    assert plan.counts["activity"] == Count(kept=2, moved=1, to_decide=1)
    assert [going.label for going in plan.to_decide] == ["读书会"]
    change(street, split(street, heir=0))
    first, second = present("书院格一").id, present("书院格二").id
    found = {row.id: row.area_id for row in rows_of(Activity)}
    assert found == {planned: second, over: street.grid_a, off: street.grid_a, loose: first}
    assert rows_of(Station)[0].area_id == second


def test_members_posts_links_people_and_accounts_go_along_and_wait_to_be_confirmed(db: Database) -> None:
    street = make_street()
    person = make.make_person(area=street.grid_a, is_party_member=True)
    make.make_volunteer(area=street.grid_a, person=person)
    begun = assign_member(
        street.command, AssignmentForm(person, street.grid_a, "core_member", date(2026, 1, 1), date(2026, 12, 31)), NOW
    )
    to_come = add(Assignment(person_id=person, area_id=street.grid_a, post="expert", starts_on=date(2026, 4, 1)))
    over = add(
        Assignment(
            person_id=person, area_id=street.grid_a, post="expert", starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 1)
        )
    )
    post = add(PostHolding(person_id=person, post="mediator", area_id=street.grid_a, valid_from=date(2026, 1, 1)))
    add_organisation(
        street.command, OrganisationForm("书院支部", "street_committee", None, "410311001001001", date(2026, 1, 1)), NOW
    )
    change(street, split(street, heir=1))
    first, second = present("书院格一").id, present("书院格二").id
    found = {row.id: (row.area_id, row.starts_on, row.ends_on) for row in rows_of(Assignment)}
    assert found.pop(begun) == (street.grid_a, date(2026, 1, 1), date(2026, 3, 17))
    assert found.pop(to_come) == (second, date(2026, 4, 1), None)
    assert found.pop(over) == (street.grid_a, date(2025, 1, 1), date(2025, 6, 1))
    assert list(found.values()) == [(second, TODAY, date(2026, 12, 31))]
    posts = {row.id: (row.area_id, row.valid_from, row.valid_to) for row in rows_of(PostHolding)}
    assert posts.pop(post) == (street.grid_a, date(2026, 1, 1), TODAY)
    assert list(posts.values()) == [(second, TODAY, None)]
    links = [(row.area_id, row.valid_from, row.valid_to) for row in rows_of(OrganisationArea)]
    assert links == [(street.grid_a, date(2026, 1, 1), TODAY), (first, TODAY, None), (second, TODAY, None)]
    assert rows_of(Volunteer)[0].area_id == second
    assert rows_of(User, User.id == street.leader_a.user_id)[0].area_id == second
    carried = [(row.subject, row.new_id, row.confirmed_at) for row in rows_of(AreaCarried)]
    assert sorted(carried) == sorted(
        [("assignment", second, None)] * 2 + [("post", second, None), ("organisation", first, None),
         ("organisation", second, None), ("person", second, None), ("volunteer", second, None),
         ("account", second, None), ("account", second, None)]
    )  # fmt: skip


def test_a_merger_takes_a_new_code_and_everything_of_both(db: Database) -> None:
    street = make_street(households=200)
    west = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    nowhere = logged(street.command, "n", at=None, area_id=street.grid_b).id
    person = make.make_person(is_party_member=True)
    for area in (street.grid_a, street.grid_b):
        add(Assignment(person_id=person, area_id=area, post="core_member", starts_on=date(2026, 1, 1)))
    form = ChangeForm(K.MERGE, (street.grid_a, street.grid_b), TODAY, "户数不足", names=("书院学圃格",))
    plan = plan_change(street.administrator, form, NOW)
    assert (plan.to_decide, [part.households for part in plan.parts]) == ((), [None])  # B's number is not known
    change(street, form)
    new = present("书院学圃格")
    assert (new.code, new.parts) == ("410311001001003", 1)
    assert {area_of(west), area_of(nowhere)} == {new.id}
    now_held = [row for row in rows_of(Assignment) if row.ends_on is None]
    assert [(row.area_id, row.starts_on) for row in now_held] == [(new.id, TODAY)]
    assert verify_timelines().findings == []


def test_a_redraw_keeps_the_codes_and_moves_what_lies_beyond_the_new_border(db: Database) -> None:
    street = make_street()
    east = logged(street.command, "e", lon=EAST_HALF[0], lat=EAST_HALF[1]).id
    nowhere = logged(street.command, "n", at=None, area_id=street.grid_a).id
    form = ChangeForm(
        K.REDRAW, (street.grid_a, street.grid_b), TODAY, "道路改造", lines=(((112.407, 34.59), (112.407, 34.62)),)
    )
    change(street, form)
    a, b = present("书院格"), present("学圃格")
    assert (a.code, b.code, a.id != street.grid_a) == ("410311001001001", "410311001001002", True)
    assert a.geometry.bounds[2] == pytest.approx(112.407)
    assert (area_of(east), area_of(nowhere)) == (b.id, a.id)


def micro_grids(street: Street) -> list[int]:
    """Four micro-grids in grid A, side by side, from the west: 60, 70, 80 and 90 households."""
    make.use_profile("wanli")
    width = 0.01 / 4
    return [
        make.make_area(
            f"微{n + 1}", level="micro_grid", parent=street.grid_a,
            code=f"410311001001001{n + 1:02d}", households=60 + 10 * n,
            box=(112.40 + n * width, 34.6, 112.40 + (n + 1) * width, 34.61),
        )
        for n in range(4)
    ]  # fmt: skip


def test_micro_grids_go_along_whole_with_codes_of_their_new_grid(db: Database) -> None:
    street = make_street(households=300)
    micro = micro_grids(street)
    inside = logged(street.command, "m", lon=112.4035, lat=34.605).id  # in the second micro-grid
    assert area_of(inside) == micro[1]
    form = split(street, lines=(((112.4045, 34.59), (112.4045, 34.62)),))  # through the second, most of it west
    plan = plan_change(street.administrator, form, NOW)
    assert plan.followed
    assert [part.households for part in plan.parts] == [130, 170]
    assert [(area.name, area.under, area.code) for area in plan.new if area.under is not None] == [
        ("微1", 0, "41031100100100301"), ("微2", 0, "41031100100100302"), ("微3", 1, "41031100100100401"),
        ("微4", 1, "41031100100100402"),
    ]  # fmt: skip
    change(street, form)
    second = present("微2")
    assert area_of(inside) == second.id
    assert second.path == f"{present('书院格一').path}{second.id}/"
    assert {row.valid_to for row in rows_of(Area, Area.id.in_(micro))} == {TODAY}


def test_outlines_from_a_file_must_cover_the_old_grid_and_leave_micro_grids_whole(db: Database) -> None:
    street = make_street()

    def halves(middle: float, end: float = 112.41) -> tuple[NewOutline, ...]:
        boxes = (112.40, 34.6, middle, 34.61), (middle, 34.6, end, 34.61)
        return tuple(NewOutline(shapely.box(*box), name) for box, name in zip(boxes, ("东门格", "西门格"), strict=True))

    plan = plan_change(street.administrator, split(street, lines=(), outlines=halves(112.404)), NOW)
    assert [part.name for part in plan.parts] == ["东门格", "西门格"]
    with pytest.raises(PartsDoNotCover):
        plan_change(street.administrator, split(street, lines=(), outlines=halves(112.404, 112.409)), NOW)
    micro_grids(street)
    with pytest.raises(SmallerAreaCrossed) as refused:
        plan_change(street.administrator, split(street, lines=(), outlines=halves(112.404)), NOW)
    assert refused.value.values == {"names": "微2"}


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"lines": (((112.403, 34.604), (112.407, 34.606)),)}, CutDoesNotCross),
        ({"day": date(2027, 3, 20)}, ChangeAhead),
        ({"day": make.FOUNDED}, ChangeBeforeBegin),
        ({"area_ids": (999_999,)}, NotFound),
        ({"area_ids": ()}, NotFound),
        ({"households": (300, 300)}, HouseholdsDoNotAddUp),
    ],
)
def test_what_cannot_be_is_refused_in_the_preview(
    db: Database, values: dict[str, Any], refusal: type[Exception]
) -> None:
    street = make_street(households=620)
    with pytest.raises(refusal):
        plan_change(street.administrator, dataclasses.replace(split(street), **values), NOW)


def test_grids_of_two_communities_are_not_merged(db: Database) -> None:
    street = make_street()
    with pytest.raises(NotSideBySide):
        plan_change(street.administrator, ChangeForm(K.MERGE, (street.grid_b, street.grid_c), TODAY), NOW)


def test_a_past_day_is_refused_once_something_was_finished_after_it(db: Database) -> None:
    street = make_street()
    yesterday = split(street, day=date(2026, 3, 17))
    assert plan_change(street.administrator, yesterday, NOW).parts
    closed(street, "c", WEST_HALF)
    with pytest.raises(ChangeContradicted) as refused:
        plan_change(street.administrator, yesterday, NOW)
    assert refused.value.values == {"day": "2026-03-17", "closed": 1, "attended": 0, "ended": 0, "visited": 0}
    assert plan_change(street.administrator, split(street), NOW).counts["incident"].kept == 1


def test_a_change_of_a_day_ahead_is_not_made(db: Database) -> None:
    street = make_street()
    tomorrow = split(street, day=date(2026, 3, 19), heir=0)
    shown = plan_change(street.administrator, tomorrow, NOW)
    with pytest.raises(ChangeNotDue):
        apply_change(street.administrator, tomorrow, shown.digest, NOW)
    assert rows_of(Area, Area.valid_to.is_not(None)) == []


def test_only_the_first_of_two_people_splits_a_grid(db: Database) -> None:
    street = make_street()
    shown = plan_change(street.administrator, split(street), NOW)
    other = split(street, lines=(((112.403, 34.59), (112.403, 34.62)),), form_key="change-2")
    other_shown = plan_change(street.administrator, other, NOW)
    apply_change(street.administrator, split(street), shown.digest, NOW)
    with pytest.raises(AreaHasEnded):
        apply_change(street.administrator, other, other_shown.digest, NOW)
    assert len(rows_of(Area, Area.valid_from == TODAY)) == 2


def test_a_case_that_came_in_since_the_preview_makes_it_outdated(db: Database) -> None:
    street = make_street()
    shown = plan_change(street.administrator, split(street), NOW)
    logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1])
    with pytest.raises(PlanOutdated):
        apply_change(street.administrator, split(street), shown.digest, NOW)
    assert rows_of(Area, Area.valid_from == TODAY) == []


def test_the_same_form_sent_twice_changes_once(db: Database) -> None:
    street = make_street()
    shown = plan_change(street.administrator, split(street), NOW)
    first = apply_change(street.administrator, split(street), shown.digest, NOW)
    assert apply_change(street.administrator, split(street), shown.digest, NOW) == first
    assert len(rows_of(AuditEntry, AuditEntry.action == "areas.split")) == 1


def test_nobody_is_assigned_to_a_grid_that_ended(db: Database) -> None:
    street = make_street()
    person = make.make_person(is_party_member=True)
    change(street, split(street))
    with pytest.raises(AreaNotValidThen):
        assign_member(street.command, AssignmentForm(person, street.grid_a, "core_member", TODAY), NOW)


def test_who_may_not_change_the_register_changes_no_grid(db: Database) -> None:
    street = make_street()
    for actor in (street.command, street.secretary, street.leader_a, street.department):
        with pytest.raises(PermissionDenied):
            plan_change(actor, split(street), NOW)


def test_a_fault_in_the_middle_leaves_everything_as_it_was(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    street = make_street()
    case = logged(street.command, "w", lon=WEST_HALF[0], lat=WEST_HALF[1]).id
    shown = plan_change(street.administrator, split(street), NOW)

    def broken(*_: object) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr("services.areas.change_writes._carry", broken)
    with pytest.raises(RuntimeError):
        apply_change(street.administrator, split(street), shown.digest, NOW)
    assert area_of(case) == street.grid_a
    assert rows_of(Area, Area.valid_to.is_not(None)) == []
    assert get_incident(street.command, case, NOW).view.status is IncidentStatus.REPORTED


def _through(area: Area, angle: float) -> tuple[tuple[float, float], ...]:
    """A line through the middle of an area, from outside to outside."""
    middle, reach = shapely.centroid(area.geometry), 0.05
    across, along = reach * math.cos(angle), reach * math.sin(angle)
    return (middle.x - across, middle.y - along), (middle.x + across, middle.y + along)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_changes_ground_households_and_cases_add_up(sqlite_db: Database, seed: int) -> None:
    """Splits, mergers and redraws at random, one after the other on the same ground."""
    street, rng = make_street(households=997), random.Random(seed)
    closed(street, "c", WEST_HALF)
    for n in range(6):
        logged(street.command, f"f{n}", lon=rng.uniform(112.4005, 112.4095), lat=rng.uniform(34.6005, 34.6095))
    first = rows_of(Area, Area.id == street.grid_a)[0]
    grids = [first]
    for step in range(5):
        day = TODAY + timedelta(days=step)
        now = NOW + timedelta(days=step)
        kind = rng.choice([K.SPLIT, K.REDRAW, K.MERGE]) if len(grids) > 1 else K.SPLIT
        chosen = [rng.choice(grids)] if kind is K.SPLIT else grids[:2]
        lines = (_through(chosen[0], rng.uniform(0, math.pi)),) if kind is K.SPLIT else ()
        outlines = ()
        if kind is K.REDRAW:  # the border moves to nowhere: the same outlines with the same codes
            outlines = tuple(NewOutline(area.geometry, code=area.code) for area in chosen)
        form = ChangeForm(kind, tuple(area.id for area in chosen), day, "检验", lines, outlines, heir=0)
        plan = plan_change(street.administrator, form, now)
        assert sum(count.total for count in plan.counts.values()) == sum(
            count.kept + count.moved + count.to_decide for count in plan.counts.values()
        )
        apply_change(street.administrator, form, plan.digest, now)
        grids = rows_of(Area, Area.valid_to.is_(None), Area.code.like("410311001001%"), Area.depth == 2,
                        Area.id != street.grid_b)  # fmt: skip
        assert sum(area.households for area in grids) == 997
        together = shapely.union_all([area.geometry for area in grids])
        assert together.symmetric_difference(first.geometry).area < 1e-9
        cases = rows_of(Incident)
        assert len(cases) == 7
        present_ids = {area.id for area in grids}
        assert all(case.area_id in present_ids for case in cases if case.closed_at is None)
        assert [case.area_id for case in cases if case.closed_at is not None] == [street.grid_a]
    assert verify_timelines().findings == []
