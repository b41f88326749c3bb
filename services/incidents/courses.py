"""What a timeline has led to, read off its entries: the proof of an incident's columns (domain/courses.py)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from db.models import Incident
from domain.courses import Course, Hands, Review, course_after
from domain.incidents import RECORDS, IncidentAction, IncidentLevel, IncidentStatus


def course_of(entries: Sequence[Any], filed: datetime | None) -> dict[str, Any]:
    """The columns of an incident that its timeline (entries, rows of events, dicts) leads to, with deadline and main.

    ``filed``: its report where it counts as filed with it, else None. Hands and reviews are read from the details.
    """
    course, due, main_id, exempted = Course(filed_at=filed), deadline_of(entries[:1]), None, None
    for entry in entries[1:]:
        detail = json.loads(_field(entry, "detail") or "{}")
        if said := detail.get("due_at"):
            due = datetime.fromisoformat(said)
        main_id = detail.get("main_id", main_id)
        if _field(entry, "action") == IncidentAction.EXEMPT:
            exempted = _field(entry, "at")
        if _field(entry, "action") in RECORDS:
            continue  # it moved nothing but, where it says so, the deadline, the main or the exemption
        hands = detail.get("hands")
        course = course_after(
            course, IncidentAction(_field(entry, "action")), IncidentStatus(_field(entry, "to_status")),
            _field(entry, "at"), due_at=due, hands=Hands(hands[0], IncidentLevel(hands[1])) if hands else None,
            review=_review_of(detail), answered_at=_moment(detail.get("answered_at")),
        )  # fmt: skip
        exempted = exempted if course.answered_at else None  # an answer that came back takes its exemption along
    columns = {part.name: getattr(course, part.name) for part in fields(Course)}
    return columns | {"due_at": due, "main_id": main_id, "exempted_at": exempted}


def follow_step(
    incident: Incident, action: IncidentAction, to: IncidentStatus, at: datetime, *, hands: Hands | None = None,
    review: Review | None = None, answered_at: datetime | None = None,
) -> None:  # fmt: skip
    """Set the columns of an incident that follow from a step, under the deadline that it has now; see course_after."""
    course = course_after(
        Course(**{part.name: getattr(incident, part.name) for part in fields(Course)}), action, to, at,
        due_at=incident.due_at, hands=hands, review=review, answered_at=answered_at,
    )  # fmt: skip
    for part in fields(Course):
        setattr(incident, part.name, getattr(course, part.name))
    if incident.answered_at is None:
        incident.exempted_at = None  # an answer that came back takes its exemption along


def deadline_of(entries: Sequence[Any]) -> datetime | None:
    """The deadline that the last entry with one set."""
    said = [json.loads(_field(entry, "detail") or "{}").get("due_at") for entry in entries]
    found = [text for text in said if text]
    return datetime.fromisoformat(found[-1]) if found else None


def _review_of(detail: Mapping[str, Any]) -> Review | None:
    on = detail.get("review_on")
    return Review(date.fromisoformat(on), detail["review_by_id"]) if on else None


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _field(entry: Any, name: str) -> Any:
    return entry[name] if isinstance(entry, Mapping) else getattr(entry, name)
