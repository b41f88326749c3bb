"""上报 as its roles use it: empty, filled, refused, sent twice, in both languages. The map has tests of its own."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.clock import utc_now
from domain.permissions import GRANTS, Permission, Role
from services.incidents.cases import IncidentFilter, get_incident, list_incidents, list_own_reports
from tests.factories import make_user
from tests.incident_town import IN_A, IN_B, OUTSIDE, Street, logged, make_street
from tests.pages.session import is_closed, open_page, press, said, texts_of
from tests.pictures import picture
from tests.statements import recorded
from ui.components.map import MapClick


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its map last; the place under ``click`` is clicked once."""
    seen: dict[str, Any] = {}

    def take_click(_key: str) -> MapClick | None:
        lon, lat = seen.pop("click", (None, None))
        return None if lon is None else MapClick(lon, lat, 16, None, None, seen.get("accuracy"))

    monkeypatch.setattr("ui.components.map.show_map", lambda spec, key, height, wish=None: seen.update(wish=wish))
    monkeypatch.setattr("ui.components.map.take_click", take_click)
    return seen


@pytest.fixture
def street(drawn: dict[str, Any]) -> Street:
    return make_street()


def address(page: AppTest, name: str) -> str:
    """A value of the address bar: AppTest gives what the script set as text, what the test set as a list."""
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def key_of(page: AppTest) -> str:
    return f"report_{address(page, 'f_report')}"


def fill(page: AppTest, words: str = "书院弄 12 盏路灯不亮。") -> AppTest:
    """Choose 设施损坏 · 路灯不亮 and say what happened."""
    key = key_of(page)
    page.button_group(key=f"{key}_family").set_value("facilities").run()
    press(page, f"{key}_class_street_light")
    return page.text_area(key=f"{key}_how").input(words).run()


def click(page: AppTest, drawn: dict[str, Any], place: tuple[float, float]) -> AppTest:
    drawn["click"] = place
    return page.run()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.INCIDENT_LOG in GRANTS[role]])
def test_each_role_that_may_report_gets_the_empty_form(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.grid_a, locale=locale), "report")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    for number, name in enumerate(("what", "where", "how", "photos", "who", "urgency"), 1):
        assert f"<i>{number}</i><b>{text(locale, f'report.{name}')}</b>" in shown
    assert text(locale, "report.where.none") in shown
    assert text(locale, "report.due.none") in shown


@pytest.mark.parametrize("role", [role for role in Role if Permission.INCIDENT_LOG not in GRANTS[role]])
def test_a_role_that_may_not_report_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    page = open_page(monkeypatch, make_user(role), "report")
    assert is_closed(page)
    assert not page.get("text_area")


def test_a_click_on_the_map_sets_the_place_and_shows_the_grid(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = open_page(monkeypatch, street.command, "report")
    shown = texts_of(click(page, drawn, IN_A))
    assert "书院格" in shown
    assert drawn["wish"].pin == IN_A
    assert drawn["wish"].area == street.grid_a
    assert address(page, "at") == "112.405000,34.605000"
    drawn["accuracy"] = 320.0
    assert text("zh_CN", "report.where.rough", metres=320) in texts_of(click(page, drawn, IN_B))


def test_a_place_in_the_address_bar_survives_a_reload(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "学圃格" in texts_of(open_page(monkeypatch, street.command, "report", at="112.415,34.605"))
    for broken in ("x,y", "112.4", "nan,nan", "999,999"):
        page = open_page(monkeypatch, street.command, "report", at=broken)
        assert not page.exception


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_filled_form_is_logged_and_the_next_one_is_empty(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any], locale: str
) -> None:
    leader = make_user(Role.GRID_LEADER, area=street.grid_a, locale=locale)
    page = fill(click(open_page(monkeypatch, leader, "report"), drawn, IN_A))
    first_key = key_of(page)
    page.file_uploader(key=f"{first_key}_photos").upload("lamp.jpg", picture(), "image/jpeg").run()
    press(page, "report_submit")
    [row] = list_incidents(leader).rows
    shown = texts_of(page)
    assert row.number in shown
    assert f"/incidents?id={row.id}" in shown
    assert (row.category, row.source, row.area_name, row.photos) == ("street_light", "grid_patrol", "书院格", 1)
    press(page, "report_next")
    assert key_of(page) != first_key
    assert page.text_area[0].value == ""
    assert text(locale, "report.where.none") in texts_of(page)


def test_a_volunteer_gets_a_receipt_and_no_way_to_the_card(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.volunteer, "report"), drawn, IN_A))
    press(page, "report_submit")
    [receipt], _ = list_own_reports(street.volunteer)
    shown = texts_of(page)
    assert receipt.number in shown
    assert "/incidents?id" not in shown
    # The page for whoever told them of it, as a QR code, in letters and as a link.
    assert text("zh_CN", "case_page.receipt.code", code=receipt.code) in shown
    assert f"/case?number={receipt.number}&amp;code={receipt.code}" in shown
    assert "data:image/svg+xml" in shown


