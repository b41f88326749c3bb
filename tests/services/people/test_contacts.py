"""Being called: a word with each number, a word with each withdrawal, the number in none of them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from db.models import AuditEntry, Consent, Person
from db.session import Database, reading, transaction
from domain.consents import ConsentAsBefore, ContactWithoutConsent
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from domain.texts import EmptyText
from domain.visits import NumberInNote
from services.lists.account_exports import export_words
from services.lists.files import ListFormat
from services.people.contacts import list_contact_words, withdraw_contact
from services.people.register import PersonForm, add_person, edit_person, get_person_view
from services.people.volunteers import VolunteerForm, register_volunteer
from services.system.privacy import list_words
from services.talents.consents import record_consent
from tests import factories as make

NOW = datetime(2026, 3, 18, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PHONE = "13912345678"


@pytest.fixture
def secretary(db: Database) -> Actor:
    return make.make_user(Role.COMMUNITY_SECRETARY, area=make.make_area("甲社区"))


def words(actor: Actor, person: int) -> list[tuple[bool, str, str]]:
    return [(word.given, word.channel, word.note) for word in list_contact_words(actor, person)]


def phone_of(person: int) -> str | None:
    with reading(EVERYWHERE) as session:
        return session.scalar(select(Person.phone).where(Person.id == person))


def add(secretary: Actor) -> int:
    form = VolunteerForm("安宁", None, secretary.area_id, phone=PHONE, agreed=True)
    return register_volunteer(secretary, form, "k", NOW).person_id


def test_a_number_comes_with_a_word_and_goes_with_one(secretary: Actor) -> None:
    person = add(secretary)
    assert words(secretary, person) == [(True, "said", "")]
    withdraw_contact(secretary, person, "本人来电", LATER)
    assert phone_of(person) is None
    assert words(secretary, person) == [(False, "said", "本人来电"), (True, "said", "")]
    with pytest.raises(ConsentAsBefore):
        withdraw_contact(secretary, person, "又来电", LATER)
    found = get_person_view(secretary, person)
    edit_person(secretary, person, found.version, PersonForm("安宁", PHONE, area=found.area_code, agreed=True), LATER)
    assert [given for given, _, _ in words(secretary, person)] == [True, False, True]


def test_a_member_without_consent_keeps_no_number_and_an_erased_one_leaves_a_word(db: Database) -> None:
    chief = make.make_user()
    with pytest.raises(ContactWithoutConsent):
        add_person(chief, PersonForm("王立", PHONE), NOW)
    person = add_person(chief, PersonForm("王立", PHONE, True, agreed=True), NOW)
    version = get_person_view(chief, person).version
    with pytest.raises(ContactWithoutConsent):
        edit_person(chief, person, version, PersonForm("王立", "13800000000"), NOW)
    edit_person(chief, person, version, PersonForm("王立新", None), LATER)
    assert len(words(chief, person)) == 1, "nothing was said of the number"
    edit_person(chief, person, get_person_view(chief, person).version, PersonForm("王立", ""), LATER)
    assert (phone_of(person), words(chief, person)[0][0]) == (None, False)


def test_who_left_a_number_before_words_were_kept_withdraws_as_well(secretary: Actor) -> None:
    person = make.make_person("旧人", area=secretary.area_id, phone=PHONE)
    withdraw_contact(secretary, person, "来办公室说的", NOW)
    assert (phone_of(person), words(secretary, person)) == (None, [(False, "said", "来办公室说的")])


def test_the_number_stands_in_no_record(secretary: Actor) -> None:
    person = add(secretary)
    with pytest.raises(NumberInNote):
        withdraw_contact(secretary, person, f"来电 {PHONE}", LATER)
    with pytest.raises(EmptyText):
        withdraw_contact(secretary, person, " ", LATER)
    assert phone_of(person) == PHONE
    withdraw_contact(secretary, person, "本人来电", LATER)
    with reading(EVERYWHERE) as session:
        notes = [*session.scalars(select(AuditEntry.detail)), *session.scalars(select(Consent.note))]
        audit = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == person)).all()
    assert PHONE not in "".join(notes)
    assert "consent.withdraw" in audit


def test_an_auditor_sees_every_word_and_takes_them_out(secretary: Actor) -> None:
    administrator = make.make_user(Role.ADMINISTRATOR)
    person = add(secretary)
    withdraw_contact(secretary, person, "本人来电", LATER)
    skilled = make.make_person("李实", area=secretary.area_id, skills="mediation")
    record_consent(secretary, skilled, True, "同意书 1 号", LATER + timedelta(days=1))
    found = list_words(administrator)
    assert [(row.person, row.purpose, row.given) for row in found.rows] == [
        ("李**", "talent_pool", True), ("安**", "contact", False), ("安**", "contact", True)
    ]  # fmt: skip
    lines = export_words(administrator, ListFormat.CSV, "zh_CN", LATER).decode("utf-8-sig").splitlines()
    assert lines[-2].split(",")[1:5] == ["安**", "留电话、接受联系", "撤回", "当面或电话说明"]
    with pytest.raises(PermissionDenied):
        list_words(secretary)


def test_others_neither_read_nor_withdraw(secretary: Actor) -> None:
    person = add(secretary)
    foreign = make.make_user(Role.COMMUNITY_SECRETARY, area=make.make_area("乙社区"))
    for act in (lambda: withdraw_contact(foreign, person, "x"), lambda: list_contact_words(foreign, person)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(PermissionDenied):
        withdraw_contact(make.make_user(Role.GRID_LEADER, area=secretary.area_id), person, "x")
    assert phone_of(person) == PHONE


def test_the_database_keeps_the_words(secretary: Actor) -> None:
    add(secretary)
    for change in ("UPDATE consents SET given = NOT given", "DELETE FROM consents"):
        with pytest.raises((DBAPIError, StaleRecord)), transaction(EVERYWHERE) as session:
            session.execute(text(change))
