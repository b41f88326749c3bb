"""Days since the last visit on the map: no record is no data, never the lowest class."""

from datetime import timedelta

import pytest

from db.session import Database
from domain.errors import PermissionDenied
from domain.measures import NO_DATA, OUT_OF_SCOPE, Measure
from domain.permissions import Actor
from domain.visits import VisitKind
from services.areas.tree import area_tree, current_state
from services.maps.measures import measure_values
from services.maps.tiles import area_tiles
from services.visits.log import VisitForm, log_visit
from tests.incident_town import IN_A, IN_B, NOW, Street, make_street


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def seen(actor: Actor, area: int) -> tuple[int, float]:
    state = current_state()
    values = measure_values(state, actor.scope, Measure.VISITS, NOW)
    [at] = area_tree(state).places([area])
    return int(values.classes[at]), float(values.value[at])


def test_days_and_classes_by_grid_and_the_longest_above(street: Street) -> None:
    log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *IN_A), NOW - timedelta(days=7))
    log_visit(street.leader_b, VisitForm(VisitKind.PATROL, *IN_B), NOW - timedelta(days=31))
    assert seen(street.command, street.grid_a) == (0, 7)
    assert seen(street.command, street.grid_b) == (3, 31)
    assert seen(street.command, street.grid_c)[0] == NO_DATA
    assert seen(street.command, street.community) == (3, 31)
    assert seen(street.command, street.street) == (3, 31)
    assert seen(street.leader_a, street.grid_b)[0] == OUT_OF_SCOPE


def test_a_new_visit_makes_another_version(street: Street) -> None:
    before = area_tiles(street.command, Measure.VISITS, NOW).version
    log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *IN_A), NOW)
    assert area_tiles(street.command, Measure.VISITS, NOW).version != before
    assert seen(street.command, street.grid_a) == (0, 0)


def test_who_may_not_see_visits_gets_no_tiles_of_them(street: Street) -> None:
    with pytest.raises(PermissionDenied):
        area_tiles(street.visitor, Measure.VISITS, NOW)
