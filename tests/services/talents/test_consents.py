"""Consent to the talent pool: given and withdrawn, kept by the database, hiding at once; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from db.models import AuditEntry, Consent
from db.session import Database, reading, transaction
from domain.consents import ConsentAsBefore
from domain.errors import NotFound, PermissionDenied, StaleRecord
from domain.permissions import EVERYWHERE, Actor, Role
from domain.talents import NoSkillOffered
from domain.texts import EmptyText, TextTooLong
from services.talents.consents import record_consent, say_own_consent
from services.talents.own import OfferForm, get_own_talent, save_offer
from services.talents.pool import TalentSearch, find_talents, uncover_talent
from tests.factories import make_person, make_user
from tests.incident_town import NOW, Street, make_street
from tests.services.test_at_once import at_once
from tests.talent_town import make_talent, skills_of


@pytest.fixture
def street(db: Database) -> Street:
    return make_street()


def volunteer_of(street: Street, name: str = "张安", skills: str = "mediation") -> Actor:
    person = make_person(name, area=street.grid_a, skills=skills)
    return make_user(Role.VOLUNTEER, area=street.grid_a, person=person)


def found_ids(actor: Actor) -> list[int]:
    return [talent.person_id for talent in find_talents(actor).talents]


def test_nobody_is_found_before_a_word_and_after_a_withdrawal(street: Street) -> None:
    volunteer = volunteer_of(street)
    assert found_ids(street.command) == []
    say_own_consent(volunteer, True, NOW)
    assert found_ids(street.command) == [volunteer.person_id]
    say_own_consent(volunteer, False, NOW + timedelta(days=1))
    assert found_ids(street.command) == []
    with pytest.raises(NotFound):
        uncover_talent(street.secretary, volunteer.person_id or 0, "请来帮忙")
    say_own_consent(volunteer, True, NOW + timedelta(days=2))
    assert found_ids(street.command) == [volunteer.person_id]
    own = get_own_talent(volunteer)
    assert own is not None
    assert [(word.given, word.channel, word.by) for word in own.words] == [
        (True, "own_account", volunteer.name),
        (False, "own_account", volunteer.name),
        (True, "own_account", volunteer.name),
    ]
    with reading(EVERYWHERE) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.subject_id) for entry in entries] == [
        ("consent.give", volunteer.person_id),
        ("consent.withdraw", volunteer.person_id),
        ("consent.give", volunteer.person_id),
    ]


def test_a_paper_is_entered_with_who_holds_it(street: Street) -> None:
    volunteer = volunteer_of(street)
    person = volunteer.person_id or 0
    with pytest.raises(EmptyText):
        record_consent(street.secretary, person, True, " ", NOW)
    record_consent(street.secretary, person, True, "同意书 12 号，社区档案柜", NOW)
    own = get_own_talent(volunteer)
    assert own is not None
    assert own.in_pool
    word = own.words[0]
    assert (word.channel, word.by, word.note) == ("on_paper", "岑立", "同意书 12 号，社区档案柜")
    say_own_consent(volunteer, False, NOW)
    assert found_ids(street.secretary) == []


def test_a_word_that_changes_nothing_is_refused(street: Street) -> None:
    volunteer = volunteer_of(street)
    with pytest.raises(ConsentAsBefore):
        say_own_consent(volunteer, False, NOW)
    say_own_consent(volunteer, True, NOW)
    with pytest.raises(ConsentAsBefore):
        say_own_consent(volunteer, True, NOW)
    with pytest.raises(ConsentAsBefore):
        record_consent(street.secretary, volunteer.person_id or 0, True, "同意书", NOW)


def test_who_offers_no_skill_cannot_join(street: Street) -> None:
    volunteer = volunteer_of(street, skills="")
    with pytest.raises(NoSkillOffered):
        say_own_consent(volunteer, True, NOW)
    own = get_own_talent(volunteer)
    assert own is not None
    for empty in ((), ("nonsense",)):
        with pytest.raises(NoSkillOffered):
            save_offer(volunteer, own.version, OfferForm(empty))
    save_offer(volunteer, own.version, OfferForm(("mediation",)))
    say_own_consent(volunteer, True, NOW)
    assert found_ids(street.command) == [volunteer.person_id]


def test_words_of_many_at_once_are_one_word(street: Street) -> None:
    volunteer = volunteer_of(street)
    outcome = at_once([lambda: say_own_consent(volunteer, True, NOW)] * 5)
    assert outcome == {"made None": 1, "consent_as_before": 4}
    outcome = at_once(
        [
            lambda: say_own_consent(volunteer, False, NOW),
            lambda: record_consent(street.secretary, volunteer.person_id or 0, False, "电话里说的", NOW),
        ]
    )
    assert sorted(outcome) == ["consent_as_before", "made None"]
    assert found_ids(street.command) == []


def test_the_database_keeps_every_word(street: Street, db: Database) -> None:
    person = make_talent(area=street.grid_a)
    same = {"person_id": person, "purpose": "talent_pool", "sequence": 1}
    row = "(person_id, purpose, sequence, given, channel, note, at)"
    insert = f"INTO consents {row} VALUES ({person}, 'talent_pool', 1, false, 'on_paper', '', '2026-01-01')"
    verbs = ["INSERT", *(["INSERT OR REPLACE"] if db.is_sqlite else [])]
    for change in (update(Consent).values(given=False), delete(Consent), *(text(f"{verb} {insert}") for verb in verbs)):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(change)
    with reading(EVERYWHERE) as session:
        assert [word.given for word in session.scalars(select(Consent).filter_by(**same))] == [True]


def test_an_offer_is_kept_and_the_second_form_is_told(street: Street) -> None:
    volunteer = volunteer_of(street)
    own = get_own_talent(volunteer)
    assert own is not None
    form = OfferForm(
        ("law", "mediation", "nonsense"), "  邻里  纠纷，晚上可以聊 ", ("weekend", "weekday_evening", "never")
    )
    save_offer(volunteer, own.version, form)
    after = get_own_talent(volunteer)
    assert after is not None
    assert (after.skills, after.sentence) == (("law", "mediation"), "邻里 纠纷，晚上可以聊")
    assert after.times == ("weekday_evening", "weekend")
    assert not after.in_pool
    with pytest.raises(StaleRecord):
        save_offer(volunteer, own.version, OfferForm(("law",)))
    with pytest.raises(TextTooLong):
        save_offer(volunteer, after.version, OfferForm(("law",), "长" * 121))
    assert skills_of(volunteer.person_id or 0) == "law,mediation"
    say_own_consent(volunteer, True, NOW)
    for words in ("邻里", "jiufen", "TIAOJIE", "法律", "law"):
        assert find_talents(street.command, TalentSearch(words=words)).total == 1, words
    for words in ("理发", "%", "张安", "zhangan"):
        assert find_talents(street.command, TalentSearch(words=words)).total == 0, words


def test_words_of_others_are_out_of_reach(street: Street) -> None:
    person = make_talent(area=street.grid_a)
    other = make_user(Role.COMMUNITY_SECRETARY, area=street.grid_c)
    with pytest.raises(NotFound):
        record_consent(other, person, False, "别处的纸", NOW)
    with pytest.raises(NotFound):
        uncover_talent(other, person, "看看")
    with pytest.raises(PermissionDenied):
        record_consent(street.leader_a, person, False, "纸", NOW)
    with pytest.raises(NotFound):
        say_own_consent(make_user(Role.VOLUNTEER, area=street.grid_a), True, NOW)
    assert get_own_talent(make_user(Role.VOLUNTEER, area=street.grid_a)) is None
    with transaction(EVERYWHERE) as session:
        assert len(session.scalars(select(Consent)).all()) == 1
