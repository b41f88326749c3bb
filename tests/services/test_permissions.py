"""Every service asks for its permission first: role × function, derived from the signatures (feature N5).

A function of services/ whose first argument is an actor stands in ``ASKS`` or in ``ASKS_NOTHING``; a new one that
stands in neither fails the first test.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest

import services
from db.session import Database
from domain.errors import PermissionDenied
from domain.permissions import GRANTS, Actor, Permission, Role

P = Permission
ASKS: dict[str, dict[str, Permission]] = {
    "activities.calendar": dict.fromkeys(
        ("get_activity", "list_month", "list_activities_on", "list_upcoming_activities", "count_activities",
         "list_clashes"), P.ACTIVITY_SEE),
    "activities.series": dict.fromkeys(
        ("preview_series", "plan_series", "edit_following", "cancel_following"), P.ACTIVITY_PLAN),
    "activities.rhythm": dict.fromkeys(
        ("get_rhythm", "rhythm_overlay", "list_step_records", "count_kinds_by_month"), P.INDICATOR_SEE),
    "activities.weeks": {"get_week": P.ACTIVITY_SEE},
    "lists.account_exports": dict.fromkeys(("export_accounts", "export_looks", "export_exports",
        "export_words"), P.EXPORT),
    "lists.week_exports": dict.fromkeys(("export_week", "export_activities"), P.EXPORT),
    "stations.booking": {"find_room_owner": P.ACTIVITY_PLAN},
    "stations.rooms": {"list_rooms": P.STATION_SEE}
        | dict.fromkeys(("add_room", "edit_room", "close_room"), P.STATION_EDIT),
    "activities.plans": dict.fromkeys(("plan_activity", "edit_activity", "cancel_activity"), P.ACTIVITY_PLAN),
    "areas.applying": {"apply_import": P.AREA_IMPORT},
    "areas.changes": dict.fromkeys(("plan_change", "apply_change"), P.AREA_IMPORT),
    "areas.planned_changes": dict.fromkeys(
        ("plan_ahead", "cancel_planned", "list_planned", "check_planned", "count_failed_planned",
         "apply_due"), P.AREA_IMPORT),
    "areas.change_views": dict.fromkeys(("area_at", "list_area_changes"), P.AREA_SEE)
        | dict.fromkeys(("list_carried", "confirm_carried", "confirm_all"), P.AREA_IMPORT),
    "areas.cut_proposals": dict.fromkeys(("propose_cut_of", "propose_merger_of"), P.AREA_SEE),
    "areas.staffing_rules": dict.fromkeys(("list_staffing_rules", "list_rule_changes"), P.AREA_SEE)
        | dict.fromkeys(("rules_if", "edit_staffing_rule"), P.STAFFING_EDIT),
    "areas.checks": {"check_areas": P.AREA_SEE},
    "areas.exporting": {"export_areas": P.EXPORT},
    "areas.importing": {"plan_import": P.AREA_IMPORT},
    "areas.preview": {"look_into": P.AREA_IMPORT},
    "incidents.due_counts": {"count_due": P.INCIDENT_SEE},
    "clocks.request_views": dict.fromkeys(("list_requests", "list_waiting_requests"), P.INCIDENT_SEE),
    "clocks.requests": dict.fromkeys(("ask_extension", "ask_exemption", "withdraw_request"), P.INCIDENT_HANDLE)
        | {"decide_request": P.INCIDENT_SEE},
    "clocks.calendar_files": {"import_calendar": P.CALENDAR_EDIT},
    "clocks.calendar_edits": dict.fromkeys(("get_calendar_year", "edit_calendar"), P.CALENDAR_EDIT),
    "areas.register": dict.fromkeys(
        ("list_areas", "find_areas", "get_area", "count_areas_by_level", "list_area_choices",
         "list_area_names", "list_staffing_findings", "get_own_area"), P.AREA_SEE) | {"edit_area": P.AREA_IMPORT},
    "people.proposals": dict.fromkeys(
        ("list_candidates", "propose_assignments", "confirm_proposals"), P.ASSIGNMENT_EDIT),
    "people.assignments": dict.fromkeys(
        ("get_coverage", "get_grid_card", "list_own_assignments"), P.ASSIGNMENT_SEE)
        | dict.fromkeys(("assign_member", "end_assignment"), P.ASSIGNMENT_EDIT),
    "activities.attendances": dict.fromkeys(("list_attendances", "list_attendances_of"), P.VOLUNTEER_SEE)
        | dict.fromkeys(("list_own_attendances", "sign_up", "withdraw"), P.ACTIVITY_JOIN)
        | dict.fromkeys(("check_in", "check_out", "list_waiting_entries", "check_out_everybody", "enter_attendance",
                         "confirm_entry", "reject_entry"), P.ATTENDANCE_RECORD),
    "people.volunteer_import": dict.fromkeys(
        ("plan_volunteer_import", "apply_volunteer_import"), P.VOLUNTEER_EDIT),
    "activities.corrections": dict.fromkeys(
        ("correct_attendance", "answer_correction", "list_waiting_corrections"), P.ATTENDANCE_RECORD)
        | {"list_corrections": P.VOLUNTEER_SEE, "list_own_corrections": P.ACTIVITY_JOIN},
    "activities.codes": dict.fromkeys(("list_places", "get_place"), P.ATTENDANCE_RECORD)
        | dict.fromkeys(("open_code", "use_ticket", "get_own_attendance"), P.ACTIVITY_JOIN),
    "maps.base_map": {"raster_tile": P.MAP_SEE},
    "call_backs.calls": dict.fromkeys(
        ("record_call_back", "list_call_backs", "count_to_call_back", "list_to_call_back"), P.INCIDENT_CALL_BACK),
    "call_backs.rates": {"call_back_rates": P.INCIDENT_CALL_BACK},
    "incidents.decisions": dict.fromkeys(("count_decisions", "list_decisions"), P.INCIDENT_SEE),
    "demo.builder": dict.fromkeys(("describe_demo", "reset_demo"), P.DEMO_RESET),
    "dictionaries.importing": dict.fromkeys(("list_dictionary", "list_versions"), P.DICTIONARY_SEE)
        | dict.fromkeys(("plan_dictionary_import", "apply_dictionary_import"), P.DICTIONARY_EDIT),
    "incidents.actions": {"act_on_incident": P.INCIDENT_SEE},
    "incidents.assignees": {"list_assignees": P.INCIDENT_SEE},
    "system.privacy": dict.fromkeys(("list_looks", "list_exports", "list_words", "held_contacts"), P.USER_MANAGE),
    "system.retention": {"purge_contacts": P.USER_MANAGE},
    "stations.reach": {"measure_reach": P.STATION_SEE},
    "stations.next_sites": {"next_sites": P.STATION_SEE},
    "stations.reach_map": {"reach_overlay": P.STATION_SEE},
    "incidents.repeats": dict.fromkeys(("list_repeat_places", "list_repeat_cases", "repeats_overlay"), P.INDICATOR_SEE),
    "incidents.links": {"read_links": P.INCIDENT_SEE}
        | dict.fromkeys(("link_incident", "unlink_incident"), P.INCIDENT_DISPATCH),
    "incidents.place_fixes": {"fix_place": P.INCIDENT_DISPATCH},
    "incidents.photos": {"get_photo": P.INCIDENT_SEE},
    "incidents.places": {"list_area_choices": P.INCIDENT_LOG, "list_own_areas": P.INCIDENT_SEE},
    "incidents.reports": dict.fromkeys(
        ("log_incident", "preview_report", "find_similar_incidents", "list_own_reports"), P.INCIDENT_LOG),
    "incidents.cases": dict.fromkeys(("list_incidents", "get_incident"), P.INCIDENT_SEE)
        | {"uncover_contact": P.CONTACT_SEE},
    "whistles.calls": dict.fromkeys(("blow_whistle", "waive_whistle", "rate_answer"), P.INCIDENT_WHISTLE)
        | dict.fromkeys(("report_in", "give_result"), P.INCIDENT_HANDLE),
    "whistles.figures": dict.fromkeys(("whistle_figures", "list_whistled"), P.INDICATOR_SEE),
    "whistles.views": dict.fromkeys(
        ("list_whistles", "count_awaited_report_ins", "list_awaited_report_ins"), P.INCIDENT_SEE)
        | {"list_departments": P.INCIDENT_WHISTLE},
    "indicators.measuring": {"measure": P.INDICATOR_SEE},
    "areas.locating": {"locate": P.MAP_SEE},
    "areas.locating_files": {"locate_file": P.AREA_SEE},
    "system.maintenance": dict.fromkeys(("back_up", "restore", "verify"), P.USER_MANAGE),
    "maps.overlays": dict.fromkeys(("keep_overlay", "read_overlay"), P.AREA_SEE),
    "maps.panel": dict.fromkeys(("area_code", "area_panel", "find_areas", "find_area_id", "home_area_id"), P.MAP_SEE),
    "maps.points": dict.fromkeys(("incident_points", "station_points"), P.MAP_SEE),
    "maps.tiles": dict.fromkeys(("area_tiles", "base_tiles"), P.MAP_SEE),
    "maps.views": dict.fromkeys(("area_outline", "map_versions"), P.MAP_SEE),
    "lists.exports": dict.fromkeys(
        ("export_rows", "export_incidents", "export_stations", "export_volunteers", "export_people",
         "export_coverage", "export_repeats", "export_talents", "export_suspended"), P.EXPORT),
    "lists.figure_exports": dict.fromkeys(
        ("export_indicators", "export_whistle_areas", "export_whistle_departments", "export_whistled",
         "export_to_call_back", "export_call_back_rates", "export_reach_areas", "export_reach_stations"), P.EXPORT),
    "lists.member_exports": dict.fromkeys(
        ("export_pledges", "export_visits", "export_waiting_grids", "export_duties", "export_plots"), P.EXPORT),
    "lists.points_exports": dict.fromkeys(("export_ledger", "export_redemptions"), P.EXPORT)
        | {"export_own_points": P.POINTS_OWN},
    "lists.rule_exports": dict.fromkeys(("export_dictionary", "export_work_items"), P.EXPORT),
    "orders.preview": {"look_into_orders": P.WORK_ORDER_IMPORT},
    "orders.importing": dict.fromkeys(("plan_order_import", "apply_order_import"), P.WORK_ORDER_IMPORT),
    "organisations.changes": dict.fromkeys(
        ("add_organisation", "rename_organisation", "move_organisation", "close_organisation", "link_area",
         "end_link"), P.ORGANISATION_EDIT),
    "organisations.on_map": {"outline_coverage": P.ORGANISATION_SEE},
    "organisations.tree": dict.fromkeys(
        ("organisation_tree", "get_organisation_card", "organisation_coverage", "parents_for"), P.ORGANISATION_SEE),
    "indicators.overview": dict.fromkeys(("read_desk", "list_cells"), P.INCIDENT_SEE) | {"read_screen": P.SCREEN_SEE},
    "people.contacts": {"list_contact_words": P.PERSON_SEE, "withdraw_contact": P.PERSON_EDIT},
    "people.register": dict.fromkeys(("find_people", "get_person_view", "uncover_phone"), P.PERSON_SEE)
        | dict.fromkeys(("add_person", "edit_person"), P.PERSON_EDIT),
    "people.posts": dict.fromkeys(("list_posts_of", "count_post_holders"), P.PERSON_SEE)
        | dict.fromkeys(("hold_post", "end_post"), P.PERSON_EDIT),
    "activities.hours": {"summarise_service": P.VOLUNTEER_SEE, "get_own_service": P.ACTIVITY_JOIN},
    "points.earning": {"settle_all": P.POINTS_CLOSE},
    "pledges.earning": {"settle_pledges": P.POINTS_CLOSE},
    "points.expiry": {"expire_points": P.POINTS_CLOSE},
    "points.months": {"close_month": P.POINTS_CLOSE},
    "points.views": dict.fromkeys(("get_own_points", "present_tariff"), P.POINTS_OWN)
        | dict.fromkeys(("get_points_of", "list_members", "list_month_figures", "list_ledger"), P.POINTS_SEE),
    "shop.codes": {"make_code": P.POINTS_OWN, "forget_codes": P.POINTS_CLOSE},
    "shop.counters": {"list_counters": P.SHOP_KEEP},
    "shop.goods": dict.fromkeys(("list_movements", "receive_stock", "write_off"), P.SHOP_KEEP)
        | dict.fromkeys(("add_good", "edit_good"), P.SHOP_EDIT) | {"list_goods": P.POINTS_OWN},
    "shop.redemptions": dict.fromkeys(("look_at_code", "redeem", "ask_redemption", "confirm_redemption",
        "end_redemption", "list_redemptions"), P.SHOP_KEEP),
    "shop.waits": dict.fromkeys(("wait_for", "stop_waiting"), P.POINTS_OWN)
        | {"list_waits": P.SHOP_KEEP, "count_waits": P.SHOP_KEEP, "tell_all": P.POINTS_CLOSE},
    "stations.register": dict.fromkeys(("list_stations", "count_stations", "get_station", "count_planned_from"),
        P.STATION_SEE)
        | dict.fromkeys(("create_station", "edit_station", "close_station"), P.STATION_EDIT),
    "stations.holidays": {"list_coming_holidays": P.STATION_EDIT},
    "stations.importing": dict.fromkeys(("plan_station_import", "apply_station_import"), P.AREA_IMPORT),
    "incidents.suspensions": dict.fromkeys(("suspended_ages", "map_suspended_ages"), P.INCIDENT_SEE),
    "accounts.users": dict.fromkeys(
        ("list_accounts", "add_user", "set_password", "set_active", "link_person"), P.USER_MANAGE
    ),
    "people.volunteers": dict.fromkeys(("list_volunteers", "get_volunteer"), P.VOLUNTEER_SEE)
        | dict.fromkeys(("list_namesakes", "register_volunteer", "move_volunteer", "end_volunteer"), P.VOLUNTEER_EDIT)
        | {"list_teams": P.ACTIVITY_SEE},
    "dictionaries.work_items": dict.fromkeys(("list_work_items", "list_departments", "department_loads"),
        P.DICTIONARY_SEE)
        | dict.fromkeys(("add_work_item", "end_work_item"), P.WORK_ITEM_EDIT),
    "cards.cards": {"get_cards": P.CARD_SEE},
    "cards.printing": {"print_cards": P.CARD_SEE},
    "cards.consents": dict.fromkeys(("change_consent", "make_link", "revoke_link"), P.CARD_EDIT),
    "talents.consents": {"say_own_consent": P.TALENT_OWN, "record_consent": P.PERSON_EDIT},
    "talents.needs": dict.fromkeys(("list_needs", "get_need"), P.TALENT_SEE)
        | dict.fromkeys(("add_need", "withdraw_need"), P.TALENT_ASK),
    "talents.matches": dict.fromkeys(("suggest_talents", "ask_talent", "take_back_ask"), P.TALENT_ASK)
        | dict.fromkeys(("list_own_asks", "count_own_asks", "answer_ask"), P.TALENT_OWN),
    "talents.own": dict.fromkeys(("get_own_talent", "save_offer"), P.TALENT_OWN),
    "talents.pool": dict.fromkeys(("find_talents", "get_talent"), P.TALENT_SEE) | {"uncover_talent": P.PERSON_SEE},
    "pledges.board": {"read_board": P.PLEDGE_SEE},
    "pledges.wall": {"read_wall": P.SCREEN_SEE},
    "pledges.register": dict.fromkeys(("list_own_pledges", "get_pledge_card"), P.PLEDGE_SEE)
        | dict.fromkeys(("add_pledge", "edit_pledge", "list_posts_held"), P.PLEDGE_EDIT),
    "pledges.evidence": dict.fromkeys(("list_candidates", "log_evidence", "withdraw_evidence"), P.PLEDGE_FULFIL)
        | {"confirm_evidence": P.PLEDGE_CONFIRM, "get_evidence_photo": P.PLEDGE_SEE},
    "pledges.reviews": {"judge_pledge": P.PLEDGE_EDIT, "rate_pledge": P.PLEDGE_CONFIRM},
    "visits.log": dict.fromkeys(("log_visit", "correct_visit", "withdraw_visit", "find_place", "list_own_grids",
        "list_own_visits", "get_visit_photo"), P.VISIT_LOG),
    "plots.register": dict.fromkeys(("read_plots", "get_plot_card", "outline_plots", "check_plot", "get_plot_photo"),
        P.PLOT_SEE) | dict.fromkeys(("add_plot", "end_plot"), P.PLOT_EDIT),
    "rotas.plans": dict.fromkeys(("list_rotas", "get_rota_card", "list_duties_of"), P.ROTA_SEE)
        | dict.fromkeys(("make_rota", "remake_rota"), P.ROTA_EDIT),
    "rotas.duties": dict.fromkeys(("list_own_duties", "confirm_duty", "ask_swap", "answer_swap"), P.ROTA_SEE),
    "visits.gaps": dict.fromkeys(("read_gaps", "list_grid_visits", "list_visits"), P.VISIT_SEE),
    "areas.work_areas": {"list_work_areas": P.ACTIVITY_SEE},
}  # fmt: skip
# Why each of these needs no permission of its own.
ASKS_NOTHING = {
    "pledges.register.limited": "a rule over values",
    "cards.cards.require_card": "asks for the permission that it is given",
    "activities.calendar.works_for": "a rule over values",
    "stations.register.may_edit_station": "a rule over values",
    "areas.preview.plan_overlay": "keep_overlay asks",
    "areas.change_views.change_overlay": "keep_overlay asks",
    "areas.change_files.read_outlines": "plan_import asks",
    "areas.preview.station_overlay": "keep_overlay asks",
    "areas.preview.findings_overlay": "keep_overlay asks",
    "activities.recording.view_of": "a rule over values",
    "activities.recording.may_answer": "a rule over values",
    "incidents.buttons.actions_for": "a rule over values",
    "incidents.buttons.is_called_only": "a rule over values",
    "whistles.views.is_own": "a rule over values",
    "maps.views.home_box": "where a map opens: the box around areas, which everybody sees",
    "shop.members.own_person": "a rule over values",
    "people.contacts.imported_word": "a row of the import, which asks",
    "accounts.scopes.covers": "a rule over values",
    "accounts.scopes.require_inside": "a rule over values",
    "accounts.sessions.change_preferences": "one's own language and theme",
}
# What the second permission is that some ask for, too.
ALSO = {
    "people.register.uncover_phone": P.CONTACT_SEE,
    "talents.pool.uncover_talent": P.CONTACT_SEE,
    **dict.fromkeys(
        ("stations.reach.measure_reach", "stations.next_sites.next_sites", "stations.reach_map.reach_overlay"),
        P.AREA_SEE,
    ),
}


def _functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for found in pkgutil.walk_packages(services.__path__, "services."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters), None)
            if function.__module__ == found.name and first == "actor" and not name.startswith("_"):
                yield f"{found.name.removeprefix('services.')}.{name}", function


FUNCTIONS = dict(_functions())
WANTED = {f"{module}.{name}": wanted for module, found in ASKS.items() for name, wanted in found.items()}


class _Asked(Exception):
    """Stops a function at its first question."""


def actor_of(role: Role) -> Actor:
    return Actor(4711, "somebody", "某人", role)


def called(name: str, actor: Actor) -> Any:
    """The function with anything for what it needs."""
    needed = list(inspect.signature(FUNCTIONS[name]).parameters.values())[1:]
    values = [MagicMock() for found in needed if found.default is found.empty and found.kind is not found.KEYWORD_ONLY]
    return FUNCTIONS[name](actor, *values)


def test_every_function_of_an_actor_is_in_the_table() -> None:
    assert set(FUNCTIONS) == WANTED.keys() | ASKS_NOTHING.keys()


def is_refused(name: str, actor: Actor) -> bool:
    try:
        called(name, actor)
    except PermissionDenied:
        return True
    return False


@pytest.mark.parametrize("role", Role)
def test_a_function_refuses_when_the_role_lacks_its_permission(sqlite_db: Database, role: Role) -> None:
    lacking = [name for name, wanted in WANTED.items() if wanted not in GRANTS[role]]
    assert [name for name in lacking if not is_refused(name, actor_of(role))] == []


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_function_asks_for_its_permission_first(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked = []

    def require(_actor: Actor, permission: Permission) -> None:
        asked.append(permission)
        if len(asked) == 1 + (name in ALSO):
            raise _Asked()

    for found in pkgutil.walk_packages(services.__path__, "services."):
        monkeypatch.setattr(f"{found.name}.require", require, raising=False)
    with pytest.raises(_Asked):
        called(name, actor_of(Role.ADMINISTRATOR))
    assert asked == [WANTED[name], *([ALSO[name]] if name in ALSO else [])]
