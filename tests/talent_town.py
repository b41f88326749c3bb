"""People of the talent pool for tests."""

from datetime import datetime, timedelta

from db.models import Person, TalentOffer
from db.session import transaction
from domain.permissions import EVERYWHERE, SYSTEM
from services.lists.search_keys import search_key
from services.talents.consents import record_consent
from services.talents.needs import NeedForm
from tests.factories import make_person
from tests.incident_town import NOW


def make_talent(
    name: str = "张安",
    *,
    area: int | None = None,
    skills: str = "mediation",
    sentence: str = "",
    times: str = "",
    consent: bool = True,
    now: datetime = NOW,
    **values: object,
) -> int:
    """A person with skills and a sentence, in the pool unless ``consent`` is no; the id."""
    person = make_person(name, area=area, skills=skills, **values)
    if sentence or times:
        with transaction(EVERYWHERE) as session:
            key = search_key(sentence)
            session.add(TalentOffer(person_id=person, sentence=sentence, sentence_key=key, times=times))
    if consent:
        record_consent(SYSTEM, person, True, "同意书 1 号", now)
    return person


def skills_of(person_id: int) -> str:
    """The skills that are stored of a person."""
    with transaction(EVERYWHERE) as session:
        return session.get_one(Person, person_id).skills


def need_form(area: int | None = None, **values: object) -> NeedForm:
    """Mediation wanted in an area tomorrow, for two hours, in the Shanghai afternoon."""
    starts_at = NOW + timedelta(days=1)
    given = {"area_id": area, "starts_at": starts_at, "until": starts_at + timedelta(hours=2)} | values
    return NeedForm("mediation", "邻居为晾衣吵了起来", **given)  # type: ignore[arg-type]
