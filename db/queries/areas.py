"""Areas: the tree and its parts."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Area
from domain.errors import NotFound


def find_top_area(session: Session) -> Area | None:
    """The top of the tree (the smallest code where there are several)."""
    return session.scalar(
        select(Area).where(Area.parent_id.is_(None), Area.valid_to.is_(None)).order_by(Area.code).limit(1)
    )


def get_area(session: Session, area_id: int) -> Area:
    """The area, or NotFound."""
    area = session.get(Area, area_id)
    if area is None:
        raise NotFound(subject="area")
    return area


def find_area_by_code(session: Session, code: str, day: date | None = None) -> Area | None:
    """The area of a code as valid today (``day`` None) or on a day."""
    statement = select(Area).where(Area.code == code)
    if day is None:
        statement = statement.where(Area.valid_to.is_(None))
    else:
        statement = statement.where(Area.valid_from <= day, (Area.valid_to.is_(None)) | (Area.valid_to > day))
    return session.scalar(statement)
