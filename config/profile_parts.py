"""The parts that a profile is made of (docs/profiles.md documents every field)."""

from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from config.marks import Frozen, Item, Key, Keyed, Marked, Names, Value, find_keyed
from domain.areas import AreaKind, StaffingRule
from domain.cards import CardFigure
from domain.clocks import ClockKind, Limit
from domain.errors import NotFound
from domain.hours import parse_windows
from domain.incidents import IncidentAction, IncidentStatus, Lane
from domain.points import EarningKind, Rule, Tariff
from domain.shop import GoodKind
from domain.stations import OpeningHours

StationSymbol = Literal["service_centre", "service_station", "post_house", "five_homes", "council_hall", "generic"]


class Centre(Marked):
    """Where the demo town lies, in degrees, EPSG:4326."""

    lon: float = Field(ge=73, le=136)
    lat: float = Field(ge=3, le=54)


class Staffing(Marked):
    """Households that an area of a level should hold (A6), both bounds included."""

    least: int = Field(gt=0)
    most: int = Field(gt=0)

    @property
    def rule(self) -> StaffingRule:
        """The same for domain.areas."""
        return StaffingRule(self.least, self.most)


class Level(Item):
    """A level of the area tree, the kinds that its areas may have (else comprehensive), the staffing rule."""

    kinds: Value[tuple[AreaKind, ...]] | None = None
    staffing: Staffing | None = None

    @property
    def area_kinds(self) -> tuple[AreaKind, ...]:
        """The kinds that an area of this level may have; the first is the usual one."""
        return self.kinds.value if self.kinds else (AreaKind.COMPREHENSIVE,)


class Tier(Item):
    """A tier of the organisation tree and the level of the areas it looks after, where it does."""

    kind: Literal["party", "self_governance", "person"]
    level: Value[Key] | None = None


class Post(Item):
    """What a member does. ``leads`` marks the grid posts whose holder is the grid's leader."""

    leads: bool = False


class Card(Item):
    """A card of a member and the figures that it holds, in their order."""

    figures: Value[tuple[CardFigure, ...]]


class Weekly(Marked):
    """Opening hours as domain.hours.parse_windows reads them; "" = closed."""

    weekdays: str
    saturday: str
    sunday: str

    @property
    def opening(self) -> OpeningHours:
        """The same for domain.stations."""
        days = [self.weekdays] * 5 + [self.saturday, self.sunday]
        return OpeningHours(tuple(parse_windows(day) for day in days))


class StationKind(Item):
    """A kind of station: its symbol, what it offers, and its usual hours."""

    symbol: StationSymbol
    items: tuple[Item, ...] = ()
    hours: Weekly


class RoomChoice(Item):
    """A room that stations of a demo town have, and how many people it holds."""

    capacity: Value[int]


class NamedStation(Item):
    """A station that the system names, and where it says it stands."""

    kind: Key
    area: Names | None = None


class Team(Item):
    """A volunteer team; ``parent`` is the brigade above it, ``size`` its stated or example strength."""

    parent: Key | None = None
    size: Value[int] | None = None


class Slot(Marked):
    """When an activity usually takes place: weekdays 1 (Monday) to 7, and a window such as 16:30-18:00."""

    weekdays: tuple[int, ...]
    hours: str


class ActivityKind(Item):
    """A kind of activity."""

    usual: Slot


class Programme(Marked):
    """Activities of a kind that a demo town's stations of some kinds hold every week, at the kind's usual times."""

    kind: Key
    station_kinds: tuple[Key, ...]


class Rhythm(Frozen):
    """Activities that every unit has in a month, and the ladder 兴趣 → 参与 → 共治 (E5).

    ``unit`` is a level's key, or team. The ladder counts the last ``months``: who came to ``hobby_times`` activities of
    ``hobby_kinds``, who served ``served_hours``, who ``governing_times`` came to
    activities of ``governing_kinds`` or kept a pledge.
    """

    unit: Value[Key]
    per_month: Value[int]
    months: Value[int]
    hobby_kinds: Value[tuple[Key, ...]]
    hobby_times: Value[int]
    served_hours: Value[float]
    governing_times: Value[int]
    governing_kinds: Value[tuple[Key, ...]]


class TimeLimit(Marked):
    """So much on one of the four clocks."""

    amount: float = Field(gt=0)
    clock: ClockKind

    @property
    def limit(self) -> Limit:
        """The same for domain.clocks."""
        return Limit(self.amount, self.clock)


class Condition(Item):
    """Under which condition a class is filed, such as 井盖缺失; what it does not say, its class or family says.

    ``standard``: when a case may be closed; ``photo``: whether it closes with a photo of the place after.
    """

    limit: TimeLimit | None = None
    standard: Value[Names] | None = None
    department: Value[Names] | None = None
    photo: Value[bool] | None = None


class IncidentClass(Item):
    """A class of incidents and the time it may take where no condition says otherwise."""

    limit: TimeLimit
    standard: Value[Names] | None = None
    department: Value[Names] | None = None
    photo: Value[bool] | None = None
    conditions: tuple[Condition, ...] = ()


class Family(Item):
    """A family of classes. ``share`` weighs it against the others in the demo town's year."""

    share: Value[int]
    standard: Value[Names]
    department: Value[Names]
    photo: Value[bool]
    classes: tuple[IncidentClass, ...]


class Source(Item):
    """Where an incident comes from; its cases take ``lane`` where one is named, else the profile's first."""

    lane: Value[Key] | None = None


class Urgency(Item):
    """How pressing an incident is. With a limit the earlier of its own and the class's holds, else the class's."""

    limit: TimeLimit | None = None


