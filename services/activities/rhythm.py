"""Rhythm and ladder by unit (feature E5, decision 0199): gaps, and the records of each step. Units are not ranked."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from config.profile_parts import Rhythm as RhythmChoice
from db.queries import rhythm as rows
from db.queries.area_changes import list_successions
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

    ``units`` are those that the actor may see, in the order of the register; ``activities``: theirs, each once.
    """

    month: date
    unit: str
    per_month: int
    ladder_since: date
    ladder_until: date
    units: tuple[RhythmUnit, ...]
    activities: int

    @property
    def gaps(self) -> list[RhythmUnit]:
        """Units with fewer activities than a month asks for."""
        return [one for one in self.units if one.activities < self.per_month]

    @property
    def kept(self) -> int:
        """The numerator: units that are no gap. The denominator is the number of units."""
        return len(self.units) - len(self.gaps)


def get_rhythm(actor: Actor, day: date, now: datetime | None = None) -> RhythmView:
    """The units of the month that holds ``day``; the ladder counts the profile's number of months up to its end.

    Units are the areas of the month's last day, or of today. What was held in one that ended before counts for those
    that took its place.
    """
    require(actor, Permission.INDICATOR_SEE)
    now = now or utc_now()
    rule = current_profile().rhythm
    first, after = month_of(day)
    since = months_after(after, -rule.months.value)
    with reading(EVERYWHERE) as session:
        units = _units(session, actor.scope, rule, _last_day(after, now))
        over, ahead, activities = _held(session, units, first, after, now)
    with reading(actor.scope) as session:
        steps = _steps(session, units, rule, since, after)
    found = tuple(
        RhythmUnit(
            key, name, above, over[key], ahead[key], {step: len(steps.get((key, step), ())) for step in LadderStep}
        )
        for key, (name, above) in units.names.items()
    )
    return RhythmView(first, rule.unit.value, rule.per_month.value, since, after, found, activities)


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


def list_step_records(
    actor: Actor, day: date, unit: int, step: LadderStep, now: datetime | None = None
) -> list[TakenPart]:
    """The activities behind a step of a unit, newest first, at most 100: how many of its people, never who.

    Raises NotFound for a unit that is none, or outside the actor's scope.
    """
    require(actor, Permission.INDICATOR_SEE)
    rule = current_profile().rhythm
    after = month_of(day)[1]
    since = months_after(after, -rule.months.value)
    with reading(actor.scope) as session:
        units = _units(session, actor.scope, rule, _last_day(after, now or utc_now()))
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
    """The units: key → (name, name above); ``is_team`` says by what a record is counted.

    ``kin``: an area of another time → the units that took its place, or of which it is a part.
    """

    names: dict[int, tuple[str, str]]
    is_team: bool
    kin: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def of(self, path: str | None, team: int | None) -> tuple[int, ...]:
        """The units of a record: one, none, or the parts of an area that was split."""
        if self.is_team:
            return (team,) if team in self.names else ()
        steps = [int(part) for part in (path or "").split("/") if part]
        own = tuple(key for key in steps if key in self.names)
        return own or next((self.kin[key] for key in steps if key in self.kin), ())


def _last_day(after: date, now: datetime) -> date:
    """The last day of the month before ``after``, or today."""
    return min(after - timedelta(days=1), local_date(now))


def _units(session: Session, scope: Scope, rule: RhythmChoice, day: date) -> _Units:
    if rule.unit.value == TEAM:
        return _Units({key: (name, "") for key, name in rows.list_teams_at_work(session)}, True)
    found = list_areas(session, AreaFilter(level=rule.unit.value, day=day))
    level_above = _level_above(rule.unit.value)
    above = {row.id: row.name for row in list_areas(session, AreaFilter(level=level_above, day=day))}
    names = {
        row.id: (row.name, above.get(row.parent_id or 0, ""))
        for row in found
        if scope.everywhere or row.path.startswith(scope.area_paths)
    }
    return _Units(names, False, _kin(session, names))


def _kin(session: Session, units: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Areas that are no units → the units that came of them, else those that they came of."""
    later: dict[int, list[int]] = defaultdict(list)
    earlier: dict[int, list[int]] = defaultdict(list)
    for row in list_successions(session):
        later[row.old_id].append(row.new_id)
        earlier[row.new_id].append(row.old_id)
    others = {*later, *earlier}.difference(units)
    return {area: found for area in others if (found := _along(area, later, units) or _along(area, earlier, units))}


def _along(area: int, steps: Mapping[int, Sequence[int]], units: Collection[int]) -> tuple[int, ...]:
    found, waiting = set(), [area]
    while waiting:
        for one in steps.get(waiting.pop(), ()):
            if one in units:
                found.add(one)
            else:
                waiting.append(one)
    return tuple(sorted(found))


def _level_above(level: str) -> str:
    return current_profile().level_above(level).key


def _held(
    session: Session, units: _Units, first: date, after: date, now: datetime
) -> tuple[Counter[int], Counter[int], int]:
    """Unit → activities that are over, and those to come; and how many there are, each once."""
    over: Counter[int] = Counter()
    ahead: Counter[int] = Counter()
    every = 0
    for held in rows.list_held(session, day_start(first), day_start(after), now):
        at = units.of(held.area_path, held.team_id)
        every += (held.over + held.ahead) if at else 0
        for unit in at:
            over[unit] += held.over
            ahead[unit] += held.ahead
    return over, ahead, every


def _steps(
    session: Session, units: _Units, rule: RhythmChoice, since: date, after: date
) -> dict[tuple[int, LadderStep], set[int]]:
    """(unit, step) → the volunteers who stand there."""
    deeds: dict[int, Deeds] = {}
    homes: dict[int, tuple[int, ...]] = {}
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
    deeds: dict[int, Deeds], homes: dict[int, tuple[int, ...]], rule: LadderRule
) -> dict[tuple[int, LadderStep], set[int]]:
    found: dict[tuple[int, LadderStep], set[int]] = {}
    for volunteer, done in deeds.items():
        for unit in homes[volunteer][:1]:  # a person stands in one unit
            for step in steps_of(done, rule):
                found.setdefault((unit, step), set()).add(volunteer)
    return found


def _kinds(rule: RhythmChoice, step: LadderStep) -> Collection[str] | None:
    if step is LadderStep.SERVICE:
        return None
    return rule.hobby_kinds.value if step is LadderStep.INTEREST else rule.governing_kinds.value
