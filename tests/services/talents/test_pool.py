"""The talent pool: search, scope, what is shown, looks at contacts, statements; on both databases."""

import pytest
from sqlalchemy import select

from db.models import AuditEntry, Consent, Person
from db.queries.bulk import insert_rows
from db.session import Database, reading, transaction
from domain.errors import NotFound, PermissionDenied
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import EmptyText
from services.talents.pool import PAGE_SIZE, TalentSearch, find_talents, uncover_talent
from tests.factories import make_user
from tests.incident_town import NOW, Street, make_street
from tests.statements import recorded
from tests.talent_town import make_talent


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def found(actor: Actor, **search: str) -> list[str]:
    return sorted(talent.surname for talent in find_talents(actor, TalentSearch(**search)).talents)


def test_it_is_searched_by_skill_words_and_area(street: Street) -> None:
    make_talent("张安", area=street.grid_a, skills="law,mediation", sentence="楼上楼下的事，我来说和", times="weekend")
    make_talent("欧阳静", area=street.grid_b, skills="haircutting", sentence="给老人上门理发")
    make_talent("李平", area=street.grid_c, skills="law")
    make_talent("赵山", area=street.grid_a, skills="law", consent=False)
    command = street.command
    assert found(command) == ["张", "李", "欧阳"]
    assert found(command, skill="law") == ["张", "李"]
    assert found(command, skill="la") == []
    assert found(command, words="shuohe") == ["张"]
    assert found(command, words="上门") == ["欧阳"]
    assert found(command, words="falv") == ["张", "李"]
    path = f"/{street.street}/{street.community}/"
    assert found(command, area_path=path) == ["张", "欧阳"]
    page = find_talents(command, TalentSearch(skill="law", area_path=path))
    assert (page.total, page.by_skill["law"], page.by_skill["haircutting"], page.by_skill["music"]) == (1, 1, 1, 0)
    assert page.talents[0].times == ("weekend",)


def test_a_view_holds_no_given_name_and_no_phone(street: Street) -> None:
    make_talent("张金丝雀", area=street.grid_a, phone="13912345678")
    shown = repr(find_talents(street.command))
    assert "金丝雀" not in shown
    assert "13912345678" not in shown


def test_each_sees_the_pool_of_the_own_areas(street: Street) -> None:
    make_talent("张安", area=street.grid_a)
    make_talent("李平", area=street.grid_c)
    assert found(street.leader_a) == ["张"]
    assert found(street.leader_b) == []
    assert found(street.secretary) == ["张"]
    for role in (Role.VISITOR, Role.VOLUNTEER, Role.PARTY_MEMBER, Role.DEPARTMENT):
        with pytest.raises(PermissionDenied):
            find_talents(make_user(role, area=street.grid_a))


def test_a_look_at_a_contact_needs_the_right_and_a_reason(street: Street) -> None:
    person = make_talent("张安", area=street.grid_a, phone="13912345678")
    hidden = make_talent("赵山", area=street.grid_a, phone="13912345679", consent=False)
    with pytest.raises(PermissionDenied):
        uncover_talent(street.leader_a, person, "请来调解")
    with pytest.raises(EmptyText):
        uncover_talent(street.secretary, person, " ")
    with pytest.raises(NotFound):
        uncover_talent(street.secretary, hidden, "请来调解")
    assert uncover_talent(street.secretary, person, "请来调解", NOW) == ("张安", "13912345678")
    with reading(EVERYWHERE) as session:
        looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "person.uncover_phone")).all()
    assert [(look.user_id, look.subject_id, look.detail) for look in looks] == [
        (street.secretary.user_id, person, "请来调解")
    ]


@pytest.mark.parametrize("people", [700, 7000])
def test_statements_do_not_grow_with_the_pool(street: Street, people: int) -> None:
    with transaction(EVERYWHERE) as session:
        rows = [
            {"id": 10_000 + n, "name": f"张{n:04d}", "name_key": f"zhang{n:04d}", "phone": None,
             "is_party_member": False, "organisation_id": None, "area_id": street.grid_a, "skills": "law",
             "version": 1, "updated_at": NOW}
            for n in range(people)
        ]  # fmt: skip
        insert_rows(session, Person, rows)
        words = [
            {"id": n + 1, "person_id": 10_000 + n, "purpose": "talent_pool", "sequence": 1, "given": True,
             "channel": "on_paper", "note": "", "user_id": None, "at": NOW}
            for n in range(people)
        ]  # fmt: skip
        insert_rows(session, Consent, words)
    with recorded() as statements:
        page = find_talents(street.secretary, TalentSearch(skill="law"), 2)
    statements.most(5)  # two of them for the profile in use
    assert (page.total, len(page.talents), page.page) == (people, PAGE_SIZE, 2)
