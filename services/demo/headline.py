"""The headline figures of a profile beside what its demo town holds."""

from collections.abc import Callable
from dataclasses import dataclass

from config.profile_parts import Figure
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
    return [
        HeadlineFigure(
            figure.key, figure.value, _held(figure, profile, rows) if figure.scope == "town" else None,
            figure.scope, figure.origin,
        )
        for figure in profile.headline
    ]  # fmt: skip


def _held(figure: Figure, profile: Profile, rows: Rows) -> float:
    """What the figure counts, as config.profile_parts.Figure says: stations ``of`` kinds, a level, or by name."""
    if figure.of:
        return sum(station["kind"] in figure.of for station in rows.of(Station))
    if figure.key in {level.key for level in profile.levels}:
        return sum(area["level"] == figure.key and area["valid_to"] is None for area in rows.of(Area))
    return _COUNTS[figure.key](profile, rows)


def _teams(rows: Rows) -> int:
    """Teams that do the work: a brigade above them is not one of them."""
    teams = rows.of(Team)
    above = {team["parent_id"] for team in teams}
    return sum(team["id"] not in above for team in teams)


_COUNTS: dict[str, Callable[[Profile, Rows], float]] = {
    "members": lambda _, rows: sum(person["is_party_member"] for person in rows.of(Person)),
    "posts": lambda profile, rows: len(
        {row["post"] for row in rows.of(PostHolding)} & {post.key for post in profile.posts}
    ),
    "teams": lambda _, rows: _teams(rows),
    "volunteers": lambda _, rows: len(rows.of(Volunteer)),
    "activities": lambda _, rows: sum(row["ends_at"] <= rows.now for row in rows.of(Activity)),
    "area_km2": lambda _, rows: round(rows.of(Area)[0]["area_m2"] / 1e6, 3),
}
