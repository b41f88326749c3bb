"""事件 as its roles use it: the list, the card, the steps, a stale record, the place, the contact."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.session import Database
from domain.clock import local_date, utc_now
from domain.incidents import IncidentAction, IncidentStatus
from domain.permissions import GRANTS, Permission, Role
from services.incidents.cases import act_on_incident, get_incident
from tests.factories import make_user
from tests.incident_town import IN_A, IN_B, OUTSIDE, Street, logged, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.pictures import picture
from tests.statements import recorded
from ui.components.map import MapClick


@pytest.fixture
def drawn(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page told its maps last, by key; ``click`` is a click on the one that the page asks next."""
    seen: dict[str, Any] = {}

    def show_map(_spec: Any, key: str, _height: int, wish: Any = None) -> MapClick | None:
        seen[key] = wish
        return seen.pop("symbol", None)

    monkeypatch.setattr("ui.components.incidents.show_map", show_map)
    monkeypatch.setattr("ui.components.incidents.take_click", lambda _key: seen.pop("click", None))
    return seen


@pytest.fixture
def street(drawn: dict[str, Any]) -> Street:
    return make_street()


def new(street: Street, key: str = "f", **values: Any) -> int:
    return logged(street.command, key, utc_now(), **values).id


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.INCIDENT_SEE in GRANTS[role]])
def test_each_role_gets_the_list_of_its_areas_empty_and_filled(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    area = None if role in (Role.COMMAND_CENTRE, Role.ADMINISTRATOR, Role.DEPARTMENT) else street.grid_a
    actor = make_user(role, area=area, locale=locale)
    page = open_page(monkeypatch, actor, "incidents")
    assert text(locale, "incidents.empty.title") in texts_of(page)
    own, other = new(street), new(street, "g", at=IN_B)
    page = open_page(monkeypatch, actor, "incidents")
    assert not page.exception
    assert not said(page, "error")
    rows = {own, other} if area is None else {own}
    if role is Role.DEPARTMENT:  # nothing was handed to it
        rows = set()
    assert {key for key in keys_of(page) if key.startswith("incidents-")} == {f"incidents-{row}" for row in rows}


@pytest.mark.parametrize("role", [Role.VISITOR, Role.VOLUNTEER])
def test_a_role_that_may_not_read_is_told(street: Street, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.grid_a), "incidents", id=new(street))
    assert is_closed(page)
    assert "书院弄" not in texts_of(page)


