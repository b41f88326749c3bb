"""Nobody of another grid sees or changes what lies in this one, through any service (feature N5).

Grid A is filled with records whose every text is SECRET. People of other grids, a visitor and a department call
every service that tests/services/test_permissions.py knows with A's ids: they are refused, or SECRET is not in the
answer, and nothing has changed afterwards.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Assignment, Base, ClockRequest, PostHolding
from db.session import Database, transaction
from domain.check_in_codes import CodePurpose
from domain.clock import local_date
from domain.errors import Refusal
from domain.incidents import IncidentAction
from domain.periods import Period
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from domain.pledges import EvidenceKind, Verdict
from domain.plots import CheckResult, PlotKind, PlotOwner
from domain.points import EarningKind
from domain.rhythm import LadderStep
from domain.rotas import SwapAnswer
from domain.series import Repeat, RepeatUnit
from domain.talents import NeedState
from domain.visits import GapPart, VisitKind
from domain.whistles import AnswerPart, WhistleReason
from services.activities import attendances, codes, corrections, rhythm, series
from services.activities import calendar as activities
from services.activities import hours as service_hours
from services.activities import plans as activity_plans
from services.activities.attendances import ManualForm
from services.activities.corrections import CorrectionForm
from services.activities.plans import ActivityForm
from services.areas import locating
from services.call_backs import calls as call_backs
from services.call_backs import rates as call_back_rates
from services.cards import cards as member_cards
from services.cards import consents as card_consents
from services.cards import printing as card_printing
from services.clocks import request_views as clock_request_views
from services.clocks import requests as clock_requests
from services.incidents import actions as incident_actions
from services.incidents import assignees as incident_assignees
from services.incidents import cases as incidents
from services.incidents import decisions, due_counts, repeats, suspensions
from services.incidents import links as incident_links
from services.incidents import photos as incident_photos
from services.incidents import place_fixes as incident_place_fixes
from services.incidents import places as incident_places
from services.incidents import reports as incident_reports
from services.incidents.cases import IncidentFilter
from services.indicators import measuring as indicators
from services.indicators import overview
from services.lists import exports as list_exports
from services.lists import figure_exports, member_exports, points_exports
from services.lists.files import ListFormat
from services.maps import panel as map_panel
from services.maps import points as map_points
from services.maps import tiles as map_tiles
from services.maps import views as map_views
from services.organisations import changes as organisation_changes
from services.organisations import on_map as organisation_map
from services.organisations import tree as organisations
from services.organisations.changes import OrganisationForm
from services.people import assignments, posts, volunteers
from services.people import contacts as said_contacts
from services.people import proposals as assignment_proposals
from services.people import register as people
from services.people.assignments import AssignmentForm
from services.people.posts import PostForm
from services.people.register import PeopleFilter, PersonForm
from services.people.volunteers import VolunteerForm
from services.pledges import board as pledge_board
from services.pledges import evidence as pledge_evidence
from services.pledges import register as pledges
from services.pledges import reviews as pledge_reviews
from services.pledges import wall as pledge_wall
from services.plots import register as plots
from services.points import views as points_views
from services.points.earning import earn
from services.rotas import duties as rota_duties
from services.rotas import plans as rotas
from services.shop import goods as shop_goods
from services.shop import redemptions
from services.shop import waits as shop_waits
from services.shop.goods import GoodForm
from services.shop.redemptions import RedeemForm
from services.stations import reach, rooms
from services.stations import register as stations
from services.stations.next_sites import next_sites
from services.stations.reach_map import reach_overlay
from services.stations.register import StationForm
from services.stations.rooms import RoomForm
from services.talents import consents as talent_consents
from services.talents import matches as talent_matches
from services.talents import needs as talent_needs
from services.talents import own as own_talent
from services.talents import pool as talent_pool
from services.visits import gaps as visit_gaps
from services.visits import log as visits
from services.whistles import calls as incident_whistles
from services.whistles import figures as whistle_figures
from services.whistles import views as whistle_views
from tests import factories as make
from tests.incident_town import IN_A, IN_B, NOW, Street, logged, make_street
from tests.pictures import picture
from tests.services.test_permissions import WANTED
from tests.talent_town import make_talent, need_form

SECRET, PHONE = "暗号金丝雀", "13912345678"
DAY = date(2026, 3, 18)
CSV = ListFormat.CSV
NEAR = reach.ReachFilter(300)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@dataclass(frozen=True)
class World:
    """The street, and the ids of what lies in grid A."""

    street: Street
    incident: int
    number: str
    photo: int
    person: int
    volunteer: int
    assignment: int
    holding: int
    organisation: int
    activity: int
    attendance: int
    station: int
    room: int
    whistled: int
    request: int
    good: int
    redemption: int
    pledge: int
    evidence: int
    evidence_photo: int
    corrected: int
    correction: int
    card_link: int
    visit: int
    visit_photo: int
    need: int
    ask: int
    rota: int
    duties: tuple[int, int]
    swap: int
    plot: int
    plot_photo: int


def make_world() -> World:
    street = make_street()
    a = street.grid_a
    receipt = logged(
        street.command, description=SECRET, place=SECRET, reporter_name=SECRET, reporter_phone=PHONE,
        photos=(picture(),),
    )  # fmt: skip
    called = make.make_user(Role.DEPARTMENT, name="别处科室").user_id
    whistled = incident_whistles.blow_whistle(
        street.command, receipt.id, WhistleReason.EMERGENCY, [called], SECRET, NOW
    )
    photo = incidents.get_incident(street.command, receipt.id, NOW).photos[0].id
    person = make_talent(
        SECRET, area=a, phone=PHONE, is_party_member=True, sentence=SECRET, skills="mediation", now=NOW
    )
    volunteer = make.make_volunteer(area=a, person=person)
    organisation = organisation_changes.add_organisation(
        street.command, OrganisationForm("书院支部", "street_committee", None, "410311001001001", DAY), NOW
    )
    with transaction(EVERYWHERE) as session:
        held = PostHolding(person_id=person, post="mediator", area_id=a, valid_from=DAY)
        cares = Assignment(person_id=person, area_id=a, post="core_member", starts_on=DAY, reason=SECRET)
        asked = ClockRequest(
            incident_id=receipt.id, kind="exemption", state="waiting", reason=SECRET, asked_at=NOW, decision="",
            asked_by=street.leader_a.user_id,
        )  # fmt: skip
        session.add_all([held, cares, asked])
    with transaction(EVERYWHERE) as session:
        earn(session, SYSTEM, person, EarningKind.PLEDGE, "pledge", 1, 20, NOW, NOW)
    good = shop_goods.add_good(street.command, GoodForm("雨伞", "goods", 30), NOW)
    shop_waits.wait_for(street.command, good, person, NOW)
    service = shop_goods.add_good(street.command, GoodForm("理发", "service", 30, counted=False), NOW)
    redemption = redemptions.ask_redemption(street.command, RedeemForm(service, 1, person_id=person), NOW)
    activity = make.make_activity(area_id=a, starts_at=NOW, station_id=None, place="广场")
    corrected = make.make_attendance(
        make.make_activity(area_id=a, starts_at=NOW - timedelta(days=1)), volunteer, minutes=60, source="code",
        checked_in_at=NOW - timedelta(days=1), checked_out_at=NOW - timedelta(hours=23),
    )  # fmt: skip
    form = CorrectionForm(corrected, NOW - timedelta(days=1), NOW - timedelta(hours=23, minutes=30), SECRET, 1)
    correction = corrections.correct_attendance(street.leader_a, form, "k", NOW)
    station = make.make_station(area_id=a, lon=IN_A[0], lat=IN_A[1])
    return World(
        street, receipt.id, receipt.number, photo, person, volunteer, cares.id, held.id, organisation, activity,
        make.make_attendance(
            activity, volunteer, note=SECRET, checked_in_at=NOW, checked_out_at=NOW + timedelta(hours=1),
            entered_by=street.leader_a.user_id, source="manual",
        ),
        station,
        make.make_room(station),
        whistled[0].id,
        asked.id,
        service,
        redemption.id,
        *make_pledge(street.command, person, a),
        corrected,
        correction.id,
        make_card_link(street.command, person),
        *make_visit(street),
        *make_need(street, person),
        *make_rota(street, person),
        *make_plot(street),
    )  # fmt: skip


def make_need(street: Street, person: int) -> tuple[int, int]:
    """A need in grid A for which a person of the pool is asked."""
    need = talent_needs.add_need(street.command, replace(need_form(street.grid_a), text=SECRET), NOW)
    return need, talent_matches.ask_talent(street.command, need, 1, person, NOW)


def make_pledge(actor: Actor, person: int, grid: int) -> tuple[int, int, int]:
    """A pledge with a service noted by hand and its picture."""
    form = pledges.PledgeForm(person, grid, "mediator", SECRET, 3, "times", DAY, DAY)
    pledge = pledges.add_pledge(actor, form, NOW)
    noted = pledge_evidence.EvidenceForm(pledge, EvidenceKind.TASK, None, 1, DAY, SECRET, picture())
    evidence = pledge_evidence.log_evidence(actor, noted, NOW)
    return pledge, evidence, pledges.get_pledge_card(actor, pledge, NOW).evidence[0].photo_id or 0


def make_card_link(actor: Actor, person: int) -> int:
    """A link to the public page of the person's card."""
    card_consents.change_consent(actor, person, "identity", True, "x", NOW)
    card_consents.make_link(actor, person, NOW)
    return member_cards.get_cards(actor, person, NOW).links[0].id


