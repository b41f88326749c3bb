"""Records put into a grid at the moment in which it is split, on both databases: none is left in the ended one."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Activity, Area, Incident, Pledge, Plot, Rota, TalentNeed
from db.session import Database, reading
from domain.area_changes import ChangeKind
from domain.clock import local_date
from domain.incidents import IncidentAction
from domain.permissions import EVERYWHERE, SYSTEM
from domain.plots import PlotKind, PlotOwner
from domain.series import Repeat, RepeatUnit, days_of
from services.activities.plans import ActivityForm, plan_activity
from services.activities.series import plan_series
from services.areas import changes
from services.areas.change_plan import ChangeForm
from services.areas.changes import apply_change, plan_change
from services.areas.plan import PlanOutdated
from services.incidents import reports
from services.incidents.cases import act_on_incident, get_incident
from services.incidents.place_fixes import fix_place
from services.orders.importing import apply_order_import, plan_order_import
from services.orders.plan import OrderChoices
from services.pledges.register import PledgeForm, add_pledge
from services.plots.register import PlotForm, add_plot
from services.rotas.plans import RotaForm, make_rota
from services.system import maintenance
from services.talents.needs import NeedForm, add_need
from tests import factories as make
from tests.incident_town import IN_A, IN_B, NOW, Street, logged, make_street
from tests.pledge_town import hold

TODAY, WEST_HALF = date(2026, 3, 18), (112.402, 34.605)
CUT = (((112.405, 34.59), (112.405, 34.62)),)  # grid A in two halves
ORDERS = (
    "工单编号,来电时间,主要内容,三级分类,工单状态,办结时间,详细地址,经度,纬度,来电人,来电人电话/账号,办理结果\n"
    f"GD1,2026-03-01 09:00,楼道堆物,楼道堆物,办理中,,书院弄1号,{WEST_HALF[0]},{WEST_HALF[1]},张安,13912345678,"
)


def split(street: Street) -> ChangeForm:
    return ChangeForm(ChangeKind.SPLIT, (street.grid_a,), date(2026, 3, 18), "户数超过标准", lines=CUT, form_key="k")


def records_in_areas() -> list[tuple[str, date | None]]:
    """The name and the end of the area of everything."""
    with reading(EVERYWHERE) as session:
        found = [
            session.execute(select(Area.name, Area.valid_to).join(model, model.area_id == Area.id)).all()
            for model in (Incident, Activity, Plot, Rota, Pledge, TalentNeed)
        ]
    return [(row[0], row[1]) for rows in found for row in rows]


def cases_named_by_verify() -> list[str]:
    return [warning for warning in maintenance.verify(SYSTEM).warnings if warning.startswith("case ")]


def _pledge(street: Street) -> Callable[[], Any]:
    person = make.make_person("石磊", area=street.grid_a, is_party_member=True)
    hold(person, "mediator", street.grid_a)
    form = PledgeForm(person, street.grid_a, "mediator", "每月夜巡", 10, "hours", TODAY, TODAY + timedelta(days=90))
    return lambda: add_pledge(street.command, form, NOW)


def _plot(street: Street) -> Callable[[], Any]:
    (lon, lat), side = WEST_HALF, 0.0005
    corners = ((lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side))
    form = PlotForm(PlotKind.FIELD, "巷口", PlotOwner.SHOP, "便民店", corners)
    return lambda: add_plot(street.command, form, NOW)


def _rota(street: Street) -> Callable[[], Any]:
    form = RotaForm("夜巡", street.grid_a, (make.make_person(area=street.grid_a),), TODAY, TODAY + timedelta(days=3))
    return lambda: make_rota(street.command, form, NOW)


def _need(street: Street) -> Callable[[], Any]:
    form = NeedForm("teaching", "教写春联", area_id=street.grid_a, starts_at=NOW, until=NOW + timedelta(days=1))
    return lambda: add_need(street.command, form, NOW)


WORK = {"pledge": _pledge, "plot": _plot, "rota": _rota, "need": _need}


def writers(street: Street, name: str) -> Callable[[], Any]:
    """What puts a record into grid A; what it needs was read before."""
    command = street.command
    if name == "file":
        return lambda: logged(command, lon=WEST_HALF[0], lat=WEST_HALF[1])
    if name == "import":
        plan = plan_order_import(SYSTEM, "工单.csv", ORDERS.encode(), OrderChoices(datum="wgs84"), NOW)
        return lambda: apply_order_import(SYSTEM, plan, NOW)
    if name in ("activity", "series"):
        begins = NOW + timedelta(days=1)
        form = ActivityForm("义诊", "community_service", begins, begins + timedelta(hours=2), place="广场",
                            area_id=street.grid_a)  # fmt: skip
        repeat = Repeat(RepeatUnit.WEEK, 1, local_date(begins) + timedelta(days=7))
        days = days_of(local_date(begins), repeat)
        return lambda: (
            plan_activity(command, form, "a", NOW)
            if name == "activity"
            else plan_series(command, form, repeat, days, "a", NOW)
        )
    if name in WORK:
        return WORK[name](street)
    receipt = logged(command, lon=(IN_B if name == "place" else WEST_HALF)[0], lat=34.605)
    version = get_incident(command, receipt.id, NOW).view.version
    if name == "place":
        lon, lat = WEST_HALF
        return lambda: fix_place(command, receipt.id, version, lon=lon, lat=lat, note="地图标错", now=NOW)
    return lambda: act_on_incident(command, receipt.id, IncidentAction.VOID, version, "重复上报", now=NOW)


def paused(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> tuple[Event, Event]:
    """Let a function wait within its transaction: (it has come there, it may go on)."""
    here, go, real = Event(), Event(), getattr(module, name)

    def wait(*given: Any) -> Any:
        here.set()
        assert go.wait(30)
        return real(*given)

    monkeypatch.setattr(module, name, wait)
    return here, go


@pytest.mark.parametrize("name", ["file", "import", "place", "plot"])
def test_what_comes_while_a_grid_is_split_lands_in_the_part_at_its_place(
    db: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    street = make_street(households=620)
    write = writers(street, name)
    digest = plan_change(street.administrator, split(street), NOW).digest
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        change = pool.submit(apply_change, street.administrator, split(street), digest, NOW)
        assert here.wait(30)
        written = pool.submit(write)
        later(written, go)
        assert change.result(30)
        written.result(30)
    assert records_in_areas() == [("书院格一", None)]
    assert cases_named_by_verify() == []


def later(written: Future[Any], go: Event) -> None:
    """Let what waits go on once the other has had time to come to its own wait, or to pass where nothing holds it."""
    try:
        written.result(0.5)
    except TimeoutError:
        pass
    finally:
        go.set()


def test_a_closing_waits_for_the_split_and_is_told_that_the_case_has_changed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(households=620)
    close = writers(street, "close")
    digest = plan_change(street.administrator, split(street), NOW).digest
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        change = pool.submit(apply_change, street.administrator, split(street), digest, NOW)
        assert here.wait(30)
        closed = pool.submit(close)
        later(closed, go)
        assert change.result(30)
        assert getattr(closed.exception(30), "code", "") == "incident_changed"
    assert records_in_areas() == [("书院格一", None)]


@pytest.mark.parametrize("name", ["activity", "series", "pledge", "rota", "need"])
def test_what_is_planned_meanwhile_is_refused_for_a_grid_that_has_ended(
    db: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    street = make_street(households=620)
    plan = writers(street, name)
    digest = plan_change(street.administrator, split(street), NOW).digest
    here, go = paused(monkeypatch, changes, "write_change")
    with ThreadPoolExecutor(2) as pool:
        change = pool.submit(apply_change, street.administrator, split(street), digest, NOW)
        assert here.wait(30)
        planned = pool.submit(plan)
        later(planned, go)
        assert change.result(30)
        assert planned.exception(30) is not None
    assert records_in_areas() == []


def test_a_split_waits_for_the_case_that_is_being_filed_and_asks_for_a_new_preview(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(households=620)
    digest = plan_change(street.administrator, split(street), NOW).digest
    here, go = paused(monkeypatch, reports, "_next_incident_number")
    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(writers(street, "file"))
        assert here.wait(30)
        change = pool.submit(apply_change, street.administrator, split(street), digest, NOW)
        later(change, go)
        written.result(30)
        assert isinstance(change.exception(30), PlanOutdated)
    assert records_in_areas() == [("书院格", None)]
    again = plan_change(street.administrator, split(street), NOW)
    apply_change(street.administrator, split(street), again.digest, NOW)
    assert records_in_areas() == [("书院格一", None)]


def test_a_case_of_yesterday_filed_after_the_split_lies_in_the_present_grid(db: Database) -> None:
    street = make_street(households=620)
    apply_change(street.administrator, split(street), plan_change(street.administrator, split(street), NOW).digest, NOW)
    lon, lat = WEST_HALF
    receipt = logged(street.command, lon=lon, lat=lat, reported_at=NOW - timedelta(days=1))
    assert records_in_areas() == [("书院格一", None)]
    version = get_incident(street.command, receipt.id, NOW).view.version
    fix_place(street.command, receipt.id, version, lon=IN_A[0] + 0.003, lat=lat, note="标错了", now=NOW)
    assert records_in_areas() == [("书院格二", None)]


def test_verify_names_open_cases_that_lie_in_an_ended_area(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command)
    with db.transaction(EVERYWHERE) as session:
        grid = session.get_one(Area, street.grid_a)
        grid.valid_to = date(2026, 3, 18)
    assert maintenance.verify(SYSTEM).ok
    assert cases_named_by_verify() == [f"case {receipt.number}: open, and lies in 书院格, which ended on 2026-03-18"]
