"""Profiles: the five systems as data (feature M1; DESIGN.md "Profiles"; decisions/0030).

``load_profile`` reads config/profiles/<key>.yaml, completes it from shared.yaml and validates it into one frozen
``Profile``. docs/profiles.md documents every field; a test compares.
"""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from config.marks import Frozen, Item, Key, Names, Value, find_keyed
from config.profile_checks import profile_faults
from config.profile_entries import profile_entries
from config.profile_parts import (
    ActivityKind,
    Card,
    Centre,
    Family,
    Figure,
    Good,
    IncidentClass,
    LaneChoice,
    Level,
    NamedStation,
    Points,
    Post,
    Programme,
    Rhythm,
    RoomChoice,
    Source,
    StationKind,
    TariffVersion,
    Team,
    Thresholds,
    Tier,
    Town,
    Urgency,
    WhistleChoice,
)
from domain.areas import CODE_SCHEMES, CodeScheme
from domain.dictionaries import DictionaryEntry
from domain.errors import NotFound, Refusal
from domain.hours import Window, parse_windows
from domain.staffing import StaffingRules

PROFILE_KEYS = ("licun", "wanli", "lanshan", "linfeng", "chengdu")
FOLDER = Path(__file__).parent / "profiles"
# Lists that shared.yaml adds to: joined by key, the profile's own entries come first and win.
JOINED = ("families", "sources", "lanes")


class InvalidProfile(Refusal):
    """A profile's file is missing, is no YAML, or holds something else than a profile."""

    code = "invalid_profile"


