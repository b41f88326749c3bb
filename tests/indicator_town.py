"""Thirteen cases whose indicators tests/services/indicators/ works out by hand; and a row for any test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from db.models import Incident, Whistle, WhistleAnswer
from db.session import transaction
from domain.clock import LOCAL
from domain.permissions import EVERYWHERE, Role
from tests.factories import make_user
from tests.incident_town import Street, make_street


def at(day: int, hour: int = 8, minute: int = 0, month: int = 3) -> datetime:
    """A moment of March 2026 (or another month) on a Shanghai clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL).astimezone(UTC)


def make_case(number: str, **values: Any) -> int:
    """A row of incidents as a test says it, without a timeline; returns its id."""
    values = {
        "category": "street_light", "urgency": "normal", "source": "grid_patrol", "title": f"事件{number}",
        "lane": "default", "status": "handling", "reported_at": at(1), "last_hash": "", "event_count": 0,
    } | values  # fmt: skip
    with transaction(EVERYWHERE) as session:
        row = Incident(number=number, **values)
        session.add(row)
        session.flush()
        return row.id


def make_cases() -> Street:
    """The street of tests/incident_town.py with the thirteen cases; looked at on 18 March 2026, 14:32 (its NOW)."""
    street = make_street()
    a, b, c = street.grid_a, street.grid_b, street.grid_c
    department, leader = street.department.user_id, street.leader_a.user_id
    make_case(
        "1",
        area_id=a,
        status="closed",
        level="grid",
        handler_id=leader,
        reported_at=at(2, 9),
        filed_at=at(2, 10),
        dispatched_at=at(2, 11),
        due_at=at(4, 18),
        answered_at=at(3, 9),
        overdue_seconds=0,
        closed_at=at(3, 12),
        called_at=at(4, 9),
        call_responded=1,
        call_solved=1,
        call_satisfaction="fairly",
        lon=112.405,
        lat=34.605,
    )
    returned = make_case(
        "2",
        area_id=a,
        status="closed",
        level="department",
        handler_id=department,
        reported_at=at(3, 9),
        filed_at=at(4, 12),
        dispatched_at=at(4, 13),
        due_at=at(6, 18),
        answered_at=at(7, 9),
        overdue_seconds=15 * 3600,
        closed_at=at(7, 12),
        called_at=at(8, 9),
        call_responded=1,
        call_solved=0,
        call_satisfaction="dissatisfied",
        returned_count=1,
        category="noise",
    )
    make_case(
        "3",
        area_id=b,
        status="closed",
        level="grid",
        handler_id=street.leader_b.user_id,
        reported_at=at(5),
        filed_at=at(5, 9),
        dispatched_at=at(5, 10),
        due_at=at(9, 18),
        answered_at=at(9),
        overdue_seconds=0,
        closed_at=at(10, 9),
        failed_check_count=1,
        lon=112.415,
        lat=34.605,
    )
    main = make_case(
        "4",
        area_id=b,
        handler_id=department,
        level="department",
        reported_at=at(10),
        filed_at=at(10, 8, 30),
        dispatched_at=at(10, 9),
        due_at=at(12, 18),
        lon=112.415,
        lat=34.605,
        source="hotline",
    )
    make_case(
        "5",
        area_id=c,
        handler_id=department,
        level="department",
        reported_at=at(10, 10),
        filed_at=at(10, 11),
        dispatched_at=at(10, 12),
        due_at=at(25, 18),
    )
    make_case(
        "6",
        area_id=c,
        status="closed",
        level="department",
        handler_id=department,
        reported_at=at(25, month=2),
        filed_at=at(25, 9, month=2),
        dispatched_at=at(25, 10, month=2),
        due_at=at(1, 18),
        answered_at=at(2),
        overdue_seconds=14 * 3600,
        exempted_at=at(3),
        closed_at=at(2, 10),
    )
    make_case(
        "7",
        area_id=c,
        handler_id=department,
        level="department",
        reported_at=at(20, month=2),
        filed_at=at(20, 9, month=2),
        dispatched_at=at(20, 10, month=2),
        due_at=at(24, 18, month=2),
    )
    make_case("8", area_id=None, status="voided", reported_at=at(11), due_at=at(13, 18), closed_at=at(11, 9))
    make_case("9", area_id=a, status="reported", reported_at=at(15), due_at=at(17, 18))
    make_case("10", area_id=a, status="reported", reported_at=at(18, 10), due_at=at(20, 18))
    make_case(
        "11",
        area_id=b,
        status="suspended",
        handler_id=department,
        reported_at=at(10, 9),
        filed_at=at(10, 9, 30),
        dispatched_at=at(10, 9, 30),
        due_at=at(12, 18),
        main_id=main,
        source="hotline",
    )
    make_case(
        "12",
        area_id=b,
        status="reported",
        reported_at=at(6),
        filed_at=at(6, 9),
        dispatched_at=at(6, 10),
        due_at=at(20, 18),
        reopened_count=1,
    )
    make_case(
        "13", area_id=c, status="fed_back", level="department", handler_id=department, reported_at=at(12),
        filed_at=at(12, 9), dispatched_at=at(12, 10), due_at=at(13, 18), answered_at=at(14),
        overdue_seconds=14 * 3600,
    )  # fmt: skip
    second = make_user(Role.DEPARTMENT, name="市政所").user_id
    make_whistle(returned, at(4, 14), {department: (at(4, 16), 5), second: (at(4, 17), None)})
    make_whistle(main, at(10, 10), {department: (None, None)})
    return street


def make_whistle(incident: int, blown_at: datetime, answers: dict[int, tuple[datetime | None, int | None]]) -> None:
    """A whistle without a timeline: department → when it reported in, and how it was rated on 8 March."""
    with transaction(EVERYWHERE) as session:
        whistle = Whistle(incident_id=incident, reason="emergency", blown_at=blown_at)
        session.add(whistle)
        session.flush()
        for department, (reported_at, rating) in answers.items():
            session.add(
                WhistleAnswer(
                    whistle_id=whistle.id, incident_id=incident, department_id=department, reported_at=reported_at,
                    due_at=blown_at + timedelta(hours=2), rating=rating, rated_at=at(8) if rating else None,
                )
            )  # fmt: skip