class WhistleChoice(Item):
    """One of the three cases in which a whistle is allowed, and the time a department then has to report in."""

    report_in: TimeLimit


class LaneStep(Marked):
    """What a lane calls a status."""

    status: IncidentStatus
    name: Names


class LaneChoice(Item):
    """A lane: its steps, and by status the actions it takes from the one transition table."""

    steps: tuple[LaneStep, ...]
    moves: Value[dict[IncidentStatus, tuple[IncidentAction, ...]]]

    @cached_property
    def lane(self) -> Lane:
        """The same for domain.incidents."""
        moves = (f"{status}.{action}" for status, actions in self.moves.value.items() for action in actions)
        return Lane(self.key, frozenset(moves))

    def step(self, status: IncidentStatus) -> LaneStep:
        """What the lane calls a status. Raises NotFound for one it never reaches."""
        for step in self.steps:
            if step.status is status:
                return step
        raise NotFound(kind="status", key=status.value)


class EarningRule(Marked):
    """``points`` for every full ``per`` of a kind: minutes of service, else times."""

    kind: EarningKind
    points: int = Field(ge=0)
    per: int = Field(default=1, gt=0)


class TariffVersion(Marked):
    """What brings points from a day on."""

    valid_from: date
    rules: tuple[EarningRule, ...] = Field(min_length=1)

    @property
    def tariff(self) -> Tariff:
        """The same for domain.points."""
        return Tariff(self.valid_from, tuple(Rule(rule.kind, rule.points, rule.per) for rule in self.rules))


class Points(Frozen):
    """Points and their shop: what they are called here, and the rules that are no tariff."""

    name: Value[Names]
    shop: Value[Names]
    expiry_months: Value[int]
    monthly_cap: Value[int]
    return_days: Value[int]
    hold_days: Value[int]


class Good(Item):
    """What the shop of a demo town offers; without ``stock`` it is not counted."""

    kind: GoodKind
    price: Value[int]
    stock: Value[int] | None = None


class Figure(Item):
    """A headline figure. ``at_least``: the system says "more than"; ``scope``: of its whole, or of the demo town.

    The key of a town's figure says what is counted: a level, or members, posts, teams, volunteers, activities,
    area_km2; with ``of`` the stations of those kinds.
    """

    value: float
    unit: Names
    at_least: bool = False
    scope: Literal["system", "town"]
    of: tuple[Key, ...] = ()


class AreaCount(Marked):
    """How many areas of a level there are in all."""

    level: Key
    count: int = Field(gt=0)


class FixedName(Marked):
    """A name that one of the areas of a level must have."""

    level: Key
    name: Names


class StationCount(Marked):
    """How many stations of a kind there are."""

    kind: Key
    count: int = Field(gt=0)


class GridChange(Marked):
    """A split or a merger of grids in a town's past, so many days before the demo's day."""

    kind: Literal["split", "merge"]
    days_ago: int = Field(gt=0)


class Scale(Keyed):
    """The size of a generated town. ``top`` is the level of its root area and ``code`` the root's code."""

    top: Value[Key]
    code: Value[str]
    name: Value[Names]
    area_km2: Value[float]
    areas: tuple[AreaCount, ...]
    households: Value[int]
    incidents_per_year: Value[int]

    def count(self, level: str) -> int:
        """Number of areas of a level; 1 for the top itself, 0 for a level the town does not have."""
        found = next((area.count for area in self.areas if area.level == level), 0)
        return 1 if level == self.top.value else found


class Town(Frozen):
    """What the town generator is given. The first scale is the default."""

    scales: tuple[Scale, ...] = Field(min_length=1)
    water: Value[Literal["river", "coast", "lake", "none"]]
    names: tuple[FixedName, ...] = ()
    stations: tuple[StationCount, ...]
    party_members: Value[int]
    volunteers: Value[int]
    activities_per_year: Value[int]
    uncovered_grids: Value[float]
    grid_changes: tuple[GridChange, ...] = ()

    def scale(self, key: str | None = None) -> Scale:
        """A scale by key, the default without one. Raises NotFound."""
        return self.scales[0] if key is None else find_keyed(self.scales, key, "scale")


class Thresholds(Frozen):
    """Numbers that the screens compare with."""

    due_soon: TimeLimit
    filed_within: TimeLimit
    closed_shown_hours: Value[float]
    duplicate_metres: Value[float]
    duplicate_days: Value[int]
    repeat_cases: Value[int]
    stale_minutes: Value[int]
    very_stale_minutes: Value[int]
    reopen_days: Value[int]
    call_back_days: Value[int]
    call_back_attempts: Value[int]
    whistles_few: Value[float]
    whistles_many: Value[float]
    attendance_hours: Value[float]
    check_in_minutes_before: Value[int]
    check_out_minutes_after: Value[int]
    pledge_grace_days: Value[int]
    pledge_visit_metres: Value[float]
    talent_asks: Value[int]
    visit_days: Value[int]
    reach_metres: Value[tuple[int, ...]]

    @field_validator("filed_within")
    @classmethod
    def _runs_day_and_night(cls, value: TimeLimit) -> TimeLimit:
        """The database counts it between two moments, and knows no calendar."""
        if value.clock not in (ClockKind.EMERGENCY_HOUR, ClockKind.CALENDAR_DAY):
            raise ValueError("filed_within is counted on a clock that runs day and night")
        return value

    @field_validator("reach_metres")
    @classmethod
    def _leads_somewhere(cls, found: Value[tuple[int, ...]]) -> Value[tuple[int, ...]]:
        if not found.value or min(found.value) < 1:
            raise ValueError("reach_metres: at least one distance, each of a metre or more")
        return found