def make_visit(street: Street) -> tuple[int, int]:
    """A visit to grid A with a note and a picture."""
    form = visits.VisitForm(VisitKind.VISIT, *IN_A, note=SECRET, photo=picture())
    visit = visits.log_visit(street.leader_a, form, NOW)
    return visit, visits.list_own_visits(street.leader_a)[0].photo_id or 0


def make_rota(street: Street, person: int) -> tuple[int, tuple[int, int], int]:
    """A rota of grid A with two duties to come and a swap that waits."""
    people, first = (person, make.make_person("对班", area=street.grid_a)), DAY + timedelta(days=1)
    form = rotas.RotaForm(SECRET, street.grid_a, people, first, first + timedelta(days=1))
    rota = rotas.make_rota(street.command, form, NOW)
    one, other = [duty.id for duty in rotas.get_rota_card(street.command, rota, NOW).duties]
    return rota, (one, other), rota_duties.ask_swap(street.command, one, other, NOW)


CORNERS = (IN_A, (IN_A[0] + 0.001, IN_A[1]), (IN_A[0], IN_A[1] + 0.001))


def make_plot(street: Street) -> tuple[int, int]:
    """A plot of grid A with a check and its picture."""
    form = plots.PlotForm(PlotKind.FIELD, SECRET, PlotOwner.PERSON, SECRET, CORNERS)
    plot = plots.add_plot(street.command, form, NOW)
    plots.check_plot(street.leader_a, plot, plots.CheckForm(CheckResult.KEPT, SECRET, picture()), NOW)
    return plot, plots.get_plot_card(street.command, plot).checks[0].photos["before"]


def plot_form() -> plots.PlotForm:
    return plots.PlotForm(PlotKind.FIELD, "新", PlotOwner.PERSON, "新", CORNERS)


def rota_form(world: World) -> rotas.RotaForm:
    return rotas.RotaForm("新", world.street.grid_a, (world.person,), DAY, DAY)


OTHERS: dict[str, Callable[[Street], Actor]] = {
    "leader next door": lambda s: s.leader_b,
    "leader of another community": lambda s: make.make_user(Role.GRID_LEADER, area=s.grid_c),
    "secretary of another community": lambda s: make.make_user(
        Role.COMMUNITY_SECRETARY, area=s.grid_c, person=make.make_person("别人", area=s.grid_c)
    ),
    "party member next door": lambda s: make.make_user(
        Role.PARTY_MEMBER, area=s.grid_b, person=make.make_person("别人", area=s.grid_b)
    ),
    "volunteer next door": lambda s: make.make_user(
        Role.VOLUNTEER, area=s.grid_b, person=make.make_person("别人", area=s.grid_b)
    ),
    "visitor": lambda s: s.visitor,
    "department": lambda s: s.department,
    "leader without an area": lambda s: make.make_user(Role.GRID_LEADER),
}
Call = Callable[[World, Actor], Any]
STATION = StationForm("新站", "service_centre", *IN_A)
PLAN = ActivityForm("新活动", "community_service", NOW, NOW + timedelta(hours=1), place="广场")
REPEAT = Repeat(RepeatUnit.WEEK, 1, local_date(NOW) + timedelta(days=7))


def pledge_form(world: World) -> pledges.PledgeForm:
    return pledges.PledgeForm(world.person, world.street.grid_a, "mediator", "新", 1, "times", DAY, DAY)