@pytest.mark.parametrize("wanted", ["other", "none", "abc", "-1", "99999999999999999999"])
def test_a_card_of_another_grid_or_of_none_is_not_found_by_its_address(
    street: Street, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    other = new(street, at=IN_B, description="别的网格的事")
    asked = {"other": str(other), "none": "4711"}.get(wanted, wanted)
    page = open_page(monkeypatch, street.leader_a, "incidents", id=asked)
    shown = texts_of(page)
    assert not page.exception
    assert "别的网格的事" not in shown
    assert text("zh_CN", "incidents.gone.next") in shown


def test_a_filter_in_the_address_by_anothers_grid_opens_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    new(street, at=IN_B, description="别的网格的事")
    for area in (street.grid_b, street.street, 4711):
        page = open_page(monkeypatch, street.leader_a, "incidents", area=area)
        assert "别的网格的事" not in texts_of(page)


def test_the_card_shows_words_as_words(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<script>alert(1)</script> ${7*7} `x` </script> [a](javascript:x)"
    incident = new(street, description=hostile, place=hostile, reporter_name=hostile[:60])
    shown = texts_of(open_page(monkeypatch, street.command, "incidents", id=incident))
    assert "<script>alert" not in shown
    assert "${7*7}" not in shown
    assert "&lt;script&gt;" in shown


def test_the_leader_takes_over_with_one_touch_and_feeds_back_with_words_and_a_photo(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = new(street, photos=(picture(),))
    page = open_page(monkeypatch, street.leader_a, "incidents", id=incident)
    press(page, f"case_{incident}_0_take_over_do")
    assert said(page, "success") == [text("zh_CN", "case.saved", action=text("zh_CN", "case.action.take_over"))]
    form = f"case_{incident}_1_feed_back"
    press(page, f"{form}_confirm")
    assert said(page, "error") == [text("zh_CN", "errors.result_required")]
    page.text_area(key=f"{form}_note").input("已更换 12 盏灯泡").run()
    page.file_uploader(key=f"{form}_photos").upload("after.jpg", picture(), "image/jpeg").run()
    press(page, f"{form}_confirm")
    card = get_incident(street.leader_a, incident)
    assert (card.view.status, [photo.stage for photo in card.photos]) == (IncidentStatus.FED_BACK, ["before", "after"])
    side_by_side = next(body for body in (one.proto.body for one in page.get("html")) if "lg-photos" in body)
    places = [side_by_side.index(f"<b>{text('zh_CN', f'case.{stage}')}</b>") for stage in ("before", "after")]
    assert places == sorted(places)
    assert "已更换 12 盏灯泡" in texts_of(page)
    # Whoever handled it gets no button to close it.
    assert not {key for key in keys_of(page) if "close" in key}
    closing = open_page(monkeypatch, street.secretary, "incidents", id=incident)
    press(closing, f"case_{incident}_0_close_confirm")
    assert "结案要先确认达到结案标准" in said(closing, "error")[0]
    closing.checkbox(key=f"case_{incident}_0_close_standard").check().run()
    press(closing, f"case_{incident}_0_close_confirm")
    assert get_incident(street.leader_a, incident).view.status is IncidentStatus.CLOSED


def test_the_second_of_two_is_told_and_keeps_what_was_typed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new(street)
    page = open_page(monkeypatch, street.leader_a, "incidents", id=incident)
    form = f"case_{incident}_0_add_note"
    page.text_area(key=f"{form}_note").input("现场已围挡").run()
    version = get_incident(street.secretary, incident).view.version

    from ui.components import case_steps

    acted: list[int] = []

    def somebody_was_faster(*args: Any, **values: Any) -> Any:
        if not acted:
            acted.append(1)
            act_on_incident(street.secretary, incident, IncidentAction.ADD_NOTE, version, "社区已知悉")
        return act_on_incident(*args, **values)

    monkeypatch.setattr(case_steps, "act_on_incident", somebody_was_faster)
    press(page, f"{form}_confirm")
    [refused] = said(page, "error")
    assert "岑立" in refused
    assert text("zh_CN", "case.done.add_note") in refused
    assert page.text_area(key=f"{form}_note").value == "现场已围挡"
    assert "社区已知悉" in texts_of(page)
    press(page, f"{form}_confirm")  # having seen the newest, the same words are sent again
    assert [item.note for item in get_incident(street.leader_a, incident).timeline] == ["", "社区已知悉", "现场已围挡"]


def test_of_two_dispatchers_the_second_is_told_who_was_first_and_the_words_stay(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form of the step is gone with the step, what was typed into it is not."""
    incident = new(street)
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    form = f"case_{incident}_0_dispatch"
    page.text_area(key=f"{form}_note").input("请带绝缘梯").run()
    view = get_incident(street.secretary, incident).view
    act_on_incident(
        street.secretary, incident, IncidentAction.DISPATCH, view.version, assignee_id=street.leader_a.user_id
    )
    press(page, f"{form}_confirm")
    [refused] = said(page, "error")
    assert "岑立" in refused
    assert text("zh_CN", "case.done.dispatch") in refused
    assert "请带绝缘梯" in texts_of(page)
    press(page, f"kept_note_{incident}")
    timeline = get_incident(street.command, incident).timeline
    assert [(item.action, item.note) for item in timeline[1:]] == [("dispatch", ""), ("add_note", "请带绝缘梯")]
    assert text("zh_CN", "case.kept") not in texts_of(page)


def test_kept_words_can_be_let_go(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new(street)
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    page.text_area(key=f"case_{incident}_0_void_note").input("重复了").run()
    view = get_incident(street.command, incident).view
    act_on_incident(street.secretary, incident, IncidentAction.VOID, view.version, "不属实")
    page.run()  # what the page does when it sees a newer version
    assert "重复了" in texts_of(page)
    assert f"kept_note_{incident}" not in keys_of(page)  # a voided case takes no notes
    press(page, f"kept_drop_{incident}")
    assert text("zh_CN", "case.kept") not in texts_of(page)


def test_the_dispatcher_chooses_who_gets_it(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new(street)
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    box = page.selectbox(key=f"case_{incident}_0_dispatch_assignee")
    assert box.value == street.leader_a.user_id
    press(page, f"case_{incident}_0_dispatch_confirm")
    assert get_incident(street.command, incident).view.handler_name == "方宁"


@pytest.mark.parametrize(("days", "words"), [(0, "case.review_today"), (-2, "case.review_late")])
def test_a_review_that_is_due_is_marked_in_the_list_and_a_case_goes_on_only_when_it_is_confirmed(
    street: Street, monkeypatch: pytest.MonkeyPatch, days: int, words: str
) -> None:
    now, before = utc_now(), utc_now() - timedelta(days=9)
    incident = logged(street.command, "f", before).id
    version = get_incident(street.leader_a, incident).view.version
    version = act_on_incident(street.leader_a, incident, IncidentAction.TAKE_OVER, version, now=before).version
    act_on_incident(
        street.command, incident, IncidentAction.SUSPEND, version, "等待改造", now=before,
        assignee_id=street.secretary.user_id, review_on=local_date(now) + timedelta(days=days),
    )  # fmt: skip
    page = open_page(monkeypatch, street.command, "incidents", id=incident, status="suspended")
    row = next(body for body in (one.proto.body for one in page.get("html")) if "lg-row-1" in body)
    assert text("zh_CN", words, n=2) in row
    assert ("lg-sym-overdue" in row, "lg-sym-due_soon" in row) == (days < 0, days == 0)
    step = f"case_{incident}_0_resume"
    ages = next(body for body in (one.proto.body for one in page.get("html")) if "lg-ages" in body)
    assert f'<span>{text("zh_CN", "incidents.ages.month")}</span><i style="width:100%"></i><b>1</b>' in ages
    assert text("zh_CN", "incidents.ages.review_due", n=1) in ages
    assert f"{step}_do" not in keys_of(page)
    assert text("zh_CN", "case.ask.resume") in texts_of(page)
    page.text_area(key=f"{step}_note").input("已答复").run()
    page = press(page, f"{step}_confirm")
    assert get_incident(street.command, incident).timeline[-1].note == "已答复"
    assert get_incident(street.command, incident).view.status is IncidentStatus.HANDLING


def test_filters_and_pages_lead_to_what_they_say(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(23):
        new(street, f"f{number}", description=f"第{number}件")
    outside = new(street, "outside", at=OUTSIDE, description="界外的事")
    page = open_page(monkeypatch, street.command, "incidents")
    assert text("zh_CN", "incidents.page", page=1, pages=2) in texts_of(page)
    press(page, f"incidents_to_{text('zh_CN', 'incidents.following')}")
    assert text("zh_CN", "incidents.page", page=2, pages=2) in texts_of(page)
    page.text_input(key="incidents_text").input("第7件").run()
    shown = texts_of(page)
    assert text("zh_CN", "incidents.total", n=1) in shown
    page.text_input(key="incidents_text").input("").run()
    page.button_group(key="incidents_status").set_value("outside").run()
    assert {key for key in keys_of(page) if key.startswith("incidents-")} == {f"incidents-{outside}"}
    assert page.query_params["status"] == "outside"
    again = open_page(monkeypatch, street.command, "incidents", status="outside")
    assert text("zh_CN", "incidents.total", n=1) in texts_of(again)
    assert not open_page(monkeypatch, street.command, "incidents", status="nonsense").exception


def test_a_symbol_on_the_map_opens_its_card(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]
) -> None:
    incident = new(street)
    page = open_page(monkeypatch, street.command, "incidents")
    assert drawn["incidents"].incidents == ""
    drawn["symbol"] = MapClick(*IN_A, 16, "incidents", incident)
    page.run()
    assert page.query_params["id"] == str(incident)
    assert drawn["incident"].point == ("incidents", incident)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_place_outside_is_put_right_by_a_click_a_reason_and_a_button(
    street: Street, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any], locale: str
) -> None:
    command = make_user(Role.COMMAND_CENTRE, locale=locale)
    incident = new(street, at=OUTSIDE)
    page = open_page(monkeypatch, command, "incidents", id=incident)
    press(page, f"fix_save_{incident}")
    assert said(page, "error") == [text(locale, "errors.reason_required")]
    page.text_input(key=f"fix_reason_{incident}").input("地图点错了").run()
    press(page, f"fix_save_{incident}")
    assert said(page, "error") == [text(locale, "errors.missing_place")]
    drawn["click"] = MapClick(*IN_B, 16, None, None)
    page.run()
    assert drawn["incident"].pin == IN_B
    press(page, f"fix_save_{incident}")
    assert said(page, "success") == [text(locale, "incidents.fix.saved", grid="学圃格")]
    assert get_incident(command, incident).view.area_name == "学圃格"
    assert f"fix_save_{incident}" not in keys_of(page)


def test_a_leader_has_no_button_to_move_a_place(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.leader_a, "incidents", id=new(street))
    assert "incidents_fix" not in keys_of(page)
    page = open_page(monkeypatch, street.secretary, "incidents", id=new(street, "g"))
    press(page, "incidents_fix")
    assert any(str(key).startswith("fix_save_") for key in keys_of(page))


def test_the_contact_is_shown_for_a_reason_alone(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new(street, reporter_name="欧阳小满", reporter_phone="13812345678")
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    assert "13812345678" not in texts_of(page)
    press(page, f"contact_show_{incident}")
    assert said(page, "error") == [text("zh_CN", "errors.reason_required")]
    page.text_input(key=f"contact_reason_{incident}").input("回访").run()
    press(page, f"contact_show_{incident}")
    shown = text("zh_CN", "incidents.contact.shown", name="欧阳小满", phone="13812345678")
    assert said(page, "success") == [shown]
    assert "13812345678" not in texts_of(page.run())
    leader = open_page(monkeypatch, street.leader_a, "incidents", id=incident)
    assert f"contact_show_{incident}" not in keys_of(leader)
    assert "欧阳小满" not in texts_of(leader)


def test_the_database_away_is_told_and_the_page_comes_back(
    street: Street, monkeypatch: pytest.MonkeyPatch, sqlite_db: Database
) -> None:
    from domain.errors import DatabaseAway
    from ui.components import case_steps

    incident = new(street)
    page = open_page(monkeypatch, street.leader_a, "incidents", id=incident)
    form = f"case_{incident}_0_add_note"
    page.text_area(key=f"{form}_note").input("现场已围挡").run()

    def away(*_: Any, **__: Any) -> None:
        raise DatabaseAway()

    monkeypatch.setattr(case_steps, "act_on_incident", away)
    press(page, f"{form}_confirm")
    assert said(page, "error") == [text("zh_CN", "errors.database_away")]
    assert page.text_area(key=f"{form}_note").value == "现场已围挡"
    monkeypatch.setattr(case_steps, "act_on_incident", act_on_incident)
    press(page, f"{form}_confirm")
    assert get_incident(street.leader_a, incident).timeline[-1].note == "现场已围挡"


def statements_of(page: AppTest) -> int:
    with recorded() as statements:
        page.run()
    return len(statements)


def test_the_page_stays_within_its_statements_whatever_the_list_holds(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = new(street)
    few = statements_of(open_page(monkeypatch, street.command, "incidents", id=first))
    for number in range(25):
        new(street, f"f{number}", photos=(picture((20, 20)),) if number < 3 else ())
    many = open_page(monkeypatch, street.command, "incidents", id=first)
    with recorded() as statements:
        many.run()
    statements.most(42)
    assert abs(len(statements) - few) <= 3


def test_a_likely_duplicate_is_linked_with_one_press_and_freed_with_a_reason(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, case = new(street, "main", photos=(picture((40, 30)),)), new(street, "case")
    page = open_page(monkeypatch, street.command, "incidents", id=case)
    assert text("zh_CN", "links.suggested", n=1) in texts_of(page)
    photo = get_incident(street.command, main).photos[0].id
    assert f"/photos/{photo}?small=1" in texts_of(page)
    press(page, f"link_{case}_{main}")
    number = get_incident(street.command, main).view.number
    assert said(page, "success") == [text("zh_CN", "links.saved", number=number)]
    assert text("zh_CN", "links.main", number=number) in texts_of(page)
    press(page, f"unlink_do_{case}")
    assert said(page, "error") == [text("zh_CN", "errors.reason_required")]
    page.text_input(key=f"unlink_reason_{case}").input("不是同一盏灯").run()
    press(page, f"unlink_do_{case}")
    assert get_incident(street.command, case).view.main_id is None


def test_another_case_is_linked_by_its_number_and_a_refusal_keeps_what_was_typed(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, case = new(street, "main", category="manhole"), new(street, "case")
    number = get_incident(street.command, main).view.number
    page = open_page(monkeypatch, street.command, "incidents", id=case)
    page.text_input(key=f"link_number_{case}").input(number).run()
    press(page, f"link_do_{case}")
    assert said(page, "error") == [text("zh_CN", "errors.reason_required")]
    assert page.text_input(key=f"link_number_{case}").value == number
    page.text_input(key=f"link_reason_{case}").input("同一处施工").run()
    press(page, f"link_do_{case}")
    assert get_incident(street.command, main).view.callers == 2
    assert text("zh_CN", "links.callers", n=2) in texts_of(open_page(monkeypatch, street.command, "incidents", id=main))
    listed = texts_of(open_page(monkeypatch, street.command, "incidents"))
    assert listed.count(text("zh_CN", "links.callers", n=2)) == 1  # the row of the main
    leader = open_page(monkeypatch, street.leader_a, "incidents", id=case)
    assert not {key for key in keys_of(leader) if "link" in key}


@pytest.mark.parametrize(("said", "ticked"), [("1", True), ("0", False), ("", False)])
def test_the_address_says_whether_linked_cases_are_left_out(
    street: Street, monkeypatch: pytest.MonkeyPatch, said: str, ticked: bool
) -> None:
    page = open_page(monkeypatch, street.command, "incidents", mains=said)
    assert page.checkbox(key="incidents_mains_only").value is ticked


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_who_handled_a_case_is_told_why_the_step_is_somebody_elses(
    street: Street, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    incident = new(street)
    handled = make_user(Role.COMMUNITY_SECRETARY, area=street.community, locale=locale)
    for action, note in ((IncidentAction.TAKE_OVER, ""), (IncidentAction.FEED_BACK, "已修")):
        version = get_incident(handled, incident).view.version
        act_on_incident(handled, incident, action, version, note)
    words = text(locale, "case.kept_from", roles="")[:6]
    shown = texts_of(open_page(monkeypatch, handled, "incidents", id=incident))
    assert words in shown
    assert text(locale, "roles.command_centre") in shown
    assert text(locale, "case.waits.fed_back") in shown
    page = open_page(monkeypatch, make_user(Role.COMMAND_CENTRE, locale=locale), "incidents", id=incident)
    assert words not in texts_of(page)
    assert any("_close_" in key or "_verify_" in key for key in keys_of(page))
    assert words not in texts_of(open_page(monkeypatch, street.leader_a, "incidents", id=incident))


def test_a_note_does_not_ask_for_a_result(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = new(street)
    page = open_page(monkeypatch, street.command, "incidents", id=incident)
    note = next(area for area in page.text_area if "_add_note_" in str(area.key))
    assert note.label == text("zh_CN", "case.note")
