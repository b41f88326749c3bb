"""Teams, volunteers, activities and attendance (features E1, E2, F3)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Scoped, Versioned, in_areas
from domain.permissions import Scope


class Team(Base, Versioned):
    """A volunteer team or the brigade above it; ``key`` is the profile's where it names the team."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))


class Volunteer(Base, Scoped, Versioned):
    """A person's volunteer record: team, home area, day of joining."""

    __tablename__ = "volunteers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    joined_on: Mapped[date]
    left_on: Mapped[date | None]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """Those of the areas, and one's own."""
        own = [cls.person_id == scope.person_id] if scope.person_id is not None else []
        return or_(in_areas(cls.area_id, scope.area_paths), *own)


class ActivitySeries(Base):
    """Activities planned as one: every so many weeks or months until a day. Each is an Activity of its own."""

    __tablename__ = "activity_series"
    __table_args__ = (CheckConstraint("every > 0", name="every"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(16))  # week | month
    every: Mapped[int]
    until: Mapped[date]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Activity(Base, Versioned):
    """A planned event with time and place. Everybody may see activities; who attends is Attendance.

    No two that are not cancelled are in one room at once: the database refuses it (migration 0023).
    """

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_room_id_starts_at", "room_id", "starts_at"),)
    __layer__ = "activities"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(32))
    description: Mapped[str] = mapped_column(Text, default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("activity_series.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    capacity: Mapped[int | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(400), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Attendance(Base, Scoped, Versioned):
    """One volunteer at one activity: signed up, checked in, checked out. ``minutes`` = out − in, under the ceiling.

    A manual entry names who entered it and waits for a second person (``confirmed_by``). ``queue_number`` is the turn
    of who waits for a place, in the order of signing up; ``moved_up_at`` when the place came.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        UniqueConstraint("activity_id", "volunteer_id"),
        Index("uq_attendances_queue", "activity_id", "queue_number", unique=True),
    )
    __layer__ = "activities"

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"), index=True)
    signed_up_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None] = mapped_column(index=True)
    checked_out_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(16), default="self")  # self | leader | manual
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(400), default="")
    queue_number: Mapped[int | None]
    moved_up_at: Mapped[datetime | None]

    @classmethod
    def visible_to(cls, scope: Scope) -> ColumnElement[bool]:
        """At an activity in the scope's areas, of a volunteer in them, or one's own."""
        activities, volunteers = Activity.__table__, Volunteer.__table__
        own = [volunteers.c.person_id == scope.person_id] if scope.person_id is not None else []
        return or_(
            cls.activity_id.in_(select(activities.c.id).where(in_areas(activities.c.area_id, scope.area_paths))),
            cls.volunteer_id.in_(
                select(volunteers.c.id).where(or_(in_areas(volunteers.c.area_id, scope.area_paths), *own))
            ),
        )
