"""Pledges, plots, rotas, needs and visits of a grid that is split: what is over stays, what is not goes along (A4)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import AreaCarried, Base, Person, Pledge, Plot, Rota, TalentNeed, Visit
from db.session import Database, reading
from domain.area_changes import ChangeContradicted
from domain.assignments import AreaNotValidThen
from domain.permissions import EVERYWHERE, Actor
from domain.pledges import EvidenceKind, Verdict
from domain.plots import CheckResult, PlotKind, PlotOwner
from domain.rotas import DutyState
from domain.visits import VisitKind
from services.areas.change_views import confirm_all, confirm_carried, list_carried
from services.areas.changes import plan_change
from services.pledges.evidence import EvidenceForm, confirm_evidence, log_evidence
from services.pledges.register import add_pledge, edit_pledge, get_pledge_card
from services.pledges.reviews import judge_pledge
from services.plots.register import CheckForm, PlotForm, add_plot, check_plot, end_plot, read_plots
from services.rotas.duties import confirm_duty
from services.rotas.plans import RotaForm, get_rota_card, list_rotas, make_rota
from services.talents.needs import NeedForm, add_need
from services.visits.log import VisitForm, log_visit
from tests import factories as make
from tests.incident_town import NOW
from tests.pledge_town import PledgeTown, make_pledge, make_pledge_town, pledge_form
from tests.services.areas.test_changes import EAST_HALF, TODAY, WEST_HALF, change, present, split

YESTERDAY = NOW - timedelta(days=1)
DAY = timedelta(days=1)


def areas_of(model: type[Base]) -> dict[int, int]:
    with reading(EVERYWHERE) as session:
        return {row.id: row.area_id for row in session.scalars(select(model))}  # type: ignore[attr-defined]


def plot_form(middle: tuple[float, float], name: str) -> PlotForm:
    lon, lat, half = *middle, 0.0005
    corners = ((lon - half, lat - half), (lon + half, lat - half), (lon + half, lat + half), (lon - half, lat + half))
    return PlotForm(PlotKind.FIELD, name, PlotOwner.SHOP, "便民店", corners)


def rota_form(town: PledgeTown, first: date, last: date) -> RotaForm:
    return RotaForm("夜巡", town.street.grid_a, (town.person, town.leader_person), first, last)


def need_form(**values: Any) -> NeedForm:
    return NeedForm("teaching", "教写春联", starts_at=NOW + DAY, until=NOW + 2 * DAY, **values)


def in_second(actor: Actor) -> Actor:
    """The actor as the next session gives it: the account went along to the second part."""
    second = present("书院格二")
    return replace(actor, area_id=second.id, area_path=second.path)


def test_what_is_over_stays_and_what_is_not_goes_along(db: Database) -> None:
    town = make_pledge_town()
    street = town.street
    judged = make_pledge(town, due_on=TODAY)
    judge_pledge(street.secretary, judged, 1, Verdict.NOT_KEPT, "没有做", NOW + DAY)
    broken = add_pledge(
        street.secretary, pledge_form(town, starts_on=date(2025, 3, 1), due_on=date(2025, 6, 1)), NOW
    )  # fmt: skip
    late = add_pledge(street.secretary, pledge_form(town, starts_on=date(2026, 1, 1), due_on=date(2026, 3, 10)), NOW)
    running = make_pledge(town)
    ended = add_plot(street.secretary, plot_form(EAST_HALF, "旧菜地"), NOW)
    end_plot(street.secretary, ended, 1, NOW)
    west = add_plot(street.secretary, plot_form(WEST_HALF, "巷口"), NOW)
    east = add_plot(street.secretary, plot_form(EAST_HALF, "河边"), NOW)
    past = make_rota(street.secretary, rota_form(town, TODAY - 9 * DAY, TODAY - DAY), NOW)
    coming = make_rota(street.secretary, rota_form(town, TODAY, TODAY + DAY), NOW)
    station = make.make_station(area_id=street.grid_a, lon=EAST_HALF[0], lat=EAST_HALF[1])
    at_station = add_need(street.secretary, need_form(station_id=station), NOW)
    in_grid = add_need(street.secretary, need_form(area_id=street.grid_a), NOW)
    visit = log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *WEST_HALF), NOW)
    plan = plan_change(street.administrator, split(street, heir=1), NOW)
    moved = {subject: plan.counts[subject].moved for subject in ("pledge", "plot", "rota", "need")}
    assert moved == {"pledge": 2, "plot": 2, "rota": 1, "need": 2}
    change(street, split(street, heir=1))
    old, one, two = street.grid_a, present("书院格一").id, present("书院格二").id
    assert areas_of(Pledge) == {judged: old, broken: old, late: two, running: two}
    assert areas_of(Plot) == {ended: old, west: one, east: two}
    assert areas_of(Rota) == {past: old, coming: two}
    assert areas_of(TalentNeed) == {at_station: two, in_grid: two}
    assert areas_of(Visit) == {visit: old}
    assert set(areas_of(Person).values()) == {two}


def test_whoever_answers_for_the_new_grid_goes_on_with_the_work(db: Database) -> None:
    town = make_pledge_town()
    street = town.street
    pledge = make_pledge(town)
    form = EvidenceForm(pledge, EvidenceKind.MEDIATION, None, quantity=2, happened_on=TODAY, note="调解漏水")
    evidence = log_evidence(town.member, form, NOW)
    plot = add_plot(street.secretary, plot_form(EAST_HALF, "河边"), NOW)
    rota = make_rota(street.secretary, rota_form(town, TODAY - DAY, TODAY + DAY), NOW)
    first, second, _ = get_rota_card(street.secretary, rota, NOW).duties
    assert (first.person_id, second.person_id) == (town.person, town.leader_person)
    log_visit(town.member, VisitForm(VisitKind.PATROL, *WEST_HALF), YESTERDAY)
    change(street, split(street, heir=1))
    leader = in_second(town.leader)
    assert [row.id for row in read_plots(leader, now=NOW).plots] == [plot]
    check_plot(leader, plot, CheckForm(CheckResult.KEPT), NOW)
    assert [row.id for row in list_rotas(leader)] == [rota]
    confirm_duty(leader, second.id, *EAST_HALF, NOW)
    states = [duty.state for duty in get_rota_card(leader, rota, NOW).duties]
    assert states == [DutyState.DONE, DutyState.DONE, DutyState.COMING]  # the first by the patrol in the old grid
    confirm_evidence(leader, evidence, NOW)
    card = get_pledge_card(leader, pledge, NOW)
    assert (card.pledge.progress.done, card.pledge.version) == (2, 2)
    edit_pledge(
        street.secretary, pledge, 2, pledge_form(town, area_id=present("书院格二").id, amount=12), NOW
    )  # fmt: skip
    assert get_pledge_card(leader, pledge, NOW).pledge.amount == 12


def test_each_waits_to_be_confirmed_by_its_words_and_may_be_put_elsewhere(db: Database) -> None:
    town = make_pledge_town()
    street = town.street
    pledge = make_pledge(town)
    rota = make_rota(street.secretary, rota_form(town, TODAY, TODAY + DAY), NOW)
    add_plot(street.secretary, plot_form(WEST_HALF, "巷口"), NOW)
    add_need(street.secretary, need_form(area_id=street.grid_a), NOW)
    change(street, split(street, heir=0))
    waiting = {one.subject.value: one for one in list_carried(street.administrator)}
    assert {subject: waiting[subject].name for subject in ("pledge", "plot", "rota", "need")} == {
        "pledge": "每月夜巡，全年十小时", "plot": "巷口", "rota": "夜巡", "need": "教写春联",
    }  # fmt: skip
    second = present("书院格二").id
    for subject in ("pledge", "rota"):
        confirm_carried(street.administrator, waiting[subject].id, second, NOW)
    assert (areas_of(Pledge)[pledge], areas_of(Rota)[rota]) == (second, second)
    confirm_all(street.administrator, NOW)
    with reading(EVERYWHERE) as session:
        assert session.scalars(select(AreaCarried.id).where(AreaCarried.confirmed_at.is_(None))).all() == []


def test_a_past_day_is_refused_once_somebody_was_visited_after_it(db: Database) -> None:
    town = make_pledge_town()
    street = town.street
    log_visit(street.leader_a, VisitForm(VisitKind.VISIT, *WEST_HALF), YESTERDAY)
    with pytest.raises(ChangeContradicted) as refused:
        plan_change(street.administrator, split(street, day=TODAY - DAY), NOW)
    assert refused.value.values["visited"] == 1
    assert plan_change(street.administrator, split(street), NOW).parts


def test_nothing_new_begins_in_a_grid_that_ended(db: Database) -> None:
    town = make_pledge_town()
    street = town.street
    change(street, split(street))
    with pytest.raises(AreaNotValidThen):
        make_rota(street.secretary, rota_form(town, TODAY, TODAY + DAY), NOW)
    with pytest.raises(AreaNotValidThen):
        add_need(street.secretary, need_form(area_id=street.grid_a), NOW)
    with pytest.raises(AreaNotValidThen):
        make_pledge(town)
    assert areas_of(Rota) == areas_of(TalentNeed) == areas_of(Pledge) == {}