def tile(_world: World, actor: Actor) -> bytes:
    import gzip

    x, y = 13305, 6487  # of zoom 14, around the street
    return b"".join(gzip.decompress(map_tiles.area_tiles(actor, None, NOW).tile((14, x + i, y))) for i in (0,))


READS: dict[str, Call] = {
    "talents.needs.list_needs": lambda w, a: talent_needs.list_needs(a, tuple(NeedState), NOW),
    "talents.needs.get_need": lambda w, a: pytest.fail(str(talent_needs.get_need(a, w.need, NOW))),
    "talents.matches.suggest_talents": lambda w, a: pytest.fail(str(talent_matches.suggest_talents(a, w.need, NOW))),
    "talents.matches.list_own_asks": lambda w, a: talent_matches.list_own_asks(a, NOW),
    "talents.matches.count_own_asks": lambda w, a: talent_matches.count_own_asks(a, NOW) and pytest.fail("an ask"),
    "cards.cards.get_cards": lambda w, a: member_cards.get_cards(a, w.person, NOW),
    "cards.printing.print_cards": lambda w, a: pytest.fail(str(card_printing.print_cards(a, w.person, "en", now=NOW))),
    "talents.own.get_own_talent": lambda w, a: own_talent.get_own_talent(a),
    "talents.pool.find_talents": lambda w, a: talent_pool.find_talents(a),
    "talents.pool.get_talent": lambda w, a: pytest.fail(str(talent_pool.get_talent(a, w.person))),
    "lists.exports.export_talents": lambda w, a: list_exports.export_talents(
        a, talent_pool.EVERY_TALENT, CSV, "en", NOW
    ),
    "pledges.board.read_board": lambda w, a: pledge_board.read_board(a, now=NOW),
    "pledges.wall.read_wall": lambda w, a: pledge_wall.read_wall(a, NOW),
    "pledges.register.list_own_pledges": lambda w, a: pledges.list_own_pledges(a, NOW),
    "pledges.register.get_pledge_card": lambda w, a: pytest.fail(str(pledges.get_pledge_card(a, w.pledge, NOW))),
    "pledges.register.list_posts_held": lambda w, a: pytest.fail(str(pledges.list_posts_held(a, w.person, DAY))),
    "pledges.evidence.list_candidates": lambda w, a: pytest.fail(str(pledge_evidence.list_candidates(a, w.pledge))),
    "pledges.evidence.get_evidence_photo": lambda w, a: pytest.fail(
        str(pledge_evidence.get_evidence_photo(a, w.evidence_photo))
    ),
    "visits.log.list_own_visits": lambda w, a: visits.list_own_visits(a),
    "visits.log.get_visit_photo": lambda w, a: pytest.fail(str(visits.get_visit_photo(a, w.visit_photo))),
    "visits.log.find_place": lambda w, a: pytest.fail(str(visits.find_place(a, *IN_A, None, NOW))),
    "visits.log.list_own_grids": lambda w, a: (
        [grid for grid in visits.list_own_grids(a, NOW) if grid.area_id == w.street.grid_a] and pytest.fail("grid A")
    ),
    "plots.register.read_plots": lambda w, a: plots.read_plots(a, now=NOW),
    "plots.register.get_plot_card": lambda w, a: pytest.fail(str(plots.get_plot_card(a, w.plot))),
    "plots.register.get_plot_photo": lambda w, a: pytest.fail(str(plots.get_plot_photo(a, w.plot_photo))),
    "rotas.plans.list_rotas": lambda w, a: rotas.list_rotas(a),
    "rotas.plans.get_rota_card": lambda w, a: pytest.fail(str(rotas.get_rota_card(a, w.rota, NOW))),
    "rotas.plans.list_duties_of": lambda w, a: rotas.list_duties_of(a, MARCH, NOW),
    "rotas.duties.list_own_duties": lambda w, a: rota_duties.list_own_duties(a, NOW),
    "visits.gaps.read_gaps": lambda w, a: (
        [row for row in visit_gaps.read_gaps(a, now=NOW).rows if row.area_id == w.street.grid_a]
        and pytest.fail("grid A")
    ),
    "visits.gaps.list_visits": lambda w, a: visit_gaps.list_visits(a, MARCH),
    "visits.gaps.list_grid_visits": lambda w, a: pytest.fail(str(visit_gaps.list_grid_visits(a, w.street.grid_a))),
    "incidents.due_counts.count_due": lambda w, a: due_counts.count_due(a, NOW),
    "clocks.request_views.list_requests": lambda w, a: pytest.fail(
        str(clock_request_views.list_requests(a, w.incident, NOW))
    ),
    "clocks.request_views.list_waiting_requests": lambda w, a: clock_request_views.list_waiting_requests(a),
    "activities.calendar.get_activity": lambda w, a: activities.get_activity(a, w.activity),
    "activities.calendar.list_activities_on": lambda w, a: activities.list_activities_on(a, DAY),
    "activities.calendar.list_upcoming_activities": lambda w, a: activities.list_upcoming_activities(a, now=NOW),
    "people.proposals.list_candidates": lambda w, a: assignment_proposals.list_candidates(
        a, assignments.get_coverage(w.street.command, DAY).grids[0], now=NOW
    ),
    "people.proposals.propose_assignments": lambda w, a: assignment_proposals.propose_assignments(a, now=NOW),
    "people.assignments.get_coverage": lambda w, a: assignments.get_coverage(a, DAY),
    "people.assignments.get_grid_card": lambda w, a: assignments.get_grid_card(a, w.street.grid_a),
    "people.assignments.list_own_assignments": lambda w, a: assignments.list_own_assignments(a),
    "activities.attendances.list_attendances": lambda w, a: attendances.list_attendances(a, w.activity),
    "activities.attendances.list_attendances_of": lambda w, a: attendances.list_attendances_of(a, w.volunteer),
    "activities.attendances.list_own_attendances": lambda w, a: attendances.list_own_attendances(a),
    "activities.corrections.list_corrections": lambda w, a: corrections.list_corrections(a, w.attendance),
    "activities.corrections.list_own_corrections": lambda w, a: corrections.list_own_corrections(a),
    "activities.corrections.list_waiting_corrections": lambda w, a: corrections.list_waiting_corrections(a),
    "activities.codes.list_places": lambda w, a: codes.list_places(a, NOW),
    "activities.codes.get_place": lambda w, a: codes.get_place(a, w.activity, CodePurpose.IN, NOW),
    "activities.attendances.list_waiting_entries": lambda w, a: attendances.list_waiting_entries(a),
    "call_backs.rates.call_back_rates": lambda w, a: [
        row.group.name for row in call_back_rates.call_back_rates(a, Period(DAY, DAY), "community", NOW)
    ],
    "call_backs.calls.count_to_call_back": lambda w, a: call_backs.count_to_call_back(a, NOW) and pytest.fail("a case"),
    "call_backs.calls.list_call_backs": lambda w, a: pytest.fail(str(call_backs.list_call_backs(a, w.incident))),
    "call_backs.calls.list_to_call_back": lambda w, a: call_backs.list_to_call_back(a, NOW),
    "incidents.assignees.list_assignees": lambda w, a: incident_assignees.list_assignees(a, w.incident),
    "incidents.links.read_links": lambda w, a: pytest.fail(str(incident_links.read_links(a, w.incident, NOW))),
    "incidents.photos.get_photo": lambda w, a: pytest.fail(str(incident_photos.get_photo(a, w.photo))),
    "incidents.places.list_own_areas": lambda w, a: incident_places.list_own_areas(a),
    "incidents.reports.find_similar_incidents": lambda w, a: incident_reports.find_similar_incidents(
        a, "street_light", *IN_A, NOW
    ),
    "incidents.reports.list_own_reports": lambda w, a: incident_reports.list_own_reports(a),
    "incidents.reports.preview_report": lambda w, a: incident_reports.preview_report(a, lon=IN_A[0], lat=IN_A[1]),
    "incidents.cases.get_incident": lambda w, a: pytest.fail(str(incidents.get_incident(a, w.incident, NOW))),
    "lists.member_exports.export_pledges": lambda w, a: member_exports.export_pledges(
        a, pledge_board.EVERYTHING, CSV, "en", NOW
    ),
    "lists.member_exports.export_visits": lambda w, a: member_exports.export_visits(a, MARCH, CSV, "en", now=NOW),
    "lists.member_exports.export_waiting_grids": lambda w, a: member_exports.export_waiting_grids(
        a, GapPart.ALL, CSV, "en", NOW
    ),
    "lists.member_exports.export_duties": lambda w, a: member_exports.export_duties(a, MARCH, CSV, "en", NOW),
    "lists.member_exports.export_plots": lambda w, a: member_exports.export_plots(a, None, CSV, "en", NOW),
    "lists.points_exports.export_ledger": lambda w, a: points_exports.export_ledger(a, DAY, CSV, "en", NOW),
    "lists.points_exports.export_redemptions": lambda w, a: points_exports.export_redemptions(a, MARCH, CSV, "en", NOW),
    "lists.exports.export_suspended": lambda w, a: list_exports.export_suspended(a, IncidentFilter(), CSV, "en", NOW),
    "lists.exports.export_incidents": lambda w, a: list_exports.export_incidents(a, IncidentFilter(), CSV, "en", NOW),
    "lists.exports.export_stations": lambda w, a: list_exports.export_stations(a, CSV, "en", now=NOW),
    "lists.exports.export_volunteers": lambda w, a: list_exports.export_volunteers(a, CSV, "en", now=NOW),
    "lists.exports.export_people": lambda w, a: list_exports.export_people(a, PeopleFilter(), CSV, "en", NOW),
    "lists.exports.export_repeats": lambda w, a: list_exports.export_repeats(a, repeats.RepeatFilter(), CSV, "en", NOW),
    "lists.exports.export_coverage": lambda w, a: list_exports.export_coverage(a, CSV, "en", NOW),
    "lists.figure_exports.export_indicators": lambda w, a: figure_exports.export_indicators(
        a, Period(DAY, DAY), "grid", CSV, "en", NOW
    ),
    "lists.figure_exports.export_whistle_areas": lambda w, a: figure_exports.export_whistle_areas(
        a, Period(DAY, DAY), CSV, "en", NOW
    ),
    "lists.figure_exports.export_whistle_departments": lambda w, a: figure_exports.export_whistle_departments(
        a, Period(DAY, DAY), CSV, "en", NOW
    ),
    "lists.figure_exports.export_whistled": lambda w, a: figure_exports.export_whistled(
        a, Period(DAY, DAY), "area", None, AnswerPart.CALLED, CSV, "en", NOW
    ),
    "lists.figure_exports.export_to_call_back": lambda w, a: figure_exports.export_to_call_back(a, CSV, "en", NOW),
    "stations.reach.measure_reach": lambda w, a: reach.measure_reach(a, NEAR, NOW),
    "stations.next_sites.next_sites": lambda w, a: next_sites(a, NEAR, now=NOW),
    "stations.reach_map.reach_overlay": lambda w, a: reach_overlay(a, NEAR, None, now=NOW),
    "lists.figure_exports.export_reach_areas": lambda w, a: figure_exports.export_reach_areas(a, NEAR, CSV, "en", NOW),
    "lists.figure_exports.export_reach_stations": lambda w, a: figure_exports.export_reach_stations(
        a, NEAR, CSV, "en", NOW
    ),
    "lists.figure_exports.export_call_back_rates": lambda w, a: figure_exports.export_call_back_rates(
        a, Period(DAY, DAY), "community", CSV, "en", NOW
    ),
    "incidents.repeats.list_repeat_places": lambda w, a: repeats.list_repeat_places(a, now=NOW),
    "incidents.repeats.list_repeat_cases": lambda w, a: pytest.fail(str(repeats.list_repeat_cases(a, w.incident, NOW))),
    "incidents.cases.list_incidents": lambda w, a: incidents.list_incidents(
        a, IncidentFilter(area_id=w.street.grid_a), NOW
    ),
    "indicators.measuring.measure": lambda w, a: (
        [
            row
            for row in indicators.measure(a, Period(DAY, DAY), "grid", NOW).rows
            if row.figures["reported"].now.numerator
        ]
        and pytest.fail("counted")
    ),
    "areas.locating.locate": lambda w, a: locating.locate(a, *IN_A),
    "maps.panel.area_panel": lambda w, a: map_panel.area_panel(a, w.street.grid_a, NOW),
    "maps.points.incident_points": lambda w, a: map_points.incident_points(a, now=NOW),
    "maps.tiles.area_tiles": tile,
    "maps.views.map_versions": lambda w, a: map_views.map_versions(a, None, NOW),
    "organisations.on_map.outline_coverage": lambda w, a: [
        organisation_map.outline_coverage(a, level) for level in organisations.organisation_coverage(a, NOW)
    ],
    "organisations.tree.get_organisation_card": lambda w, a: organisations.get_organisation_card(
        a, w.organisation, NOW
    ),
    "organisations.tree.organisation_coverage": lambda w, a: organisations.organisation_coverage(a, NOW),
    "organisations.tree.organisation_tree": lambda w, a: organisations.organisation_tree(a, NOW),
    "organisations.tree.parents_for": lambda w, a: [
        organisations.parents_for(a, level, NOW) for level in organisations.organisation_coverage(a, NOW)
    ],
    "indicators.overview.list_cells": lambda w, a: overview.list_cells(a, NOW),
    "incidents.decisions.count_decisions": lambda w, a: decisions.count_decisions(a, NOW),
    "indicators.overview.read_desk": lambda w, a: overview.read_desk(a, NOW),
    "indicators.overview.read_screen": lambda w, a: overview.read_screen(a, NOW),
    "people.contacts.list_contact_words": lambda w, a: pytest.fail(str(said_contacts.list_contact_words(a, w.person))),
    "people.register.find_people": lambda w, a: people.find_people(a),
    "people.register.get_person_view": lambda w, a: pytest.fail(str(people.get_person_view(a, w.person))),
    "people.posts.count_post_holders": lambda w, a: posts.count_post_holders(a, NOW),
    "people.posts.list_posts_of": lambda w, a: posts.list_posts_of(a, w.person),
    "activities.rhythm.get_rhythm": lambda w, a: rhythm.get_rhythm(a, DAY, NOW),
    "activities.rhythm.list_step_records": lambda w, a: rhythm.list_step_records(
        a, DAY, w.street.grid_a, LadderStep.SERVICE
    ),
    "activities.hours.get_own_service": lambda w, a: service_hours.get_own_service(a, NOW),
    "activities.hours.summarise_service": lambda w, a: service_hours.summarise_service(
        a, NOW - timedelta(days=9), NOW + timedelta(days=9)
    ),
    "points.views.get_own_points": lambda w, a: points_views.get_own_points(a, now=NOW),
    "points.views.get_points_of": lambda w, a: pytest.fail(str(points_views.get_points_of(a, w.person, now=NOW))),
    "points.views.list_ledger": lambda w, a: points_views.list_ledger(a, DAY),
    "points.views.list_members": lambda w, a: (
        (points_views.list_members(a) if points_views.list_members(a).total == 0 else pytest.fail("a member"))
        if a.area_id != w.street.grid_a
        else points_views.list_members(a)
    ),
    "points.views.list_month_figures": lambda w, a: (
        any(month.earned for month in points_views.list_month_figures(a, now=NOW)) and pytest.fail("points")
    ),
    "shop.redemptions.list_redemptions": lambda w, a: redemptions.list_redemptions(a),
    "shop.waits.list_waits": lambda w, a: shop_waits.list_waits(a),
    "stations.register.get_station": lambda w, a: stations.get_station(a, w.station),
    "stations.register.list_stations": lambda w, a: stations.list_stations(a),
    "incidents.suspensions.suspended_ages": lambda w, a: suspensions.suspended_ages(a, NOW),
    "incidents.suspensions.map_suspended_ages": lambda w, a: suspensions.map_suspended_ages(a, NOW),
    "people.volunteers.get_volunteer": lambda w, a: pytest.fail(str(volunteers.get_volunteer(a, w.volunteer))),
    "people.volunteers.list_namesakes": lambda w, a: volunteers.list_namesakes(a, SECRET) and pytest.fail("a namesake"),
    "people.volunteers.list_volunteers": lambda w, a: volunteers.list_volunteers(a, area_path=f"/{w.street.street}/"),
    "whistles.figures.list_whistled": lambda w, a: whistle_figures.list_whistled(
        a, Period(DAY, DAY), "area", None, NOW
    ),
    "whistles.figures.whistle_figures": lambda w, a: [
        row.whistles and row.name for row in whistle_figures.whistle_figures(a, Period(DAY, DAY), NOW).areas
    ],
    "whistles.views.count_awaited_report_ins": lambda w, a: (
        whistle_views.count_awaited_report_ins(a, NOW).total and pytest.fail("a whistle")
    ),
    "whistles.views.list_awaited_report_ins": lambda w, a: whistle_views.list_awaited_report_ins(a),
    "whistles.views.list_departments": lambda w, a: pytest.fail(str(whistle_views.list_departments(a, w.incident))),
    "whistles.views.list_whistles": lambda w, a: pytest.fail(str(whistle_views.list_whistles(a, w.incident, NOW))),
}
WRITES: dict[str, Call] = {
    "talents.needs.add_need": lambda w, a: talent_needs.add_need(a, need_form(w.street.grid_a), NOW),
    "talents.needs.withdraw_need": lambda w, a: talent_needs.withdraw_need(a, w.need, 2, NOW),
    "talents.matches.ask_talent": lambda w, a: talent_matches.ask_talent(a, w.need, 2, w.person, NOW),
    "talents.matches.take_back_ask": lambda w, a: talent_matches.take_back_ask(a, w.ask, 1, NOW),
    "talents.matches.answer_ask": lambda w, a: talent_matches.answer_ask(a, w.ask, 1, True, NOW),
    "cards.consents.change_consent": lambda w, a: card_consents.change_consent(a, w.person, "identity", True, "x", NOW),
    "cards.consents.make_link": lambda w, a: card_consents.make_link(a, w.person, NOW),
    "cards.consents.revoke_link": lambda w, a: card_consents.revoke_link(a, w.card_link, NOW),
    "plots.register.add_plot": lambda w, a: plots.add_plot(a, plot_form(), NOW),
    "plots.register.end_plot": lambda w, a: plots.end_plot(a, w.plot, 1, NOW),
    "plots.register.check_plot": lambda w, a: plots.check_plot(a, w.plot, plots.CheckForm(CheckResult.KEPT), NOW),
    "rotas.plans.make_rota": lambda w, a: rotas.make_rota(a, rota_form(w), NOW),
    "rotas.plans.remake_rota": lambda w, a: rotas.remake_rota(a, w.rota, 1, rota_form(w), NOW),
    "rotas.duties.confirm_duty": lambda w, a: rota_duties.confirm_duty(a, w.duties[0], *IN_A, NOW + timedelta(days=1)),
    "rotas.duties.ask_swap": lambda w, a: rota_duties.ask_swap(a, *w.duties, NOW),
    "rotas.duties.answer_swap": lambda w, a: rota_duties.answer_swap(a, w.swap, SwapAnswer.ACCEPTED, NOW),
    "visits.log.log_visit": lambda w, a: visits.log_visit(a, visits.VisitForm(VisitKind.VISIT, *IN_A), NOW),
    "visits.log.correct_visit": lambda w, a: visits.correct_visit(
        a, w.visit, visits.VisitForm(VisitKind.PATROL, *IN_B), NOW
    ),
    "visits.log.withdraw_visit": lambda w, a: visits.withdraw_visit(a, w.visit, NOW),
    "talents.consents.record_consent": lambda w, a: talent_consents.record_consent(a, w.person, False, "x", NOW),
    "talents.pool.uncover_talent": lambda w, a: talent_pool.uncover_talent(a, w.person, "x", NOW),
    "pledges.register.add_pledge": lambda w, a: pledges.add_pledge(a, pledge_form(w), NOW),
    "pledges.register.edit_pledge": lambda w, a: pledges.edit_pledge(a, w.pledge, 1, pledge_form(w), NOW),
    "pledges.evidence.log_evidence": lambda w, a: pledge_evidence.log_evidence(
        a, pledge_evidence.EvidenceForm(w.pledge, EvidenceKind.TASK, None, 1, DAY, "x"), NOW
    ),
    "pledges.evidence.confirm_evidence": lambda w, a: pledge_evidence.confirm_evidence(a, w.evidence, NOW),
    "pledges.evidence.withdraw_evidence": lambda w, a: pledge_evidence.withdraw_evidence(a, w.evidence, "x", NOW),
    "pledges.reviews.judge_pledge": lambda w, a: pledge_reviews.judge_pledge(
        a, w.pledge, 1, Verdict.KEPT, "x", NOW + timedelta(days=2)
    ),
    "pledges.reviews.rate_pledge": lambda w, a: pledge_reviews.rate_pledge(a, w.pledge, 5, "k", NOW),
    "clocks.requests.ask_exemption": lambda w, a: clock_requests.ask_exemption(a, w.incident, "x", NOW),
    "clocks.requests.ask_extension": lambda w, a: clock_requests.ask_extension(a, w.incident, 1, "x", NOW),
    "clocks.requests.decide_request": lambda w, a: clock_requests.decide_request(a, w.request, True, "x", NOW),
    "clocks.requests.withdraw_request": lambda w, a: clock_requests.withdraw_request(a, w.request, NOW),
    "activities.plans.cancel_activity": lambda w, a: activity_plans.cancel_activity(a, w.activity, "x", 1, NOW),
    "activities.series.plan_series": lambda w, a: series.plan_series(
        a, replace(PLAN, area_id=w.street.grid_a), REPEAT, [local_date(PLAN.starts_at)], "k", NOW
    ),
    "activities.series.edit_following": lambda w, a: series.edit_following(a, w.activity, PLAN, 1, NOW),
    "activities.series.cancel_following": lambda w, a: series.cancel_following(a, w.activity, "x", 1, NOW),
    "activities.plans.edit_activity": lambda w, a: activity_plans.edit_activity(a, w.activity, PLAN, 1, NOW),
    "activities.plans.plan_activity": lambda w, a: activity_plans.plan_activity(
        a, replace(PLAN, area_id=w.street.grid_a), "k", NOW
    ),
    "people.assignments.assign_member": lambda w, a: assignments.assign_member(
        a, AssignmentForm(w.person, w.street.grid_b, "core_member", DAY), NOW
    ),
    "people.assignments.end_assignment": lambda w, a: assignments.end_assignment(a, w.assignment, 1, DAY, "x", NOW),
    "activities.attendances.check_in": lambda w, a: attendances.check_in(a, w.activity, w.volunteer, NOW),
    "activities.attendances.check_out": lambda w, a: attendances.check_out(a, w.activity, w.volunteer, now=NOW),
    "activities.corrections.correct_attendance": lambda w, a: corrections.correct_attendance(
        a, CorrectionForm(w.corrected, None, None, "x", 1), "k", NOW
    ),
    "activities.corrections.answer_correction": lambda w, a: corrections.answer_correction(
        a, w.correction, is_confirmed=True, now=NOW
    ),
    "activities.attendances.confirm_entry": lambda w, a: attendances.confirm_entry(a, w.attendance, 1, NOW),
    "activities.attendances.enter_attendance": lambda w, a: attendances.enter_attendance(
        a, ManualForm(w.activity, w.volunteer, NOW, NOW + timedelta(hours=1), "x"), NOW + timedelta(hours=2)
    ),
    "activities.attendances.reject_entry": lambda w, a: attendances.reject_entry(a, w.attendance, "x", 1, NOW),
    "activities.attendances.sign_up": lambda w, a: attendances.sign_up(a, w.activity, w.volunteer, NOW),
    "activities.attendances.withdraw": lambda w, a: attendances.withdraw(a, w.activity, w.volunteer, NOW),
    "call_backs.calls.record_call_back": lambda w, a: call_backs.record_call_back(
        a, w.incident, 1, call_backs.CallBackForm("k", False), NOW
    ),
    "incidents.actions.act_on_incident": lambda w, a: incident_actions.act_on_incident(
        a, w.incident, IncidentAction.ADD_NOTE, 1, "x", now=NOW
    ),
    "incidents.links.link_incident": lambda w, a: incident_links.link_incident(a, w.incident, 1, w.number, "x", NOW),
    "incidents.links.unlink_incident": lambda w, a: incident_links.unlink_incident(a, w.incident, 1, "x", NOW),
    "incidents.place_fixes.fix_place": lambda w, a: incident_place_fixes.fix_place(
        a, w.incident, 1, area_id=w.street.grid_b, note="x", now=NOW
    ),
    "whistles.calls.blow_whistle": lambda w, a: incident_whistles.blow_whistle(
        a, w.incident, WhistleReason.EMERGENCY, [w.street.department.user_id], now=NOW
    ),
    "whistles.calls.give_result": lambda w, a: incident_whistles.give_result(a, w.whistled, "x", NOW),
    "whistles.calls.rate_answer": lambda w, a: incident_whistles.rate_answer(a, w.whistled, 5, now=NOW),
    "whistles.calls.report_in": lambda w, a: incident_whistles.report_in(a, w.whistled, now=NOW),
    "whistles.calls.waive_whistle": lambda w, a: incident_whistles.waive_whistle(a, w.whistled, "x", NOW),
    "incidents.cases.uncover_contact": lambda w, a: incidents.uncover_contact(a, w.incident, "x", NOW),
    "organisations.changes.add_organisation": lambda w, a: organisation_changes.add_organisation(
        a, OrganisationForm("新", "street_committee", None, "410311001001001", DAY), NOW
    ),
    "organisations.changes.close_organisation": lambda w, a: organisation_changes.close_organisation(
        a, w.organisation, 1, DAY, NOW
    ),
    "organisations.changes.end_link": lambda w, a: organisation_changes.end_link(a, 1, DAY, NOW),
    "organisations.changes.link_area": lambda w, a: organisation_changes.link_area(
        a, w.organisation, "410311001001002", DAY, NOW
    ),
    "organisations.changes.move_organisation": lambda w, a: organisation_changes.move_organisation(
        a, w.organisation, 1, None, NOW
    ),
    "organisations.changes.rename_organisation": lambda w, a: organisation_changes.rename_organisation(
        a, w.organisation, 1, "x", NOW
    ),
    "people.register.add_person": lambda w, a: people.add_person(
        a, PersonForm("新人", "", area="410311001001001"), NOW
    ),
    "people.contacts.withdraw_contact": lambda w, a: said_contacts.withdraw_contact(a, w.person, "x", NOW),
    "people.register.edit_person": lambda w, a: people.edit_person(a, w.person, 1, PersonForm("新名", ""), NOW),
    "people.register.uncover_phone": lambda w, a: people.uncover_phone(a, w.person, "x", NOW),
    "people.posts.end_post": lambda w, a: posts.end_post(a, w.holding, DAY, NOW),
    "people.posts.hold_post": lambda w, a: posts.hold_post(
        a, PostForm(w.person, "mediator", DAY, area="410311001001001"), NOW
    ),
    "shop.redemptions.ask_redemption": lambda w, a: redemptions.ask_redemption(
        a, RedeemForm(w.good, 1, person_id=w.person, station_id=w.station), NOW
    ),
    "shop.redemptions.confirm_redemption": lambda w, a: redemptions.confirm_redemption(a, w.redemption, 1, NOW),
    "shop.redemptions.end_redemption": lambda w, a: redemptions.end_redemption(a, w.redemption, True, "x", 1, NOW),
    "shop.waits.stop_waiting": lambda w, a: shop_waits.stop_waiting(a, 1, NOW),
    "shop.waits.wait_for": lambda w, a: shop_waits.wait_for(a, w.good, w.person, NOW),
    "stations.register.close_station": lambda w, a: stations.close_station(a, w.station, DAY, 1, NOW),
    "stations.register.create_station": lambda w, a: stations.create_station(a, STATION, "k", NOW),
    "stations.rooms.add_room": lambda w, a: rooms.add_room(a, w.station, RoomForm(SECRET), "k", NOW),
    "stations.rooms.edit_room": lambda w, a: rooms.edit_room(a, w.room, RoomForm("x"), 1, NOW),
    "stations.rooms.close_room": lambda w, a: rooms.close_room(a, w.room, DAY, 1, NOW),
    "stations.register.edit_station": lambda w, a: stations.edit_station(a, w.station, STATION, 1, NOW),
    "people.volunteers.end_volunteer": lambda w, a: volunteers.end_volunteer(a, w.volunteer, DAY, 1, NOW),
    "people.volunteers.move_volunteer": lambda w, a: volunteers.move_volunteer(
        a, w.volunteer, None, w.street.grid_b, 1
    ),
    "people.volunteers.register_volunteer": lambda w, a: volunteers.register_volunteer(
        a, VolunteerForm(SECRET, None, w.street.grid_a), "k", NOW
    ),
}
# Functions that tell nothing of people and incidents, or are for those who see everything.
WITHOUT_ROWS_OF_AN_AREA = {
    "plots.register.outline_plots": "takes what read_plots answered",
    **dict.fromkeys(("activities.calendar.list_month", "activities.calendar.count_activities",
                     "activities.calendar.list_clashes", "activities.weeks.get_week",
                     "activities.rhythm.rhythm_overlay", "activities.rhythm.count_kinds_by_month",
                      "activities.series.preview_series", "lists.week_exports.export_week",
                     "lists.week_exports.export_activities",
                     "stations.register.count_stations", "stations.rooms.list_rooms",
                     "stations.booking.find_room_owner",
                     "stations.register.count_planned_from",
                     "people.volunteers.list_teams",
                     "areas.work_areas.list_work_areas"), "activities, stations and teams are announced to everybody"),
    **dict.fromkeys(("areas.register.list_areas", "areas.register.find_areas", "areas.register.get_area",
                     "areas.register.count_areas_by_level",
                     "areas.register.list_area_choices", "areas.register.list_area_names",
                     "areas.register.list_staffing_findings", "areas.register.get_own_area",
                     "areas.staffing_rules.list_staffing_rules", "areas.staffing_rules.list_rule_changes",
                     "areas.staffing_rules.rules_if", "areas.staffing_rules.edit_staffing_rule",
                     "areas.checks.check_areas", "areas.cut_proposals.propose_cut_of",
                     "areas.change_views.area_at", "areas.change_views.list_area_changes",
                     "areas.cut_proposals.propose_merger_of",
                     "areas.exporting.export_areas", "areas.locating_files.locate_file", "maps.overlays.keep_overlay",
                     "maps.overlays.read_overlay", "maps.panel.find_areas", "maps.panel.find_area_id",
                     "maps.panel.home_area_id", "maps.panel.area_code",
                     "maps.views.area_outline", "maps.tiles.base_tiles", "maps.points.station_points",
                     "incidents.repeats.repeats_overlay",
                     "maps.base_map.raster_tile", "incidents.places.list_area_choices"), "areas, outlines, base map"),
    **dict.fromkeys(("areas.changes.plan_change", "areas.changes.apply_change",
                     "areas.change_views.list_carried", "areas.change_views.confirm_carried",
                     "areas.change_views.confirm_all",
                     "areas.planned_changes.plan_ahead", "areas.planned_changes.cancel_planned",
                     "areas.planned_changes.list_planned", "areas.planned_changes.check_planned",
                     "areas.planned_changes.count_failed_planned",
                     "areas.planned_changes.apply_due",
                     "areas.applying.apply_import", "areas.importing.plan_import", "areas.preview.look_into",
                     "areas.register.edit_area", "clocks.calendar_edits.get_calendar_year",
                     "clocks.calendar_edits.edit_calendar",
                     "clocks.calendar_files.import_calendar",
                     "demo.builder.describe_demo", "demo.builder.reset_demo",
                     "system.privacy.list_looks", "system.privacy.held_contacts", "system.retention.purge_contacts",
                     "system.privacy.list_exports", "system.privacy.list_words", "lists.account_exports.export_words",
                     "lists.account_exports.export_accounts",
                     "lists.account_exports.export_looks", "lists.account_exports.export_exports",
                     "system.maintenance.back_up", "system.maintenance.restore", "system.maintenance.verify",
                     "points.earning.settle_all", "points.expiry.expire_points", "points.months.close_month",
                     "pledges.earning.settle_pledges",
                     "stations.importing.plan_station_import", "stations.importing.apply_station_import",
                     "accounts.users.list_accounts", "accounts.users.add_user", "accounts.users.set_password",
                     "accounts.users.set_active", "accounts.users.link_person"),
                    "the administrator's, who sees everything"),
    **dict.fromkeys(("shop.waits.tell_all", "shop.codes.forget_codes"), "the operator's, who sees everything"),
    **dict.fromkeys(("shop.goods.list_goods", "shop.goods.list_movements", "shop.goods.add_good",
                     "shop.goods.edit_good", "shop.goods.receive_stock", "shop.goods.write_off",
                     "shop.waits.count_waits", "shop.counters.list_counters"),
                    "goods, stock and stations are the street's"),
    **dict.fromkeys(("shop.redemptions.look_at_code", "shop.redemptions.redeem"), "who shows a code says yes"),
    **dict.fromkeys(("shop.codes.make_code", "talents.consents.say_own_consent", "talents.own.save_offer",
                     "lists.points_exports.export_own_points"),
                    "one's own"),
    "points.views.present_tariff": "the tariff is for everybody",
    "stations.holidays.list_coming_holidays": "the calendar is for everybody",
    **dict.fromkeys(("dictionaries.importing.list_dictionary", "dictionaries.importing.list_versions",
                     "dictionaries.importing.plan_dictionary_import", "dictionaries.importing.apply_dictionary_import",
                     "lists.rule_exports.export_dictionary"),
                    "the dictionary is the street's"),
    **dict.fromkeys(("dictionaries.work_items.list_work_items", "dictionaries.work_items.list_departments",
                     "dictionaries.work_items.department_loads",
                     "dictionaries.work_items.add_work_item", "dictionaries.work_items.end_work_item",
                     "lists.rule_exports.export_work_items"),
                     "the admission list is the street's"),
    **dict.fromkeys(("incidents.reports.log_incident",), "an incident may be reported anywhere"),
    **dict.fromkeys(("orders.preview.look_into_orders",), "the columns of the actor's own file"),
    **dict.fromkeys(("orders.importing.plan_order_import", "orders.importing.apply_order_import"),
                    "refused to everybody who does not see the whole street"),
    **dict.fromkeys(("lists.exports.export_rows",), "writes the rows that other services answered"),
    **dict.fromkeys(("incidents.decisions.list_decisions",), "takes what list_incidents answered"),
    **dict.fromkeys(("people.proposals.confirm_proposals",), "takes what propose_assignments answered"),
    **dict.fromkeys(("people.volunteer_import.plan_volunteer_import", "people.volunteer_import.apply_volunteer_import"),
                    "rows of the actor's own areas alone"),
    **dict.fromkeys(("activities.codes.open_code", "activities.codes.use_ticket",
                     "activities.codes.get_own_attendance"),
                    "one's own attendance"),
    **dict.fromkeys(("activities.attendances.check_out_everybody",), "those whom the actor may record"),
}  # fmt: skip


