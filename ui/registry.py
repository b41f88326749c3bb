"""Every screen of the program, declared once: file, path, permission, face, place in the navigation."""

from dataclasses import dataclass
from typing import Literal, get_args

from domain.permissions import Actor, Permission, Role, may

Face = Literal["desk", "tablet", "screen"]
Group = Literal["cases", "rules", "people", "service", "places", "system"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True)
class Screen:
    """One page. ``path`` is its address; its title is the text ``screens.<path>``, ``group`` its part of the menu."""

    path: str
    permission: Permission
    face: Face = "desk"
    group: Group = "cases"
    in_navigation: bool = True

    @property
    def file(self) -> str:
        """The page's file, from ui/main.py."""
        return f"../pages/{self.path}.py"


SCREENS = (
    Screen("desk", Permission.INCIDENT_DISPATCH),
    Screen("report", Permission.INCIDENT_LOG, "tablet"),
    Screen("incidents", Permission.INCIDENT_SEE),
    Screen("map", Permission.MAP_SEE, group="places"),
    Screen("call_backs", Permission.INCIDENT_CALL_BACK),
    Screen("indicators", Permission.INDICATOR_SEE, group="rules"),
    Screen("whistles", Permission.INDICATOR_SEE, group="rules"),
    Screen("repeats", Permission.INDICATOR_SEE, group="rules"),
    Screen("assignments", Permission.ASSIGNMENT_SEE, group="people"),
    Screen("pledges", Permission.PLEDGE_SEE, group="people"),
    Screen("cards", Permission.CARD_SEE, group="people"),
    Screen("activities", Permission.ACTIVITY_SEE, group="service"),
    Screen("rhythm", Permission.INDICATOR_SEE, group="rules"),
    Screen("weekly_plan", Permission.ACTIVITY_SEE, group="service"),
    Screen("check_in", Permission.ATTENDANCE_RECORD, "tablet", group="service"),
    Screen("visits", Permission.VISIT_LOG, "tablet", group="people"),
    Screen("plots", Permission.PLOT_SEE, "tablet", group="places"),
    Screen("rotas", Permission.ROTA_SEE, "tablet", group="people"),
    Screen("volunteers", Permission.VOLUNTEER_SEE, group="service"),
    Screen("talents", Permission.TALENT_OWN, group="service"),
    Screen("points", Permission.POINTS_OWN, group="service"),
    Screen("shop", Permission.SHOP_KEEP, group="service"),
    Screen("stations", Permission.STATION_SEE, group="places"),
    Screen("reach", Permission.AREA_SEE, group="places"),
    Screen("organisations", Permission.ORGANISATION_SEE, group="people"),
    Screen("areas", Permission.AREA_SEE, group="places"),
    Screen("area_changes", Permission.AREA_IMPORT, group="places"),
    Screen("import_incidents", Permission.WORK_ORDER_IMPORT),
    Screen("dictionary", Permission.DICTIONARY_SEE, group="rules"),
    Screen("work_items", Permission.DICTIONARY_SEE, group="rules"),
    Screen("calendar", Permission.CALENDAR_EDIT, group="rules"),
    Screen("users", Permission.USER_MANAGE, group="system"),
    Screen("privacy", Permission.USER_MANAGE, group="system"),
    Screen("demo", Permission.DEMO_RESET, group="system"),
    Screen("screen", Permission.SCREEN_SEE, "screen", group="system"),
)

# Where each role begins.
START = {
    Role.VISITOR: "map",
    Role.VOLUNTEER: "activities",
    Role.PARTY_MEMBER: "assignments",
    Role.GRID_LEADER: "incidents",
    Role.COMMUNITY_SECRETARY: "desk",
    Role.DEPARTMENT: "incidents",
    Role.COMMAND_CENTRE: "desk",
    Role.ADMINISTRATOR: "areas",
}


def screen_at(path: str) -> Screen:
    """The screen with this path; KeyError where there is none."""
    return {screen.path: screen for screen in SCREENS}[path]


def screens_of(actor: Actor) -> list[Screen]:
    """The screens that the actor's role may open, in the order of the navigation."""
    return [screen for screen in SCREENS if may(actor, screen.permission)]
