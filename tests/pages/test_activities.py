"""The activities page as its roles use it."""

from datetime import timedelta

import pytest

from config.texts import text
from db.session import Database
from domain.clock import day_start, local_date, utc_now
from domain.permissions import Actor, Role
from services.activities.attendances import list_attendances, list_own_attendances
from services.activities.calendar import count_activities, get_activity, list_upcoming_activities
from services.activities.corrections import CorrectionForm, answer_correction, correct_attendance
from services.activities.plans import ActivityForm, edit_activity
from services.system.installations import current_profile
from tests.check_in import come, leave
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_person,
    make_room,
    make_station,
    make_user,
    make_volunteer,
)
from tests.pages.session import keys_of, open_page, press, said, texts_of
from tests.statements import recorded

KIND = "patrol"


@pytest.fixture
def grid(sqlite_db: Database) -> int:
    return make_area("一格", parent=make_area("街道", level="street"))


def volunteer_of(grid: int, name: str = "张安", **values: object) -> Actor:
    person = make_person(name, area=grid)
    make_volunteer(person=person, area=grid)
    return make_user(Role.VOLUNTEER, person=person, area=grid, **values)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_empty_page_says_what_to_do_next_in_the_readers_language(
    grid: int, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(role, area=grid, locale=locale), "activities")
    shown = texts_of(page)
    assert not page.exception
    assert not said(page, "error")
    assert text(locale, "activities.empty") in shown
    assert (text(locale, "activities.do.plan") in shown) == ("plan" in keys_of(page))
    assert "activities." not in shown


