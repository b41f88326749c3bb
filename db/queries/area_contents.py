"""What lies in areas: cases, activities, and all that goes along when an area ends (feature A4). Whatever the scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from db.models import (
    Activity,
    Area,
    Assignment,
    Attendance,
    Incident,
    Organisation,
    OrganisationArea,
    Person,
    Pledge,
    PledgeVerdict,
    Plot,
    PostHolding,
    Rota,
    Station,
    TalentNeed,
    User,
    Visit,
    Volunteer,
)
from domain.area_changes import Finished
from domain.clock import day_start
from domain.incidents import OPEN
from domain.talents import NeedState


@dataclass(frozen=True)
class Lying:
    """A record of an area; ``label`` names it; degrees in EPSG:4326 where it has a place of its own."""

    id: int
    area_id: int
    label: str
    lon: float | None = None
    lat: float | None = None


_OPEN = [status.value for status in OPEN]
_ids = Collection[int]


def list_open_incidents_in(session: Session, area_ids: _ids) -> list[Lying]:
    """Open cases that lie in the areas themselves, by id."""
    columns = (Incident.id, Incident.area_id, Incident.number, Incident.lon, Incident.lat)
    statement = select(*columns).where(Incident.area_id.in_(area_ids), Incident.status.in_(_OPEN))
    return _lying(session, statement.order_by(Incident.id))


def list_open_in_ended_areas(session: Session, limit: int = 20) -> list[tuple[str, str, date]]:
    """Number, area and the first day without it of open cases in areas that have ended; the oldest first."""
    statement = (
        select(Incident.number, Area.name, Area.valid_to)
        .join(Area, Area.id == Incident.area_id)
        .where(Incident.status.in_(_OPEN), Area.valid_to.is_not(None))
    )
    found = session.execute(statement.order_by(Incident.id).limit(limit))
    return [(row.number, row.name, row.valid_to) for row in found]


def count_incidents_in(session: Session, area_ids: _ids) -> int:
    """All cases in the areas, open and closed."""
    return _count(session, Incident, Incident.area_id.in_(area_ids))


def list_planned_activities_in(session: Session, area_ids: _ids, now: datetime) -> list[Lying]:
    """Activities in the areas that have not begun and are not called off; the place is their station's."""
    columns = (Activity.id, Activity.area_id, Activity.title, Station.lon, Station.lat)
    statement = (
        select(*columns)
        .outerjoin(Station, Station.id == Activity.station_id)
        .where(Activity.area_id.in_(area_ids), Activity.starts_at > now, Activity.cancelled_at.is_(None))
    )
    return _lying(session, statement.order_by(Activity.id))


def count_activities_in(session: Session, area_ids: _ids) -> int:
    """All activities in the areas."""
    return _count(session, Activity, Activity.area_id.in_(area_ids))


def count_finished_since(session: Session, area_ids: _ids, day: date, today: date) -> Finished:
    """What was finished in the areas since the beginning of a Shanghai day; a term that ends after today goes on."""
    moment = day_start(day)
    closed = _count(session, Incident, Incident.area_id.in_(area_ids), Incident.closed_at >= moment)
    came = select(Attendance.activity_id).where(Attendance.checked_in_at >= moment)
    attended = _count(session, Activity, Activity.area_id.in_(area_ids), Activity.id.in_(came))
    ended = sum(
        _count(session, model, model.area_id.in_(area_ids), last > day, last <= today)
        for model, last in (
            (Assignment, Assignment.ends_on),
            (PostHolding, PostHolding.valid_to),
            (OrganisationArea, OrganisationArea.valid_to),
        )
    )
    visited = _count(session, Visit, Visit.area_id.in_(area_ids), Visit.at >= moment)
    return Finished(closed, attended, ended, visited)


def list_assignments_in(session: Session, area_ids: _ids, day: date) -> list[Lying]:
    """Assignments that hold on a day or later; the label is the member's name."""
    statement = (
        select(Assignment.id, Assignment.area_id, Person.name)
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.area_id.in_(area_ids), or_(Assignment.ends_on.is_(None), Assignment.ends_on >= day))
    )
    return _lying(session, statement.order_by(Assignment.id))


