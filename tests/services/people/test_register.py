"""People and posts: lists, counts once and per post, masked phones with a recorded look, on both databases (A5)."""

from datetime import date, timedelta

import pytest

from db.models import AuditEntry, Base
from db.queries.people import PeopleFilter
from db.session import Database, reading
from domain.assignments import AreaNotValidThen
from domain.clock import local_date, utc_now
from domain.consents import ContactWithoutConsent
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.organisations import AlreadyHeld, InvalidValidity, OnePostOnly
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import ControlCharacters, EmptyText, TextTooLong
from services.organisations.changes import OrganisationForm, add_organisation
from services.people.posts import PlaceNeeded, PostForm, count_post_holders, end_post, hold_post, list_posts_of
from services.people.register import (
    InvalidPhone,
    PersonForm,
    add_person,
    edit_person,
    find_people,
    get_person_view,
    uncover_phone,
)
from tests.factories import make_area, make_person, make_user, use_profile
from tests.statements import recorded

TODAY = local_date(utc_now())
SINCE = date(2022, 1, 1)


@pytest.fixture
def areas(db: Database) -> dict[str, int]:
    street = make_area("街道", level="street", code="S")
    community = make_area("南寨社区", level="community", parent=street, code="A")
    other = make_area("提庄社区", level="community", parent=street, code="B")
    return {"A": community, "B": other, "A1": make_area("一格", parent=community, code="A1")}


@pytest.fixture
def chief(areas: dict[str, int]) -> Actor:
    return make_user(Role.COMMAND_CENTRE)


@pytest.fixture
def secretary(areas: dict[str, int]) -> Actor:
    return make_user(Role.COMMUNITY_SECRETARY, area=areas["A"])


def test_no_field_for_id_number_religion_or_health() -> None:
    names = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    forbidden = ("id_card", "id_no", "id_number", "identity", "religion", "health", "illness", "birth", "ethnic")
    assert [name for name in names if any(word in name for word in forbidden)] == []


def test_one_person_with_three_posts_counts_once_and_three_times_when_lanshan(
    chief: Actor, areas: dict[str, int]
) -> None:
    use_profile("lanshan")
    top = add_organisation(chief, OrganisationForm("党委", "street_committee", None, "", SINCE))
    general = add_organisation(chief, OrganisationForm("总支", "general_branch", top, "A", SINCE))
    branch = add_organisation(chief, OrganisationForm("支部", "branch", general, "A", SINCE))
    one, other = make_person("王立", area=areas["A"]), make_person("李民", area=areas["A"])
    hold_post(chief, PostForm(one, "branch_secretary", SINCE, organisation_id=branch))
    hold_post(chief, PostForm(one, "general_branch_member", SINCE, organisation_id=general))
    hold_post(chief, PostForm(one, "grid_leader", SINCE, area="A1"))
    hold_post(chief, PostForm(other, "mediator", SINCE, organisation_id=branch))
    with recorded() as statements:
        count, by_post = count_post_holders(chief)
    statements.most(4)
    assert (count.people, count.posts, count.several) == (2, 4, 1)
    assert by_post == {"branch_secretary": 1, "general_branch_member": 1, "grid_leader": 1, "mediator": 1}
    assert find_people(chief, PeopleFilter(holders=True)).total == 2
    assert [person.name for person in find_people(chief, PeopleFilter(several=True)).people] == ["王立"]
    assert [person.name for person in find_people(chief, PeopleFilter(post="mediator")).people] == ["李民"]
    assert {post.place for post in get_person_view(chief, one).posts} == {"支部", "总支", "一格"}
    with pytest.raises(AlreadyHeld):
        hold_post(chief, PostForm(one, "grid_leader", TODAY, area="A1"))


def test_a_second_post_is_refused_when_the_profile_gives_one(chief: Actor, areas: dict[str, int]) -> None:
    person = make_person("王立", area=areas["A"])
    held = hold_post(chief, PostForm(person, "mediator", SINCE, area="A"))
    with pytest.raises(OnePostOnly):
        hold_post(chief, PostForm(person, "grid_leader", TODAY, area="A1"))
    with pytest.raises(InvalidValidity):
        end_post(chief, held, SINCE)
    end_post(chief, held, TODAY)
    with pytest.raises(StaleRecord):
        end_post(chief, held, TODAY)
    hold_post(chief, PostForm(person, "grid_leader", TODAY, area="A1"))
    assert [(post.post, post.until) for post in list_posts_of(chief, person)] == [
        ("grid_leader", None),
        ("mediator", TODAY),
    ]
    assert count_post_holders(chief)[0].posts == 1


def test_a_post_form_is_refused_when_it_makes_no_sense(chief: Actor, areas: dict[str, int]) -> None:
    person = make_person("王立", area=areas["A"])
    for form, refusal in (
        (PostForm(person, "mediator", SINCE), PlaceNeeded),
        (PostForm(person, "mediator", SINCE, organisation_id=1, area="A"), PlaceNeeded),
        (PostForm(person, "no_such_post", SINCE, area="A"), NotFound),
        (PostForm(person, "mediator", SINCE, area="NONE"), NotFound),
        (PostForm(person, "mediator", SINCE, organisation_id=99), NotFound),
        (PostForm(person, "mediator", date(1999, 1, 1), area="A"), AreaNotValidThen),
        (PostForm(9999, "mediator", SINCE, area="A"), NotFound),
    ):
        with pytest.raises(refusal):
            hold_post(chief, form)
    form = PostForm(person, "mediator", SINCE, area="A", form_key="k")
    assert hold_post(chief, form) == hold_post(chief, form)


