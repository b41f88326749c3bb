"""Visits and patrols: the place fills the grid, a correction is a new record, each sees one's own grid."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.queries.points import find_account
from db.session import Database, reading, transaction
from domain.errors import NotFound, PermissionDenied
from domain.permissions import EVERYWHERE, Actor, Role
from domain.points import EarningKind
from domain.visits import GapPart, NotOwnVisit, NumberInNote, VisitCorrected, VisitKind, VisitOutside
from services.incidents.places import MissingPlace
from services.visits.gaps import list_grid_visits, read_gaps
from services.visits.log import (
    VisitForm,
    correct_visit,
    find_place,
    get_visit_photo,
    list_own_grids,
    list_own_visits,
    log_visit,
    withdraw_visit,
)
from tests.factories import make_area, make_person, make_user
from tests.incident_town import IN_A, IN_B, NOW, OUTSIDE, Street, make_street
from tests.pictures import picture


def form(at: tuple[float, float] | None = IN_A, kind: VisitKind = VisitKind.VISIT, **values: object) -> VisitForm:
    lon, lat = at or (None, None)
    return VisitForm(kind, lon, lat, **values)  # type: ignore[arg-type]


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def leader_with_person(street: Street) -> Actor:
    return make_user(Role.GRID_LEADER, area=street.grid_a, person=make_person("方宁", area=street.grid_a))


def test_the_place_fills_the_grid(street: Street) -> None:
    visit = log_visit(street.leader_a, form(note="看望老人"), NOW)
    [row] = list_own_visits(street.leader_a)
    assert (row.id, row.area_id, row.area, row.community) == (visit, street.grid_a, "书院格", "书院社区")
    assert (row.at, row.note, (row.lon, row.lat)) == (NOW, "看望老人", IN_A)


def test_my_grid_is_a_place_without_a_point(street: Street) -> None:
    [grid] = list_own_grids(street.leader_a, NOW)
    assert grid.area_id == street.grid_a
    log_visit(street.leader_a, form(None, VisitKind.PATROL, area_id=grid.area_id), NOW)
    [row] = list_own_visits(street.leader_a)
    assert (row.kind, row.lon, row.area_id) == ("patrol", None, street.grid_a)
    assert list_own_grids(street.command, NOW) == []


@pytest.mark.parametrize(
    ("where", "refusal"),
    [
        (form(None), MissingPlace),
        (form(OUTSIDE), VisitOutside),
        (form(IN_B), PermissionDenied),
        (form(note="电话 139-1234 5678"), NumberInNote),
        (form(note="１３９１２３４５６７８"), NumberInNote),
    ],
)
def test_bad_input_is_refused_and_nothing_is_kept(street: Street, where: VisitForm, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        log_visit(street.leader_a, where, NOW)
    assert list_own_visits(street.leader_a) == []


def test_a_community_is_no_place(street: Street) -> None:
    with pytest.raises(VisitOutside):
        log_visit(street.secretary, form(None, area_id=street.community), NOW)
    with pytest.raises(VisitOutside):
        find_place(street.secretary, None, None, street.community, NOW)


def test_the_same_form_sent_twice_is_one_record(street: Street) -> None:
    sent = form(form_key="k1", photo=picture())
    assert log_visit(street.leader_a, sent, NOW) == log_visit(street.leader_a, sent, NOW)
    assert len(list_own_visits(street.leader_a)) == 1


def test_a_correction_is_a_new_record_and_the_old_one_counts_no_more(street: Street) -> None:
    first = log_visit(street.leader_a, form(), NOW)
    later = NOW + timedelta(hours=1)
    second = correct_visit(street.leader_a, first, form(kind=VisitKind.PATROL), later)
    [row] = list_own_visits(street.leader_a)
    assert (row.id, row.kind, row.at) == (second, "patrol", NOW)
    with pytest.raises(VisitCorrected):
        correct_visit(street.leader_a, first, form(), later)
    withdraw_visit(street.leader_a, second, later)
    assert list_own_visits(street.leader_a) == []
    with pytest.raises(VisitCorrected):
        withdraw_visit(street.leader_a, second, later)


def test_only_ones_own_record_is_corrected(street: Street) -> None:
    first = log_visit(street.leader_a, form(), NOW)
    with pytest.raises(NotFound):
        correct_visit(street.leader_b, first, form(IN_B), NOW)
    with pytest.raises(NotOwnVisit):
        withdraw_visit(street.secretary, first, NOW)


def test_the_database_refuses_to_change_or_delete_a_record(street: Street) -> None:
    log_visit(street.leader_a, form(photo=picture()), NOW)
    for statement in ("UPDATE visits SET note = 'x'", "DELETE FROM visits", "DELETE FROM visit_photos"):
        with pytest.raises(DBAPIError, match="append-only"), transaction(EVERYWHERE) as session:
            session.execute(text(statement))


def test_a_leader_reads_the_own_grid_alone(street: Street) -> None:
    log_visit(street.leader_a, form(photo=picture()), NOW)
    [row] = list_grid_visits(street.leader_a, street.grid_a)
    assert row.photo_id is not None
    assert get_visit_photo(street.leader_a, row.photo_id)[0]
    with pytest.raises(NotFound):
        list_grid_visits(street.leader_b, street.grid_a)
    with pytest.raises(NotFound):
        get_visit_photo(street.leader_b, row.photo_id)
    assert [gap.area_id for gap in read_gaps(street.leader_b, now=NOW).rows] == [street.grid_b]
    with pytest.raises(PermissionDenied):
        read_gaps(street.member, now=NOW)
    with pytest.raises(PermissionDenied):
        log_visit(street.volunteer, form(), NOW)


def test_gaps_are_counted_and_each_figure_is_its_list(street: Street) -> None:
    log_visit(street.leader_a, form(), NOW - timedelta(days=31))
    log_visit(street.leader_b, form(IN_B), NOW - timedelta(days=30))
    board = read_gaps(street.command, now=NOW)
    assert [(row.area_id, row.days) for row in board.rows] == [
        (street.grid_c, None), (street.grid_a, 31), (street.grid_b, 30),
    ]  # fmt: skip
    assert board.counts == {GapPart.ALL: 3, GapPart.LONG: 1, GapPart.NEVER: 1, GapPart.LATELY: 1}
    for part, number in board.counts.items():
        assert len(read_gaps(street.command, part, NOW).rows) == number
    assert board.day == date(2026, 3, 18)


def test_a_visit_to_a_part_of_a_grid_is_one_to_the_grid(street: Street) -> None:
    make_area(
        "书院楼组", level="micro", parent=street.grid_a, code="41031100100100101", box=(112.4, 34.6, 112.41, 34.61)
    )
    log_visit(street.leader_a, form(), NOW)
    assert list_own_visits(street.leader_a)[0].area == "书院楼组"
    assert read_gaps(street.leader_a, now=NOW).rows[0].days == 0


def test_a_day_earns_once_and_the_last_withdrawal_takes_it_back(street: Street) -> None:
    leader = leader_with_person(street)
    first = log_visit(leader, form(), NOW)
    second = log_visit(leader, form(), NOW + timedelta(hours=1))
    assert points_of(leader) == rule_points()
    withdraw_visit(leader, correct_visit(leader, first, form(kind=VisitKind.PATROL), NOW), NOW)
    assert points_of(leader) == rule_points()  # the second visit of the day was made
    withdraw_visit(leader, second, NOW + timedelta(hours=2))
    assert points_of(leader) == 0


def points_of(actor: Actor) -> int:
    with reading(EVERYWHERE) as session:
        account = find_account(session, actor.person_id or 0)
    return account.balance if account else 0


def rule_points() -> int:
    from domain.points import points_for, tariff_on
    from services.system.installations import current_profile

    tariff = tariff_on((version.tariff for version in current_profile().tariffs), date(2026, 3, 18))
    return points_for(tariff, EarningKind.VISIT, 1)