class Profile(Frozen):
    """One system: names, levels, tiers, posts, stations, teams, activities, incidents, lanes, figures, demo town."""

    key: Key
    name: Value[Names]
    short: Value[Names]
    mode: Value[Names]
    slogan: Value[Names]
    place: Value[Names]
    centre: Centre
    code_scheme: Value[Key]
    levels: tuple[Level, ...] = Field(min_length=2)
    grid_level: Value[Key]
    tiers: tuple[Tier, ...] = Field(min_length=1)
    posts: tuple[Post, ...] = Field(min_length=1)
    grid_posts: tuple[Post, ...] = Field(min_length=1)
    card_title: Value[Names]
    cards: tuple[Card, ...] = Field(min_length=1)
    skills: tuple[Item, ...] = Field(min_length=1)
    several_posts: Value[bool]
    several_grids: Value[bool]
    station_kinds: tuple[StationKind, ...] = Field(min_length=1)
    stations: tuple[NamedStation, ...] = ()
    rooms: tuple[RoomChoice, ...] = Field(min_length=1)
    teams: tuple[Team, ...] = Field(min_length=1)
    activity_kinds: tuple[ActivityKind, ...] = Field(min_length=1)
    programmes: tuple[Programme, ...] = ()
    rhythm: Rhythm
    families: tuple[Family, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    urgencies: tuple[Urgency, ...] = Field(min_length=1)
    whistles: tuple[WhistleChoice, ...] = Field(min_length=1)
    lanes: tuple[LaneChoice, ...] = Field(min_length=1)
    headline: tuple[Figure, ...] = Field(min_length=1)
    town: Town
    working_hours: Value[str]
    public_holidays: Value[bool]
    thresholds: Thresholds
    points: Points
    tariffs: tuple[TariffVersion, ...] = Field(min_length=1)
    goods: tuple[Good, ...] = Field(min_length=1)
    contact_retention_days: Value[int]

    @property
    def finest_level(self) -> Level:
        """The lowest level: an incident lies in one of its areas where the town has them."""
        return self.levels[-1]

    @cached_property
    def level_keys(self) -> tuple[str, ...]:
        """The keys of the levels from the top."""
        return tuple(level.key for level in self.levels)

    @property
    def grid_depth(self) -> int:
        """The place of the grids among the levels; 0 is the top."""
        return self.level_keys.index(self.grid_level.value)

    @property
    def scheme(self) -> CodeScheme:
        """How area codes are built."""
        return CODE_SCHEMES[self.code_scheme.value]

    @property
    def hours(self) -> tuple[Window, ...]:
        """Working hours of a working day."""
        return parse_windows(self.working_hours.value)

    @cached_property
    def classes(self) -> dict[str, tuple[Family, IncidentClass]]:
        """Every class of incidents with its family, by key."""
        return {item.key: (family, item) for family in self.families for item in family.classes}

    @cached_property
    def entries(self) -> tuple[DictionaryEntry, ...]:
        """The dictionary that a new database of this profile begins with."""
        return profile_entries(self)

    def level(self, key: str) -> Level:
        """A level by key. Raises NotFound, as all look-ups here do."""
        return find_keyed(self.levels, key, "level")

    def level_above(self, key: str) -> Level:
        """The next coarser level; the top itself above the top."""
        return self.levels[max(0, self.levels.index(self.level(key)) - 1)]

    def level_below(self, key: str) -> Level | None:
        """The next finer level; None under the finest."""
        index = self.levels.index(self.level(key)) + 1
        return self.levels[index] if index < len(self.levels) else None

    @cached_property
    def staffing_rules(self) -> StaffingRules:
        """The staffing rules that a new database of this profile begins with."""
        return StaffingRules({level.key: level.staffing.rule for level in self.levels if level.staffing})

    def tier(self, key: str) -> Tier:
        """A tier by key."""
        return find_keyed(self.tiers, key, "tier")

    def post(self, key: str) -> Post:
        """A post or grid post by key."""
        return find_keyed(self.posts + self.grid_posts, key, "post")

    def skill(self, key: str) -> Item:
        """A skill by key."""
        return find_keyed(self.skills, key, "skill")

    def station_kind(self, key: str) -> StationKind:
        """A kind of station by key."""
        return find_keyed(self.station_kinds, key, "station_kind")

    def team(self, key: str) -> Team:
        """A team by key."""
        return find_keyed(self.teams, key, "team")

    def activity_kind(self, key: str) -> ActivityKind:
        """A kind of activity by key."""
        return find_keyed(self.activity_kinds, key, "activity_kind")

    def incident_class(self, key: str) -> IncidentClass:
        """A class of incidents by key."""
        return self._class(key)[1]

    def family_of(self, class_key: str) -> Family:
        """The family that a class belongs to."""
        return self._class(class_key)[0]

    def source(self, key: str) -> Source:
        """A source of incidents by key."""
        return find_keyed(self.sources, key, "source")

    def urgency(self, key: str) -> Urgency:
        """An urgency by key."""
        return find_keyed(self.urgencies, key, "urgency")

    def whistle_reason(self, key: str) -> WhistleChoice:
        """A reason for a whistle by key."""
        return find_keyed(self.whistles, key, "whistle_reason")

    def lane(self, key: str | None = None) -> LaneChoice:
        """A lane by key; the profile's own without one."""
        return self.lanes[0] if key is None else find_keyed(self.lanes, key, "lane")

    def lane_of(self, source_key: str) -> LaneChoice:
        """The lane that the cases of a source take."""
        own = self.source(source_key).lane
        return self.lane(own.value if own else None)

    def figure(self, key: str) -> Figure:
        """A headline figure by key."""
        return find_keyed(self.headline, key, "figure")

    def _class(self, key: str) -> tuple[Family, IncidentClass]:
        if key not in self.classes:
            raise NotFound(kind="incident_class", key=key)
        return self.classes[key]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if faults := profile_faults(self):
            raise ValueError("; ".join(faults))
        return self


@lru_cache
def load_profile(key: str) -> Profile:
    """The profile of that key. Raises InvalidProfile: unknown key, or a file that holds no sound profile."""
    if key not in PROFILE_KEYS:
        raise InvalidProfile(profile=key, reason=f"known profiles: {', '.join(PROFILE_KEYS)}")
    return parse_profile(key, _read(FOLDER / f"{key}.yaml"), _read(FOLDER / "shared.yaml"))


def parse_profile(key: str, own: dict[str, Any], shared: dict[str, Any]) -> Profile:
    """Validate the content of a profile's file, completed from the shared one.

    A section that the profile lacks is taken from ``shared``; the lists in JOINED are joined by key. Raises
    InvalidProfile with the path of each fault.
    """
    joined = {name: _joined(_entries(own, name, key), _entries(shared, name, key)) for name in JOINED}
    joined["families"] = _without_double_classes(joined["families"])
    try:
        return Profile.model_validate({**shared, **own, **joined, "key": key})
    except ValidationError as error:
        raise InvalidProfile(profile=key, reason=_reason(error)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        raise InvalidProfile(profile=path.name, reason=str(error)) from error
    if not isinstance(content, dict):
        raise InvalidProfile(profile=path.name, reason="no mapping at the top")
    return content


def _entries(content: dict[str, Any], section: str, key: str) -> list[dict[str, Any]]:
    found = content.get(section, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidProfile(profile=key, reason=f"{section}: not a list of entries")
    return found


def _joined(own: list[dict[str, Any]], shared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = {item.get("key") for item in own}
    return [*own, *(item for item in shared if item.get("key") not in taken)]


def _without_double_classes(families: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A class that an earlier family has is left out of the later ones, and so is a family left without any."""
    taken: set[Any] = set()
    kept = []
    for family in families:
        every = _entries(family, "classes", str(family.get("key")))
        classes = [item for item in every if item.get("key") not in taken]
        taken |= {item.get("key") for item in classes}
        if classes or not every:
            kept.append({**family, "classes": classes})
    return kept


def _reason(error: ValidationError) -> str:
    lines = (f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in error.errors())
    return "; ".join(line.removeprefix(": ") for line in lines)
