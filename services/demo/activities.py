"""A year of invented activities with their attendance, and the next four weeks as planned."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from config.profile_parts import ActivityKind
from config.profiles import Profile
from db.models import Activity, ActivitySeries, Area, Attendance, Room, Station, Team
from domain.clock import from_local, local_date
from domain.series import Repeat, RepeatUnit, days_of
from services.demo.people import Staff
from services.demo.rows import Rows


@dataclass(frozen=True)
class Slot:
    """When an activity of a kind takes place; of a weekly programme also at which station and in which series."""

    kind: ActivityKind
    start: datetime
    end: datetime
    station: dict[str, Any] | None = None
    series: int | None = None


AHEAD = 28  # days planned ahead
WEEKS_BACK = 12  # for which weekly programmes have run
ATTEND = 0.88  # of those who signed up came
FEW = 2  # people, more than which make an activity that can be full
FULL, MOST_WAITING = 2, 3  # every second of those is full, and so many wait at most


def add_activities(rows: Rows, profile: Profile, staff: Staff, now: datetime, rng: random.Random) -> None:
    """The profile's number of past activities, and as many ahead as four weeks of that rhythm hold."""
    total = profile.town.activities_per_year.value
    today = local_date(now)
    programmes = _programmes(rows, profile, staff, today)
    run = sum(slot.end <= now for slot in programmes)
    past = [_slot(profile, today - timedelta(days=rng.randint(1, 365)), rng) for _ in range(total - run)]
    ahead = [
        _slot(profile, today + timedelta(days=rng.randint(1, AHEAD)), rng) for _ in range(round(total * AHEAD / 365))
    ]
    done = [slot for slot in past if slot.end <= now]
    # A slot moved to its weekday may fall after now: it is drawn again until the year holds exactly the total.
    while len(done) < total - run:
        done.append(_slot(profile, today - timedelta(days=rng.randint(8, 365)), rng))
    coming = [slot for slot in ahead if local_date(slot.start) > today]
    for slot in sorted(done + coming + programmes, key=lambda slot: slot.start):
        _add_activity(rows, staff, slot, now, rng)
    _add_waiting(rows, staff, now)
    _add_rooms(rows, profile)


def _programmes(rows: Rows, profile: Profile, staff: Staff, today: date) -> list[Slot]:
    """A series for each weekday of a weekly programme, from twelve weeks ago to four weeks ahead."""
    first, last = today - timedelta(weeks=WEEKS_BACK), today + timedelta(days=AHEAD)
    found = []
    for programme in profile.programmes:
        kind = profile.activity_kind(programme.kind)
        for station in (one for one in rows.of(Station) if one["kind"] in programme.station_kinds):
            for weekday in kind.usual.weekdays:
                begins = first + timedelta(days=(weekday - first.isoweekday()) % 7)
                series = rows.add(
                    ActivitySeries, unit=RepeatUnit.WEEK.value, every=1, until=last, created_by=staff.command[0],
                    created_at=from_local(begins - timedelta(days=7), time(9)),
                )  # fmt: skip
                days = days_of(begins, Repeat(RepeatUnit.WEEK, 1, last))
                found += [Slot(kind, *_span(kind, day), station, series) for day in days]
    return found


def _add_rooms(rows: Rows, profile: Profile) -> None:
    """Each station has one to three rooms; an activity takes the first that is free then and large enough."""
    for number, station in enumerate(rows.of(Station)):
        for choice in profile.rooms[: 1 + number % len(profile.rooms)]:
            rows.add(
                Room, station_id=station["id"], name=choice.name.zh, capacity=choice.capacity.value,
                valid_from=station["valid_from"], valid_to=None,
            )  # fmt: skip
    taken: dict[int, list[tuple[datetime, datetime]]] = {}
    by_station: dict[int, list[dict[str, Any]]] = {}
    for room in rows.of(Room):
        by_station.setdefault(room["station_id"], []).append(room)
    for one in sorted(rows.of(Activity), key=lambda one: (one["series_id"] is None, one["starts_at"], one["id"])):
        for room in by_station.get(one["station_id"], ()):
            spans = taken.setdefault(room["id"], [])
            clash = any(start < one["ends_at"] and end > one["starts_at"] for start, end in spans)
            if not clash and one["capacity"] <= room["capacity"]:
                one["room_id"] = room["id"]
                spans.append((one["starts_at"], one["ends_at"]))
                break


