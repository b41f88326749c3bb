"""The figures of the screen and the desk: right against hand-made rows, equal across faces, few statements."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from db.models import Assignment, Incident
from db.queries.overview import count_flow, count_on_time
from db.session import Database, reading, transaction
from domain.clock import day_end, day_start, local_date
from domain.errors import PermissionDenied
from domain.incidents import TIMED, IncidentAction, IncidentStatus, IncidentSymbol
from domain.permissions import EVERYWHERE, Actor, Role
from services.incidents.cases import IncidentFilter, act_on_incident, list_incidents
from services.indicators.overview import DAYS, MOST_CELLS, Rate, list_cells, read_desk, read_screen
from services.maps.points import incident_points
from tests.factories import make_activity, make_area, make_attendance, make_person, make_station, make_volunteer
from tests.incident_town import IN_A, IN_B, IN_C, NOW, OUTSIDE, Street, logged, make_street
from tests.services.indicators.test_measuring import make_random_rows
from tests.statements import recorded

DAY = timedelta(days=1)


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def close(street: Street, key: str, reported: datetime, closed: datetime, **values: object) -> int:
    """An incident that was taken over, fed back and closed."""
    receipt = logged(street.command, key, now=reported, **values)
    rows = list_incidents(street.command, IncidentFilter(), reported).rows
    view = next(row for row in rows if row.id == receipt.id)
    for actor, action, note in (
        (street.command, IncidentAction.DISPATCH, ""),
        (street.leader_a, IncidentAction.TAKE_OVER, ""),
        (street.leader_a, IncidentAction.FEED_BACK, "换好了"),
        (street.command, IncidentAction.CLOSE, ""),
    ):
        assignee = street.leader_a.user_id if action is IncidentAction.DISPATCH else None
        view = act_on_incident(
            actor, receipt.id, action, view.version, note, assignee_id=assignee, standard_confirmed=True, now=closed
        )
    return receipt.id


class TestFlow:
    def test_days_are_shanghai_days_and_the_last_is_today(self, street: Street) -> None:
        late_evening = datetime(2026, 3, 17, 15, 59, tzinfo=NOW.tzinfo)  # 23:59 in Shanghai
        logged(street.command, "a", now=late_evening)
        logged(street.command, "b", now=late_evening + timedelta(minutes=1))
        days = read_screen(street.command, NOW).days
        assert len(days) == DAYS
        assert (days[-1].day, days[-1].new, days[-2].new) == (date(2026, 3, 18), 1, 1)

    def test_mean_by_now_counts_the_days_before_until_this_time_of_day(self, street: Street) -> None:
        for back in (1, 2):
            logged(street.command, f"early{back}", now=NOW - back * DAY - timedelta(hours=1))
            logged(street.command, f"late{back}", now=NOW - back * DAY + timedelta(hours=1))
        logged(street.command, "today", now=NOW - timedelta(hours=1))
        assert read_screen(street.command, NOW).by_now == 2 / DAYS

    def test_void_cases_are_not_closed_cases(self, street: Street) -> None:
        receipt = logged(street.command, "v", now=NOW - timedelta(hours=2))
        version = list_incidents(street.command, IncidentFilter(), NOW).rows[0].version
        act_on_incident(street.command, receipt.id, IncidentAction.VOID, version, "误报", now=NOW)
        overview = read_screen(street.command, NOW)
        assert (overview.today.new, overview.today.closed, overview.open) == (1, 0, 0)


class TestAgainstPlainPython:
    """The counts of random rows, read from several indexes in one statement, are those of the rows one by one."""

    @pytest.mark.parametrize("who", ["command", "secretary"])
    def test_days_and_rates_are_those_of_the_rows(self, db: Database, street: Street, who: str) -> None:
        make_random_rows(7, [street.grid_a, street.grid_c], [street.department.user_id, street.leader_a.user_id])
        actor: Actor = getattr(street, who)
        overview = read_desk(actor, NOW)
        with reading(actor.scope) as session:
            rows = list(session.scalars(select(Incident)))
        for day in overview.days:
            within = day_start(day.day), day_end(day.day)
            assert day.new == sum(within[0] <= row.reported_at < within[1] for row in rows)
            closed = [row for row in rows if row.closed_at and within[0] <= row.closed_at < within[1]]
            assert day.closed == sum(row.status == IncidentStatus.CLOSED for row in closed)
        for back, rate in enumerate(reversed(overview.indicators.on_time)):
            assert rate == rate_of(rows, NOW - back * timedelta(days=5))
        assert sum(sum(cell.counts) for cell in list_cells(actor, NOW)) == sum(day.new for day in overview.days)

    def test_mean_by_now(self, db: Database, street: Street) -> None:
        make_random_rows(8, [street.grid_a, street.grid_c], [street.leader_a.user_id])
        with reading(EVERYWHERE) as session:
            moments = list(session.scalars(select(Incident.reported_at)))
        ends = [NOW - back * DAY for back in range(1, DAYS + 1)]
        expected = sum(day_start(local_date(end)) <= moment < end for end in ends for moment in moments) / DAYS
        assert read_screen(street.command, NOW).by_now == expected


def rate_of(rows: list[Incident], end: datetime) -> Rate:
    """On time in the 30 days until ``end``: closed in time, of those closed and those late and open at the end."""
    rows = [row for row in rows if row.due_at]
    start = end - timedelta(days=30)
    closed = [row for row in rows if row.status == "closed" and row.closed_at and start < row.closed_at <= end]
    late = [
        row for row in rows
        if row.due_at < end and (row.closed_at > end if row.closed_at else IncidentStatus(row.status) in TIMED)
    ]  # fmt: skip
    return Rate(sum(row.closed_at <= row.due_at for row in closed), len(closed) + len(late))


class TestTotals:
    def test_cells_of_the_desk_add_up_to_the_days_of_the_screen(self, street: Street) -> None:
        for number, place in enumerate((IN_A, IN_A, IN_B, IN_C, OUTSIDE, None)):
            area = {"area_id": street.grid_b} if place is None else {}
            logged(street.command, f"i{number}", now=NOW - number * DAY, at=place, **area)
        days = [day.new for day in read_screen(street.command, NOW).days]
        cells = list_cells(street.command, NOW)
        assert [sum(column) for column in zip(*(cell.counts for cell in cells), strict=True)] == days
        assert {cell.name: sum(cell.counts) for cell in cells} == {"书院格": 2, "学圃格": 2, "归帆格": 1, "": 1}
        assert sum(days) == 6

    def test_open_cases_are_the_list_and_the_symbols_on_the_map(self, street: Street) -> None:
        for number, place in enumerate((IN_A, IN_B, OUTSIDE)):
            logged(street.command, f"o{number}", now=NOW - timedelta(minutes=number), at=place)
        logged(street.command, "late", now=NOW - 60 * DAY)
        overview = read_screen(street.command, NOW)
        page = list_incidents(street.command, IncidentFilter(), NOW)
        points = incident_points(street.command, now=NOW)
        assert overview.open == page.total == sum(page.counts.values()) == 4
        assert overview.open_by_symbol == page.counts
        assert overview.open_by_symbol[IncidentSymbol.OVERDUE] == 1
        assert points.total == points.placed + points.without_place == 4

    def test_more_areas_than_cells_are_shown_one_level_up(self, street: Street) -> None:
        for number in range(MOST_CELLS):
            make_area(f"新格{number}", parent=street.community)
        logged(street.command, "x", now=NOW, at=IN_C)
        cells = list_cells(street.command, NOW)
        assert {cell.name: sum(cell.counts) for cell in cells} == {"书院社区": 0, "归帆社区": 1}


class TestIndicators:
    def test_on_time_rate_counts_what_is_late_and_still_open(self, street: Street) -> None:
        close(street, "quick", NOW - 3 * DAY, NOW - 3 * DAY + timedelta(hours=1))
        close(street, "slow", NOW - 25 * DAY, NOW - DAY)
        logged(street.command, "open and late", now=NOW - 20 * DAY)
        logged(street.command, "open in time", now=NOW - timedelta(minutes=5))
        on_time = read_screen(street.command, NOW).indicators.on_time
        assert on_time[-1] == Rate(1, 3)
        assert on_time[0] == Rate(0, 0)

    def test_rate_of_nothing_has_no_denominator(self, street: Street) -> None:
        assert read_screen(street.command, NOW).indicators.on_time[-1].denominator == 0

    def test_members_and_covered_grids_are_counted_once_and_by_date(self, street: Street) -> None:
        first, second = (make_person(name, is_party_member=True) for name in ("方宁", "岑立"))
        make_person("路人")
        begins = (NOW - 10 * DAY).date()
        rows = [(first, street.grid_a, begins, None), (first, street.grid_b, begins, None)]
        rows += [(second, street.grid_a, begins, None), (second, street.grid_c, begins, begins + DAY)]
        with transaction(EVERYWHERE) as session:
            session.add_all(
                Assignment(person_id=person, area_id=area, post="member", starts_on=start, ends_on=end)
                for person, area, start, end in rows
            )
        indicators = read_screen(street.command, NOW).indicators
        assert indicators.members == 2
        assert (indicators.assigned[-1], indicators.covered[-1]) == (2, 2)
        assert (indicators.assigned[-3], indicators.covered[-3]) == (2, 3)
        assert indicators.assigned[0] == 0

    def test_hours_are_those_that_count(self, street: Street) -> None:
        activity = make_activity(starts_at=NOW - 2 * DAY)
        times = {"checked_in_at": NOW - 2 * DAY, "checked_out_at": NOW - 2 * DAY + timedelta(hours=2), "minutes": 120}
        make_attendance(activity, make_volunteer("甲"), **times)
        make_attendance(activity, make_volunteer("乙"), source="manual", **times)  # nobody confirmed it
        indicators = read_screen(street.command, NOW).indicators
        assert (indicators.minutes[-1], indicators.activities[-1]) == (120, 1)


class TestWhoSeesWhat:
    def test_screen_shows_the_town_to_everybody_and_nothing_personal(self, street: Street) -> None:
        logged(street.command, "p", reporter_name="王小明", reporter_phone="13800001234", now=NOW)
        make_station()
        for actor in (street.visitor, street.volunteer, street.leader_b):
            overview = read_screen(actor, NOW)
            assert (overview.open, overview.grids, overview.stations) == (1, 3, 1)
            assert "王小明" not in repr(overview)
            assert "书院弄" not in repr(overview)  # neither title nor place

    def test_newest_names_the_grid_and_not_the_building(self, street: Street) -> None:
        building = make_area("3 号楼", level="building", parent=street.grid_a)
        logged(street.command, "b", at=None, area_id=building, now=NOW)
        logged(street.command, "o", at=OUTSIDE, now=NOW - timedelta(minutes=1))
        assert [row.area for row in read_screen(street.command, NOW).newest] == ["书院格", None]

    def test_desk_shows_the_rows_in_scope(self, street: Street) -> None:
        logged(street.command, "a", at=IN_A, now=NOW)
        logged(street.command, "c", at=IN_C, now=NOW)
        assert read_desk(street.secretary, NOW).open == 1
        assert read_desk(street.secretary, NOW).days[-1].new == 1
        assert sum(count for cell in list_cells(street.secretary, NOW) for count in cell.counts) == 1
        assert [cell.name for cell in list_cells(street.secretary, NOW)] == ["书院格", "学圃格"]
        assert read_desk(street.command, NOW).open == 2

    def test_desk_is_refused_when_incidents_may_not_be_seen(self, street: Street) -> None:
        with pytest.raises(PermissionDenied):
            read_desk(street.visitor, NOW)
        with pytest.raises(PermissionDenied):
            list_cells(street.volunteer, NOW)


class TestCost:
    def test_screen_takes_few_statements_however_many_rows(self, db: Database, street: Street) -> None:
        for number in range(12):
            logged(street.command, f"n{number}", now=NOW - timedelta(hours=number))
        read_screen(street.command, NOW)  # what the installation is gets kept
        with recorded(db) as statements:
            read_screen(street.command, NOW)
        statements.most(13)

    def test_cells_take_three_statements(self, db: Database, street: Street) -> None:
        with recorded(db) as statements:
            list_cells(street.command, NOW)
        statements.most(3)

    def test_counts_over_time_are_read_from_indexes_alone_even_without_statistics(self, sqlite_db: Database) -> None:
        """SQLite once took the index of the status, which is that of nearly all rows: 1.5 s at 100,000 cases."""
        windows = [(NOW - DAY, NOW), (NOW, NOW + DAY)]
        with reading(EVERYWHERE) as session:
            for count in (lambda: count_flow(session, windows, windows), lambda: count_on_time(session, windows)):
                with recorded(sqlite_db) as statements:
                    count()
                sql = f"EXPLAIN QUERY PLAN {statements[0]}"
                plan = session.connection().exec_driver_sql(sql, (0,) * sql.count("?")).all()
                steps = [row[-1] for row in plan if "incidents" in row[-1]]
                assert steps
                assert [step for step in steps if "COVERING INDEX" not in step] == []


def test_empty_database_shows_zeros(db: Database) -> None:
    overview = read_screen(Actor(1, "a", "a", Role.COMMAND_CENTRE), NOW)
    assert (overview.open, overview.grids, overview.newest, overview.families) == (0, 0, (), ())
    assert list_cells(Actor(1, "a", "a", Role.COMMAND_CENTRE), NOW) == ()