def test_a_refusal_names_what_is_missing_and_keeps_what_was_typed(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = open_page(monkeypatch, street.command, "report")
    assert said(press(page, "report_submit"), "error") == [text("zh_CN", "errors.empty_text", field="什么事")]
    fill(page, "井盖破损")
    assert said(press(page, "report_submit"), "error") == [text("zh_CN", "errors.missing_place")]
    assert page.text_area[0].value == "井盖破损"
    click(page, drawn, IN_A)
    page.text_input(key=f"{key_of(page)}_phone").input("找我").run()
    assert said(press(page, "report_submit"), "error") == [text("zh_CN", "errors.invalid_phone")]
    page.text_input(key=f"{key_of(page)}_phone").input("13800001111").run()
    press(page, "report_submit")
    assert not said(page, "error")
    assert list_incidents(street.command).total == 1


def test_a_picture_that_is_none_is_refused_and_the_words_stay(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    page.file_uploader(key=f"{key_of(page)}_photos").upload("x.jpg", b"no picture", "image/jpeg").run()
    assert said(press(page, "report_submit"), "error") == [text("zh_CN", "errors.not_a_picture")]
    assert page.text_area[0].value == "书院弄 12 盏路灯不亮。"
    assert list_incidents(street.command).total == 0


def test_a_form_whose_answer_was_lost_and_is_sent_again_makes_one(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    key = address(page, "f_report")
    press(page, "report_submit")
    # The tab was closed before the answer came; the address with its key is opened again.
    again = fill(open_page(monkeypatch, street.command, "report", f_report=key, at="112.405,34.605"))
    press(again, "report_submit")
    assert text("zh_CN", "report.done.repeated") in texts_of(again)
    assert list_incidents(street.command).total == 1


def test_words_that_come_with_the_press_of_the_button_are_in_the_report(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A), "先写一半")
    page.text_area(key=f"{key_of(page)}_how").input("写完了，还有 3 盏不亮")
    page.text_input(key=f"{key_of(page)}_words").input("27 号东侧")
    press(page, "report_submit")
    [row] = list_incidents(street.command).rows
    assert (row.description, row.place) == ("写完了，还有 3 盏不亮", "27 号东侧")


def test_a_place_outside_every_grid_is_told_and_kept(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, OUTSIDE))
    assert text("zh_CN", "report.where.outside") in texts_of(page)
    press(page, "report_submit")
    assert list_incidents(street.command, IncidentFilter(outside=True)).total == 1


def test_a_grid_from_the_list_is_a_place(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = open_page(monkeypatch, street.command, "report")
    page.selectbox(key=f"{key_of(page)}_area").set_value(street.grid_b).run()
    assert "学圃格" in texts_of(page)
    press(fill(page), "report_submit")
    assert list_incidents(street.command).rows[0].area_name == "学圃格"


def test_what_is_open_nearby_shows_before_saving_as_far_as_it_may_be_read(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    there = logged(street.command, now=utc_now(), description="<script>alert(1)</script> ${x}")
    for actor, readable in ((street.leader_a, True), (street.volunteer, False)):
        page = fill(click(open_page(monkeypatch, actor, "report"), drawn, IN_A))
        shown = texts_of(page)
        assert text("zh_CN", "report.similar", metres="50", n=1) in shown
        assert (f"/incidents?id={there.id}" in shown) == readable
        assert "<script>alert" not in shown
        assert "${x}" not in shown


def test_the_footer_says_the_deadline_of_the_choice(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    assert 'class="lg-due"' in texts_of(page)
    group = page.button_group(key=f"{key_of(page)}_urgency")
    assert len(group.options) == 3
    assert "2 紧急工作时" in str(group.options[2])


def test_no_urgency_promises_more_time_than_the_class_has(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    key = key_of(page)
    page.selectbox(key=f"{key}_condition").set_value("leaning").run()
    usual, sooner, _ = (str(option) for option in page.button_group(key=f"{key}_urgency").options)
    assert "4 紧急工作时" in usual
    assert "4 紧急工作时" in sooner, "8 working hours would be later"


def test_the_condition_is_chosen_after_the_class_and_is_kept(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    key = key_of(page)
    choice = page.selectbox(key=f"{key}_condition")
    assert choice.options == ["一般情形", "整段路灯不亮", "灯杆倾斜"]
    choice.set_value("leaning").run()
    assert "4 紧急工作时" in str(page.button_group(key=f"{key}_urgency").options[0])
    press(page, "report_submit")
    (found,) = list_incidents(street.command).rows
    assert found.condition == "leaning"


def test_an_own_report_is_counted_and_listed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = logged(street.volunteer, now=utc_now())
    shown = texts_of(open_page(monkeypatch, street.volunteer, "report"))
    assert receipt.number in shown
    assert get_incident(street.command, receipt.id).view.handler_name is None


def test_the_page_stays_within_its_statements(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    page = fill(click(open_page(monkeypatch, street.command, "report"), drawn, IN_A))
    with recorded() as statements:
        page.run()
    statements.most(26)
