"""What is proposed for grids outside the staffing rule (feature A6)."""

from datetime import date

import pytest
import shapely

from db.models import BaseMapFeature
from db.session import Database, transaction
from domain.area_changes import ChangeKind
from domain.areas import StaffingVerdict
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE
from services.areas.change_plan import ChangeForm
from services.areas.changes import apply_change, plan_change
from services.areas.cut_proposals import NothingToPropose, propose_cut_of, propose_merger_of
from services.areas.register import list_staffing_findings
from tests.factories import make_area
from tests.incident_town import NOW, Street, make_street

TODAY = date(2026, 3, 18)


def street_with_homes() -> Street:
    """Grid A with 620 households: ten equal houses, five on either side of a street at 112.406."""
    street = make_street(households=620)
    places = [112.401 + n * 0.001 for n in range(5)] + [112.4065 + n * 0.0007 for n in range(5)]
    with transaction(EVERYWHERE) as session:
        for lon in places:
            home = shapely.box(lon, 34.605, lon + 0.0001, 34.6051)
            session.add(BaseMapFeature(layer="building", kind="residential", rank=15, geometry=home))
        road = shapely.LineString([(112.406, 34.599), (112.406, 34.611)])
        session.add(BaseMapFeature(layer="road", kind="collector", rank=13, geometry=road))
    return street


def test_a_grid_of_620_is_flagged_and_cut_into_two_within_the_rule(db: Database) -> None:
    street = street_with_homes()
    found = list_staffing_findings(street.administrator, "grid")
    assert [(area.id, area.staffing.verdict, area.staffing.cut_into) for area in found] == [
        (street.grid_a, StaffingVerdict.TOO_MANY, 2)
    ]
    proposed = propose_cut_of(street.administrator, street.grid_a)
    assert [outline.households for outline in proposed.outlines] == [310, 310]
    assert (proposed.fits, proposed.along_streets) == (True, 1.0)
    assert proposed.outlines[0].geometry.bounds[2] == pytest.approx(112.406, abs=1e-7)
    form = ChangeForm(ChangeKind.SPLIT, (street.grid_a,), TODAY, "户数超标", outlines=proposed.outlines)
    plan = plan_change(street.administrator, form, NOW)
    assert [part.staffing.verdict for part in plan.parts] == [StaffingVerdict.FITS] * 2
    apply_change(street.administrator, form, plan.digest, NOW)
    assert list_staffing_findings(street.administrator, "grid") == []


def test_a_grid_that_keeps_the_rule_gets_no_proposal(db: Database) -> None:
    street = make_street(households=400)
    for propose in (propose_cut_of, propose_merger_of):
        with pytest.raises(NothingToPropose):
            propose(street.administrator, street.grid_a)


def test_a_grid_with_too_few_joins_the_neighbour_with_which_it_fits(db: Database) -> None:
    street = make_street(households=120)
    others = {
        "过大格": (490, (112.40, 34.61, 112.41, 34.62)),
        "远格": (280, (112.45, 34.6, 112.46, 34.61)),
        "西格": (250, (112.39, 34.6, 112.40, 34.61)),
    }
    ids = {
        name: make_area(name, parent=street.community, code=f"4103110010010{n:02d}", households=households, box=box)
        for n, (name, (households, box)) in enumerate(others.items(), 10)
    }
    found = propose_merger_of(street.administrator, street.grid_a)
    assert (found.neighbour.id, found.households) == (ids["西格"], 370)


def test_proposals_are_for_those_who_see_the_register(db: Database) -> None:
    street = make_street(households=620)
    for propose in (propose_cut_of, propose_merger_of):
        with pytest.raises(PermissionDenied):
            propose(street.visitor, street.grid_a)
