"""达人库 by hand: asked and answered in two touches, surnames alone, gone at once for who leaves (feature E6)."""

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from config.profiles import load_profile
from db.models import Person, TalentOffer, User
from db.session import Database
from domain.permissions import EVERYWHERE, Role
from tests.browser.hand import DAILY, Hand, choose, say

pytestmark = pytest.mark.browser
TEXT = "周末修伞 <b>${7*7}</b>"


def test_a_volunteer_answers_what_a_leader_asked_in_few_touches(chromium: Browser, server: str, tmp_path: Path) -> None:
    with Hand.of(chromium, server, "portrait", Role.VOLUNTEER) as volunteer:
        volunteer.to("talents")
        volunteer.on(volunteer.page.locator('[class*="st-key-accept-"] button'))
        assert volunteer.touches <= DAILY
        expect(volunteer.page.get_by_text(say("talents.ask_state.accepted")).first).to_be_visible()
        expect(volunteer.page.locator('[class*="st-key-accept-"]')).to_have_count(0)
        volunteer.visit.picture(tmp_path / "answered.png")


def frequent_skill(demo_file: Path) -> str:
    """The name of the skill that most people of the pool offer."""
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        offers = session.scalars(select(Person.skills).join(TalentOffer, TalentOffer.person_id == Person.id))
        key = Counter(skill for skills in offers for skill in skills.split(",") if skill).most_common(1)[0][0]
    return next(skill.name.zh for skill in load_profile("linfeng").skills if skill.key == key)


def test_a_secretary_enters_a_need_asks_somebody_and_takes_it_back(
    chromium: Browser, server: str, demo_file: Path, tmp_path: Path
) -> None:
    with Hand.of(chromium, server, "tablet", Role.COMMUNITY_SECRETARY) as secretary:
        page = secretary.page
        secretary.visit.go("/talents")
        secretary.on(page.get_by_role("radio", name=say("talents.view.needs"), exact=True))
        secretary.on(page.locator(".st-key-need-new button"))
        choose(secretary, "need-skill", frequent_skill(demo_file))
        page.get_by_label(say("fields.need_text")).fill(TEXT)
        secretary.on(page.get_by_role("radio", name=say("talents.place.area"), exact=True))
        secretary.on(page.locator(".st-key-need-save button"))
        expect(page.get_by_role("heading", name=TEXT)).to_be_visible()
        secretary.starts_anew()
        secretary.on(page.locator('[class*="st-key-ask-"] button'))
        assert secretary.touches == 1
        secretary.visit.picture(tmp_path / "asked.png")
        secretary.on(page.locator(".st-key-take-back button"))
        expect(page.locator('[class*="st-key-ask-"] button').first).to_be_visible()


def test_the_pool_names_nobody_further_and_forgets_at_once_who_leaves(
    chromium: Browser, server: str, demo_file: Path, tmp_path: Path
) -> None:
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        account = session.scalars(select(User).where(User.role == Role.VOLUNTEER.value).order_by(User.id)).first()
        assert account is not None
        person = account.person_id
        offering = session.scalars(select(Person.name).join(TalentOffer, TalentOffer.person_id == Person.id)).all()
    with Hand.of(chromium, server, "desk", Role.COMMUNITY_SECRETARY) as secretary:
        secretary.visit.go(f"/talents?id={person}")
        shown = secretary.visit.text()
        assert say("talents.gone") not in shown
        assert [name for name in offering if len(name) > 2 and name in shown] == []
        secretary.visit.picture(tmp_path / "pool.png")
        with Hand.of(chromium, server, "portrait", Role.VOLUNTEER) as volunteer:
            volunteer.to("talents")
            volunteer.on(volunteer.page.locator(".st-key-consent-no button"))
            assert volunteer.touches <= DAILY
            expect(volunteer.page.get_by_text(say("talents.own.out"))).to_be_visible()
        secretary.visit.go(f"/talents?id={person}")
        assert say("talents.gone") in secretary.visit.text()
