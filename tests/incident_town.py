"""A small street for the tests of incidents: two communities, three grids side by side, one account for each role."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.clock import local_date
from domain.incidents import IncidentAction
from domain.permissions import Actor, Role
from services.incidents.actions import act_on_incident
from services.incidents.cases import get_incident
from services.incidents.reports import IncidentForm, log_incident
from services.incidents.views import IncidentReceipt
from services.system.installations import forget_installation
from tests.factories import make_area, make_user

# Wednesday 18 March 2026, 14:32 in Shanghai.
NOW = datetime(2026, 3, 18, 6, 32, tzinfo=UTC)
IN_A, IN_B, IN_C, OUTSIDE = (112.405, 34.605), (112.415, 34.605), (112.425, 34.605), (113.0, 35.0)
ON_THE_BORDER = (112.41, 34.605)


@dataclass(frozen=True)
class Street:
    """Ids of the areas and the actors."""

    street: int
    community: int
    grid_a: int
    grid_b: int
    grid_c: int
    command: Actor
    secretary: Actor
    leader_a: Actor
    leader_b: Actor
    volunteer: Actor
    member: Actor
    visitor: Actor
    department: Actor
    administrator: Actor


def make_street(**grid_values: Any) -> Street:
    """青棠街道 around (112.4–112.43, 34.6–34.61), EPSG:4326; ``grid_values`` go to grid A."""
    street = make_area("青棠街道", level="street", code="410311001", box=(112.4, 34.6, 112.43, 34.61))
    community = make_area(
        "书院社区", level="community", parent=street, code="410311001001", box=(112.4, 34.6, 112.42, 34.61)
    )
    other = make_area(
        "归帆社区", level="community", parent=street, code="410311001002", box=(112.42, 34.6, 112.43, 34.61)
    )
    a = make_area(
        "书院格", parent=community, code="410311001001001", **{"box": (112.4, 34.6, 112.41, 34.61)} | grid_values
    )
    b = make_area("学圃格", parent=community, code="410311001001002", box=(112.41, 34.6, 112.42, 34.61))
    c = make_area("归帆格", parent=other, code="410311001002001", box=(112.42, 34.6, 112.43, 34.61))
    forget_installation()
    return Street(
        street, community, a, b, c,
        command=make_user(Role.COMMAND_CENTRE, name="顾岚"),
        secretary=make_user(Role.COMMUNITY_SECRETARY, area=community, name="岑立"),
        leader_a=make_user(Role.GRID_LEADER, area=a, name="方宁"),
        leader_b=make_user(Role.GRID_LEADER, area=b, name="陆禾"),
        volunteer=make_user(Role.VOLUNTEER, area=community, name="苏木"),
        member=make_user(Role.PARTY_MEMBER, area=a, name="石磊"),
        visitor=make_user(Role.VISITOR, name="来宾"),
        department=make_user(Role.DEPARTMENT, name="城管中队"),
        administrator=make_user(Role.ADMINISTRATOR, name="管理员"),
    )  # fmt: skip


def form(key: str = "form-1", at: tuple[float, float] | None = IN_A, **values: Any) -> IncidentForm:
    """A complete form: a street light that is out, in grid A."""
    lon, lat = at or (None, None)
    filled: dict[str, Any] = {
        "category": "street_light", "description": "书院弄 12 盏路灯不亮。夜间看不清台阶。", "source": "grid_patrol",
        "urgency": "normal", "lon": lon, "lat": lat,
    }  # fmt: skip
    return IncidentForm(form_key=key, **(filled | values))


def logged(actor: Actor, key: str = "form-1", now: datetime = NOW, **values: Any) -> IncidentReceipt:
    """An incident, logged."""
    return log_incident(actor, form(key, **values), now)


def suspended_case(street: Street, now: datetime, key: str = "suspended", **values: Any) -> str:
    """A case of grid A, logged, taken over and suspended (挂账), for review in 30 days; returns its number."""
    case = logged(street.leader_a, key, now, **values)
    act_on_incident(street.leader_a, case.id, IncidentAction.TAKE_OVER, _version(street, case.id, now), now=now)
    act_on_incident(
        street.command, case.id, IncidentAction.SUSPEND, _version(street, case.id, now), "等待改造",
        assignee_id=street.secretary.user_id, review_on=local_date(now) + timedelta(days=30), now=now,
    )  # fmt: skip
    return case.number


def _version(street: Street, case: int, now: datetime) -> int:
    return get_incident(street.command, case, now).view.version
