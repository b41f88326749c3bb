"""The headline figures of a profile beside what its demo town holds."""

from collections.abc import Callable
from dataclasses import dataclass

from config.profiles import Profile
from db.models import Activity, Area, Organisation, Person, PostHolding, Station, Team, Volunteer
from domain.clock import utc_now
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
    def level(key: str) -> Callable[[], float]:
        return lambda: sum(area["level"] == key for area in rows.of(Area))

    counts: dict[str, Callable[[], float]] = {level_.key: level(level_.key) for level_ in profile.levels}
    counts |= {
        "members": lambda: sum(person["is_party_member"] for person in rows.of(Person)),
        "posts": lambda: len({holding["post"] for holding in rows.of(PostHolding)} & {p.key for p in profile.posts}),
        "teams": lambda: sum(team["parent_id"] is not None for team in rows.of(Team)) or len(rows.of(Team)),
        "volunteers": lambda: len(rows.of(Volunteer)),
        "activities": lambda: sum(row["ends_at"] <= utc_now() for row in rows.of(Activity)),
        "area_km2": lambda: round(rows.of(Area)[0]["area_m2"] / 1e6, 3),
        "tiers": lambda: len({row["tier"] for row in rows.of(Organisation)}),
        "stations": lambda: len(rows.of(Station)),
    }
    return counts
