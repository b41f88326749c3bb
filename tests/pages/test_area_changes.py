"""The page that changes grids. The map itself has tests of its own and is left out here."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from config.texts import text
from db.models import Area, AreaCarried, AreaChange
from db.session import Database, reading, transaction
from domain.clock import local_date, utc_now
from domain.permissions import EVERYWHERE, SYSTEM, Role
from services.areas.changes import apply_change, plan_change
from services.areas.planned_changes import apply_due, plan_ahead
from tests.factories import make_user
from tests.incident_town import Street, logged, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.services.areas.test_changes import split
from ui.components.map import MapClick

NORTH_OF_A, SOUTH_OF_A, IN_A, IN_B = (112.405, 34.62), (112.405, 34.59), (112.403, 34.605), (112.415, 34.605)


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its map last; ``clicks`` are given to the page once."""
    seen: dict[str, Any] = {"clicks": []}

    def show_map(spec: Any, key: str, height: int, instruct: Any = None) -> None:
        seen["told"] = instruct

    monkeypatch.setattr("ui.components.map.show_map", show_map)
    monkeypatch.setattr("ui.components.map.take_click", lambda key: seen["clicks"].pop(0) if seen["clicks"] else None)
    return seen


def click(page: Any, drawn: dict[str, Any], *places: tuple[float, float]) -> None:
    for lon, lat in places:
        drawn["clicks"].append(MapClick(lon, lat, 16, None, None))
        page.run()


def presents() -> list[str]:
    with reading(EVERYWHERE) as session:
        found = session.scalars(select(Area.name).where(Area.valid_to.is_(None), Area.level == "grid"))
        return sorted(found)


def town() -> Street:
    return make_street(households=620)


