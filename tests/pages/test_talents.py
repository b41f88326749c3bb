"""The page 达人库 as its roles use it."""

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import Role
from services.talents.pool import find_talents
from tests.factories import make_area, make_person, make_user
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.talent_town import make_talent

SEES = (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR)
OWN = (Role.VOLUNTEER, Role.PARTY_MEMBER)


@pytest.fixture
def grid(sqlite_db: Database) -> int:
    return make_area("书院格", parent=make_area("街道", level="street"))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", SEES)
def test_an_empty_pool_says_what_to_do_next(
    grid: int, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    shown = texts_of(open_page(monkeypatch, make_user(role, area=grid, locale=locale), "talents"))
    assert text(locale, "talents.empty.none") in shown
    assert "talents." not in shown
    assert (text(locale, "talents.paper") in shown) == (role is not Role.GRID_LEADER)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.DEPARTMENT])
def test_other_roles_are_refused(grid: int, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assert is_closed(open_page(monkeypatch, make_user(role, area=grid), "talents"))


@pytest.mark.parametrize("role", OWN)
def test_a_volunteer_sees_the_own_part_alone_and_joins_and_leaves(
    grid: int, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    make_talent("赵金丝雀", area=grid, sentence="金丝雀")
    actor = make_user(role, area=grid, person=make_person("张安", area=grid))
    page = open_page(monkeypatch, actor, "talents")
    assert text("zh_CN", "talents.own.out") in texts_of(page)
    assert "赵" not in texts_of(page)
    assert "金丝雀" not in texts_of(page)
    assert "consent-yes" not in keys_of(page)
    page = press(page, "offer-save")
    assert said(page, "error") == [text("zh_CN", "errors.no_skill_offered")]
    page.button_group(key="offer-skills").select("law")
    page.text_input(key="offer-sentence").set_value("周末可以聊聊，电话 13912345678")
    page = press(page, "offer-save")
    assert said(page, "error") == [text("zh_CN", "errors.number_in_sentence")]
    page.text_input(key="offer-sentence").set_value("周末可以聊聊")
    page = press(page, "offer-save")
    assert said(page, "success") == [text("zh_CN", "talents.done.saved")]
    page = press(page, "consent-yes")
    assert said(page, "success") == [text("zh_CN", "talents.done.joined")]
    assert text("zh_CN", "talents.own.in") in texts_of(page)
    assert [one.sentence for one in find_talents(make_user()).talents] == ["周末可以聊聊", "金丝雀"]
    page = press(page, "consent-no")
    assert said(page, "success") == [text("zh_CN", "talents.done.left")]
    assert find_talents(make_user()).total == 1


def test_the_pool_is_searched_and_a_contact_is_shown_for_a_reason(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_talent("欧阳静", area=grid, phone="13912345678", sentence="上门理发", skills="haircutting")
    make_talent("张安", area=grid, skills="law")
    actor = make_user(Role.COMMUNITY_SECRETARY, area=grid)
    page = open_page(monkeypatch, actor, "talents")
    assert "张某" in texts_of(page)
    page.text_input(key="talents-words").set_value("lifa")
    page = page.run()
    shown = texts_of(page)
    assert "欧阳某" in shown
    assert "张某" not in shown
    assert "静" not in shown
    page = press(page, f"talent-{person}")
    page = press(page, f"contact-{person}")
    assert said(page, "error") == ["请填写「理由」。"]
    page.text_input(key=f"contact-{person}-reason").set_value("请来活动理发")
    page = press(page, f"contact-{person}")
    assert any("13912345678" in words for words in said(page, "info"))


def test_somebody_who_left_is_not_there(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = make_talent("欧阳静", area=grid, consent=False)
    page = open_page(monkeypatch, make_user(Role.COMMUNITY_SECRETARY, area=grid), "talents", id=hidden)
    assert text("zh_CN", "talents.gone") in texts_of(page)
    assert "欧阳" not in texts_of(page)


def test_a_secretary_enters_a_paper(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_talent("欧阳静", area=grid, consent=False)
    page = open_page(monkeypatch, make_user(Role.COMMUNITY_SECRETARY, area=grid), "talents")
    page.text_input(key="paper-search").set_value("oyj").run()
    page = press(page, "paper-yes")
    assert said(page, "error")
    page.text_input(key="paper-note").set_value("同意书 12 号")
    page = press(page, "paper-yes")
    assert said(page, "success") == [text("zh_CN", "talents.done.paper_in")]
    assert find_talents(make_user()).total == 1


def test_a_need_is_added_asked_for_and_accepted(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_talent("欧阳静", area=grid, skills="mediation")
    leader = make_user(Role.GRID_LEADER, area=grid)
    page = open_page(monkeypatch, leader, "talents")
    page = page.button_group(key="talents-view").set_value("needs").run()
    assert text("zh_CN", "talents.needs.none") in texts_of(page)
    page = press(page, "need-new")
    page = page.button_group(key="need-place").set_value("area").run()
    page = press(page, "need-save")
    assert said(page, "error") == ["请填写「要帮什么」。"]
    page.text_input(key="need-text").set_value("邻居为晾衣吵了起来")
    page = press(page, "need-save")
    assert said(page, "success") == [text("zh_CN", "talents.done.need")]
    shown = texts_of(page)
    assert "欧阳某" in shown
    assert text("zh_CN", "talents.reason.inside") in shown
    assert "静" not in shown
    page = press(page, f"ask-{person}")
    assert said(page, "success") == [text("zh_CN", "talents.done.asked")]
    asked = make_user(Role.VOLUNTEER, area=grid, person=person)
    hint = text("zh_CN", "talents.asks.hint", n=1)
    start = texts_of(open_page(monkeypatch, asked, "activities"))
    assert (hint in start, 'href="/talents"' in start) == (True, True)
    assert hint not in texts_of(open_page(monkeypatch, asked, "stations"))
    assert hint not in texts_of(open_page(monkeypatch, leader, "incidents"))
    own = open_page(monkeypatch, asked, "talents")
    assert "邻居为晾衣吵了起来" in texts_of(own)
    own = press(own, "accept-1")
    assert hint not in texts_of(open_page(monkeypatch, asked, "activities"))
    assert said(own, "success") == [text("zh_CN", "talents.done.accepted")]
    page = open_page(monkeypatch, leader, "talents", need=1)
    page = page.button_group(key="needs-state").set_value("met").run()
    assert text("zh_CN", "talents.need.met", name="欧阳某") in texts_of(page)
    assert "talents." not in texts_of(page)
