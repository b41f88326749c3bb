"""The demo towns that are walked by hand, each with a server, and what every walk of a town checks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from config.profiles import load_profile
from db.session import Database
from domain.permissions import GRANTS, Role
from tests.browser.hand import Hand
from tests.browser.serving import running_server
from tests.browser.test_walk import PHONE, names_of
from tests.built_towns import build_town
from ui.registry import SCREENS

# Put into a page that is to print: counts instead.
PRINTS = "() => { window.prints = 0; window.print = () => { window.prints += 1; }; }"


@dataclass(frozen=True)
class Town:
    """A demo town with a server on it."""

    profile: str
    file: Path
    server: str

    @property
    def database(self) -> Database:
        """The town's database, beside the server."""
        return Database(f"sqlite:///{self.file}")


@contextmanager
def running_town(profile: str, folder: Path) -> Iterator[Town]:
    """Build a profile's town and serve it."""
    file = folder / f"{profile}.db"
    build_town(profile, file)
    with running_server(f"sqlite:///{file}", folder / "log.txt") as address:
        yield Town(profile, file, address)


def number_in(words: str) -> int:
    """The first number of some words: `1,240 人` is 1240."""
    return int(re.search(r"\d[\d,]*", words)[0].replace(",", ""))  # type: ignore[index]


def figure(page: Page, label: str) -> int:
    """The number of the figure with a label."""
    found = page.locator(".lg-figure").filter(has=page.locator(".lg-label", has_text=label))
    return number_in(found.first.locator(".lg-number").inner_text())


def check_headline(hand: Hand, town: Town) -> None:
    """The page of the demo states every headline figure beside what the town holds, and they agree."""
    hand.visit.go("/demo")
    profile = load_profile(town.profile)
    for stated in profile.headline:
        row = hand.page.locator("tr").filter(has=hand.page.get_by_text(stated.name.zh, exact=True))
        expect(row).to_have_count(1)
        held = row.locator("td").nth(2).inner_text()
        if stated.scope == "town":
            assert float(re.search(r"[\d.,]+", held)[0].replace(",", "")) == stated.value, stated.key  # type: ignore[index]


def check_visitor(browser: Browser, town: Town) -> None:
    """On every page that a visitor may open stands no name of a person and no phone."""
    names = names_of(town.file)
    with Hand.of(browser, town.server, "portrait", Role.VISITOR) as visitor:
        for screen in SCREENS:
            if screen.permission not in GRANTS[Role.VISITOR]:
                continue
            visitor.visit.go(f"/{screen.path}")
            shown = visitor.visit.text()
            assert [one for one in names if one in shown] == [], screen.path
            assert not PHONE.search(shown), screen.path