def test_every_service_is_tried_or_has_a_reason() -> None:
    assert READS.keys() | WRITES.keys() | WITHOUT_ROWS_OF_AN_AREA.keys() == WANTED.keys()
    assert len(READS) + len(WRITES) + len(WITHOUT_ROWS_OF_AN_AREA) == len(WANTED)


def told(call: Call, world: World, actor: Actor) -> str:
    """What the actor is told, in words."""
    try:
        answer = call(world, actor)
    except Refusal:
        return ""
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else repr(answer)


@pytest.mark.parametrize("who", OTHERS)
def test_nothing_of_grid_a_is_told_elsewhere(sqlite_db: Database, who: str) -> None:
    world = make_world()
    actor = OTHERS[who](world.street)
    answers = {name: told(call, world, actor) for name, call in READS.items()}
    telling = [name for name, words in answers.items() for secret in (SECRET, PHONE, world.number) if secret in words]
    assert telling == []


def test_the_words_are_there_for_whom_they_are_meant(sqlite_db: Database) -> None:
    """Else the test above would pass on an empty town."""
    world = make_world()
    leader = world.street.leader_a
    assert {name for name in SEEN_INSIDE if SECRET in told(READS[name], world, leader)} == SEEN_INSIDE


SEEN_INSIDE = {
    "people.assignments.get_grid_card",
    "activities.attendances.list_attendances",
    "activities.attendances.list_attendances_of", "activities.attendances.list_waiting_entries",
    "incidents.cases.list_incidents",
    "maps.panel.area_panel", "people.register.find_people", "people.posts.list_posts_of",
    "people.volunteers.list_volunteers", "shop.redemptions.list_redemptions", "shop.waits.list_waits",
    "pledges.board.read_board",
    "points.views.list_members", "points.views.list_ledger", "visits.gaps.list_visits", "rotas.plans.list_duties_of",
    "visits.log.list_own_visits", "rotas.plans.list_rotas", "plots.register.read_plots",
}  # fmt: skip


@pytest.mark.parametrize("who", OTHERS)
def test_nothing_of_grid_a_is_changed_from_elsewhere(sqlite_db: Database, who: str) -> None:
    world = make_world()
    actor = OTHERS[who](world.street)
    before = content(sqlite_db)
    done = []
    for name, call in WRITES.items():
        try:
            call(world, actor)
            done.append(name)
        except Refusal:
            pass
        assert content(sqlite_db) == before, name
    assert done == []


def content(database: Database) -> str:
    """A digest of everything that is stored."""
    digest = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            digest.update(repr(connection.execute(select(table)).all()).encode())
    return digest.hexdigest()