def test_a_grid_is_split_along_a_line_drawn_on_the_map(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    logged(street.command, at=IN_A, now=utc_now())
    page = open_page(monkeypatch, street.administrator, "area_changes", areas=street.grid_a)
    assert "change-confirm" not in keys_of(page)
    click(page, drawn, NORTH_OF_A, SOUTH_OF_A)
    assert drawn["told"].lines == ((NORTH_OF_A, SOUTH_OF_A),)
    assert drawn["told"].overlay
    assert "填写原因" in texts_of(page)
    page.text_input(key="change-reason").set_value("户数超过标准").run()
    press(page, "change-confirm")
    assert not page.exception
    assert [message for message in said(page, "success") if "网格已调整" in message]
    assert presents() == ["书院格一", "书院格二", "学圃格", "归帆格"]
    assert page.query_params["view"] in ("records", ["records"])
    assert "户数超过标准" in texts_of(page)


def test_a_line_that_does_not_go_through_says_so_and_is_taken_back(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = town()
    page = open_page(monkeypatch, street.administrator, "area_changes", areas=street.grid_a)
    click(page, drawn, IN_A, (112.404, 34.605))
    assert any("没有从一边到另一边" in message for message in said(page, "info"))
    press(page, "change-undo")
    assert drawn["told"].lines == ((IN_A,),)
    press(page, "change-clear")
    assert drawn["told"].lines == ()


def test_a_proposal_opens_with_its_figures_and_households_can_be_put_right(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = town()
    page = open_page(monkeypatch, street.administrator, "area_changes", areas=street.grid_a, propose=1)
    assert "各部分都在 300–500 户之内" in texts_of(page)
    first = f"change-households-{street.grid_a}-2-0"
    before = page.number_input(key=first).value
    page.number_input(key=first).set_value(before + 5).run()
    assert any("与原来的 620 不一致" in message for message in said(page, "warning"))
    second = f"change-households-{street.grid_a}-2-1"
    page.number_input(key=second).set_value(620 - before - 5).run()
    assert said(page, "warning") == []


def test_grids_are_merged_by_clicks_and_every_case_without_a_place_follows(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = town()
    page = open_page(monkeypatch, street.administrator, "area_changes", kind="merge")
    click(page, drawn, IN_A, IN_B)
    page.text_input(key="change-reason").set_value("户数不足").run()
    press(page, "change-confirm")
    assert not page.exception
    assert presents() == ["书院格", "归帆格"]


def test_cases_without_a_place_wait_for_a_word(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    logged(street.command, at=None, area_id=street.grid_a, now=utc_now())
    page = open_page(monkeypatch, street.administrator, "area_changes", areas=street.grid_a)
    click(page, drawn, NORTH_OF_A, SOUTH_OF_A)
    page.text_input(key="change-reason").set_value("户数超过标准").run()
    assert "还有 1 条记录没有位置" in texts_of(page)
    assert page.button(key="change-confirm").disabled
    page.selectbox(key=f"change-heir-{street.grid_a}-2-0").set_value(1).run()
    press(page, "change-confirm")
    assert presents() == ["书院格一", "书院格二", "学圃格", "归帆格"]


def test_what_went_along_is_confirmed_on_the_page(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    form = split(street, day=local_date(utc_now()))
    apply_change(street.administrator, form, plan_change(street.administrator, form).digest)
    page = open_page(monkeypatch, street.administrator, "area_changes", view="records")
    assert "待确认 2 项" in texts_of(page)
    with reading(EVERYWHERE) as session:
        first = session.scalars(select(AreaCarried.id)).first()
    press(page, f"confirm-{first}")
    assert "待确认 1 项" in texts_of(page)
    press(page, "change-confirm-all")
    assert "待确认" not in texts_of(page).replace("记录与待确认", "")
    assert not page.exception


def test_a_day_ahead_is_planned_listed_and_cancelled(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    page = open_page(monkeypatch, street.administrator, "area_changes", areas=street.grid_a)
    click(page, drawn, NORTH_OF_A, SOUTH_OF_A)
    page.text_input(key="change-reason").set_value("户数超过标准").run()
    day = local_date(utc_now()) + timedelta(days=2)
    page.date_input(key="change-day").set_value(day).run()
    assert f"{day} 零时按当时的情况重新核算后生效" in texts_of(page)
    assert "请在上面选好，没有具体位置的记录归到哪个新网格" in texts_of(page)
    assert page.button(key="change-confirm").disabled
    page.selectbox(key=f"change-heir-{street.grid_a}-2-0").set_value(0).run()
    press(page, "change-confirm")
    assert not page.exception
    assert [message for message in said(page, "success") if f"已存为计划，{day} 零时生效" in message]
    assert presents() == ["书院格", "学圃格", "归帆格"]
    assert "书院格 → 书院格一 410311001001003、书院格二 410311001001004" in texts_of(page)
    assert "到这天零时自动生效" in texts_of(page)
    press(page, "planned-1")
    assert "管理员 " in texts_of(page)
    assert "取消了这项计划" in texts_of(page)
    assert "planned-1" not in keys_of(page)


def test_one_that_was_not_looked_at_is_checked_by_a_button(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.areas.planned_changes.LOOKED_AT", 0)
    street = town()
    day = local_date(utc_now()) + timedelta(days=2)
    form = split(street, day=day, heir=0)
    plan_ahead(street.administrator, form, plan_change(street.administrator, form).digest)
    page = open_page(monkeypatch, street.administrator, "area_changes", view="records")
    assert text("zh_CN", "area_changes.planned.not_looked_at") in texts_of(page)
    page = press(page, "planned-look-1")
    assert said(page, "success") == [text("zh_CN", "area_changes.planned.fits", day=day.isoformat())]
    with transaction(EVERYWHERE) as session:
        session.get_one(Area, street.grid_a).households = 630
    page = press(page, "planned-look-1")
    assert any("按现在的情况执行不了" in message for message in said(page, "error"))


def fail(street: Street) -> None:
    """A split of grid A that was planned for today and found other households."""
    today = local_date(utc_now())
    form = split(street, day=today, heir=0)
    yesterday = utc_now() - timedelta(days=1)
    plan_ahead(street.administrator, form, plan_change(street.administrator, form, yesterday).digest, yesterday)
    with transaction(EVERYWHERE) as session:
        session.get_one(Area, street.grid_a).households = 630
    apply_due(SYSTEM)


def test_what_was_not_made_is_told_on_the_desk_until_somebody_takes_note(
    drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    street = town()
    fail(street)
    words = "有 1 项计划好的网格调整到期没有执行"
    assert words in texts_of(open_page(monkeypatch, street.administrator, "desk"))
    assert words not in texts_of(open_page(monkeypatch, street.command, "desk"))
    page = open_page(monkeypatch, street.administrator, "area_changes", view="records")
    assert "没有执行：各部分户数合计 620，与原来的 630 不一致" in texts_of(page)
    assert f"/area_changes?view=make&kind=split&areas={street.grid_a}" in texts_of(page)
    press(page, "planned-1")
    assert "管理员 已知道" in texts_of(page)
    assert words not in texts_of(open_page(monkeypatch, street.administrator, "desk"))


def test_planned_changes_have_words_in_english(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    fail(street)
    actor = make_user(Role.ADMINISTRATOR, locale="en")
    page = open_page(monkeypatch, actor, "area_changes", view="records")
    assert "It was not made: The parts hold 620 households together; before there were 630." in texts_of(page)
    assert "area_changes." not in texts_of(page)


def test_nobody_but_the_administrator_opens_it(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    for actor in (street.command, street.secretary, street.visitor):
        assert is_closed(open_page(monkeypatch, actor, "area_changes"))
    with reading(EVERYWHERE) as session:
        assert session.scalars(select(AreaChange)).all() == []


def test_in_english_nothing_is_left_without_words(drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    street = town()
    actor = make_user(Role.ADMINISTRATOR, locale="en")
    page = open_page(monkeypatch, actor, "area_changes", areas=street.grid_a, propose=1)
    assert "Every part holds 300–500 households" in texts_of(page)
    assert "area_changes." not in texts_of(page)