def test_volunteer_signs_up_in_two_touches(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, activity = volunteer_of(grid), make_activity("义诊", kind=KIND, capacity=3)
    page = press(open_page(monkeypatch, actor, "activities"), f"activity-{activity}")
    assert page.query_params["id"] == [str(activity)] or page.query_params["id"] == str(activity)
    page = press(page, f"card-sign_up-{activity}")
    assert said(page, "success") == [text("zh_CN", "activities.done.sign_up", title="义诊")]
    assert [row.activity_id for row in list_own_attendances(actor)] == [activity]
    page = press(page, f"card-withdraw-{activity}")
    assert list_own_attendances(actor) == []
    assert f"card-sign_up-{activity}" in keys_of(page)


def test_volunteer_is_told_to_scan_the_code_and_finds_the_source_of_the_hours(
    grid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = volunteer_of(grid)
    activity = make_activity("义诊", kind=KIND, starts_at=utc_now() - timedelta(minutes=5))
    make_attendance(activity, 1)
    page = open_page(monkeypatch, actor, "activities")
    assert text("zh_CN", "activities.scan_in") in texts_of(page)
    assert not any("check" in key for key in keys_of(page))
    come(actor, activity)
    assert text("zh_CN", "activities.scan_out") in texts_of(open_page(monkeypatch, actor, "activities"))
    leave(actor, activity)
    page = press(open_page(monkeypatch, actor, "activities"), "mine")
    assert text("zh_CN", "attendance.source.code") in texts_of(page)


def test_who_presses_too_late_for_the_last_place_waits_and_is_told(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, activity = volunteer_of(grid), make_activity("义诊", kind=KIND, capacity=1)
    page = open_page(monkeypatch, actor, "activities", id=activity)
    make_attendance(activity, make_volunteer("李平", area=grid))
    page = press(page, f"card-sign_up-{activity}")
    assert said(page, "success") == [text("zh_CN", "activities.done.waiting", title="义诊", n=1)]
    assert text("zh_CN", "activities.mine.waiting", n=1) in texts_of(page)
    assert text("zh_CN", "activities.waiting", n=1) in texts_of(page)
    assert page.button(key=f"card-withdraw-{activity}").label == text("zh_CN", "activities.do.withdraw_waiting")
    page = press(page, f"card-withdraw-{activity}")
    assert page.button(key=f"card-sign_up-{activity}").label == text("zh_CN", "activities.do.sign_up_waiting")


def test_a_leader_sees_who_waits_and_gives_the_place_of_who_did_not_come(
    grid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    activity = make_activity("义诊", kind=KIND, area_id=grid, capacity=1, starts_at=utc_now() - timedelta(minutes=20))
    absent = make_attendance(activity, make_volunteer("李平", area=grid))
    waits = make_attendance(activity, make_volunteer("王和", area=grid), queue_number=1)
    leader = make_user(Role.GRID_LEADER, area=grid)
    page = open_page(monkeypatch, leader, "activities", id=activity)
    assert text("zh_CN", "attendance.state.waiting", n=1) in texts_of(page)
    assert f"in-{waits}" not in keys_of(page)
    page = press(page, f"withdraw-{absent}")
    assert f"in-{waits}" in keys_of(page)


def test_names_are_shown_to_those_who_see_volunteers_alone(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = make_activity("义诊", kind=KIND, area_id=grid)
    make_attendance(activity, make_volunteer("欧阳静", area=grid))
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        shown = texts_of(open_page(monkeypatch, make_user(role, area=grid), "activities", id=activity))
        assert "欧阳静" not in shown
        assert text("zh_CN", "activities.signed_up", n=1) in shown
    leader = make_user(Role.GRID_LEADER, area=grid)
    assert "欧阳静" in texts_of(open_page(monkeypatch, leader, "activities", id=activity))


def test_volunteer_without_a_record_is_told_how_to_get_one(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = texts_of(open_page(monkeypatch, make_user(Role.VOLUNTEER, area=grid), "activities"))
    assert text("zh_CN", "own_service.none") in shown


def test_markup_in_a_title_is_shown_as_text(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    title = "<script>alert(1)</script>${7*7}"
    activity = make_activity(title, kind=KIND, place="</script>", description="<img src=x>")
    for query in ({}, {"id": activity}):
        page = open_page(monkeypatch, make_user(), "activities", **query)
        bodies = "".join(element.proto.body for element in page.get("html"))
        assert "<script>alert" not in bodies
        assert "${7" not in bodies
        assert "<img src=x" not in bodies
        assert "&lt;script&gt;" in bodies


def test_leader_plans_and_the_form_keeps_what_was_refused(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = make_user(Role.GRID_LEADER, area=grid)
    page = press(open_page(monkeypatch, leader, "activities"), "plan")
    page.text_input(key="plan-new-place").set_value("3号院")
    page.text_area(key="plan-new-description").set_value("带手套")
    page = press(page, "plan-new-save")
    assert said(page, "error") == ["请填写「活动名称」。"]
    assert page.text_area(key="plan-new-description").value == "带手套"
    page.text_input(key="plan-new-title").set_value("楼道清扫")
    page = press(page, "plan-new-save")
    assert said(page, "success") == [text("zh_CN", "activities.done.saved", title="楼道清扫")]
    made = list_upcoming_activities(leader)
    assert [(one.title, one.place, one.description, one.area_id) for one in made] == [
        ("楼道清扫", "3号院", "带手套", grid)
    ]
    assert page.query_params["id"] in ([str(made[0].id)], str(made[0].id))


def test_out_before_in_is_refused_with_its_reason(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import time

    page = open_page(monkeypatch, make_user(Role.GRID_LEADER, area=grid), "activities", form="plan")
    page.text_input(key="plan-new-title").set_value("夜巡")
    page.text_input(key="plan-new-place").set_value("3号院")
    page.time_input(key="plan-new-starts").set_value(time(22))
    page.time_input(key="plan-new-ends").set_value(time(1))
    page = press(page, "plan-new-save")
    assert said(page, "error") == [text("zh_CN", "errors.invalid_activity_time")]
    page.checkbox(key="plan-new-overnight").check()
    page = press(page, "plan-new-save")
    assert said(page, "success")


def test_clash_at_a_station_is_warned_before_saving(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, station = make_user(Role.GRID_LEADER, area=grid), make_station(area_id=grid)
    kind = current_profile().activity_kinds[0]
    start = utc_now() + timedelta(days=1)
    make_activity("棋牌赛", kind=kind.key, starts_at=start, hours=23, station_id=station)
    day = local_date(start).isoformat()
    page = open_page(monkeypatch, leader, "activities", form="plan", day=day)
    page.selectbox(key="plan-new-station").set_value(station)
    page.checkbox(key="plan-new-overnight").check()
    page = page.run()
    assert any("棋牌赛" in warning for warning in said(page, "warning"))


def test_a_taken_room_is_warned_of_and_refused(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, station = make_user(Role.GRID_LEADER, area=grid), make_station(area_id=grid)
    room, kind = make_room(station, "活动室", capacity=10), current_profile().activity_kinds[0]
    start = day_start(local_date(utc_now()) + timedelta(days=1))
    make_activity("棋牌赛", kind=kind.key, starts_at=start, hours=23, station_id=station, room_id=room)
    day = local_date(start).isoformat()
    page = open_page(monkeypatch, leader, "activities", form="plan", day=day)
    page.selectbox(key="plan-new-station").set_value(station)
    page.text_input(key="plan-new-title").set_value("义诊")
    page.number_input(key="plan-new-capacity").set_value(11)
    page = page.run()
    page.selectbox(key="plan-new-room").set_value(room)
    page = page.run()
    warned = said(page, "warning")
    assert text("zh_CN", "activities.form.over_room", room="活动室", n=10) in warned
    assert any("棋牌赛" in words and "不能保存" in words for words in warned)
    page = press(page, "plan-new-save")
    assert "活动室" in said(page, "error")[0]
    page.selectbox(key="plan-new-room").set_value(0)
    page = press(page.run(), "plan-new-save")
    assert said(page, "success")


def test_second_editor_is_told_and_keeps_what_was_typed(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user()
    activity = make_activity("旧名", kind=current_profile().activity_kinds[0].key, place="院内")
    page = open_page(monkeypatch, actor, "activities", id=activity, form="edit")
    view = get_activity(actor, activity)
    other = ActivityForm("别人的名字", view.kind, view.starts_at, view.ends_at, place="院外")
    edit_activity(make_user(), activity, other, view.version)
    page.text_input(key=f"plan-{activity}-title").set_value("我的名字")
    page = press(page, f"plan-{activity}-save")
    assert said(page, "error") == [text("zh_CN", "errors.stale_record")]
    assert "别人的名字" in said(page, "info")[0]
    assert page.text_input(key=f"plan-{activity}-title").value == "我的名字"
    page = press(page, f"plan-{activity}-save")
    assert get_activity(actor, activity).title == "我的名字"


def test_calling_off_asks_for_a_reason(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, activity = make_user(), make_activity("义诊", kind=KIND)
    page = press(open_page(monkeypatch, actor, "activities", id=activity), f"cancel-{activity}")
    assert said(page, "error") == ["请填写「取消原因」。"]
    page.text_area(key=f"cancel-{activity}-reason").set_value("下雨")
    page = press(page, f"cancel-{activity}")
    assert text("zh_CN", "activities.cancelled_because", reason="下雨") in texts_of(page)
    assert f"cancel-{activity}" not in keys_of(page)


def test_leader_keeps_the_list_at_the_door(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = make_user(Role.GRID_LEADER, area=grid)
    activity = make_activity("义诊", kind=KIND, area_id=grid, starts_at=utc_now() - timedelta(minutes=5))
    signed = make_attendance(activity, make_volunteer("张安", area=grid))
    walk_in = make_volunteer("欧阳静", area=grid)
    page = press(open_page(monkeypatch, leader, "activities", id=activity), f"in-{signed}")
    page.text_input(key=f"add-{activity}").set_value("oyj").run()
    page = press(page, f"add-{activity}-{walk_in}")
    assert said(page, "success") == [text("zh_CN", "attendance.done.in", name="欧阳静")]
    page = press(page, "out-all")
    assert {row.status for row in list_attendances(leader, activity)} == {"checked_out"}


def test_entry_by_hand_waits_for_a_second_person(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = make_user(Role.GRID_LEADER, area=grid)
    activity = make_activity("义诊", kind=KIND, area_id=grid, starts_at=utc_now() - timedelta(hours=4))
    make_attendance(activity, make_volunteer("张安", area=grid))
    page = open_page(monkeypatch, leader, "activities", id=activity)
    page = press(page, f"manual-{activity}-save")
    assert said(page, "error") == ["请填写「补录原因」。"]
    page.text_input(key=f"manual-{activity}-reason").set_value("忘带手机")
    page = press(page, f"manual-{activity}-save")
    assert [row.status for row in list_attendances(leader, activity)] == ["to_confirm"]


def test_who_plans_begins_with_the_own_area_and_one_touch_shows_all(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_area("二格", parent=1)
    make_activity("本格义诊", kind=KIND, area_id=grid)
    make_activity("邻格义诊", kind=KIND, area_id=other)
    for role in (Role.GRID_LEADER, Role.COMMUNITY_SECRETARY):
        page = open_page(monkeypatch, make_user(role, area=grid), "activities")
        assert "本格义诊" in texts_of(page)
        assert "邻格义诊" not in texts_of(page)
        page = page.toggle(key="own-area").set_value(False).run()
        assert "邻格义诊" in texts_of(page)
        assert page.query_params["near"] in ("0", ["0"])
    for actor in (volunteer_of(grid), make_user(Role.COMMAND_CENTRE)):
        shown = texts_of(open_page(monkeypatch, actor, "activities"))
        assert "邻格义诊" in shown
    assert "邻格义诊" not in texts_of(open_page(monkeypatch, volunteer_of(grid, "李平"), "activities", near=1))


def test_an_own_area_without_activities_says_how_to_see_the_others(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_activity("邻格义诊", kind=KIND, area_id=make_area("二格", parent=1))
    shown = texts_of(open_page(monkeypatch, make_user(Role.GRID_LEADER, area=grid), "activities"))
    assert text("zh_CN", "activities.empty_next.near") in shown


def test_unknown_addresses_do_no_harm(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_user(Role.VISITOR)
    page = open_page(monkeypatch, actor, "activities", id=999)
    assert said(page, "error") == [text("zh_CN", "errors.not_found")]
    for query in ({"id": "x"}, {"day": "2026-13-45", "month": "<b>"}, {"form": "plan"}, {"list": "mine"}):
        page = open_page(monkeypatch, actor, "activities", **query)
        assert not page.exception
        assert not said(page, "error")
    assert count_activities(actor, utc_now(), utc_now() + timedelta(days=9)) == 0


def test_statements_do_not_grow_with_the_number_of_activities(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = volunteer_of(grid)
    volunteers = [make_volunteer(f"人{number}", area=grid) for number in range(3)]

    def counted() -> int:
        with recorded() as statements:
            open_page(monkeypatch, actor, "activities")
        statements.most(22)
        return len(statements)

    make_attendance(make_activity("一", kind=KIND), volunteers[0])
    few = counted()
    for number in range(15):
        activity = make_activity(f"活动{number}", kind=KIND)
        for volunteer in volunteers:
            make_attendance(activity, volunteer)
    assert counted() <= few


def test_a_leader_asks_for_a_correction_and_a_colleague_confirms_it(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = volunteer_of(grid)
    begun = utc_now() - timedelta(hours=3)
    activity = make_activity("义诊", kind=KIND, area_id=grid, starts_at=begun)
    came, left = begun + timedelta(minutes=1), begun + timedelta(minutes=61)
    row = make_attendance(activity, 1, checked_in_at=came, checked_out_at=left, minutes=60, source="code")
    leader = make_user(Role.GRID_LEADER, area=grid)
    page = press(open_page(monkeypatch, leader, "activities", id=activity), f"correct-{row}")
    page = press(page, f"correct-{row}-1-send")
    assert said(page, "error")  # no reason was given
    page.text_input(key=f"correct-{row}-1-reason").set_value("没有到场")
    page.toggle(key=f"correct-{row}-1-absent").set_value(True)
    page = press(page, f"correct-{row}-1-send")
    assert said(page, "success") == [text("zh_CN", "corrections.done.ask", name="张安")]
    assert text("zh_CN", "corrections.second_person") in texts_of(open_page(monkeypatch, leader, "volunteers"))
    second = make_user(Role.COMMAND_CENTRE)
    page = press(open_page(monkeypatch, second, "volunteers"), "corr-yes-1")
    assert said(page, "success") == [text("zh_CN", "corrections.done.yes", name="张安")]
    assert [one.minutes for one in list_own_attendances(actor)] == []


def test_a_volunteer_reads_how_the_hours_were_corrected(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = volunteer_of(grid)
    begun = utc_now() - timedelta(hours=3)
    row = make_attendance(
        make_activity("义诊", kind=KIND, area_id=grid, starts_at=begun), 1, minutes=60, source="code",
        checked_in_at=begun, checked_out_at=begun + timedelta(hours=1),
    )  # fmt: skip
    form = CorrectionForm(row, begun, begun + timedelta(minutes=30), "<b>提前走", 1)
    asked = correct_attendance(make_user(Role.GRID_LEADER, area=grid), form, "k")
    answer_correction(make_user(), asked.id, True)
    shown = texts_of(open_page(monkeypatch, actor, "activities", list="mine"))
    assert text("zh_CN", "corrections.source", n=1) in shown
    assert "&lt;b&gt;提前走" in shown
    assert "更正：" in shown


def test_a_repeat_is_planned_from_its_preview_and_called_off(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    actor, station = make_user(), make_station(area_id=grid)
    room, day = make_room(station), local_date(utc_now()) + timedelta(days=7)
    page = open_page(monkeypatch, actor, "activities", form="plan", day=day.isoformat())
    page.text_input(key="plan-new-title").set_value("饭后来吧")
    page.selectbox(key="plan-new-station").set_value(station)
    page.selectbox(key="plan-new-unit").set_value("week")
    page = page.run()
    page.selectbox(key="plan-new-room").set_value(room)
    page.date_input(key="plan-new-until").set_value(day + timedelta(weeks=3))
    page = page.run()
    assert text("zh_CN", "activities.repeat.note", n=4) in texts_of(page)
    page = press(page, "plan-new-save")
    assert said(page, "success")
    made = [one for one in list_upcoming_activities(actor) if one.series_id]
    assert len(made) == 4
    page = open_page(monkeypatch, actor, "activities", id=made[1].id)
    assert text("zh_CN", "activities.series") in texts_of(page)
    page.radio(key=f"cancel-{made[1].id}-reach").set_value("following")
    page.text_area(key=f"cancel-{made[1].id}-reason").set_value("装修")
    page = press(page, f"cancel-{made[1].id}")
    assert said(page, "success") == [text("zh_CN", "activities.done.cancelled_following", title="饭后来吧", n=3)]
