"""The new areas of a change: outlines, names, codes, households, and what lies within them (feature A4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from sqlalchemy.orm import Session

from config.profiles import Profile
from db.queries.area_changes import list_codes_ever
from db.queries.areas import AreaRow
from db.queries.grounds import list_ground
from db.queries.planned_area_changes import list_planned_codes
from domain.area_changes import (
    ChangeKind,
    NotSideBySide,
    check_households,
    check_number,
    code_under,
    keeps_code,
    shares,
)
from domain.areas import staffing_finding
from domain.errors import Refusal
from domain.staffing import StaffingRules
from domain.texts import clean_line
from geo.cutting import crossed, cut, follow_borders, joined, place_in, require_cover
from services.areas.change_plan import ChangeForm, NewArea, NewOutline
from services.areas.labels import numbered
from services.areas.shapes import measure

_NUMERALS = "一二三四五六七八九十"


class PartsMissing(Refusal):
    """Neither a line nor outlines say how the areas are to be changed."""

    code = "parts_missing"


class SmallerAreaCrossed(Refusal):
    """A border given by a file runs through areas within. Values: names."""

    code = "smaller_area_crossed"


class NotTheSameAreas(Refusal):
    """Redrawn areas cannot be told from their outlines: each keeps most of its ground. Values: names."""

    code = "not_the_same_areas"


@dataclass(frozen=True)
class Ground:
    """The areas that are changed, all that lies within them (from the top), and every outline by id.

    ``parent``: code and level of the area above them. ``rules``: the staffing rules in force.
    """

    changed: tuple[AreaRow, ...]
    within: tuple[AreaRow, ...]
    outlines: dict[int, shapely.Geometry]
    parent: tuple[str, str]
    rules: StaffingRules

    @property
    def ended(self) -> tuple[AreaRow, ...]:
        """The areas that end, from the top."""
        return (*self.changed, *self.within)

    def children(self, area_ids: Sequence[int]) -> list[AreaRow]:
        """The areas right below some, that have an outline."""
        return [area for area in self.within if area.parent_id in area_ids and area.id in self.outlines]

    def shapes(self, areas: Sequence[AreaRow]) -> list[shapely.Geometry]:
        """Their outlines."""
        return [self.outlines[area.id] for area in areas]


@dataclass(frozen=True)
class Parts:
    """The outlines of a change in order, and whether a drawn cut was moved to the borders within."""

    outlines: list[NewOutline]
    followed: bool


def parts_of(ground: Ground, form: ChangeForm) -> Parts:
    """The outlines that the form asks for. Raises CutDoesNotCross, PartsDoNotCover, SmallerAreaCrossed and others."""
    old = ground.shapes(ground.changed)
    _refuse_apart(ground.changed)
    if form.kind is ChangeKind.MERGE:
        check_number(form.kind, len(old), 1)
        return Parts([NewOutline(joined(old))], False)
    if form.outlines:
        found = Parts(list(form.outlines), False)
        _refuse_crossed(ground, [outline.geometry for outline in form.outlines])
    else:
        found = _cut(ground, form)
    check_number(form.kind, len(old), len(found.outlines))
    require_cover(old, [outline.geometry for outline in found.outlines])
    return replace(found, outlines=_matched(ground, found.outlines)) if form.kind is ChangeKind.REDRAW else found


def _cut(ground: Ground, form: ChangeForm) -> Parts:
    if not form.lines:
        raise PartsMissing()
    drawn = cut(joined(ground.shapes(ground.changed)), form.lines)
    smaller = ground.shapes(ground.children([area.id for area in ground.changed]))
    shapes = follow_borders(drawn, smaller)
    _refuse_crossed(ground, shapes)
    moved = any(a.symmetric_difference(b).area > 1e-12 for a, b in zip(drawn, shapes, strict=True))
    return Parts([NewOutline(shape) for shape in shapes], moved)


def _refuse_apart(areas: Sequence[AreaRow]) -> None:
    if len({(area.level, area.parent_id) for area in areas}) > 1:
        raise NotSideBySide(names="、".join(area.name for area in areas))


def _refuse_crossed(ground: Ground, shapes: Sequence[shapely.Geometry]) -> None:
    smaller = ground.children([area.id for area in ground.changed])
    if found := crossed(shapes, ground.shapes(smaller)):
        raise SmallerAreaCrossed(names="、".join(smaller[place].name for place in found[:10]))


def _matched(ground: Ground, outlines: Sequence[NewOutline]) -> list[NewOutline]:
    """The outlines in the order of the areas that they redraw: by code where given, else by the ground they keep."""
    by_code = {outline.code: outline for outline in outlines if outline.code}
    if all(area.code in by_code for area in ground.changed):
        return [by_code[area.code] for area in ground.changed]
    places = place_in([outline.geometry for outline in outlines], ground.shapes(ground.changed))
    if len(set(places)) < len(places):
        raise NotTheSameAreas(names="、".join(area.name for area in ground.changed))
    return [outlines[place] for place in places]


def new_areas(session: Session, profile: Profile, ground: Ground, form: ChangeForm, parts: Parts) -> list[NewArea]:
    """The parts with their names, codes and households, and all that lies within them anew."""
    shapes = [outline.geometry for outline in parts.outlines]
    taken = list_codes_ever(session) | list_planned_codes(session, without=form.planned_id)
    households = _households(session, ground, form, parts.outlines)
    found: list[NewArea] = []
    for place, outline in enumerate(parts.outlines):
        olds = _replaced(ground, form, place)
        name, code = _name(form, olds, outline, place), _code(profile, ground, form, outline, place, taken)
        taken.add(code)
        found.append(_part(ground, place, code, name, olds, households[place], shapes[place]))
    _go_along(profile, ground, found, taken)
    return found


def _replaced(ground: Ground, form: ChangeForm, place: int) -> list[AreaRow]:
    return [ground.changed[place]] if form.kind is ChangeKind.REDRAW else list(ground.changed)


def _name(form: ChangeForm, olds: Sequence[AreaRow], outline: NewOutline, place: int) -> str:
    given = form.names[place] if place < len(form.names) else ""
    if form.kind is ChangeKind.SPLIT:
        end = _NUMERALS[place] if place < len(_NUMERALS) else str(place + 1)
        return clean_line(given or outline.name or numbered(olds[0].name, end, olds[0].level), "name", 120)
    largest = max(olds, key=lambda area: (area.households or 0, -area.id))
    return clean_line(given or outline.name or largest.name, "name", 120)


def _code(
    profile: Profile, ground: Ground, form: ChangeForm, outline: NewOutline, place: int, taken: set[str]
) -> str:  # fmt: skip
    first = ground.changed[place] if form.kind is ChangeKind.REDRAW else ground.changed[0]
    if form.kind is ChangeKind.REDRAW:
        return first.code
    given = (form.codes[place] if place < len(form.codes) else "") or outline.code
    given = clean_line(given, "code", 64, required=False)
    return code_under(ground.parent, first.level, taken, profile.scheme, f"{first.name} {place + 1}", given)


def _households(session: Session, ground: Ground, form: ChangeForm, outlines: Sequence[NewOutline]) -> list[int | None]:
    """As the form or the file says, else the sum of before shared out by what lies within, by dwellings, by ground."""
    known = [area.households for area in ground.changed if area.households is not None]
    if len(known) < len(ground.changed):
        return [outline.households for outline in outlines]
    given = list(form.households) or [outline.households for outline in outlines if outline.households is not None]
    if len(given) == len(outlines):
        check_households(sum(known), given)
        return list(given)
    return list(shares(sum(known), weights_of(session, ground, [outline.geometry for outline in outlines])))


def weights_of(session: Session, ground: Ground, shapes: Sequence[shapely.Geometry]) -> list[float]:
    """How the households lie in the parts: by the areas within, else by the ground of dwellings, else by all ground."""
    children = ground.children([area.id for area in ground.changed])
    if children and all(area.households is not None for area in children):
        at = place_in(shapes, ground.shapes(children))
        return [float(sum(area.households or 0 for area, own in zip(children, at, strict=True) if own == place))
                for place in range(len(shapes))]  # fmt: skip
    box = shapely.total_bounds(ground.shapes(ground.changed)).tolist()
    homes = [shape.geometry for shape in list_ground(session, tuple(box)) if shape.layer == "building"]
    middles = shapely.point_on_surface(homes) if homes else []
    inside = [
        float(sum(home.area for home, middle in zip(homes, middles, strict=True) if shape.contains(middle)))
        for shape in shapes
    ]
    return inside if sum(inside) else [float(shape.area) for shape in shapes]


def _part(
    ground: Ground, number: int, code: str, name: str, olds: Sequence[AreaRow], households: int | None,
    shape: shapely.Geometry,
) -> NewArea:  # fmt: skip
    old, measured = olds[0], measure([shape])
    lon, lat = measured.labels[0].tolist()
    return NewArea(
        number, code, name, old.level, old.kind, old.depth, old.parent_id, None, households, measured.shapes[0],
        float(measured.m2[0]), int(measured.parts[0]), (lon, lat), old.source_datum, tuple(area.id for area in olds),
        staffing_finding(households, ground.rules.rule_of(old.level, old.kind)),
    )  # fmt: skip


def _child(number: int, code: str, old: AreaRow, under: NewArea, ground: Ground) -> NewArea:
    return NewArea(
        number, code, old.name, old.level, old.kind, under.depth + 1, None, under.number, old.households,
        ground.outlines.get(old.id), old.area_m2, old.parts, (old.label_lon, old.label_lat), old.source_datum,
        (old.id,), staffing_finding(old.households, ground.rules.rule_of(old.level, old.kind)),
    )  # fmt: skip


def _go_along(profile: Profile, ground: Ground, found: list[NewArea], taken: set[str]) -> None:
    """All areas within, from the top down, each under the new area that holds most of it.

    A code that names its parent is continued under the new one; any other is kept.
    """
    for area in ground.within:
        under = _holding(ground, area, [new for new in found if area.parent_id in new.old_ids])
        parent, code = (under.code, under.level), area.code
        if not keeps_code(code, area.level, parent, profile.scheme):
            code = code_under(parent, area.level, taken, profile.scheme, area.name)
        taken.add(code)
        found.append(_child(len(found), code, area, under, ground))


def _holding(ground: Ground, area: AreaRow, above: Sequence[NewArea]) -> NewArea:
    """The one above it; where there are several, the one with most of its ground, or the first for one without any."""
    if len(above) == 1 or area.id not in ground.outlines:
        return above[0]
    return above[place_in([new.geometry for new in above], [ground.outlines[area.id]])[0]]
