"""The roll of volunteers: teams, search, joining, leaving; on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db.session import Database
from domain.consents import ContactWithoutConsent
from domain.errors import InvalidText, NotFound, PermissionDenied, StaleRecord
from domain.permissions import Role
from services.people.register import InvalidPhone
from services.people.volunteers import (
    PAGE_SIZE,
    AlreadyLeft,
    AlreadyVolunteer,
    LeavesBeforeJoining,
    VolunteerForm,
    end_volunteer,
    get_volunteer,
    list_namesakes,
    list_teams,
    list_volunteers,
    move_volunteer,
    register_volunteer,
)
from tests.factories import (
    make_activity,
    make_area,
    make_attendance,
    make_person,
    make_team,
    make_user,
    make_volunteer,
)

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 18)


def test_teams_stand_under_their_brigade(db: Database) -> None:
    brigade = make_team("总队")
    make_team("望邻队", parent=brigade)
    other = make_team("棋牌队")
    late = make_team("话邻队", parent=brigade)
    found = list_teams(make_user(Role.VISITOR))
    assert [(team.name, team.depth) for team in found] == [("总队", 0), ("望邻队", 1), ("话邻队", 1), ("棋牌队", 0)]
    make_volunteer("张安", team=late)
    make_volunteer("李平", team=other)
    page = list_volunteers(make_user(), team_id=brigade, now=NOW)
    assert [row.name for row in page.volunteers] == ["张安"]


def test_search_finds_by_name_pinyin_and_initials(db: Database) -> None:
    for name in ("欧阳静", "张安", "章昂", "Aynur 100%"):
        make_volunteer(name)

    def names(search: str) -> list[str]:
        return sorted(row.name for row in list_volunteers(make_user(), search=search, now=NOW).volunteers)

    assert names("") == sorted(["欧阳静", "张安", "章昂", "Aynur 100%"])
    assert names("欧阳") == ["欧阳静"]
    assert names("zhang") == ["张安", "章昂"]
    assert names("ZHANGAN") == sorted(["张安", "章昂"])
    assert names("oyj") == ["欧阳静"]
    assert names("100%") == ["Aynur 100%"]
    assert names("%") == ["Aynur 100%"]
    assert names("_") == []
    assert names("' OR 1=1 --") == []


def test_pages_hold_the_whole_roll_once(db: Database) -> None:
    made = {make_volunteer(f"人{number:03d}") for number in range(PAGE_SIZE + 5)}
    make_volunteer("走了", left_on=TODAY)
    make_volunteer("明天来", joined_on=TODAY + timedelta(days=1))
    actor = make_user()
    pages = [list_volunteers(actor, page=number, now=NOW) for number in (1, 2)]
    assert [(page.total, page.pages) for page in pages] == [(len(made), 2)] * 2
    assert {row.id for page in pages for row in page.volunteers} == made
    assert list_volunteers(actor, page=99, now=NOW).page == 2
    assert list_volunteers(actor, with_left=True, now=NOW).total == len(made) + 2


def test_each_row_says_the_hours_of_the_year(db: Database) -> None:
    volunteer = make_volunteer("张安")
    for start, minutes in ((NOW - timedelta(days=400), 500), (NOW - timedelta(days=2), 90), (NOW, 30)):
        activity = make_activity(starts_at=start)
        make_attendance(activity, volunteer, checked_in_at=start, checked_out_at=start, minutes=minutes)
    assert [row.minutes for row in list_volunteers(make_user(), now=NOW).volunteers] == [120]


def test_roll_shows_only_the_areas_one_works_for(db: Database) -> None:
    street = make_area("街道", level="street")
    one, two = make_area("一格", parent=street), make_area("二格", parent=street)
    mine = make_volunteer("张安", area=one)
    # Serves in one's grid though the person lives elsewhere: belongs to the roll all the same.
    guest = make_volunteer("周远", area=one, person=make_person("周远", area=two))
    foreign = make_volunteer("李平", area=two)
    leader = make_user(Role.GRID_LEADER, area=one)
    page = list_volunteers(leader, now=NOW)
    assert ({row.id for row in page.volunteers}, page.total) == ({mine, guest}, 2)
    assert get_volunteer(leader, guest).name == "周远"
    with pytest.raises(NotFound):
        get_volunteer(leader, foreign)
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            list_volunteers(make_user(role, area=one), now=NOW)


def test_joining_is_entered_once_when_the_form_is_sent_twice(db: Database) -> None:
    street = make_area("街道", level="street")
    team, actor = make_team(), make_user(Role.COMMUNITY_SECRETARY, area=street)
    form = VolunteerForm(" 欧阳  静 ", team, street, phone="13800000000", agreed=True)
    first = register_volunteer(actor, form, "key", NOW)
    assert register_volunteer(actor, form, "key", NOW).id == first.id
    assert (first.name, first.team_id, first.joined_on) == ("欧阳 静", team, TODAY)
    assert list_volunteers(actor, search="oyj", now=NOW).total == 1


def test_joining_is_refused_when_something_is_wrong(db: Database) -> None:
    street = make_area("街道", level="street")
    own, foreign = make_area("一社区", parent=street), make_area("二社区", parent=street)
    actor = make_user(Role.COMMUNITY_SECRETARY, area=own)
    known, elsewhere = make_person("张安", area=own), make_person("李平", area=foreign)
    make_volunteer(person=known, area=own)
    wrong = [
        (InvalidText, VolunteerForm("", None, own)),
        (InvalidText, VolunteerForm("张" * 61, None, own)),
        (InvalidText, VolunteerForm("张\u202e安", None, own)),
        (NotFound, VolunteerForm("张三", 999, own)),
        (NotFound, VolunteerForm("李平", None, own, person_id=elsewhere)),
        (AlreadyVolunteer, VolunteerForm("张安", None, own, person_id=known)),
        (PermissionDenied, VolunteerForm("张三", None, foreign)),
        (PermissionDenied, VolunteerForm("张三", None, None)),
        (ContactWithoutConsent, VolunteerForm("张三", None, own, phone="13800000000")),
        (InvalidPhone, VolunteerForm("张三", None, own, phone="一三八", agreed=True)),
    ]
    for number, (refusal, form) in enumerate(wrong):
        with pytest.raises(refusal):
            register_volunteer(actor, form, f"key{number}", NOW)
    with pytest.raises(PermissionDenied):
        register_volunteer(make_user(Role.GRID_LEADER, area=own), VolunteerForm("张三", None, own), "k", NOW)
    assert list_volunteers(make_user(), now=NOW).total == 1


def test_namesakes_are_shown_so_that_nobody_is_entered_twice(db: Database) -> None:
    area = make_area("一格")
    person, other = make_person("张安", area=area), make_person("张安")
    make_volunteer(person=other)
    found = list_namesakes(make_user(), " 张安 ")
    assert [(one.person_id, one.area, one.is_volunteer) for one in found] == [
        (person, "一格", False),
        (other, None, True),
    ]
    assert list_namesakes(make_user(), "  ") == []
    assert [one.person_id for one in list_namesakes(make_user(Role.COMMUNITY_SECRETARY, area=area), "张安")] == [person]


def test_leaving_keeps_the_record_and_one_may_come_back(db: Database) -> None:
    actor, volunteer = make_user(), make_volunteer("张安")
    view = get_volunteer(actor, volunteer)
    with pytest.raises(LeavesBeforeJoining):
        end_volunteer(actor, volunteer, date(2019, 1, 1), view.version, NOW)
    gone = end_volunteer(actor, volunteer, TODAY, view.version, NOW)
    assert gone.left_on == TODAY
    with pytest.raises(StaleRecord):
        end_volunteer(actor, volunteer, TODAY, view.version, NOW)
    with pytest.raises(AlreadyLeft):
        end_volunteer(actor, volunteer, TODAY, gone.version, NOW)
    assert list_volunteers(actor, now=NOW).total == 0
    back = register_volunteer(actor, VolunteerForm("张安", None, None, person_id=view.person_id), "k", NOW)
    assert (back.id, back.joined_on, back.left_on) == (volunteer, TODAY, None)


def test_moving_to_another_team_is_refused_when_stale_or_foreign(db: Database) -> None:
    street = make_area("街道", level="street")
    own, foreign = make_area("一社区", parent=street), make_area("二社区", parent=street)
    volunteer, team = make_volunteer("张安", area=own), make_team()
    actor = make_user(Role.COMMUNITY_SECRETARY, area=own)
    view = get_volunteer(actor, volunteer)
    moved = move_volunteer(actor, volunteer, team, own, view.version)
    assert (moved.team_id, moved.version > view.version) == (team, True)
    with pytest.raises(StaleRecord):
        move_volunteer(actor, volunteer, None, own, view.version)
    with pytest.raises(PermissionDenied):
        move_volunteer(actor, volunteer, team, foreign, moved.version)
    with pytest.raises(NotFound):
        move_volunteer(make_user(Role.COMMUNITY_SECRETARY, area=foreign), volunteer, team, foreign, moved.version)
    assert get_volunteer(actor, volunteer).area_id == own
