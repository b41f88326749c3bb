"""The list behind a figure holds exactly what it counts, and the map shows those of them that have a place."""

from datetime import date, timedelta

import pytest

from db.session import Database
from domain.clock import local_date
from domain.indicators import INDICATORS, Behind
from domain.periods import Period, period_around
from domain.permissions import Actor
from services.incidents.cases import IncidentFilter, list_incidents
from services.indicators.groups import list_dimensions
from services.indicators.lists import name_behind
from services.indicators.measuring import IndicatorRow, IndicatorTable, measure
from services.indicators.overview import read_desk
from services.maps.points import incident_points
from services.system.installations import current_profile
from tests.incident_town import NOW, make_street
from tests.indicator_town import make_case, make_cases
from tests.services.indicators.test_measuring import MARCH, make_random_rows
from tests.statements import recorded


def listed(actor: Actor, behind: Behind) -> int:
    return list_incidents(actor, IncidentFilter(behind=behind), NOW).total


def differing(actor: Actor, table: IndicatorTable, row: IndicatorRow) -> list[str]:
    """The figures of a row whose lists hold another number."""
    found = []
    for indicator in INDICATORS:
        figure, by = row.figures[indicator.key].now, table.by if row.group.key else ""
        above = Behind(indicator.key, False, table.period, by, row.group.key)
        below = Behind(indicator.key, True, table.period, by, row.group.key)
        if indicator.measured == "cases" and listed(actor, above) != figure.numerator:
            found.append(str(above))
        if indicator.denominator and indicator.over == "cases" and listed(actor, below) != figure.denominator:
            found.append(str(below))
    return found


def test_every_figure_of_every_group_opens_its_list(sqlite_db: Database) -> None:
    street = make_cases()
    for by in list_dimensions(current_profile()):
        table = measure(street.command, MARCH, by, NOW)
        assert [differing(street.command, table, row) for row in table.rows] == [[]] * len(table.rows), by


@pytest.mark.parametrize("who", ["command", "secretary", "department"])
def test_lists_and_figures_agree_on_any_rows_and_for_any_scope(db: Database, who: str) -> None:
    street = make_street()
    make_random_rows(5, [street.grid_a, street.grid_c], [street.department.user_id, street.leader_a.user_id])
    actor = getattr(street, who)
    for period in (MARCH, Period(date(2025, 11, 3), date(2026, 1, 20))):
        table = measure(actor, period, "community", NOW)
        assert differing(actor, table, table.total) == []
        assert [found for row in table.rows for found in differing(actor, table, row)] == []


def test_the_map_shows_those_with_a_place(sqlite_db: Database) -> None:
    street = make_cases()
    layer = incident_points(street.command, IncidentFilter(behind=Behind("closed", False, MARCH)), NOW)
    assert (layer.total, layer.placed, len(layer.rows)) == (4, 2, 2)  # 1 and 3 of 1 2 3 6
    nobody = incident_points(street.visitor, IncidentFilter(behind=Behind("closed", False, MARCH)), NOW)
    assert nobody.total == incident_points(street.visitor, now=NOW).total  # may not ask


def test_a_list_behind_a_figure_takes_few_statements(sqlite_db: Database) -> None:
    street = make_cases()
    behind = Behind("closed_rate", True, MARCH, "community", "410311001001")
    with recorded() as statements:
        listed(street.command, behind)
    statements.most(8)


def test_an_address_says_the_same_again() -> None:
    behind = Behind("closed_rate", True, MARCH, "community", "410311001001")
    assert Behind.parse(str(behind)) == behind
    assert Behind.parse(str(Behind("reported", False, MARCH))) == Behind("reported", False, MARCH)


@pytest.mark.parametrize(
    "text",
    [
        "", "reported", "nothing.above.2026-03-01.2026-03-31..", "reported.beside.2026-03-01.2026-03-31..",
        "reported.above.2026-03-31.2026-03-01..", "reported.above.yesterday.today..",
        "reported.below.2026-03-01.2026-03-31..",
    ],
)  # fmt: skip
def test_an_address_that_says_nothing_is_none(text: str) -> None:
    assert Behind.parse(text) is None


@pytest.mark.parametrize("by", ["person", "community", "department", "post", "class", "source"])
def test_an_unknown_group_holds_nothing_and_breaks_nothing(sqlite_db: Database, by: str) -> None:
    street = make_cases()
    behind = Behind("reported", False, period_around("year", NOW.date() - timedelta(days=1)), by, "x'; --")
    assert listed(street.command, behind) == 0
    group = name_behind(behind)
    assert group is None or group.key == "x'; --"


def test_the_desks_counts_open_their_lists(sqlite_db: Database) -> None:
    street = make_cases()
    today = local_date(NOW)
    make_case("today", area_id=street.grid_a, status="closed", closed_at=NOW - timedelta(hours=1))
    desk = read_desk(street.command, NOW)
    assert listed(street.command, Behind("closed", False, Period(today, today))) == desk.today.closed == 1
    assert list_incidents(street.command, IncidentFilter(), NOW).total == desk.open
