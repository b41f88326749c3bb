"""Incidents, their append-only timeline, and their photos (features C1, C3, C11, C12)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Photograph, Scoped, Versioned, in_areas
from domain.permissions import Scope


class Incident(Base, Scoped, Versioned):
    """One incident. ``area_id`` is the finest area it lies in; None with a place = 界外, outside every area."""

    __tablename__ = "incidents"
    __layer__ = "incidents"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    category: Mapped[str] = mapped_column(String(64))  # class key of the profile's dictionary
    urgency: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    lane: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(32))
    reported_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    reporter_name: Mapped[str | None] = mapped_column(String(60))
    reporter_phone: Mapped[str | None] = mapped_column(String(32))
    # The loop (features C2-C9). ``level``: IncidentLevel. ``condition`` and ``dictionary_version`` say what it was
    # filed under. ``answered_at``: the last feedback to the dispatcher; ``overdue_seconds`` counts from the deadline to
    # it, 0 when in time, None while unanswered. ``external_number``: its number at the source it was imported from.
    level: Mapped[str] = mapped_column(String(16), default="grid", server_default="grid")
    condition: Mapped[str] = mapped_column(String(64), default="", server_default="")
    dictionary_version: Mapped[int] = mapped_column(default=1, server_default="1")
    external_number: Mapped[str | None] = mapped_column(String(60))
    import_digest: Mapped[str | None] = mapped_column(String(60))  # of its row at the last import, part by part
    filed_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    overdue_seconds: Mapped[int | None]
    exempted_at: Mapped[datetime | None]
    supervised_at: Mapped[datetime | None]
    # By the handler to the dispatcher; by the one who checked the answer; after closing.
    returned_count: Mapped[int] = mapped_column(default=0, server_default="0")
    failed_check_count: Mapped[int] = mapped_column(default=0, server_default="0")
    reopened_count: Mapped[int] = mapped_column(default=0, server_default="0")
    review_on: Mapped[date | None]  # while suspended: when it is looked at again, and by whom
    review_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    main_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)  # it reports the same as that
    # The call-back that counts (feature C10): 1 for yes, 0 for no; all None where nobody was reached.
    called_at: Mapped[datetime | None] = mapped_column(index=True)
    call_responded: Mapped[int | None]
    call_solved: Mapped[int | None]
    call_satisfaction: Mapped[str | None] = mapped_column(String(16))
    # The head of the timeline: without it entries cut off at the end would not be missed.
    event_count: Mapped[int] = mapped_column(default=0)
    last_hash: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        Index("ix_incidents_status_due_at", "status", "due_at"),
        # What was closed when and how; open ones stand together, without a date. The desk's counts need nothing else.
        Index("ix_incidents_closing", "closed_at", "status", "due_at", "main_id", "area_id", "handler_id"),
        Index("ix_incidents_category_reported_at", "category", "reported_at"),
        Index("ix_incidents_lon_lat", "lon", "lat"),
        Index("ix_incidents_answered_at", "answered_at"),
        Index("ix_incidents_updated_at_reported_at", "updated_at", "reported_at"),
        # Those closed late: what was late at the end of a period that is over.
        Index(
            "ix_incidents_closed_late",
            "closed_at",
            "due_at",
            sqlite_where=text("closed_at > due_at"),
            postgresql_where=text("closed_at > due_at"),
        ),
        UniqueConstraint("source", "external_number"),
    )

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those in the scope's areas, and those handed to the actor or to which the actor's department is whistled."""
        return _visible(cls, scope)


def _visible(incidents: Any, scope: Scope) -> ColumnElement[bool]:
    seen = [in_areas(incidents.area_id, scope.area_paths)]
    if scope.user_id is not None:
        answers = Base.metadata.tables["whistle_answers"]
        called = select(answers.c.incident_id).where(answers.c.department_id == scope.user_id)
        seen += [incidents.handler_id == scope.user_id, incidents.id.in_(called)]
    return or_(*seen)


class OfIncident(Scoped):
    """What belongs to an incident by its ``incident_id``."""

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """What belongs to a visible incident."""
        incidents = Incident.__table__
        visible = select(incidents.c.id).where(_visible(incidents.c, scope))
        return cls.incident_id.in_(visible)  # type: ignore[attr-defined]


class IncidentEvent(Base, OfIncident):
    """One entry of a timeline: ``hash`` covers the entry and ``previous_hash``. Append-only by trigger.

    ``detail`` is JSON of what the step changed besides the status: deadline, handler, area, photos.
    """

    __tablename__ = "incident_events"
    __append_only__ = True
    __table_args__ = (UniqueConstraint("incident_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_name: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(32))
    from_status: Mapped[str | None] = mapped_column(String(32))
    to_status: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class IncidentPhoto(Base, Photograph, OfIncident):
    """A picture, re-encoded without position or device data, at most 1 MB."""

    __tablename__ = "incident_photos"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    stage: Mapped[str] = mapped_column(String(16))  # before | after
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
