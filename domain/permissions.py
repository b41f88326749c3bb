"""Who may do what, and which rows they may see (feature N5).

One table, ``GRANTS``, says which role holds which permission. Services ask ``require``; pages ask ``may`` only to
decide what to draw. ``Scope`` says which rows: db/scope.py turns it into a filter on every statement.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import PermissionDenied


class Role(StrEnum):
    """The eight roles, from least to most."""

    VISITOR = "visitor"
    VOLUNTEER = "volunteer"
    PARTY_MEMBER = "party_member"
    GRID_LEADER = "grid_leader"
    COMMUNITY_SECRETARY = "community_secretary"
    DEPARTMENT = "department"
    COMMAND_CENTRE = "command_centre"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One permission for each thing that a service guards."""

    SCREEN_SEE = "screen_see"
    MAP_SEE = "map_see"
    INCIDENT_SEE = "incident_see"
    INCIDENT_LOG = "incident_log"
    INCIDENT_HANDLE = "incident_handle"
    INCIDENT_DISPATCH = "incident_dispatch"
    INCIDENT_VERIFY = "incident_verify"
    CONTACT_SEE = "contact_see"
    ASSIGNMENT_SEE = "assignment_see"
    ASSIGNMENT_EDIT = "assignment_edit"
    VOLUNTEER_SEE = "volunteer_see"
    VOLUNTEER_EDIT = "volunteer_edit"
    ACTIVITY_SEE = "activity_see"
    ACTIVITY_PLAN = "activity_plan"
    ACTIVITY_JOIN = "activity_join"
    ATTENDANCE_RECORD = "attendance_record"
    STATION_SEE = "station_see"
    STATION_EDIT = "station_edit"
    AREA_SEE = "area_see"
    AREA_IMPORT = "area_import"
    STAFFING_EDIT = "staffing_edit"
    ORGANISATION_SEE = "organisation_see"
    ORGANISATION_EDIT = "organisation_edit"
    PERSON_SEE = "person_see"
    PERSON_EDIT = "person_edit"
    USER_MANAGE = "user_manage"
    DEMO_RESET = "demo_reset"
    EXPORT = "export"
    INCIDENT_WHISTLE = "incident_whistle"
    INCIDENT_CALL_BACK = "incident_call_back"
    EXEMPTION_APPROVE = "exemption_approve"
    INDICATOR_SEE = "indicator_see"
    DICTIONARY_SEE = "dictionary_see"
    DICTIONARY_EDIT = "dictionary_edit"
    WORK_ITEM_EDIT = "work_item_edit"
    CALENDAR_EDIT = "calendar_edit"
    WORK_ORDER_IMPORT = "work_order_import"
    POINTS_OWN = "points_own"
    POINTS_SEE = "points_see"
    POINTS_CLOSE = "points_close"
    SHOP_KEEP = "shop_keep"
    SHOP_EDIT = "shop_edit"
    PLEDGE_SEE = "pledge_see"
    PLEDGE_FULFIL = "pledge_fulfil"
    PLEDGE_CONFIRM = "pledge_confirm"
    PLEDGE_EDIT = "pledge_edit"
    CARD_SEE = "card_see"
    CARD_EDIT = "card_edit"
    VISIT_LOG = "visit_log"
    VISIT_SEE = "visit_see"
    TALENT_OWN = "talent_own"
    TALENT_SEE = "talent_see"
    TALENT_ASK = "talent_ask"
    ROTA_SEE = "rota_see"
    ROTA_CONFIRM = "rota_confirm"
    ROTA_EDIT = "rota_edit"
    PLOT_SEE = "plot_see"
    PLOT_EDIT = "plot_edit"


