"""What indicators are told by: places, classes, sources, departments and posts. Never by person."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from config.marks import Names
from config.profiles import Profile
from db.queries.conditions import Members
from db.queries.indicators import PlacedArea, list_handlers, list_placed_areas
from domain.dictionaries import Words
from domain.errors import NotFound
from domain.permissions import Role, Scope
from services.dictionaries.current import current_dictionary

ELSEWHERE = "-"  # in none of the areas of the level; in nobody's hands
OWN = "street"  # handled by street, community and grid themselves, not by a department
DIMENSIONS = ("class", "source", "department", "post")


@dataclass(frozen=True)
class Group:
    """One row of a table. ``name`` as the profile or the area says; ``text``: the key of a text that names it.

    ``since``: the first day of an area that took another's place; ``last``: the last day of one that has ended.
    """

    key: str
    name: Names | Words | str | None
    text: str | None = None
    since: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Grouping:
    """How a column's values become groups. ``groups`` are shown even where they are empty, in this order."""

    column: str
    group_of: Callable[[object], str]
    groups: tuple[Group, ...]
    name_of: Callable[[str], Group]
    members_of: Callable[[str], Members]
    households: Mapping[str, int] = field(default_factory=dict)  # of the groups that are places
    all_households: int | None = None

    def shown(self, found: Collection[str]) -> Sequence[Group]:
        """The groups of a table, given the keys that have incidents."""
        known = {group.key for group in self.groups}
        return [*self.groups, *(self.name_of(key) for key in sorted(set(found) - known, reverse=True))]


def list_dimensions(profile: Profile) -> tuple[str, ...]:
    """What a table can be by: the levels of areas from the street down, then the rest."""
    return (*(level.key for level in profile.levels), *DIMENSIONS)


def grouping_of(session: Session, profile: Profile, by: str, scope: Scope) -> Grouping:
    """The grouping of that name, its areas being those of the scope. Raises NotFound."""
    areas = list_placed_areas(session)
    if by in {level.key for level in profile.levels}:
        found = _by_level(areas, by, scope)
    else:
        found = _by_column(session, profile, by)
    everywhere = _households(areas, dict.fromkeys((area.id for area in areas), ""), scope)
    return replace(found, all_households=everywhere.get("") or None)


def _by_column(session: Session, profile: Profile, by: str) -> Grouping:
    if by == "class":
        dictionary = current_dictionary()
        return Grouping("class", str, (), lambda key: Group(key, dictionary.category_name(key)), _one_of("category"))
    if by == "source":
        sources = {source.key: source.name for source in profile.sources}
        return Grouping("source", str, (), lambda key: Group(key, sources.get(key, key)), _one_of("source"))
    if by == "post":
        return _by_post(list_handlers(session))
    if by == "department":
        return _by_department(list_handlers(session))
    raise NotFound(subject="dimension")


def _by_level(areas: Sequence[PlacedArea], level: str, scope: Scope) -> Grouping:
    """Areas of the level by code: one that was redrawn is one row."""
    of_level = {area.id: area for area in areas if area.level == level}
    names = {area.code: area.name for area in sorted(of_level.values(), key=lambda area: area.valid)}
    group = {area.id: _code_above(area, of_level) for area in areas}
    days = _days(of_level.values())
    present = [area.code for area in of_level.values() if area.valid and _within(area, scope)]

    def members_of(key: str) -> Members:
        if key == ELSEWHERE:
            ids = frozenset(area for area, code in group.items() if code == ELSEWHERE)
            return Members("area_id", ids, none=True)
        return Members("area_id", paths=tuple(area.path for area in of_level.values() if area.code == key))

    return Grouping(
        "area", lambda key: group.get(key, ELSEWHERE),  # type: ignore[call-overload]
        tuple(Group(code, names[code], None, *days[code]) for code in dict.fromkeys(present)),
        lambda key: Group(key, names.get(key), None if key in names else "indicators.elsewhere", *days.get(key, ())),
        members_of,
        _households(areas, group, scope),
    )  # fmt: skip


def _days(areas: Iterable[PlacedArea]) -> dict[str, tuple[date | None, date | None]]:
    """Code → first day, where it took another's place under a new code, and last day, where it has ended.

    A code that was redrawn goes on: it has neither.
    """
    by_code: dict[str, list[PlacedArea]] = {}
    for area in areas:
        by_code.setdefault(area.code, []).append(area)
    found: dict[str, tuple[date | None, date | None]] = {}
    for code, rows in by_code.items():
        first = min(rows, key=lambda area: area.since)
        ends = [area.until for area in rows if area.until is not None]
        ended = len(ends) == len(rows)
        last = max(ends) - timedelta(days=1) if ended else None
        found[code] = (first.since if first.came_of else None, last)
    return found


def _within(area: PlacedArea, scope: Scope) -> bool:
    return scope.everywhere or any(area.path.startswith(path) for path in scope.area_paths)


def _households(areas: Sequence[PlacedArea], group: dict[int, str], scope: Scope) -> dict[str, int]:
    """Households of each group: those of its areas that have no area with households below them."""
    counted = [area for area in areas if area.valid and area.households is not None and _within(area, scope)]
    above = {int(step) for area in counted for step in area.path.split("/")[:-2] if step}
    found: Counter[str] = Counter()
    for area in counted:
        if area.id not in above:
            found[group[area.id]] += area.households or 0
    return dict(found)


def _code_above(area: PlacedArea, of_level: dict[int, PlacedArea]) -> str:
    above = (int(step) for step in area.path.split("/") if step)
    return next((of_level[step].code for step in above if step in of_level), ELSEWHERE)


def _by_post(handlers: dict[int, tuple[str, str]]) -> Grouping:
    roles = {user: role for user, (role, _) in handlers.items()}
    return Grouping(
        "handler", lambda key: roles.get(key, ELSEWHERE), (),  # type: ignore[call-overload]
        lambda key: Group(key, None, "indicators.nobody" if key == ELSEWHERE else f"roles.{key}"),
        _handlers(roles, lambda user: roles[user]),
    )  # fmt: skip


def _by_department(handlers: dict[int, tuple[str, str]]) -> Grouping:
    """An account of a department is the department; all else is the street's own."""
    names = {str(user): name for user, (role, name) in handlers.items() if role == Role.DEPARTMENT}

    def group_of(key: object) -> str:
        return ELSEWHERE if key is None else str(key) if str(key) in names else OWN

    texts = {ELSEWHERE: "indicators.nobody", OWN: "indicators.own"}
    return Grouping(
        "handler", group_of, (), lambda key: Group(key, names.get(key), texts.get(key)), _handlers(handlers, group_of)
    )


def _one_of(column: str) -> Callable[[str], Members]:
    return lambda key: Members(column, frozenset({key}))


def _handlers(users: Collection[int], group_of: Callable[[int], str]) -> Callable[[str], Members]:
    def members_of(key: str) -> Members:
        found = frozenset(user for user in users if group_of(user) == key)
        return Members("handler_id", found, none=key == ELSEWHERE)

    return members_of