def list_posts_in(session: Session, area_ids: _ids, day: date) -> list[Lying]:
    """Posts in the areas that hold on a day or later; the label is the holder's name."""
    statement = (
        select(PostHolding.id, PostHolding.area_id, Person.name)
        .join(Person, Person.id == PostHolding.person_id)
        .where(PostHolding.area_id.in_(area_ids), or_(PostHolding.valid_to.is_(None), PostHolding.valid_to > day))
    )
    return _lying(session, statement.order_by(PostHolding.id))


def list_links_in(session: Session, area_ids: _ids, day: date) -> list[Lying]:
    """Organisations that look after the areas on a day or later."""
    link = OrganisationArea
    statement = (
        select(link.id, link.area_id, Organisation.name)
        .join(Organisation, Organisation.id == link.organisation_id)
        .where(link.area_id.in_(area_ids), or_(link.valid_to.is_(None), link.valid_to > day))
    )
    return _lying(session, statement.order_by(link.id))


def list_stations_in(session: Session, area_ids: _ids) -> list[Lying]:
    """Stations of the areas."""
    columns = (Station.id, Station.area_id, Station.name, Station.lon, Station.lat)
    return _lying(session, _of(columns, Station, area_ids))


def list_people_in(session: Session, area_ids: _ids) -> list[Lying]:
    """People whose home the areas are."""
    return _lying(session, _of((Person.id, Person.area_id, Person.name), Person, area_ids))


def list_volunteers_in(session: Session, area_ids: _ids) -> list[Lying]:
    """Volunteers of the areas."""
    statement = _of((Volunteer.id, Volunteer.area_id, Person.name), Volunteer, area_ids)
    return _lying(session, statement.join(Person, Person.id == Volunteer.person_id))


def list_accounts_in(session: Session, area_ids: _ids) -> list[Lying]:
    """Accounts that see the areas."""
    return _lying(session, _of((User.id, User.area_id, User.name), User, area_ids))


def list_pledges_in(session: Session, area_ids: _ids, due_since: date) -> list[Lying]:
    """Pledges for the areas that are due on a day or later and were not judged; the label is their words."""
    judged = select(PledgeVerdict.pledge_id)
    statement = _of((Pledge.id, Pledge.area_id, Pledge.text), Pledge, area_ids)
    return _lying(session, statement.where(Pledge.due_on >= due_since, Pledge.id.not_in(judged)))


def list_plots_in(session: Session, area_ids: _ids, day: date) -> list[Lying]:
    """Plots that are valid on a day or later; the place is one inside."""
    statement = select(Plot).where(Plot.area_id.in_(area_ids), or_(Plot.valid_to.is_(None), Plot.valid_to > day))
    plots = session.scalars(statement.order_by(Plot.id)).all()
    places = [(plot, shapely.point_on_surface(plot.geometry)) for plot in plots]
    return [Lying(plot.id, plot.area_id, plot.name, place.x, place.y) for plot, place in places]


def list_rotas_in(session: Session, area_ids: _ids, day: date) -> list[Lying]:
    """Rotas with a slot on a day or later."""
    return _lying(session, _of((Rota.id, Rota.area_id, Rota.name), Rota, area_ids).where(Rota.ends_on >= day))


def list_needs_in(session: Session, area_ids: _ids, now: datetime) -> list[Lying]:
    """Needs that are not withdrawn and not over; the place is their station's, or that of their activity's station."""
    need, at = TalentNeed, func.coalesce(TalentNeed.station_id, Activity.station_id)
    statement = (
        _of((need.id, need.area_id, need.text, Station.lon, Station.lat), need, area_ids)
        .outerjoin(Activity, Activity.id == need.activity_id)
        .outerjoin(Station, Station.id == at)
    )
    return _lying(session, statement.where(need.until > now, need.state != NeedState.WITHDRAWN.value))


def _lying(session: Session, statement: Any) -> list[Lying]:
    return [Lying(*row) for row in session.execute(statement)]


def _of(columns: Sequence[Any], model: Any, area_ids: _ids) -> Any:
    return select(*columns).where(model.area_id.in_(area_ids)).order_by(model.id)


def _count(session: Session, model: Any, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