def _add_waiting(rows: Rows, staff: Staff, now: datetime) -> None:
    """Some of the activities ahead are full, and people wait."""
    signed: dict[int, list[int]] = {}
    for row in rows.of(Attendance):
        signed.setdefault(row["activity_id"], []).append(row["volunteer_id"])
    ahead = [one for one in rows.of(Activity) if one["starts_at"] > now and len(signed.get(one["id"], ())) > FEW]
    for number, activity in enumerate(ahead[::FULL]):
        inside = signed[activity["id"]]
        others = [one for one in staff.volunteers_by_area.get(activity["area_id"], ()) if one not in inside]
        activity["capacity"] = len(inside)
        for turn, volunteer in enumerate(others[: 1 + number % MOST_WAITING], start=1):
            _add_attendance(rows, activity, volunteer, now - timedelta(hours=30 - turn), queue_number=turn)


def _slot(profile: Profile, near: date, rng: random.Random) -> Slot:
    """A kind and its usual time on the next of its weekdays."""
    kind = rng.choice(profile.activity_kinds)
    weekdays = set(kind.usual.weekdays) or set(range(1, 8))
    day = near
    while day.isoweekday() not in weekdays:
        day -= timedelta(days=1)
    return Slot(kind, *_span(kind, day))


def _span(kind: ActivityKind, day: date) -> tuple[datetime, datetime]:
    """The usual hours of a kind on a day."""
    begin, end = (time.fromisoformat(clock) for clock in kind.usual.hours.split("-"))
    return from_local(day, begin), from_local(day, end)


def _add_activity(rows: Rows, staff: Staff, slot: Slot, now: datetime, rng: random.Random) -> None:
    kind, start, end = slot.kind, slot.start, slot.end
    stations = rows.of(Station)
    station = slot.station or (rng.choice(stations) if stations and rng.random() < 0.8 else None)
    area_id = station["area_id"] if station else rng.choice(list(staff.volunteers_by_area) or [1])
    teams = rows.of(Team)
    parents = {team["parent_id"] for team in teams}
    leaves = [team["id"] for team in teams if team["id"] not in parents]
    place = station["name"] if station else rows.of(Area)[area_id - 1]["name"]
    rows.add(
        Activity,
        title=f"{place}·{kind.name.zh}"[:120], kind=kind.key, description="", team_id=rng.choice(leaves),
        station_id=station["id"] if station else None, room_id=None, series_id=slot.series, area_id=area_id,
        place=place, starts_at=start, ends_at=end,
        capacity=rng.choice((8, 10, 12, 15, 20, 30)), cancelled_at=None, created_by=staff.command[0],
    )  # fmt: skip
    _add_attendances(rows, staff, rows.of(Activity)[-1], now, rng)


def _add_attendances(rows: Rows, staff: Staff, activity: dict[str, Any], now: datetime, rng: random.Random) -> None:
    start, end, area_id, capacity = (activity[key] for key in ("starts_at", "ends_at", "area_id", "capacity"))
    near = staff.volunteers_by_area.get(area_id) or rng.choice(list(staff.volunteers_by_area.values()) or [[]])
    count = min(len(near), capacity, 2 + int(rng.expovariate(0.25)))
    for volunteer in rng.sample(near, count):
        signed = min(start - timedelta(days=rng.randint(1, 9), minutes=rng.randrange(600)), now - timedelta(hours=1))
        came = end <= now and rng.random() < ATTEND
        arrived = start + timedelta(minutes=rng.randint(-10, 10))
        left = end + timedelta(minutes=rng.randint(-15, 10))
        minutes = int((left - arrived).total_seconds() // 60)
        source = rng.choice(("code", "code", "leader"))
        came = came and _is_free(staff, volunteer, arrived, left)
        times = {"checked_in_at": arrived, "checked_out_at": left, "minutes": minutes} if came else {}
        _add_attendance(rows, activity, volunteer, signed, source=source, **times)


def _is_free(staff: Staff, volunteer: int, arrived: datetime, left: datetime) -> bool:
    """Whether a volunteer was nowhere else then, and is there now: nobody is at two places (decisions/0176)."""
    spans = staff.times_at.setdefault(volunteer, [])
    if any(start < left and arrived < end for start, end in spans):
        return False
    spans.append((arrived, left))
    return True


def _add_attendance(rows: Rows, activity: dict[str, Any], volunteer: int, signed: datetime, **values: Any) -> None:
    empty = dict.fromkeys(
        ("cancelled_at", "checked_in_at", "checked_out_at", "minutes", "entered_by", "confirmed_by", "queue_number",
         "moved_up_at")
    )  # fmt: skip
    columns = {"activity_id": activity["id"], "volunteer_id": volunteer, "signed_up_at": signed} | empty
    rows.add(Attendance, **(columns | {"source": "self", "note": ""} | values))
