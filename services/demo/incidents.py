"""A year of invented incidents: seasons, weekdays, hours, hot spots, and a timeline for each.

The rhythm is drawn first (how many on which hour of which day), then each incident gets a place, a class and a life
along the profile's lane; its timeline is chained as the services chain it.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from config.calendar import calendar_for
from config.profile_parts import IncidentClass
from config.profiles import Profile
from db.models import AuditEntry, Counter, Incident, IncidentEvent
from domain.clock import from_local, local_date
from domain.clocks import Calendar, deadline
from domain.dictionaries import Dictionary, DictionaryEntry
from domain.incidents import IncidentLevel
from domain.timelines import GENESIS
from geo.town import Address
from services.demo.answers import Town, with_answers
from services.demo.duplicates import Draft, link_duplicates
from services.demo.grid_changes import PastChange, change_case
from services.demo.lives import Case, Hand, Staffing, live, plan_life
from services.demo.names import invented_name, invented_phone
from services.demo.people import Staff
from services.demo.rows import Rows
from services.incidents.courses import course_of
from services.incidents.numbers import incident_number, number_series
from services.timelines.entries import SUBJECT, TimelineEntry, chain_entry

HOURS = (1, 1, 1, 1, 1, 2, 5, 9, 12, 12, 11, 9, 6, 6, 9, 10, 9, 9, 9, 10, 8, 5, 3, 2)  # weight of each hour of a day
WEEKDAYS = (1.15, 1.05, 1.0, 1.0, 1.05, 0.85, 0.8)
MONTHS = (0.85, 0.7, 0.95, 1.0, 1.05, 1.15, 1.25, 1.25, 1.05, 0.95, 0.9, 0.9)
HOT_SPOTS = 0.035  # of the places take
FROM_OUTSIDE = ("resident", "hotline_12345")  # sources whose reporters leave a name and a number
HOT_SHARE = 0.38  # of the incidents
ECHO_SHARE = 0.03  # of the incidents report what the one before them reported
USUAL_SHARE = 0.4  # of those at a hot spot are of its usual class: the same comes again


@dataclass(frozen=True)
class Setting:
    """What every incident of the demo needs to know."""

    profile: Profile
    calendar: Calendar
    dictionary: Dictionary
    staff: Staff
    area_ids: dict[str, int]
    grid_of: dict[int, int]  # area id → id of its grid
    community_of: dict[int, int | None]  # grid id → id of the area above it
    now: datetime
    place: str  # name of the top area, which gives the numbers their letters
    changes: tuple[PastChange, ...] = ()

    def staff_for(self, area_id: int) -> Staffing:
        """Who works on a case in an area. Where no secretary stands above the grid, the command centre does it."""
        staff, grid = self.staff, self.grid_of[area_id]
        leader, command = staff.leaders[grid], Hand(*staff.command, IncidentLevel.STREET)
        above = staff.secretaries.get(self.community_of[grid] or 0)
        return Staffing(
            Hand(leader, staff.leader_names[leader], IncidentLevel.GRID),
            Hand(*above, IncidentLevel.COMMUNITY) if above else command,
            command,
            self.departments[grid % len(self.departments)],
        )

    @cached_property
    def departments(self) -> tuple[Hand, ...]:
        """Whom the street can call."""
        return tuple(Hand(*found, IncidentLevel.DEPARTMENT) for found in self.staff.departments)


def add_incidents(rows: Rows, setting: Setting, addresses: list[Address], per_year: int, rng: random.Random) -> None:
    """A year of incidents up to ``setting.now``, in the order of their reporting."""
    classes, weights = _classes(setting.profile)
    places = _Places(addresses, rng)
    moments = _moments(setting.now, per_year, rng)
    numbers: dict[date, int] = {}
    habits = random.Random(f"{len(addresses)} {per_year}")  # noqa: S311
    drafts: list[Draft] = []
    seen: tuple[Address, IncidentClass] | None = None
    for moment in moments:
        day = local_date(moment)
        numbers[day] = numbers.get(day, 0) + 1
        found = rng.choices(classes, weights)[0]
        place = places.draw(rng)
        usual = places.usual(place, classes, weights, habits)
        found = usual if usual and habits.random() < USUAL_SHARE else found
        if seen and habits.random() < ECHO_SHARE:
            place, found = seen
        seen = place, found
        drafts.append(_draft(setting, len(drafts) + 1, place, found, moment, numbers[day], rng))
    link_duplicates(drafts, setting.now, habits)
    town = Town(setting.profile, setting.calendar, setting.departments, setting.now)
    for draft in drafts:
        contact = draft.columns["reporter_phone"] is not None
        draft.life = with_answers(town, draft.life, draft.staff, contact, rng)
        change_case(setting.changes, setting.staff.administrator, draft)
        _add_incident(rows, draft)
    for day, number in numbers.items():
        rows.tables[Counter].append({"name": number_series(setting.place, day), "value": number})


def _classes(profile: Profile) -> tuple[list[IncidentClass], list[float]]:
    pairs = [(item, family.share.value / len(family.classes)) for family in profile.families for item in family.classes]
    return [item for item, _ in pairs], [weight for _, weight in pairs]


class _Places:
    """Addresses with a few that come again and again."""

    def __init__(self, addresses: list[Address], rng: random.Random) -> None:
        self.all = addresses
        self.hot = rng.sample(addresses, max(1, round(len(addresses) * HOT_SPOTS)))
        self._usual: dict[Address, IncidentClass] = {}
        self.weights = [1 / (rank + 1) ** 0.7 for rank in range(len(self.hot))]

    def draw(self, rng: random.Random) -> Address:
        if rng.random() < HOT_SHARE:
            return rng.choices(self.hot, self.weights)[0]
        return rng.choice(self.all)

    def usual(
        self, place: Address, classes: list[IncidentClass], weights: list[float], rng: random.Random
    ) -> IncidentClass | None:
        """What comes again and again at a place; None where nothing does."""
        if not self._usual:
            self._usual = dict(zip(self.hot, rng.choices(classes, weights, k=len(self.hot)), strict=True))
        return self._usual.get(place)


def _moments(now: datetime, per_year: int, rng: random.Random) -> list[datetime]:
    """Instants of a year up to ``now``, by season, weekday and hour."""
    today = local_date(now)
    days = [today - timedelta(days=back) for back in range(365)]
    weights = [WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * rng.uniform(0.75, 1.25) for day in days]
    found = []
    for day in rng.choices(days, weights, k=per_year):
        hour = rng.choices(range(24), HOURS)[0]
        moment = from_local(day, time(hour, rng.randrange(60), rng.randrange(60)))
        if moment <= now - timedelta(minutes=3):
            found.append(moment)
    return sorted(found)


def _draft(
    setting: Setting, incident: int, place: Address, found: IncidentClass, moment: datetime, number: int,
    rng: random.Random,
) -> Draft:  # fmt: skip
    profile = setting.profile
    urgency = rng.choices(profile.urgencies, [20, 4, 1][: len(profile.urgencies)])[0]
    source = rng.choice(profile.sources).key
    lane, area_id = profile.lane_of(source).lane, setting.area_ids[place.area_key]
    staff = setting.staff_for(area_id)
    entry = _entry(setting.dictionary, found.key, rng)
    case = _case(setting, entry, urgency.key, moment)
    reporter = rng.choice((staff.leader, staff.command))
    life = live(case, lane, reporter, plan_life(lane, staff, rng), rng)
    name, phone = _contact(setting, source, moment, rng)
    columns = {
        "number": incident_number(setting.place, local_date(moment), number), "category": found.key,
        "condition": entry.condition, "dictionary_version": 1, "urgency": urgency.key, "source": source,
        "title": f"{place.text}{found.name.zh}"[:120], "description": f"{place.text}，{found.name.zh}。（演示）",
        "place": place.text, "lon": place.lon, "lat": place.lat, "area_id": area_id, "lane": lane.key,
        "reported_at": moment, "created_by": life[0].user_id, "reporter_name": name, "reporter_phone": phone,
    }  # fmt: skip
    return Draft(incident, columns, life, staff, lane.files)


def _add_incident(rows: Rows, draft: Draft) -> None:
    last = _add_timeline(rows, draft.id, draft.life)
    filed = None if draft.files else draft.columns["reported_at"]
    rows.add(
        Incident, event_count=len(draft.life), last_hash=last, **draft.columns, **course_of(draft.life, filed)
    )  # fmt: skip


def _entry(dictionary: Dictionary, category: str, rng: random.Random) -> DictionaryEntry:
    """What a case is filed under: half of them the class in general."""
    conditions = dictionary.classes[category][1].conditions
    return rng.choice(conditions) if conditions and rng.random() < 0.5 else dictionary.entry(category)


def _contact(setting: Setting, source: str, moment: datetime, rng: random.Random) -> tuple[str | None, str | None]:
    """Who reported it, where it was somebody from outside and the time to keep the contact is not over."""
    name, number = invented_name(rng), rng.randrange(10**8)
    kept = setting.now - moment < timedelta(days=setting.profile.contact_retention_days.value - 1)
    return (name, invented_phone(number)) if source in FROM_OUTSIDE and kept else (None, None)


def _case(setting: Setting, found: DictionaryEntry, urgency: str, moment: datetime) -> Case:
    own = setting.profile.urgency(urgency).limit
    limits = (found.limit, *((own.limit,) if own else ()))
    ends = [(deadline(moment, limit, setting.calendar).due_at, limit) for limit in limits]
    due, limit = min(ends, key=lambda pair: pair[0])
    return Case(setting.profile, setting.calendar, moment, limit, due, setting.now)


def _add_timeline(rows: Rows, incident: int, life: list[TimelineEntry]) -> str:
    """The chained entries of an incident with their audit records; returns the last hash."""
    last: str | None = None
    for sequence, entry in enumerate(life, 1):
        columns = chain_entry(incident, sequence, entry, last)
        last = columns["hash"]
        rows.add(IncidentEvent, **columns)
        rows.add(
            AuditEntry, at=entry.at, user_id=entry.user_id, action=f"{SUBJECT}.{entry.action}", subject=SUBJECT,
            subject_id=incident, detail=last,
        )  # fmt: skip
    return last or GENESIS


def make_setting(
    profile: Profile, staff: Staff, area_ids: dict[str, int], areas: list[dict[str, Any]], now: datetime,
    changes: tuple[PastChange, ...] = (),
) -> Setting:  # fmt: skip
    """The setting of a town: which grid and community each area lies in, the lane, the calendar, past changes.

    A grid that has ended is worked in by those of the grid that came of it.
    """
    by_id = {area["id"]: area for area in areas}
    grid_of: dict[int, int] = {}
    for area in areas:
        above: dict[str, Any] | None = area
        while above is not None and above["level"] != profile.grid_level.value:
            above = by_id.get(above["parent_id"])
        if above is not None:
            grid_of[area["id"]] = above["id"]
    grid_of |= {old["id"]: change.new_ids[0] for change in changes for old in change.olds}
    community_of = {grid: by_id[grid]["parent_id"] for grid in set(grid_of.values())}
    return Setting(
        profile,
        calendar_for(profile),
        Dictionary(1, profile.entries),
        staff,
        area_ids,
        grid_of,
        community_of,
        now,
        areas[0]["name"],
        changes,
    )
