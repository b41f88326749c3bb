"""Rhythm and ladder by unit (feature E5, decision 0199): gaps, and the records of each step. Units are not ranked."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.profile_parts import Rhythm as RhythmChoice
from db.queries import rhythm as rows
from db.queries.areas import AreaFilter, list_area_shapes_by_id, list_areas
from db.queries.rhythm import TakenPart
from db.session import reading
from domain.clock import day_start, local_date, utc_now
from domain.errors import NotFound
from domain.periods import months_after
from domain.permissions import EVERYWHERE, Actor, Permission, Scope, require
from domain.rhythm import Deeds, LadderRule, LadderStep, month_of, steps_of
from services.maps.overlays import Overlay, OverlayShape, keep_overlay
from services.system.installations import current_profile

TEAM = "team"
GAP_KIND = "overlaps"  # the style of the map's script


@dataclass(frozen=True)
class RhythmUnit:
    """A unit: activities of the month that are over and still to come, and how many people stand on each step.

    ``key`` is the id of the area or team; ``above`` the name of the area it lies in.
    """

    key: int
    name: str
    above: str
    over: int
    ahead: int
    steps: dict[LadderStep, int]

    @property
    def activities(self) -> int:
        """Activities of the month, those to come included."""
        return self.over + self.ahead


@dataclass(frozen=True)
class RhythmView:
    """The month that begins on ``month``. ``unit``: a level's key or TEAM; ``ladder_since``: where the ladder begins.

    ``units`` are those that the actor may see, in the order of the register.
    """

    month: date
    unit: str
    per_month: int
    ladder_since: date
    ladder_until: date
    units: tuple[RhythmUnit, ...]

    @property
    def gaps(self) -> list[RhythmUnit]:
        """Units with fewer activities than a month asks for."""
        return [one for one in self.units if one.activities < self.per_month]

    @property
    def kept(self) -> int:
        """The numerator: units that are no gap. The denominator is the number of units."""
        return len(self.units) - len(self.gaps)


def get_rhythm(actor: Actor, day: date, now: datetime | None = None) -> RhythmView:
    """The units of the month that holds ``day``; the ladder counts the profile's number of months up to its end."""
    require(actor, Permission.INDICATOR_SEE)
    now = now or utc_now()
    rule = current_profile().rhythm
    first, after = month_of(day)
    since = months_after(after, -rule.months.value)
    with reading(actor.scope) as session:
        units = _units(session, actor.scope, rule)
        over, ahead = _held(session, units, first, after, now)
        steps = _steps(session, units, rule, since, after)
    found = tuple(
        RhythmUnit(
            key, name, above, over[key], ahead[key], {step: len(steps.get((key, step), ())) for step in LadderStep}
        )
        for key, (name, above) in units.names.items()
    )
    return RhythmView(first, rule.unit.value, rule.per_month.value, since, after, found)


def rhythm_overlay(actor: Actor, view: RhythmView) -> Overlay:
    """The gaps as shapes on the map; nothing where the units are teams."""
    require(actor, Permission.INDICATOR_SEE)
    if view.unit == TEAM:
        return Overlay()
    with reading(EVERYWHERE) as session:
        shapes = list_area_shapes_by_id(session, [one.key for one in view.gaps])
    return keep_overlay(
        actor, [OverlayShape(shapes[one.key].geometry, GAP_KIND, one.name) for one in view.gaps if one.key in shapes]
    )


def list_step_records(actor: Actor, day: date, unit: int, step: LadderStep) -> list[TakenPart]:
    """The activities behind a step of a unit, newest first, at most 100: how many of its people, never who.

    Raises NotFound for a unit that is none, or outside the actor's scope.
    """
    require(actor, Permission.INDICATOR_SEE)
    rule = current_profile().rhythm
    after = month_of(day)[1]
    since = months_after(after, -rule.months.value)
    with reading(actor.scope) as session:
        units = _units(session, actor.scope, rule)
        if unit not in units.names:
            raise NotFound(subject="unit")
        people = _steps(session, units, rule, since, after).get((unit, step), set())
        return rows.list_taken_part(session, day_start(since), day_start(after), people, _kinds(rule, step))