P = Permission
_VISITOR = {P.SCREEN_SEE, P.MAP_SEE, P.STATION_SEE, P.ACTIVITY_SEE}
_VOLUNTEER = _VISITOR | {P.ACTIVITY_JOIN, P.INCIDENT_LOG, P.POINTS_OWN, P.TALENT_OWN}
_MEMBER = _VOLUNTEER | {
    P.INCIDENT_SEE, P.ASSIGNMENT_SEE, P.PLEDGE_SEE, P.PLEDGE_FULFIL, P.CARD_SEE, P.CARD_EDIT, P.VISIT_LOG,
    P.ROTA_SEE,
}  # fmt: skip
_LEADER = _MEMBER | {
    P.INCIDENT_HANDLE, P.VOLUNTEER_SEE, P.ATTENDANCE_RECORD, P.AREA_SEE, P.ORGANISATION_SEE, P.PERSON_SEE,
    P.ACTIVITY_PLAN, P.INDICATOR_SEE, P.DICTIONARY_SEE, P.PLEDGE_CONFIRM,
    P.POINTS_SEE, P.SHOP_KEEP, P.VISIT_SEE, P.TALENT_SEE, P.TALENT_ASK,
    P.ROTA_CONFIRM, P.PLOT_SEE,
}  # fmt: skip
_SECRETARY = _LEADER | {
    P.INCIDENT_DISPATCH, P.INCIDENT_VERIFY, P.CONTACT_SEE, P.ASSIGNMENT_EDIT, P.VOLUNTEER_EDIT, P.STATION_EDIT,
    P.ORGANISATION_EDIT, P.PERSON_EDIT, P.EXPORT,
    P.INCIDENT_CALL_BACK, P.EXEMPTION_APPROVE, P.SHOP_EDIT, P.PLEDGE_EDIT, P.ROTA_EDIT, P.PLOT_EDIT,
}  # fmt: skip
_DEPARTMENT = _VISITOR | {P.INCIDENT_SEE, P.INCIDENT_HANDLE, P.AREA_SEE, P.INDICATOR_SEE, P.DICTIONARY_SEE}
_COMMAND = _SECRETARY | {P.INCIDENT_WHISTLE, P.WORK_ITEM_EDIT, P.WORK_ORDER_IMPORT, P.STAFFING_EDIT}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VISITOR: frozenset(_VISITOR),
    Role.VOLUNTEER: frozenset(_VOLUNTEER),
    Role.PARTY_MEMBER: frozenset(_MEMBER),
    Role.GRID_LEADER: frozenset(_LEADER),
    Role.COMMUNITY_SECRETARY: frozenset(_SECRETARY),
    Role.DEPARTMENT: frozenset(_DEPARTMENT),
    Role.COMMAND_CENTRE: frozenset(_COMMAND),
    Role.ADMINISTRATOR: frozenset(P),
}

# Roles that see the whole street; the others see the areas they are given and what is handed to them.
STREET_WIDE = frozenset({Role.VISITOR, Role.COMMAND_CENTRE, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Scope:
    """Which rows may be seen: everything, or those in the subtrees of ``area_paths`` and one's own.

    ``area_paths`` are paths of areas as db.models.areas.Area.path holds them ("/1/7/"); ``user_id`` adds the incidents
    handed to that user. The empty scope sees nothing.
    """

    everywhere: bool = False
    area_paths: tuple[str, ...] = ()
    person_id: int | None = None
    user_id: int | None = None


EVERYWHERE = Scope(everywhere=True)


@dataclass(frozen=True)
class Actor:
    """Who acts: the first argument of every service. ``others``: ids of the same person's other accounts."""

    user_id: int
    username: str
    name: str
    role: Role
    area_id: int | None = None
    area_path: str | None = None
    person_id: int | None = None
    locale: str = "zh_CN"
    theme: str = "light"
    others: frozenset[int] = frozenset()

    @property
    def accounts(self) -> frozenset[int]:
        """The ids of every account of the person who acts, this one included: a second person has none of them."""
        return self.others | {self.user_id}

    @property
    def department_id(self) -> int | None:
        """Whose report-ins concern the actor: a department's own, everybody else's those of all (None)."""
        return self.user_id if self.role is Role.DEPARTMENT else None

    @property
    def scope(self) -> Scope:
        """The rows this actor may see. A department sees what was handed to it, wherever that lies."""
        if self.area_path is None and self.role in STREET_WIDE:
            return Scope(everywhere=True, person_id=self.person_id)
        paths = () if self.area_path is None or self.role is Role.DEPARTMENT else (self.area_path,)
        return Scope(area_paths=paths, person_id=self.person_id, user_id=self.user_id)


# The program itself: command line, demo builder, scheduled work. It has no user row.
SYSTEM = Actor(user_id=0, username="system", name="system", role=Role.ADMINISTRATOR)


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor's role holds the permission."""
    return permission in GRANTS[actor.role]


def roles_with(permission: Permission) -> list[Role]:
    """The roles that hold the permission, from least to most."""
    return [role for role in Role if permission in GRANTS[role]]


def require(actor: Actor, permission: Permission) -> None:
    """Refuse (PermissionDenied) unless the actor's role holds the permission."""
    if not may(actor, permission):
        raise PermissionDenied(permission=permission.value, role=actor.role.value)
