"""The talent pool of a demo town: with and without consent, needs in every state."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from db.models import Consent, Person, TalentAsk, TalentNeed, TalentOffer
from db.session import Database, reading
from domain.consents import ConsentPurpose
from domain.permissions import EVERYWHERE, SYSTEM
from domain.talents import NeedState
from services.demo import build_demo
from services.system.maintenance import verify
from services.talents.needs import list_needs
from services.talents.pool import find_talents
from tests.built_towns import in_use


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    target = Database(f"sqlite:///{tmp_path_factory.mktemp('talents') / 'demo.db'}")
    build_demo("linfeng", target=target)
    yield target
    target.dispose()


def test_some_agreed_some_left_and_needs_are_in_every_state(town: Database) -> None:
    with in_use(town):
        with reading(EVERYWHERE) as session:
            every = list(session.scalars(select(Consent).order_by(Consent.person_id, Consent.sequence)))
            phones = {key: phone for key, phone in session.execute(select(Person.id, Person.phone))}
            offers = set(session.scalars(select(TalentOffer.person_id)))
            asks = {ask.state for ask in session.scalars(select(TalentAsk))}
            needs = {need.state for need in session.scalars(select(TalentNeed))}
        words = [word for word in every if word.purpose == ConsentPurpose.TALENT_POOL]
        called = {word.person_id: word.given for word in every if word.purpose == ConsentPurpose.CONTACT}
        assert set(called.values()) == {True, False}
        assert all(bool(phones[person]) == given for person, given in called.items())
        last = {word.person_id: word.given for word in words}
        assert find_talents(SYSTEM).total == sum(last.values()) > 0
        assert not all(last.values())
        assert last.keys() == offers
        assert needs == {NeedState.OPEN, NeedState.MET}
        assert {"accepted", "waiting"} <= asks
        assert list_needs(SYSTEM, tuple(NeedState))
        assert [check for check in verify(SYSTEM).checks if check.name == "talent_needs" and check.faults] == []