def count_kinds_by_month(actor: Actor, day: date) -> dict[tuple[date, str], int]:
    """(first day of the month, kind) → activities, over the twelve months that end with ``day``'s; for a chart."""
    require(actor, Permission.INDICATOR_SEE)
    after = month_of(day)[1]
    with reading(EVERYWHERE) as session:
        found = rows.list_beginnings(session, day_start(months_after(after, -12)), day_start(after))
    return dict(Counter((local_date(begins).replace(day=1), kind) for begins, kind in found))


@dataclass(frozen=True)
class _Units:
    """The units: key → (name, name above); ``is_team`` says by what a record is counted."""

    names: dict[int, tuple[str, str]]
    is_team: bool

    def of(self, path: str | None, team: int | None) -> int | None:
        """The unit of a record."""
        if self.is_team:
            return team if team in self.names else None
        return next((key for part in (path or "").split("/") if part and (key := int(part)) in self.names), None)


def _units(session: Session, scope: Scope, rule: RhythmChoice) -> _Units:
    if rule.unit.value == TEAM:
        return _Units({key: (name, "") for key, name in rows.list_teams_at_work(session)}, True)
    found = list_areas(session, AreaFilter(level=rule.unit.value))
    above = {row.id: row.name for row in list_areas(session, AreaFilter(level=_level_above(rule.unit.value)))}
    return _Units(
        {
            row.id: (row.name, above.get(row.parent_id or 0, ""))
            for row in found
            if scope.everywhere or row.path.startswith(scope.area_paths)
        },
        False,
    )


def _level_above(level: str) -> str:
    return current_profile().level_above(level).key


def _held(
    session: Session, units: _Units, first: date, after: date, now: datetime
) -> tuple[Counter[int], Counter[int]]:
    over: Counter[int] = Counter()
    ahead: Counter[int] = Counter()
    for held in rows.list_held(session, day_start(first), day_start(after), now):
        unit = units.of(held.area_path, held.team_id)
        if unit is not None:
            over[unit] += held.over
            ahead[unit] += held.ahead
    return over, ahead


def _steps(
    session: Session, units: _Units, rule: RhythmChoice, since: date, after: date
) -> dict[tuple[int, LadderStep], set[int]]:
    """(unit, step) → the volunteers who stand there."""
    deeds: dict[int, Deeds] = {}
    homes: dict[int, int | None] = {}
    span = (day_start(since), day_start(after))
    for part in rows.list_parts(session, *span, rule.hobby_kinds.value, rule.governing_kinds.value):
        deeds[part.volunteer_id] = Deeds(part.hobby_times, part.minutes, part.governing_times)
        homes[part.volunteer_id] = units.of(part.home, part.team_id)
    for volunteer, home, team, times in rows.list_pledge_services(session, since, after):
        known = deeds.get(volunteer, Deeds())
        deeds[volunteer] = Deeds(known.hobby_times, known.minutes, known.governing_times + times)
        homes[volunteer] = units.of(home, team)
    return _grouped(
        deeds, homes, LadderRule(rule.hobby_times.value, rule.served_hours.value, rule.governing_times.value)
    )


def _grouped(
    deeds: dict[int, Deeds], homes: dict[int, int | None], rule: LadderRule
) -> dict[tuple[int, LadderStep], set[int]]:
    found: dict[tuple[int, LadderStep], set[int]] = {}
    for volunteer, done in deeds.items():
        unit = homes[volunteer]
        for step in steps_of(done, rule) if unit is not None else ():
            found.setdefault((unit, step), set()).add(volunteer)  # type: ignore[arg-type]
    return found


def _kinds(rule: RhythmChoice, step: LadderStep) -> Collection[str] | None:
    if step is LadderStep.SERVICE:
        return None
    return rule.hobby_kinds.value if step is LadderStep.INTEREST else rule.governing_kinds.value
