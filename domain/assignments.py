"""党员包联网格: dates of assignments, and a balanced proposal for uncovered grids (features D1, D2)."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Refusal


class AssignmentStatus(StrEnum):
    """Where an assignment stands on a day."""

    PLANNED = "planned"
    CURRENT = "current"
    ENDED = "ended"


class InvalidAssignmentDates(Refusal):
    """An assignment that ends before it starts."""

    code = "invalid_assignment_dates"


class AssignmentOverlap(Refusal):
    """The member already has this grid, or another where only one is allowed, on some of the days."""

    code = "assignment_overlap"


class AreaNotValidThen(Refusal):
    """A date on which the area does not exist: before it was set up, or after it was closed."""

    code = "area_not_valid_then"


@dataclass(frozen=True)
class Span:
    """Days from ``starts_on`` to ``ends_on``, both included; None = until further notice."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise InvalidAssignmentDates(starts_on=self.starts_on.isoformat(), ends_on=self.ends_on.isoformat())

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a day."""
        return _before_end(self.starts_on, other) and _before_end(other.starts_on, self)


@dataclass(frozen=True)
class Held:
    """An assignment that exists: whose, where, as what, when."""

    person: int
    area: int
    post: str
    span: Span


def status_on(span: Span, day: date) -> AssignmentStatus:
    """Where an assignment stands on a Shanghai day."""
    if span.holds(day):
        return AssignmentStatus.CURRENT
    return AssignmentStatus.PLANNED if day < span.starts_on else AssignmentStatus.ENDED


def check_assignment(new: Held, existing: Iterable[Held], *, several_posts: bool, several_grids: bool) -> None:
    """Refuse (AssignmentOverlap) an assignment that shares days with another of the same member.

    Never twice the same post in one grid. Another post in the same grid only with ``several_posts``, another grid
    only with ``several_grids``: both are the profile's. Other members' assignments do not matter.
    """
    for held in existing:
        if held.person != new.person or not held.span.overlaps(new.span):
            continue
        same_grid = held.area == new.area
        allowed = (several_posts and held.post != new.post) if same_grid else several_grids
        if not allowed:
            raise AssignmentOverlap(
                starts_on=held.span.starts_on.isoformat(),
                ends_on=held.span.ends_on.isoformat() if held.span.ends_on else "—",
            )


def check_within(span: Span, valid_from: date, valid_to: date | None) -> None:
    """Refuse (AreaNotValidThen) days on which the area does not exist; ``valid_to`` is the first day without it.

    An open span in an area that will close is fine: closing the area ends its assignments.
    """
    last = span.ends_on or span.starts_on
    if span.starts_on < valid_from or (valid_to is not None and last >= valid_to):
        raise AreaNotValidThen(valid_from=valid_from.isoformat(), valid_to=valid_to.isoformat() if valid_to else "—")


@dataclass(frozen=True)
class GridNeed:
    """A grid to be covered: where its middle lies (metres in one plane), its households, the skills it asks for."""

    area: int
    x: float
    y: float
    households: int = 0
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MemberOffer:
    """A member who may take grids: where the member lives (metres in the same plane), and skills or posts."""

    person: int
    x: float
    y: float
    skills: frozenset[str] = frozenset()


class ReasonKind(StrEnum):
    """Why a member fits a grid, or why a grid stays without."""

    DISTANCE = "distance"
    LOAD = "load"
    SKILL = "skill"
    NOBODY_NEAR = "nobody_near"
    ALL_LOADED = "all_loaded"


@dataclass(frozen=True)
class Reason:
    """One reason with its number: metres, grids held with this one, members in reach, or the skills that match."""

    kind: ReasonKind
    number: float = 0
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairing:
    """A grid and the member proposed for it (None: nobody), with the reasons."""

    area: int
    person: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Balance:
    """How the proposal weighs: a grid already held counts like so many metres, a matching skill takes them off."""

    most_grids: int = 2
    most_metres: float = 3000
    metres_per_grid: float = 1500
    metres_per_skill: float = 600


DEFAULT_BALANCE = Balance()


def propose(
    grids: Collection[GridNeed],
    members: Collection[MemberOffer],
    loads: Mapping[int, int],
    balance: Balance = DEFAULT_BALANCE,
) -> tuple[Pairing, ...]:
    """One member for each grid, by distance, load and skills; a person confirms it.

    ``loads`` = grids that a member (by person) has now. Grids with the fewest members in reach choose first, so that
    the last one is not left with nobody; each takes the member with the least cost, and members who got a grid cost
    more. Two grids then exchange their members wherever that makes both together cheaper. Same input, same answer,
    in the order of ``grids``; everything that decides is among the reasons.
    """
    loads = dict(loads)
    reach = {grid.area: _in_reach(grid, members, balance) for grid in grids}
    chosen: dict[int, MemberOffer] = {}
    for grid in sorted(grids, key=lambda grid: (len(reach[grid.area]), -grid.households, grid.area)):
        free = [offer for offer in reach[grid.area] if loads.get(offer.person, 0) < balance.most_grids]
        if free:
            best = min(
                free, key=lambda offer: (_cost(grid, offer, balance) + _load(offer, loads, balance), offer.person)
            )
            chosen[grid.area] = best
            loads[best.person] = loads.get(best.person, 0) + 1
    _exchange([grid for grid in grids if grid.area in chosen], chosen, balance)
    return tuple(_pairing(grid, chosen.get(grid.area), reach[grid.area], loads) for grid in grids)


def choose_post(skills: Collection[str], posts: Mapping[str, Collection[str]], holders: Mapping[str, int]) -> str:
    """The post that fits a member (D2): most of its skills matched, then fewest holders, then the order of ``posts``.

    ``posts`` = post → skills that help in it, at least one; ``holders`` = how many hold it now.
    """
    return min(posts, key=lambda post: (-len(set(skills) & set(posts[post])), holders.get(post, 0)))


def _before_end(day: date, span: Span) -> bool:
    return span.ends_on is None or day <= span.ends_on


def _metres(grid: GridNeed, offer: MemberOffer) -> float:
    return math.hypot(grid.x - offer.x, grid.y - offer.y)


def _in_reach(grid: GridNeed, members: Iterable[MemberOffer], balance: Balance) -> list[MemberOffer]:
    return [offer for offer in members if _metres(grid, offer) <= balance.most_metres]


def _cost(grid: GridNeed, offer: MemberOffer, balance: Balance) -> float:
    return _metres(grid, offer) - balance.metres_per_skill * len(grid.skills & offer.skills)


def _load(offer: MemberOffer, loads: Mapping[int, int], balance: Balance) -> float:
    return balance.metres_per_grid * loads.get(offer.person, 0)


def _exchange(grids: list[GridNeed], chosen: dict[int, MemberOffer], balance: Balance) -> None:
    """Swap pairs while that lowers their joint cost; each swap does, so it ends. Nobody's load changes."""
    swapped = True
    while swapped:
        swapped = False
        for index, one in enumerate(grids):
            for other in grids[index + 1 :]:
                swapped |= _swap_if_cheaper(one, other, chosen, balance)


def _swap_if_cheaper(one: GridNeed, other: GridNeed, chosen: dict[int, MemberOffer], balance: Balance) -> bool:
    first, second = chosen[one.area], chosen[other.area]
    if _metres(one, second) > balance.most_metres or _metres(other, first) > balance.most_metres:
        return False
    now = _cost(one, first, balance) + _cost(other, second, balance)
    then = _cost(one, second, balance) + _cost(other, first, balance)
    if then >= now - 1e-6:
        return False
    chosen[one.area], chosen[other.area] = second, first
    return True


def _pairing(grid: GridNeed, offer: MemberOffer | None, reach: list[MemberOffer], loads: Mapping[int, int]) -> Pairing:
    if offer is None:
        kind = ReasonKind.ALL_LOADED if reach else ReasonKind.NOBODY_NEAR
        return Pairing(grid.area, None, (Reason(kind, len(reach)),))
    reasons = [Reason(ReasonKind.DISTANCE, round(_metres(grid, offer))), Reason(ReasonKind.LOAD, loads[offer.person])]
    if matching := tuple(sorted(grid.skills & offer.skills)):
        reasons.append(Reason(ReasonKind.SKILL, len(matching), matching))
    return Pairing(grid.area, offer.person, tuple(reasons))
