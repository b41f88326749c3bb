"""The headline figures of a profile beside what its demo town holds."""

from collections.abc import Callable
from dataclasses import dataclass

from config.profiles import Profile
from db.models import Activity, Area, Person, PostHolding, Station, Team, Volunteer
from services.demo.rows import Rows


@dataclass(frozen=True)
class HeadlineFigure:
    """One figure: what the system states, what the town holds (None: a figure of the system alone), its mark."""

    key: str
    stated: float
    held: float | None
    scope: str
    origin: str


def headline_figures(profile: Profile, rows: Rows) -> list[HeadlineFigure]:
    """Every headline figure of the profile; those of the town are counted from its rows."""
    counted = _counts(profile, rows)
    return [
        HeadlineFigure(figure.key, figure.value, counted[figure.key]() if figure.scope == "town" else None,
                       figure.scope, figure.origin)
        for figure in profile.headline
    ]  # fmt: skip


def _counts(profile: Profile, rows: Rows) -> dict[str, Callable[[], float]]:
    def level(key: str) -> int:
        return sum(area["level"] == key for area in rows.of(Area))

    def stations(*kinds: str) -> int:
        return sum(station["kind"] in kinds for station in rows.of(Station))

    homes = tuple(kind.key for kind in profile.station_kinds if kind.key.endswith("_home"))
    return {
        "communities": lambda: level("community"),
        "grid_areas": lambda: level(profile.grid_level.value),
        "party_members": lambda: sum(person["is_party_member"] for person in rows.of(Person)),
        "posts": lambda: len({row["post"] for row in rows.of(PostHolding)} & {post.key for post in profile.posts}),
        "teams": lambda: _teams(rows),
        "volunteers": lambda: len(rows.of(Volunteer)),
        "activities": lambda: sum(row["ends_at"] <= rows.now for row in rows.of(Activity)),
        "area_km2": lambda: round(rows.of(Area)[0]["area_m2"] / 1e6, 3),
        "homes": lambda: stations(*homes),
        "volunteer_stations": lambda: stations("volunteer_station"),
    }


def _teams(rows: Rows) -> int:
    """Teams that do the work: a brigade above them is not one of them."""
    teams = rows.of(Team)
    above = {team["parent_id"] for team in teams}
    return sum(team["id"] not in above for team in teams)
