"""What to do about a grid outside the staffing rule: a cut for one with too many households, a merger for one with
too few (feature A6). A proposal is the beginning of a preview, never more.
"""

from dataclasses import dataclass

import shapely
from sqlalchemy.orm import Session

from db.queries.areas import AreaFilter, AreaRow, list_area_shapes_by_id, list_areas
from db.queries.grounds import list_ground
from db.session import reading
from domain.area_changes import shares
from domain.areas import StaffingRule, StaffingVerdict, staffing_finding
from domain.errors import Refusal
from domain.permissions import EVERYWHERE, Actor, Permission, require
from geo.cutting import Plane
from geo.proposing_cuts import Street, Weighed, number_of_parts, propose_cut
from services.areas.change_parts import Ground
from services.areas.change_plan import NewOutline
from services.areas.changes import ground_of

_SIDE_M = 5.0  # neighbours share at least so much border


class NothingToPropose(Refusal):
    """The area keeps the rule, or its ground cannot be divided. Values: area."""

    code = "nothing_to_propose"


@dataclass(frozen=True)
class ProposedCut:
    """A cut of one area: the new outlines with their households, from the west.

    ``along_streets``: share of the new border. ``fits``: every part keeps the rule.
    """

    area: AreaRow
    rule: StaffingRule
    outlines: tuple[NewOutline, ...]
    along_streets: float
    fits: bool


@dataclass(frozen=True)
class ProposedMerger:
    """An area and the neighbour with which it would keep the rule, and their households together."""

    area: AreaRow
    neighbour: AreaRow
    households: int


def propose_cut_of(actor: Actor, area_id: int) -> ProposedCut:
    """A balanced cut of an area with too many households.

    Raises NothingToPropose, NotFound, AreaHasEnded, NoOutline.
    """
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        ground = ground_of(session, [area_id])
        area = ground.changed[0]
        rule = ground.rules.rule_of(area.level, area.kind)
        if rule is None or staffing_finding(area.households, rule).verdict is not StaffingVerdict.TOO_MANY:
            raise NothingToPropose(area=area.name)
        return _cut(session, ground, area, rule)


def _cut(session: Session, ground: Ground, area: AreaRow, rule: StaffingRule) -> ProposedCut:
    households = area.households or 0
    outline = ground.outlines[area.id]
    shapes = list_ground(session, shapely.bounds(outline).tolist())
    homes = [shape.geometry for shape in shapes if shape.layer == "building"]
    children = ground.children([area.id])
    known = all(child.households is not None for child in children)
    found = propose_cut(
        outline,
        households,
        number_of_parts(households, rule.least, rule.most),
        (float(rule.least), float(rule.most)),
        [Weighed(ground.outlines[child.id], float(child.households or 0)) for child in children if known],
        [Weighed(home, float(home.area)) for home in homes],
        [Street(shape.geometry, shape.kind) for shape in shapes if shape.layer != "building"],
    )
    if found is None:
        raise NothingToPropose(area=area.name)
    numbers = shares(households, found.households)
    outlines = tuple(NewOutline(part, households=number) for part, number in zip(found.parts, numbers, strict=True))
    fits = all(rule.least <= number <= rule.most for number in numbers)
    return ProposedCut(area, rule, outlines, found.along_streets, fits)


def propose_merger_of(actor: Actor, area_id: int) -> ProposedMerger:
    """The neighbour under the same parent that an area with too few households would join.

    The one with which it comes nearest to the middle of the rule; together they hold no more than its most. Raises
    NothingToPropose, NotFound, AreaHasEnded, NoOutline.
    """
    require(actor, Permission.AREA_SEE)
    with reading(EVERYWHERE) as session:
        ground = ground_of(session, [area_id])
        area = ground.changed[0]
        rule = ground.rules.rule_of(area.level, area.kind)
        if rule is None or staffing_finding(area.households, rule).verdict is not StaffingVerdict.TOO_FEW:
            raise NothingToPropose(area=area.name)
        beside = [one for one in _beside(session, area) if one.kind == area.kind and one.households is not None]
    middle = (rule.least + rule.most) / 2
    sums = [((area.households or 0) + (one.households or 0), one) for one in beside]
    fitting = [(abs(total - middle), one.code, total, one) for total, one in sums if total <= rule.most]
    if not fitting:
        raise NothingToPropose(area=area.name)
    _, _, total, neighbour = min(fitting, key=lambda found: found[:2])
    return ProposedMerger(area, neighbour, total)


def _beside(session: Session, area: AreaRow) -> list[AreaRow]:
    siblings = list_areas(session, AreaFilter(level=area.level, parent_id=area.parent_id))
    shapes = list_area_shapes_by_id(session, [one.id for one in siblings])
    outline = [shapes[area.id].geometry]
    plane = Plane.around(outline)
    near = shapely.buffer(plane.there(outline)[0], 0.05)
    return [
        one
        for one in siblings
        if one.id != area.id
        and one.id in shapes
        and shapely.intersection(near, plane.there([shapes[one.id].geometry])[0].boundary).length > _SIDE_M
    ]
