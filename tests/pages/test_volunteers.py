"""The volunteers page as its roles use it."""

from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.permissions import Role
from services.activities.attendances import ManualForm, enter_attendance, list_waiting_entries
from services.people.volunteers import list_volunteers
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_person,
    make_team,
    make_user,
    make_volunteer,
)
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.statements import recorded

SEES = (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR)


@pytest.fixture
def street(sqlite_db: Database) -> int:
    return make_area("街道", level="street", area_m2=1_000_000.0)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", SEES)
def test_empty_page_says_what_to_do_next(street: int, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str) -> None:
    page = open_page(monkeypatch, make_user(role, area=street, locale=locale), "volunteers")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "volunteers.empty.roll") in shown
    assert ("join" in keys_of(page)) == (role is not Role.GRID_LEADER)
    assert "volunteers." not in shown


@pytest.mark.parametrize("role", [role for role in Role if role not in SEES])
def test_other_roles_are_refused(street: int, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    make_volunteer("欧阳静", area=street)
    page = open_page(monkeypatch, make_user(role, area=street), "volunteers")
    assert is_closed(page)
    assert "欧阳静" not in texts_of(page)


def test_filled_page_shows_people_hours_and_their_sums(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_team("望邻队")
    now = utc_now()
    for name, minutes in (("张安", 90), ("李平", 45)):
        activity = make_activity(starts_at=now - timedelta(minutes=5))
        volunteer = make_volunteer(name, area=street, team=team)
        make_attendance(activity, volunteer, checked_in_at=now, checked_out_at=now, minutes=minutes)
    shown = texts_of(open_page(monkeypatch, make_user(), "volunteers"))
    assert "<b>2.2<u>小时</u></b>" in shown
    assert "<tr><td>望邻队</td><td>2</td><td>2</td><td>2</td><td>2 小时 15 分</td></tr>" in shown
    assert shown.count("<td>2</td><td>2</td><td>2</td><td>2 小时 15 分</td>") == 4  # a row and a sum in both tables
    assert "张安" in shown


def test_density_has_its_figures_in_a_table_with_the_densest_first(
    street: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, m2, people in (("升平网格", 500_000.0, 1), ("长春网格", 250_000.0, 3), ("祥云网格", None, 1)):
        grid = make_area(name, parent=street, area_m2=m2)
        for _ in range(people):
            make_volunteer(area=grid)
    shown = texts_of(open_page(monkeypatch, make_user(), "volunteers"))
    dense = "<tr><td>长春网格</td><td>3</td><td>0.250</td><td>12</td></tr>"
    thin = "<tr><td>升平网格</td><td>1</td><td>0.500</td><td>2</td></tr>"
    assert dense + thin in shown  # and nothing of the one whose size is not known


def test_search_by_pinyin_narrows_the_roll(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("张安", "欧阳静"):
        make_volunteer(name, area=street)
    page = open_page(monkeypatch, make_user(), "volunteers")
    page.text_input(key="search").set_value("oyj")
    shown = texts_of(page.run())
    assert "欧阳静" in shown
    assert "张安" not in shown
    page.text_input(key="search").set_value("<b>%")
    assert text("zh_CN", "volunteers.empty.search") in texts_of(page.run())


def test_secretary_enters_a_volunteer_and_is_asked_about_a_namesake(
    street: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make_person("张安", area=street)
    actor = make_user(Role.COMMUNITY_SECRETARY, area=street)
    page = press(open_page(monkeypatch, actor, "volunteers"), "join")
    page = press(page, "join-save")
    assert said(page, "error") == ["请填写「姓名」。"]
    page.text_input(key="join-name").set_value("李平").run()
    page.text_input(key="join-phone").set_value("13800000000")
    page = press(page, "join-save")
    assert said(page, "error") == [text("zh_CN", "errors.contact_without_consent")]
    assert list_volunteers(actor).total == 0
    page.text_input(key="join-phone").set_value("")
    page.text_input(key="join-name").set_value("张安").run()
    assert page.button(key="join-save").disabled
    page.radio(key="join-person").set_value(known).run()
    page = press(page, "join-save")
    assert said(page, "success") == [text("zh_CN", "volunteers.done.joined", name="张安")]
    assert [row.person_id for row in list_volunteers(actor).volunteers] == [known]


def test_second_person_confirms_an_entry(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = utc_now()
    activity = make_activity("义诊", area_id=street, starts_at=now - timedelta(hours=3))
    leader, secretary = make_user(Role.GRID_LEADER, area=street), make_user(Role.COMMUNITY_SECRETARY, area=street)
    for name in ("张安", "李平"):
        form = ManualForm(
            activity, make_volunteer(name, area=street), now - timedelta(hours=3), now - timedelta(hours=1), "忘带手机"
        )
        enter_attendance(leader, form)
    page = open_page(monkeypatch, leader, "volunteers")
    assert not any(key.startswith("confirm-") for key in keys_of(page))
    assert text("zh_CN", "attendance.second_person") in texts_of(page)
    page = open_page(monkeypatch, secretary, "volunteers")
    assert "忘带手机" in texts_of(page)
    page = press(page, "confirm-1")
    assert said(page, "success") == [text("zh_CN", "attendance.done.confirm", name="张安")]
    page = press(page, "reject-2")
    assert said(page, "error") == ["请填写「退回原因」。"]
    page.text_input(key="reject-2-reason").set_value("那天没有来")
    press(page, "reject-2")
    assert list_waiting_entries(secretary) == []


def test_volunteer_card_moves_and_leaves(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    team, volunteer = make_team("望邻队"), make_volunteer("张安", area=street)
    actor = make_user(Role.COMMUNITY_SECRETARY, area=street)
    page = press(open_page(monkeypatch, actor, "volunteers"), f"volunteer-{volunteer}")
    page.selectbox(key=f"volunteer-{volunteer}-1-team").set_value(team)
    page = press(page, f"volunteer-{volunteer}-1-move")
    assert "<dd>望邻队</dd>" in texts_of(page)
    page = press(page, f"volunteer-{volunteer}-2-leave")
    assert said(page, "success") == [text("zh_CN", "volunteers.done.left", name="张安")]
    assert list_volunteers(actor).total == 0


def test_a_leader_cannot_open_a_volunteer_of_another_grid(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    own, foreign = make_area("一格", parent=street), make_area("二格", parent=street)
    volunteer = make_volunteer("欧阳静", area=foreign)
    page = open_page(monkeypatch, make_user(Role.GRID_LEADER, area=own), "volunteers", id=volunteer)
    assert said(page, "error") == [text("zh_CN", "errors.not_found")]
    assert "欧阳静" not in texts_of(page)


def test_statements_do_not_grow_with_the_roll(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, team = make_user(), make_team()

    def counted() -> int:
        with recorded() as statements:
            open_page(monkeypatch, actor, "volunteers")
        statements.most(25)
        assert sum("sum(attendances.minutes) AS minutes" in one for one in statements) == 1, "attendances are read once"
        return len(statements)

    make_volunteer("张安", area=street, team=team)
    few = counted()
    for number in range(40):
        make_volunteer(f"人{number}", area=street, team=team)
    assert counted() <= few


def test_a_secretary_is_offered_the_import_and_a_leader_is_not(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = press(open_page(monkeypatch, make_user(), "volunteers"), "import")
    assert text("zh_CN", "volunteer_import.help") in texts_of(page)
    page = press(page, "import-back")
    assert "import" in keys_of(page)
    leader = make_user(Role.GRID_LEADER, area=make_area("一格"))
    page = open_page(monkeypatch, leader, "volunteers", form="import")
    assert "import" not in keys_of(page)
    assert text("zh_CN", "volunteer_import.help") not in texts_of(page)


@pytest.mark.parametrize(("form", "key"), [("import", "volunteer_import.title"), ("join", "volunteers.form.title")])
def test_what_was_asked_for_stands_above_what_waits(
    street: int, monkeypatch: pytest.MonkeyPatch, form: str, key: str
) -> None:
    now = utc_now()
    activity = make_activity("义诊", area_id=street, starts_at=now - timedelta(hours=3))
    volunteer = make_volunteer("张安", area=street)
    times = (now - timedelta(hours=3), now - timedelta(hours=1))
    enter_attendance(make_user(Role.GRID_LEADER, area=street), ManualForm(activity, volunteer, *times, "忘带手机"))
    actor = make_user()
    waits = text("zh_CN", "volunteers.waiting")
    shown = [str(element.proto.body) for element in open_page(monkeypatch, actor, "volunteers", form=form).get("html")]
    assert _place(shown, text("zh_CN", key)) < _place(shown, waits)
    shown = [str(element.proto.body) for element in open_page(monkeypatch, actor, "volunteers").get("html")]
    assert _place(shown, waits) < _place(shown, text("zh_CN", "volunteers.roll"))


def _place(shown: list[str], words: str) -> int:
    """Which of the pieces of a page holds the words."""
    return next(number for number, body in enumerate(shown) if f"<b>{words}</b>" in body)
