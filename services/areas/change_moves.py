"""Where the records of changed areas go: open ones by their place, the others to whoever inherits (feature A4)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.queries import area_contents as rows
from db.queries.area_contents import Lying
from domain.area_changes import CarriedSubject, Count
from geo.locating import AreaIndex
from services.areas.change_plan import ACTIVITY, INCIDENT, ChangeForm, Going, NewArea
from services.pledges.measures import grace_days

_C = CarriedSubject
_BY_PLACE = frozenset({_C.STATION, _C.PLOT, _C.NEED})


class Successors:
    """The new areas, searchable by place and by the area that they replace."""

    def __init__(self, form: ChangeForm, new: Sequence[NewArea]) -> None:
        self._form = form
        self._of: dict[int, list[int]] = {}
        for area in new:
            for old in area.old_ids:
                self._of.setdefault(old, []).append(area.number)
        self._layers: list[tuple[list[NewArea], AreaIndex]] = []
        for depth in sorted({area.depth for area in new}, reverse=True):
            here = [area for area in new if area.depth == depth and area.geometry is not None]
            names = [f"{area.code} {area.number}" for area in here]
            self._layers.append((here, AreaIndex(names, [area.geometry for area in here])))

    def all_of(self, old_id: int) -> tuple[int, ...]:
        """The numbers of all areas that replace one."""
        return tuple(self._of[old_id])

    def heir_of(self, subject: str, record: Lying) -> tuple[int, ...]:
        """The only area that replaces the record's, else the part that was chosen for it; () = nobody has said."""
        found = self._of[record.area_id]
        if len(found) == 1:
            return tuple(found)
        chosen = self._form.heirs.get((subject, record.id), self._form.heir)
        return (found[chosen],) if chosen is not None and 0 <= chosen < len(found) else ()

    def at_place(self, record: Lying) -> tuple[int, ...]:
        """The finest new area at the record's place; () without a place, or where it lies in none of them."""
        if record.lon is None or record.lat is None:
            return ()
        for here, index in self._layers:
            code = index.locate(record.lon, record.lat)
            if code is not None:
                return tuple(area.number for area in here if f"{area.code} {area.number}" == code)[:1]
        return ()


def list_going(
    session: Session, form: ChangeForm, area_ids: Collection[int], new: Sequence[NewArea], now: datetime
) -> list[Going]:
    """Every record that leaves the areas that end, and where it goes."""
    successors = Successors(form, new)
    going = [
        Going(subject, record.id, record.label, record.area_id, _place_or_heir(successors, subject, record))
        for subject, found in (
            (INCIDENT, rows.list_open_incidents_in(session, area_ids)),
            (ACTIVITY, rows.list_planned_activities_in(session, area_ids, now)),
        )
        for record in found
    ]
    return going + _carried(session, form, area_ids, successors, now)


def _place_or_heir(successors: Successors, subject: str, record: Lying) -> tuple[int, ...]:
    return successors.at_place(record) or successors.heir_of(subject, record)


def _carried(
    session: Session, form: ChangeForm, area_ids: Collection[int], successors: Successors, now: datetime
) -> list[Going]:  # fmt: skip
    """What goes along and is listed for somebody to confirm: never lost, so without a word to the first part.

    An organisation looks after all parts of what it looked after.
    """
    day = form.day
    found: Mapping[CarriedSubject, list[Lying]] = {
        _C.ASSIGNMENT: rows.list_assignments_in(session, area_ids, day),
        _C.POST: rows.list_posts_in(session, area_ids, day),
        _C.ORGANISATION: rows.list_links_in(session, area_ids, day),
        _C.STATION: rows.list_stations_in(session, area_ids),
        _C.PERSON: rows.list_people_in(session, area_ids),
        _C.VOLUNTEER: rows.list_volunteers_in(session, area_ids),
        _C.ACCOUNT: rows.list_accounts_in(session, area_ids),
        _C.PLEDGE: rows.list_pledges_in(session, area_ids, day - timedelta(days=grace_days())),
        _C.PLOT: rows.list_plots_in(session, area_ids, day),
        _C.ROTA: rows.list_rotas_in(session, area_ids, day),
        _C.NEED: rows.list_needs_in(session, area_ids, now),
    }
    return [
        Going(subject.value, record.id, record.label, record.area_id, _target(successors, subject, record))
        for subject, records in found.items()
        for record in records
    ]


def _target(successors: Successors, subject: CarriedSubject, record: Lying) -> tuple[int, ...]:
    every = successors.all_of(record.area_id)
    if subject is _C.ORGANISATION:
        return every
    by_place = successors.at_place(record) if subject in _BY_PLACE else ()
    return by_place or successors.heir_of(subject.value, record) or every[:1]


def count_going(session: Session, going: Sequence[Going], area_ids: Collection[int]) -> dict[str, Count]:
    """Subject → kept, moved, to decide. What is finished is kept."""
    everything: Mapping[str, Callable[[Session, Collection[int]], int]] = {
        INCIDENT: rows.count_incidents_in, ACTIVITY: rows.count_activities_in,
    }  # fmt: skip
    counts: dict[str, Count] = {}
    for subject in (INCIDENT, ACTIVITY, *(subject.value for subject in _C)):
        own = [one for one in going if one.subject == subject]
        waiting = sum(one.waits for one in own)
        total = everything[subject](session, area_ids) if subject in everything else len(own)
        counts[subject] = Count(total - len(own), len(own) - waiting, waiting)
    return counts
