"""Whether the evidence of pledges is what the records say: for ``verify`` (feature D3)."""

from collections import defaultdict
from typing import Any

from sqlalchemy.orm import Session

from db.queries.pledges import list_linked_evidence, list_repeated_records
from db.queries.service_records import LOADERS, RecordQuery, list_records
from domain.pledges import EvidenceKind, PledgeUnit

_MOST = 20


def list_pledge_faults(session: Session) -> list[str]:
    """Evidence that counts although its record is gone, somebody else's, of another day, or less; at most a few."""
    repeated = [f"person {row[0]}: {row[1]} {row[2]} counts {row[3]} times" for row in list_repeated_records(session)]
    by_owner: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in list_linked_evidence(session):
        by_owner[row.person_id, row.kind].append(row)
    faults = [fault for (person, kind), found in by_owner.items() for fault in _faults(session, person, kind, found)]
    return [*repeated, *faults][:_MOST]


def wrong_evidence(session: Session, kind: EvidenceKind, record_id: int) -> set[int]:
    """The evidence of a record that counts although the record does not say so (any more)."""
    wrong = set()
    for row in list_linked_evidence(session, kind, record_id):
        records = list_records(session, kind, RecordQuery(row.person_id, ids=[record_id]))
        if _wrong(row, next(iter(records), None)):
            wrong.add(row.id)
    return wrong


def _faults(session: Session, person_id: int, kind: str, found: list[Any]) -> list[str]:
    if kind not in {known.value for known in LOADERS}:
        return [f"pledge {row.pledge_id}: evidence {row.id} of the unknown kind {kind}" for row in found]
    query = RecordQuery(person_id, ids=[row.record_id for row in found])
    records = {record.id: record for record in list_records(session, EvidenceKind(kind), query)}
    words = ((row, _wrong(row, records.get(row.record_id))) for row in found)
    return [
        f"pledge {row.pledge_id}: evidence {row.id} ({kind} {row.record_id}) {fault}" for row, fault in words if fault
    ]


def _wrong(row: Any, record: Any) -> str:
    if row.person_id != row.pledged_by:
        return "is of somebody else's pledge"
    if record is None:
        return "has no such record of this person"
    if record.day != row.happened_on:
        return f"is of {row.happened_on}, the record of {record.day}"
    if row.quantity > record.quantities.get(PledgeUnit(row.unit), 0):
        return f"counts {row.quantity:g} {row.unit}, more than the record says"
    return ""
