"""Pledges, visits, grids that wait, duties, points and redemptions as files: who may, what is in them, what is not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from config.texts import text
from db.models import AuditEntry
from db.session import Database, reading
from domain.errors import PermissionDenied
from domain.periods import Period
from domain.permissions import EVERYWHERE, Actor, Role
from domain.plots import CheckResult, PlotKind, PlotOwner, PlotState
from domain.visits import GapPart, VisitKind
from services.lists import exports, member_exports, points_exports
from services.lists.exports import ListTooLong
from services.lists.files import ListFormat
from services.pledges.board import EVERYTHING, BoardFilter, Part, read_board
from services.plots.register import CheckForm, PlotForm, add_plot, check_plot
from services.rotas.duties import confirm_duty
from services.rotas.plans import RotaForm, get_rota_card, make_rota
from services.shop import goods, redemptions
from services.shop.codes import make_code
from services.shop.goods import GoodForm
from services.shop.redemptions import RedeemForm
from services.visits.log import VisitForm, log_visit
from tests import factories as make
from tests.incident_town import IN_A, NOW
from tests.pledge_town import DAY, DUE, PledgeTown, make_pledge, make_pledge_town
from tests.points_town import give
from tests.services.lists.test_exports import PHONE, read, sheet

CSV, XLSX = ListFormat.CSV, ListFormat.XLSX
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
WITHIN = ((112.404, 34.604), (112.405, 34.604), (112.405, 34.605), (112.404, 34.605))
BEFORE = Period(date(2026, 2, 1), date(2026, 2, 28))
NEED_EXPORT: dict[str, Callable[[Actor], bytes]] = {
    "pledges": lambda a: member_exports.export_pledges(a, EVERYTHING, CSV, "zh_CN", NOW),
    "visits": lambda a: member_exports.export_visits(a, MARCH, CSV, "zh_CN", now=NOW),
    "waiting_grids": lambda a: member_exports.export_waiting_grids(a, GapPart.ALL, CSV, "zh_CN", NOW),
    "duties": lambda a: member_exports.export_duties(a, MARCH, CSV, "zh_CN", NOW),
    "plots": lambda a: member_exports.export_plots(a, None, CSV, "zh_CN", NOW),
    "ledger": lambda a: points_exports.export_ledger(a, DAY, CSV, "zh_CN", NOW),
    "redemptions": lambda a: points_exports.export_redemptions(a, MARCH, CSV, "zh_CN", NOW),
}


@dataclass(frozen=True)
class Town:
    """A pledge town in which something of everything lies in grid A."""

    pledges: PledgeTown
    rota: int

    @property
    def secretary(self) -> Actor:
        return self.pledges.street.secretary

    @property
    def elsewhere(self) -> Actor:
        return make.make_user(Role.COMMUNITY_SECRETARY, area=self.pledges.street.grid_c)


@pytest.fixture
def town(db: Database) -> Town:
    found = make_pledge_town()
    street = found.street
    make_pledge(found, text=f"=每月夜巡，联系 {PHONE}", is_public=True)
    log_visit(found.leader, VisitForm(VisitKind.VISIT, *IN_A, note="@看望老人"), NOW)
    log_visit(found.leader, VisitForm(VisitKind.PATROL, *IN_A), NOW - timedelta(days=30))
    give(found.person, 60, NOW)
    plot = PlotForm(PlotKind.FRONTAGE, f"=巷口 {PHONE}", PlotOwner.PERSON, "石磊", WITHIN)
    check_plot(found.leader, add_plot(street.command, plot, NOW), CheckForm(CheckResult.NOT_KEPT), NOW)
    add_plot(street.command, PlotForm(PlotKind.FIELD, "巷尾", PlotOwner.SHOP, "小店", WITHIN), NOW)
    good = goods.add_good(street.command, GoodForm("-雨伞", "goods", 30, counted=False), NOW)
    redemptions.redeem(found.leader, RedeemForm(good, 1, make_code(found.member, NOW).code), NOW)
    form = RotaForm("+夜巡", street.grid_a, (found.person, found.leader_person), DAY, DAY + timedelta(days=1))
    return Town(found, make_rota(street.secretary, form, NOW))


def lines(subject: str, actor: Actor) -> list[list[str]]:
    return read(NEED_EXPORT[subject](actor))


@pytest.mark.parametrize("subject", NEED_EXPORT)
def test_the_right_and_the_scope_hold_and_each_export_is_on_record(town: Town, subject: str) -> None:
    street = town.pledges.street
    for actor in (town.pledges.leader, town.pledges.member, street.department, street.volunteer, street.visitor):
        with pytest.raises(PermissionDenied):
            NEED_EXPORT[subject](actor)
    own, other = lines(subject, town.secretary), lines(subject, town.elsewhere)
    assert len(own) > 1
    assert "石磊" not in "".join(cell for line in other for cell in line)
    assert len(other) == (2 if subject == "waiting_grids" else 1)  # its own grid waits, too
    with reading(EVERYWHERE) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export").order_by(AuditEntry.id))
        said = [(entry.user_id, entry.subject, entry.detail) for entry in entries]
    assert said[0] == (town.secretary.user_id, subject, f"csv {len(own) - 1}")
    assert len(said) == 2


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_headers_and_words_are_the_readers(town: Town, language: str) -> None:
    a = town.secretary
    files = (
        member_exports.export_pledges(a, EVERYTHING, XLSX, language, NOW),
        member_exports.export_visits(a, MARCH, XLSX, language, now=NOW),
        member_exports.export_waiting_grids(a, GapPart.ALL, XLSX, language, NOW),
        member_exports.export_duties(a, MARCH, XLSX, language, NOW),
        member_exports.export_plots(a, None, XLSX, language, NOW),
        points_exports.export_ledger(a, DAY, XLSX, language, NOW),
        points_exports.export_redemptions(a, MARCH, XLSX, language, NOW),
        points_exports.export_own_points(town.pledges.member, XLSX, language, NOW),
    )
    for raw in files:
        table = sheet(raw)
        assert len(table) > 1
        cells = [cell for row in table for cell in row if isinstance(cell, str)]
        keys = ("exports.", "plots.", "pledges.", "visits.", "rotas.", "points.", "shop.")
        assert [cell for cell in cells if cell.startswith((*keys, "=", "+", "-", "@"))] == []
        assert [cell for cell in cells if PHONE in cell] == []


def test_pledges_go_out_as_the_board_is_filtered(town: Town) -> None:
    [line] = lines("pledges", town.secretary)[1:]
    assert line[:5] == ["书院社区", "书院格", "矛盾调解员", "石磊", "'=每月夜巡，联系 139****5678"]
    assert line[5:11] == ["10", "0", "小时", text("zh_CN", "pledges.status.open"), DAY.isoformat(), DUE.isoformat()]
    assert line[12] == "是"
    for which in (BoardFilter(Part.LATE), BoardFilter(area_id=town.pledges.street.grid_b), BoardFilter(search="无")):
        assert len(read(member_exports.export_pledges(town.secretary, which, CSV, "zh_CN", NOW))) == 1


def test_pledges_go_out_beyond_what_the_board_lists(town: Town) -> None:
    make_pledge(town.pledges, text="第二项")
    board = read_board(town.secretary, EVERYTHING, NOW, most=1)
    assert (len(board.rows), board.found) == (1, 2)
    assert len(lines("pledges", town.secretary)) == 3


def test_visits_go_out_by_days_and_kind(town: Town) -> None:
    [line] = lines("visits", town.secretary)[1:]
    assert line[1:7] == ["走访", "书院社区", "书院格", "方宁", "'@看望老人", "否"]

    def kinds(period: Period, kind: VisitKind | None) -> list[str]:
        raw = member_exports.export_visits(town.secretary, period, CSV, "zh_CN", kind=kind, now=NOW)
        return [found[1] for found in read(raw)[1:]]

    both = Period(BEFORE.first, MARCH.last)
    assert kinds(BEFORE, None) == ["巡查"]
    assert kinds(both, None) == ["走访", "巡查"]
    assert kinds(both, VisitKind.PATROL) == ["巡查"]
    assert kinds(MARCH, VisitKind.PATROL) == []


def test_days_since_the_last_visit_go_out_longest_first(town: Town) -> None:
    found = lines("waiting_grids", town.secretary)[1:]
    assert [(line[2], line[3], line[4]) for line in found] == [("学圃格", "", ""), ("书院格", "2026-03-18", "0")]
    never = member_exports.export_waiting_grids(town.secretary, GapPart.NEVER, CSV, "zh_CN", NOW)
    assert [line[2] for line in read(never)[1:]] == ["学圃格"]


def test_duties_go_out_with_what_became_of_them(town: Town) -> None:
    duty = get_rota_card(town.secretary, town.rota, NOW).duties[0]
    confirm_duty(town.pledges.member, duty.id, *IN_A, now=NOW)
    found = lines("duties", town.secretary)[1:]
    assert [line[:2] + line[4:6] for line in found] == [
        ["'+夜巡", "书院格", "石磊", "已到岗"], ["'+夜巡", "书院格", "方宁", "待值"],
    ]  # fmt: skip
    one_day = member_exports.export_duties(town.secretary, Period(DAY, DAY), CSV, "zh_CN", NOW)
    assert len(read(one_day)) == 2
    assert len(read(member_exports.export_duties(town.secretary, BEFORE, CSV, "zh_CN", NOW))) == 1


def test_plots_go_out_with_their_last_result_and_of_a_person_the_surname(town: Town) -> None:
    found = {line[1]: line for line in lines("plots", town.secretary)[1:]}
    person, shop = found["'=巷口 139****5678"], found["巷尾"]
    assert person[2:5] + person[6:8] == ["门前三包", "个人", "石", "未落实", "2026-03-18 14:32:00"]
    assert shop[2:5] + shop[6:8] == ["责任田", "商铺", "小店", "未检查", ""]
    assert [float(place) for place in shop[9:]] == pytest.approx([112.4045, 34.6045], abs=1e-3)
    only = member_exports.export_plots(town.secretary, PlotState.UNCHECKED, CSV, "zh_CN", NOW)
    assert [line[1] for line in read(only)[1:]] == ["巷尾"]


def test_the_ledger_of_a_month_sums_to_what_the_member_holds(town: Town) -> None:
    found = lines("ledger", town.secretary)[1:]
    mine = [line for line in found if line[3] == "石磊"]
    assert [(line[4], line[5], line[7]) for line in mine] == [("承诺兑现", "", "60"), ("兑换", "'-雨伞", "-30")]
    assert sum(int(line[7]) for line in mine) == 30
    february = points_exports.export_ledger(town.secretary, date(2026, 2, 10), CSV, "zh_CN", NOW)
    assert [line[4] for line in read(february)[1:]] == ["走访"]  # the patrol of the leader


def test_a_statement_is_ones_own_and_needs_no_right_to_export(town: Town) -> None:
    found = read(points_exports.export_own_points(town.pledges.member, CSV, "zh_CN", NOW))[1:]
    assert [line[5] for line in found] == ["-30", "60"]
    with reading(EVERYWHERE) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.export")).one()
    assert (entry.user_id, entry.subject, entry.detail) == (town.pledges.member.user_id, "own_points", "csv 2")
    assert len(read(points_exports.export_own_points(town.secretary, CSV, "zh_CN", NOW))) == 1
    for actor in (town.pledges.street.visitor, town.pledges.street.department):
        with pytest.raises(PermissionDenied):
            points_exports.export_own_points(actor, CSV, "zh_CN", NOW)


def test_redemptions_go_out_by_days_with_surnames(town: Town) -> None:
    [line] = lines("redemptions", town.secretary)[1:]
    assert line[2:9] == ["'-雨伞", "1", "30", "石", "已兑换", "本人兑换码", "方宁"]
    assert len(read(points_exports.export_redemptions(town.secretary, BEFORE, CSV, "zh_CN", NOW))) == 1


@pytest.mark.parametrize("subject", NEED_EXPORT)
def test_a_list_that_is_too_long_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch, subject: str) -> None:
    monkeypatch.setattr(exports, "MOST", 0)
    with pytest.raises(ListTooLong):
        NEED_EXPORT[subject](town.secretary)
