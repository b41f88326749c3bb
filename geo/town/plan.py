"""What a synthetic town is to be: the plan that the generator follows."""

from dataclasses import dataclass

WATERS = ("river", "coast", "lake", "none")
GRID_HOUSEHOLDS = (300, 500)  # Zhoushan's grid regulation of 2023; see DOMAIN.md 2.2
MICRO_HOUSEHOLDS = (50, 80)


class PlanNotPossible(ValueError):
    """The plan contradicts itself, or its ground is too small for its counts."""


@dataclass(frozen=True)
class LevelPlan:
    """One level of the area tree, from the top down.

    ``count`` or ``total`` decides how many areas there are, without both ``households`` does; the top level needs none.

    count: children of every parent, or one number per parent in the parents' numbering order.
    total: areas of this level in the whole town, shared out to the parents by households.
    households: (least, most) of one area, kept where the ground allows it.
    names: fixed names, given out first; a name that ends like a lane goes to the old quarter, and so on.
    pattern: names of the rest, ``str.format`` with stem, n, cn, parent, parent_stem, compound, buildings.
    pattern_en: the same in English; empty: by pinyin.
    kind: handed through to ``TownArea.kind``.
    dedicated: how many areas of the level are a single block of work or trade (专属网格); part of count and total.
    """

    key: str
    count: int | tuple[int, ...] | None = None
    total: int | None = None
    households: tuple[int, int] | None = None
    names: tuple[str, ...] = ()
    pattern: str = "{stem}"
    pattern_en: str = ""
    kind: str = "general"
    dedicated: int = 0
    dedicated_kind: str = "dedicated"
    dedicated_pattern: str = "{place}"


@dataclass(frozen=True)
class StationSite:
    """A station that is known by name. ``area``: name of the area it lies in; ``near``: a hint for its place."""

    name: str
    area: str | None = None
    near: str | None = None  # "harbour", "centre", "park", "school", "water"
    name_en: str = ""  # empty: by pinyin


@dataclass(frozen=True)
class StationPlan:
    """Stations of one kind: the fixed sites first, the rest spread over the areas of ``level``."""

    kind: str
    count: int
    sites: tuple[StationSite, ...] = ()
    level: str | None = None  # default: the first level that has as many areas as there are stations
    pattern: str = "{area}"  # str.format with area, n


@dataclass(frozen=True)
class TownPlan:
    """A town to be built. ``centre``: lon, lat in EPSG:4326. Names left out are invented."""

    centre: tuple[float, float]
    area_km2: float
    water: str
    levels: tuple[LevelPlan, ...]
    households: int
    station_kinds: tuple[StationPlan, ...] = ()
    old_share: float = 0.12  # of the ground, as lanes and courtyards
    tower_share: float = 0.3  # of the compounds, as towers
    industry_share: float = 0.05  # of the ground
    bearing: float | None = None  # degrees by which the streets turn anticlockwise; None: a little, by the seed
    water_name: str | None = None
    road_names: tuple[str, ...] = ()  # the first go to the widest roads
    compound_names: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()  # place stems such as 望江, used before the built-in ones

    def __post_init__(self) -> None:
        """Refuse what no town can be built from."""
        if self.water not in WATERS:
            raise PlanNotPossible(f"water must be one of {WATERS}, not {self.water!r}")
        if not 0.2 <= self.area_km2 <= 40:
            raise PlanNotPossible(f"a town of {self.area_km2} km² is outside 0.2–40 km²")
        if not self.levels or self.households < 50:
            raise PlanNotPossible("a town needs a level and at least 50 households")
        for level in self.levels[1:]:
            if level.count is not None and level.total is not None:
                raise PlanNotPossible(f"level {level.key!r} has both a count and a total")
            if level.count is None and level.total is None and level.households is None:
                raise PlanNotPossible(f"level {level.key!r} needs a count, a total or households")
        if len({level.key for level in self.levels}) != len(self.levels):
            raise PlanNotPossible("two levels have the same key")


@dataclass(frozen=True)
class CityPlan:
    """A whole city for load tests. ``counts``: areas of every level below the city, in all."""

    centre: tuple[float, float]
    area_km2: float
    counts: tuple[int, ...] = (22, 261, 3_045, 100_000)
    levels: tuple[str, ...] = ("city", "district", "street", "community", "grid")
    name: str = ""
    kind: str = "general"

    def __post_init__(self) -> None:
        """Refuse levels without counts and cities without ground."""
        if len(self.levels) != len(self.counts) + 1 or len(self.levels) > 5:
            raise PlanNotPossible("a city has one to four levels below itself, each with a count")
        if not 1 <= self.area_km2 <= 100_000:
            raise PlanNotPossible(f"a city of {self.area_km2} km² is outside 1–100,000 km²")


@dataclass(frozen=True)
class Counts:
    """Areas that suit a number of households."""

    grids: int
    micro_grids: int


def suggest_counts(households: int) -> Counts:
    """How many grids (300–500 households) and micro-grids (50–80) suit ``households``; at least one of each."""
    return Counts(
        grids=max(1, round(households / (sum(GRID_HOUSEHOLDS) / 2))),
        micro_grids=max(1, round(households / (sum(MICRO_HOUSEHOLDS) / 2))),
    )
