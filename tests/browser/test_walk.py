"""Every page as every role, in both languages, with every other host blocked."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from config.texts import catalog
from db.models import Person
from db.session import Database
from domain.permissions import EVERYWHERE, GRANTS, Role
from tests.browser.visit import SIZES, Visit
from ui.registry import SCREENS

pytestmark = pytest.mark.browser
PHONE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


def start_of(text: str) -> str:
    """The words of a text before its first placeholder or sentence end."""
    return re.split(r"[{（(。.]", text)[0]


# Both catalogs are complete (tests/structure/test_texts.py): in English the two ends of the roles are walked.
WALKS = [(role, "zh_CN") for role in Role] + [(role, "en") for role in (Role.VISITOR, Role.ADMINISTRATOR)]


@pytest.mark.parametrize(("role", "language"), WALKS)
def test_every_page_stands_when_a_role_walks_through(chromium: Browser, server: str, role: Role, language: str) -> None:
    unexpected = start_of(catalog(language)["errors.unexpected"])
    denied = start_of(catalog(language)["closed.title"])
    with Visit.of(chromium, server) as visit:
        visit.sign_in(role, language)
        visit.speak(language)
        for screen in SCREENS:
            visit.go(f"/{screen.path}")
            text = visit.text()
            where = (role.value, screen.path, language)
            assert unexpected not in text, where
            assert (denied in text) == (screen.permission not in GRANTS[role]), where
            assert "Traceback" not in text, where
            assert visit.raw_keys() == set(), where
            assert not PHONE.search(text), where
        assert visit.outside == []
        assert visit.console == []


@pytest.mark.parametrize("path", [screen.path for screen in SCREENS])
def test_a_deep_link_without_a_session_shows_the_sign_in_alone(chromium: Browser, server: str, path: str) -> None:
    with Visit.of(chromium, server) as visit:
        visit.page.goto(f"{server}/{path}")
        assert "/sign-in" in visit.page.url
        assert visit.page.locator('[data-testid="stApp"]').count() == 0
        assert visit.page.locator("button[name=role]").count() == len(Role)
        assert visit.outside == []


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_its_window(chromium: Browser, server: str, size: str) -> None:
    with Visit.of(chromium, server, size) as visit:
        visit.sign_in(Role.ADMINISTRATOR)
        for screen in SCREENS:
            visit.go(f"/{screen.path}")
            wide = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (screen.path, size, wide)


def test_visitors_see_nobodys_name(chromium: Browser, server: str, demo_file: Path) -> None:
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        names = [name for name in session.scalars(select(Person.name)) if len(name) > 2]
    assert names
    with Visit.of(chromium, server) as visit:
        visit.sign_in(Role.VISITOR)
        for screen in SCREENS:
            if screen.permission in GRANTS[Role.VISITOR]:
                visit.go(f"/{screen.path}")
                text = visit.text()
                assert [name for name in names if name in text] == [], screen.path
