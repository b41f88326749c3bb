"""Rows that an actor may see: every kind of statement, on both databases."""

from datetime import date

import pytest
from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.orm import aliased

from db.models import Area, Assignment, Incident, Person
from db.session import Database
from domain.clock import utc_now
from domain.errors import PermissionDenied
from domain.permissions import EVERYWHERE, Scope
from tests.factories import make_area, make_person


@pytest.fixture
def town(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street")
    one, ten = make_area("一格", parent=street), make_area("十格", parent=street)
    person = make_person("张安", area=one)
    with db.transaction(EVERYWHERE) as session:
        for number, area in (("a", one), ("b", ten), ("c", None)):
            session.add(_incident(number, area))
        session.add(Assignment(person_id=person, area_id=ten, post="x", starts_on=date(2026, 1, 1)))
    return {"street": street, "one": one, "ten": ten, "person": person}


def _incident(number: str, area: int | None) -> Incident:
    return Incident(
        number=number, category="c", urgency="u", source="s", title=number, lane="l", status="reported",
        reported_at=utc_now(), area_id=area,
    )  # fmt: skip


def scope_of(db: Database, area_id: int) -> Scope:
    with db.reading(EVERYWHERE) as session:
        return Scope(area_paths=(session.get_one(Area, area_id).path,))


def test_a_scope_covers_select_count_join_alias_subquery_and_get(db: Database, town: dict[str, int]) -> None:
    other = aliased(Incident)
    with db.reading(scope_of(db, town["one"])) as session:
        assert session.scalars(select(Incident.number)).all() == ["a"]
        assert session.scalar(select(func.count(Incident.id))) == 1
        assert session.scalars(select(other.number)).all() == ["a"]
        assert session.scalars(select(Area.name).join(Incident, Incident.area_id == Area.id)).all() == ["一格"]
        nested = select(Incident.area_id).scalar_subquery()
        assert session.scalars(select(Area.name).where(Area.id.in_(nested))).all() == ["一格"]
        assert [session.get(Incident, key) is not None for key in (1, 2, 3)] == [True, False, False]


def test_a_scope_covers_updates_and_foreign_inserts(db: Database, town: dict[str, int]) -> None:
    scope = scope_of(db, town["one"])
    with db.transaction(scope) as session:
        session.execute(update(Incident).values(title="changed"))
    with db.reading(EVERYWHERE) as session:
        assert session.scalars(select(Incident.number).where(Incident.title == "changed")).all() == ["a"]
    with pytest.raises(PermissionDenied), db.transaction(scope) as session:
        session.add(_incident("d", town["ten"]))
    with pytest.raises(PermissionDenied), db.transaction(scope) as session:
        session.get_one(Incident, 1).area_id = town["ten"]


def test_a_parent_sees_its_children_and_nobody_sees_without_a_scope(db: Database, town: dict[str, int]) -> None:
    with db.reading(scope_of(db, town["street"])) as session:
        assert sorted(session.scalars(select(Incident.number))) == ["a", "b"]
    for scope in (Scope(), None):
        with db.reading(scope) as session:  # type: ignore[arg-type]
            assert session.scalars(select(Incident.number)).all() == []
            assert session.scalars(select(Person.name)).all() == []


def test_people_assigned_to_an_area_are_seen_there(db: Database, town: dict[str, int]) -> None:
    with db.reading(scope_of(db, town["ten"])) as session:
        assert session.scalars(select(Person.name)).all() == ["张安"]
    with db.reading(Scope(person_id=town["person"])) as session:
        assert session.scalars(select(Person.name)).all() == ["张安"]
        assert len(session.scalars(select(Assignment)).all()) == 1


def test_paths_do_not_match_by_accident(db: Database) -> None:
    """Area 1 is no parent of area 12: the path ends with a slash."""
    ids = [make_area(f"格{number}") for number in range(12)]
    with db.transaction(EVERYWHERE) as session:
        session.add(_incident("z", ids[11]))
    with db.reading(scope_of(db, ids[0])) as session:
        assert session.scalars(select(Incident.number)).all() == []


def test_a_select_that_would_slip_through_the_filter_is_refused(db: Database, town: dict[str, int]) -> None:
    both = and_(Incident.id > 0, Incident.status == "reported")
    counting = select(func.coalesce(func.sum(case((both, 1), else_=0)), 0)).where(or_(both, Incident.id < 0))
    with db.reading(scope_of(db, town["one"])) as session:
        with pytest.raises(RuntimeError, match="select_from"):
            session.execute(counting)
        assert session.execute(counting.select_from(Incident)).scalar_one() == 1
    with db.reading(EVERYWHERE) as session:
        assert session.execute(counting).scalar_one() == 3
