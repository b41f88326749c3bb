"""Importing volunteers: what a table would add, whom the roll knows already, what is refused; and writing it (E1).

The same person is who has the same name and phone; where either side has no phone, the same name and area. So a table
that is imported twice adds nobody. Who is known by name and phone and was never on the roll comes onto it as the same
person. Names are compared without their blanks (张　安 fills a column), phones without +86.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.texts import text
from db.models import Person, Volunteer
from db.queries.areas import list_areas
from db.queries.audit import add_audit_entry
from db.queries.locks import hold
from db.queries.volunteers import KnownVolunteer, list_known_volunteers, list_people_off_roll, list_teams
from db.session import reading, transaction
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.orders import plain
from domain.permissions import EVERYWHERE, Actor, Permission, require
from services.lists.search_keys import search_key
from services.people.contacts import imported_word
from services.people.volunteer_files import RefusedVolunteer, RowReader, VolunteerRow, open_table

_ABROAD = re.compile(r"(?:00)?86(1\d{10})")


class NobodyToImport(Refusal):
    """No row of the table could be used."""

    code = "nobody_to_import"


@dataclass(frozen=True)
class VolunteerPlan:
    """What an import would do. read = added + known + refused; ``without_consent``: phones that are left out."""

    read: int
    added: tuple[VolunteerRow, ...]
    known: int
    refused: tuple[RefusedVolunteer, ...]
    without_consent: int

    def as_dict(self) -> dict[str, Any]:
        """The counts and the refused rows as plain values for JSON."""
        return {
            "read": self.read, "added": len(self.added), "known": self.known,
            "refused": [asdict(row) for row in self.refused], "without_consent": self.without_consent,
        }  # fmt: skip


def plan_volunteer_import(actor: Actor, name: str, raw: bytes, now: datetime | None = None) -> VolunteerPlan:
    """What an import of a file would do; nothing is written.

    Raises NoNameColumn, NobodyToImport, and what geo.workbooks refuses of a file.
    """
    require(actor, Permission.VOLUNTEER_EDIT)
    day = local_date(now or utc_now())
    table = open_table(name, raw)
    with reading(EVERYWHERE) as session:
        areas = list_areas(session)
        teams = {plain(word): team.id for team in list_teams(session) for word in (team.name, team.key)}
        roll = _Roll(list_known_volunteers(session))
    names = Counter(plain(area.name) for area in areas)
    by_word: dict[str, int | None] = {plain(area.name): area.id for area in areas if names[plain(area.name)] == 1}
    by_word |= {plain(area.code): area.id for area in areas}
    inside = {area.id for area in areas if area.path.startswith(actor.scope.area_paths)}
    reader = RowReader(table, teams, by_word, None if actor.scope.everywhere else inside, day)
    rows, refused = reader.read()
    if not rows:
        raise NobodyToImport()
    fresh, twice = _once(rows)
    added = [row for row in fresh if not roll.knows(row)]
    refused = sorted([*refused, *twice], key=lambda row: row.row)
    read = len(rows) + len(refused) - len(twice)
    return VolunteerPlan(read, tuple(added), len(fresh) - len(added), tuple(refused), reader.without_consent)


def apply_volunteer_import(actor: Actor, plan: VolunteerPlan, now: datetime | None = None) -> int:
    """Write what the plan adds, all or nothing; who came onto the roll meanwhile is left out. How many were added."""
    require(actor, Permission.VOLUNTEER_EDIT)
    if not plan.added:
        return 0
    with transaction(actor.scope) as session:  # a row outside the actor's areas is refused before the commit
        hold(session, "volunteers/import")
        roll = _Roll(list_known_volunteers(session))
        added = [row for row in plan.added if not roll.knows(row)]
        _write(session, actor, added, now or utc_now())
        detail = f"{len(added)} added, {plan.known} known, {len(plan.refused)} refused"
        add_audit_entry(session, actor.user_id, "volunteers.import", "volunteers", now or utc_now(), detail=detail)
    return len(added)


def _write(session: Session, actor: Actor, added: Sequence[VolunteerRow], now: datetime) -> None:
    known = {_key(name, phone): number for number, name, phone in reversed(list_people_off_roll(session))}
    keys = {row.row: _key(row.name, row.phone) for row in added}
    ids = {row: known[key] for row, key in keys.items() if key in known}
    people = {
        row.row: Person(name=row.name, name_key=search_key(row.name), phone=row.phone, area_id=row.area)
        for row in added
        if row.row not in ids
    }
    session.add_all(people.values())
    session.flush()
    ids |= {row: person.id for row, person in people.items()}
    note = text(actor.locale, "volunteer_import.agreed")
    session.add_all(imported_word(actor, one.id, note, now) for one in people.values() if one.phone)
    session.add_all(
        Volunteer(person_id=ids[row.row], team_id=row.team, area_id=row.area, joined_on=row.joined_on) for row in added
    )
    session.flush()


def _key(name: str, phone: str | None) -> tuple[str, str | None]:
    """Name and phone as they are compared."""
    return _plain_name(name), _digits(phone)


def _once(rows: Sequence[VolunteerRow]) -> tuple[list[VolunteerRow], list[RefusedVolunteer]]:
    """Of rows about the same person the first."""
    seen, fresh, twice = _Roll(()), [], []
    for row in rows:
        if seen.knows(row):
            twice.append(RefusedVolunteer(row.row, row.name, "row_twice"))
        else:
            fresh.append(row)
            seen.add(KnownVolunteer(row.name, row.phone, row.area))
    return fresh, twice


class _Roll:
    """Who is known, by name and phone and by name and area."""

    def __init__(self, known: Iterable[KnownVolunteer]) -> None:
        self._phones: dict[tuple[str, int | None], set[str | None]] = {}
        self._named: set[tuple[str, str]] = set()
        for one in known:
            self.add(one)

    def add(self, one: KnownVolunteer) -> None:
        """One more."""
        name, phone = _key(one.name, one.phone)
        self._phones.setdefault((name, one.area_id), set()).add(phone)
        if phone:
            self._named.add((name, phone))

    def knows(self, row: VolunteerRow) -> bool:
        """Whether the row is about somebody known."""
        name, phone = _key(row.name, row.phone)
        if phone is not None and (name, phone) in self._named:
            return True
        here = self._phones.get((name, row.area), set())
        return bool(here) and (phone is None or None in here)


def _plain_name(name: str) -> str:
    """A name as it is compared: 张　安 is 张安, and Ai-Lin is ailin."""
    return plain(name) or name


def _digits(phone: str | None) -> str | None:
    """The digits of a number, those of a mobile phone without China's +86 or 0086; None without any."""
    digits = "".join(sign for sign in phone or "" if sign.isdigit())
    mobile = _ABROAD.fullmatch(digits)
    return (mobile[1] if mobile else digits) or None
