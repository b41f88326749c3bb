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
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"  # px


def start_of(text: str) -> str:
    """The words of a text before its first placeholder or sentence end."""
    return re.split(r"[{（(。.]", text)[0]


def names_of(demo_file: Path) -> list[str]:
    """Names of people that are no word as well."""
    with Database(f"sqlite:///{demo_file}").reading(EVERYWHERE) as session:
        names = [name for name in session.scalars(select(Person.name)) if len(name) > 2]
    assert names
    return names


# Both catalogs are complete (tests/structure/test_texts.py): in English the two ends of the roles are walked.
WALKS = [(role, "zh_CN") for role in Role] + [(role, "en") for role in (Role.VISITOR, Role.ADMINISTRATOR)]


@pytest.mark.parametrize(("role", "language"), WALKS)
def test_every_page_stands_when_a_role_walks_through(
    chromium: Browser, server: str, demo_file: Path, role: Role, language: str
) -> None:
    unexpected = start_of(catalog(language)["errors.unexpected"])
    denied = start_of(catalog(language)["closed.title"])
    names = names_of(demo_file) if role is Role.VISITOR else []
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
            assert [name for name in names if name in text] == [], where
            assert visit.page.evaluate(TOO_WIDE) <= 0, where
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


# The walks above are at the size of a desk.
@pytest.mark.parametrize("size", [size for size in SIZES if size != "desk"])
def test_no_page_is_wider_than_its_window(chromium: Browser, server: str, size: str) -> None:
    with Visit.of(chromium, server, size) as visit:
        visit.sign_in(Role.ADMINISTRATOR)
        for screen in SCREENS:
            visit.go(f"/{screen.path}")
            assert visit.page.evaluate(TOO_WIDE) <= 0, (screen.path, size)


# On an empty page, since the pages of the app forbid such requests themselves.
def test_the_browser_finds_no_other_host_and_says_whom_it_was_asked_for(chromium: Browser, server: str) -> None:
    with Visit.of(chromium, server) as visit:
        for host in ("other.example", "192.0.2.1", "127.0.0.1:8080"):
            went = visit.page.evaluate(f"() => fetch('http://{host}/', {{mode: 'no-cors'}}).then(() => 1, () => 0)")
            assert went == 0, host
        assert visit.outside == ["http://other.example/", "http://192.0.2.1/", "http://127.0.0.1:8080/"]
        assert all("ERR_NAME_NOT_RESOLVED" in line for line in visit.console), visit.console