def test_a_person_is_found_by_name_pinyin_and_initials(chief: Actor, areas: dict[str, int]) -> None:
    key = add_person(
        chief, PersonForm("欧阳春", "138 0000 1234", True, area="A", skills=("mediation", "nonsense"), agreed=True)
    )
    make_person("李民", area=areas["A"])
    for text in ("欧阳", "ouyang", "OYC", "阳春"):
        assert [person.id for person in find_people(chief, PeopleFilter(search=text)).people] == [key]
    person = get_person_view(chief, key)
    assert (person.phone, person.area, person.skills) == ("138 **** 1234", "南寨社区", ("mediation",))
    assert find_people(chief, PeopleFilter(search="%")).total == 0
    assert [person.name for person in find_people(chief, PeopleFilter(members=True)).people] == ["欧阳春"]


def test_pages_hold_fifty_and_take_few_statements(chief: Actor, areas: dict[str, int]) -> None:
    for number in range(53):
        make_person(f"张{number}", area=areas["A"])
    with recorded() as statements:
        second = find_people(chief, page=2)
    statements.most(4)
    assert (second.total, second.pages, len(second.people)) == (53, 2, 3)
    assert find_people(chief, page=99).page == 2


def test_the_second_is_told_when_two_edit(chief: Actor, areas: dict[str, int]) -> None:
    key = add_person(chief, PersonForm("王立", "13800001234", area="A", agreed=True))
    edit_person(chief, key, 1, PersonForm("王立新", None, True, area="B"))
    with pytest.raises(StaleRecord):
        edit_person(chief, key, 1, PersonForm("王立", None))
    person = get_person_view(chief, key)
    assert (person.name, person.phone, person.area, person.is_party_member) == (
        "王立新",
        "138****1234",
        "提庄社区",
        True,
    )
    assert find_people(chief, PeopleFilter(search="wanglixin")).total == 1


def test_a_person_is_refused_when_the_form_is_wrong(chief: Actor, areas: dict[str, int]) -> None:
    for form, refusal in (
        (PersonForm(" ", None), EmptyText),
        (PersonForm("长" * 61, None), TextTooLong),
        (PersonForm("王\x00立", None), ControlCharacters),
        (PersonForm("王立", "打我电话"), InvalidPhone),
        (PersonForm("王立", "123"), InvalidPhone),
        (PersonForm("王立", "13800001234"), ContactWithoutConsent),
        (PersonForm("王立", None, area="NONE"), NotFound),
        (PersonForm("王立", None, organisation_id=9), NotFound),
    ):
        with pytest.raises(refusal):
            add_person(chief, form)
    assert find_people(chief).total == 0
    kept = add_person(chief, PersonForm("<script>${x}</script>", "", form_key="k"))
    assert add_person(chief, PersonForm("<script>${x}</script>", "", form_key="k")) == kept
    assert get_person_view(chief, kept).name == "<script>${x}</script>"


def test_a_look_at_a_phone_is_recorded_with_its_reason(chief: Actor, areas: dict[str, int]) -> None:
    key = add_person(chief, PersonForm("王立", "13800001234", area="A", agreed=True))
    with pytest.raises(EmptyText):
        uncover_phone(chief, key, "  ")
    assert uncover_phone(chief, key, "台风夜联系转移") == "13800001234"
    with reading(EVERYWHERE) as session:
        [entry] = session.query(AuditEntry).filter(AuditEntry.action == "person.uncover_phone")
    assert (entry.user_id, entry.subject_id, entry.detail) == (chief.user_id, key, "台风夜联系转移")


def test_a_secretary_sees_and_changes_the_own_people(secretary: Actor, chief: Actor, areas: dict[str, int]) -> None:
    own = add_person(secretary, PersonForm("王立", None, area="A1"))
    foreign = make_person("李民", area=areas["B"])
    assert [person.id for person in find_people(secretary).people] == [own]
    hold_post(chief, PostForm(foreign, "mediator", SINCE, area="B"))
    assert count_post_holders(secretary)[0].people == 0
    for refused in (
        lambda: add_person(secretary, PersonForm("周四", None, area="B")),
        lambda: edit_person(secretary, own, 1, PersonForm("王立", None, area="B")),
        lambda: hold_post(secretary, PostForm(own, "mediator", SINCE, area="B")),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    for hidden in (
        lambda: get_person_view(secretary, foreign),
        lambda: edit_person(secretary, foreign, 1, PersonForm("王立", None)),
        lambda: uncover_phone(secretary, foreign, "看看"),
        lambda: end_post(secretary, 1, TODAY + timedelta(days=1)),
    ):
        with pytest.raises(NotFound):
            hidden()


def test_roles_without_the_right_are_refused(chief: Actor, areas: dict[str, int]) -> None:
    person = make_person("王立", area=areas["A1"], phone="13800001234")
    leader = make_user(Role.GRID_LEADER, area=areas["A1"])
    assert [row.name for row in find_people(leader).people] == ["王立"]
    for refused in (
        lambda: uncover_phone(leader, person, "看看"),
        lambda: edit_person(leader, person, 1, PersonForm("王立", None)),
        lambda: hold_post(leader, PostForm(person, "mediator", SINCE, area="A1")),
        lambda: find_people(make_user(Role.PARTY_MEMBER, area=areas["A1"])),
        lambda: count_post_holders(make_user(Role.VISITOR)),
    ):
        with pytest.raises(PermissionDenied):
            refused()
