"""The pages of pledges, cards and the wall as their roles use them."""

import re
from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.permissions import Role
from domain.pledges import EvidenceKind, PledgeStatus
from services.pledges.evidence import EvidenceForm, log_evidence
from services.pledges.register import add_pledge, edit_pledge, get_pledge_card
from tests.factories import make_person, make_user, use_profile
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.pledge_town import PledgeTown, attend, make_pledge_town, pledge_form
from tests.statements import recorded

TODAY = local_date(utc_now())
LATER = TODAY + timedelta(days=60)


@pytest.fixture
def town(sqlite_db: Database) -> PledgeTown:
    found = make_pledge_town()
    use_profile("linfeng")
    return found


def made(town: PledgeTown, **values: object) -> int:
    given = {"starts_on": TODAY - timedelta(days=30), "due_on": LATER, "is_public": True} | values
    return add_pledge(town.street.secretary, pledge_form(town, **given))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(
    ("path", "scene", "key"),
    [("pledges", {}, "pledges.empty"), ("cards", {}, "cards.nobody"),
     ("screen", {"scene": "pledges"}, "pledge_wall.empty")],
)  # fmt: skip
def test_empty_pages_say_what_to_do(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, path: str, scene: dict[str, str], key: str, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(Role.COMMAND_CENTRE, locale=locale), path, **scene)
    shown = texts_of(page)
    assert not page.exception
    assert text(locale, key) in shown
    assert not re.findall(r"\b(?:pledges|cards|pledge_wall|errors)\.[a-z]", shown)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.VOLUNTEER, Role.DEPARTMENT])
def test_pages_are_closed_to_who_may_not(town: PledgeTown, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    made(town)
    for path in ("pledges", "cards"):
        page = open_page(monkeypatch, make_user(role), path)
        assert is_closed(page)
        assert "石磊" not in texts_of(page)


def test_a_member_lets_a_record_count_in_one_press(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    pledge, attendance = made(town), attend(town, utc_now() - timedelta(days=1))
    page = open_page(monkeypatch, town.member, "pledges")
    assert "每月夜巡" in texts_of(page)
    press(page, f"count-activity-{attendance}")
    assert not said(page, "error")
    found = get_pledge_card(town.member, pledge).pledge.progress
    assert (found.status, found.done) == (PledgeStatus.ON_THE_WAY, 2.5)
    assert "2.5 / 10 小时" in texts_of(page)  # of the list
    assert "已完成（小时）" in texts_of(page)


def test_a_secretary_makes_a_pledge_and_is_told_what_is_missing(
    town: PledgeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(monkeypatch, town.street.secretary, "pledges", form="new")
    page.text_input(key="pledge-new-search").set_value("石磊").run()
    page.text_input(key="pledge-new-text").set_value("走访十二户").run()
    press(page, "pledge-new-save")
    assert said(page, "error") == [text("zh_CN", "errors.pledge_without_measure")]
    assert page.text_input(key="pledge-new-text").value == "走访十二户"
    page.number_input(key="pledge-new-amount").set_value(12.0).run()
    press(page, "pledge-new-save")
    assert not said(page, "error")
    assert "走访十二户" in texts_of(page)


def test_the_second_of_two_secretaries_is_told_and_keeps_what_was_typed(
    town: PledgeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    pledge = made(town)
    page = open_page(monkeypatch, town.street.secretary, "pledges", id=pledge, form="edit")
    page.text_input(key=f"pledge-{pledge}-text").set_value("我的改法").run()
    newer = pledge_form(town, text="别人的改法", starts_on=TODAY - timedelta(days=30), due_on=LATER)
    edit_pledge(town.street.command, pledge, 1, newer)
    press(page, f"pledge-{pledge}-save")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert any("别人的改法" in str(words) for words in said(page, "info"))
    assert page.text_input(key=f"pledge-{pledge}-text").value == "我的改法"
    press(page, f"pledge-{pledge}-save")
    assert get_pledge_card(town.street.command, pledge).pledge.text == "我的改法"


def test_what_was_noted_by_hand_is_confirmed_by_another(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    pledge = made(town)
    form = EvidenceForm(pledge, EvidenceKind.TASK, None, 4, TODAY, "夜巡")
    evidence = log_evidence(town.member, form)
    assert f"confirm-{evidence}" not in keys_of(open_page(monkeypatch, town.member, "pledges", id=pledge))
    page = press(open_page(monkeypatch, town.leader, "pledges", id=pledge), f"confirm-{evidence}")
    assert not said(page, "error")
    assert get_pledge_card(town.leader, pledge).pledge.progress.done == 4


def test_the_board_takes_no_statement_for_each_pledge(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    made(town)
    with recorded() as few:
        open_page(monkeypatch, town.street.command, "pledges")
    for _ in range(12):
        made(town)
    with recorded() as many:
        open_page(monkeypatch, town.street.command, "pledges")
    assert len(many) == len(few)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_kept_over_time_has_its_figures_in_a_table_that_opens_the_lists(
    town: PledgeTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    due = TODAY - timedelta(days=60)
    form = pledge_form(town, starts_on=due - timedelta(days=60), due_on=due)
    add_pledge(town.street.secretary, form, utc_now() - timedelta(days=120))
    shown = texts_of(open_page(monkeypatch, make_user(Role.COMMAND_CENTRE, locale=locale), "pledges"))
    month = f"{due:%Y-%m}"
    settled = f'<a href="/pledges?part=settled&amp;month={month}" target="_self">1</a>'
    assert f"<tr><td>{month}</td><td>0</td><td>{settled}</td><td>0.0%</td></tr>" in shown
    assert text(locale, "pledges.months.table") in shown
    assert 'href="/screen?scene=pledges"' in shown


def test_the_wall_shows_public_pledges_by_surname(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    made(town)
    made(town, text="内部承诺", is_public=False)
    page = open_page(monkeypatch, town.street.visitor, "screen", scene="pledges")
    shown = texts_of(page)
    assert not page.exception
    assert "石同志" in shown
    assert "每月夜巡" in shown
    assert "石磊" not in shown
    assert "内部承诺" not in shown


def test_a_member_agrees_and_withdraws_on_the_page_of_cards(town: PledgeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, town.member, "cards", figure="posts")
    assert "五卡一积分" in texts_of(page)
    assert "矛盾调解员" in texts_of(page)
    press(page, "consent-identity")
    press(page, "link")
    assert "/card/" in texts_of(page)
    press(page, "consent-identity")
    assert not said(page, "error")
    assert text("zh_CN", "cards.done.withdrawn") in said(page, "success")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_staff_who_are_no_members_begin_with_the_list_of_members(
    town: PledgeTown, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    staff = make_user(Role.COMMAND_CENTRE, person=make_person("文书"), locale=locale)
    page = open_page(monkeypatch, staff, "cards")
    assert text(locale, "cards.choose.next") in texts_of(page)
    assert "print" not in [button.key for button in page.get("download_button")]
    assert f"member-{town.person}" in keys_of(page)
    page = press(page, f"member-{town.person}")
    assert text(locale, "cards.choose.next") not in texts_of(page)
    own = open_page(monkeypatch, staff, "cards", person=staff.person_id)
    assert "<h1>文书</h1>" in texts_of(own)
