"""The READMEs' pictures, taken from the running app on a demo town: ``make screenshots``.

``python -m benchmarks.screenshots --all FOLDER`` takes every face in every size and both languages for a look.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from config.settings import ROOT
from db.session import Database
from domain.permissions import Role
from services.demo import build_demo
from tests.browser.serving import find_chromium, running_server
from tests.browser.visit import CHROMIUM_ARGUMENTS, SIZES, Visit
from ui.registry import SCREENS

PICTURES = ROOT / "docs" / "pictures"
# name, role, address, size, language
FACES = (
    ("screen", Role.COMMAND_CENTRE, "/screen?scene=map", "screen", "zh_CN"),
    ("desk", Role.COMMAND_CENTRE, "/desk", "desk", "zh_CN"),
    ("tablet", Role.GRID_LEADER, "/report", "tablet", "zh_CN"),
    ("map", Role.COMMAND_CENTRE, "/map", "desk", "zh_CN"),
    ("desk-en", Role.COMMAND_CENTRE, "/desk", "desk", "en"),
)
DRAWN = 4000  # milliseconds for tiles and symbols


def take(browser: Browser, server: str, role: Role, path: str, size: str, language: str, target: Path) -> None:
    """One picture of one address."""
    with Visit.of(browser, server, size) as visit:
        visit.sign_in(role, language)
        visit.speak(language)
        visit.go(path)
        visit.page.wait_for_timeout(DRAWN)
        visit.picture(target)


def wanted(everything: Path | None) -> list[tuple[Role, str, str, str, Path]]:
    """Which pictures to take, and where they go."""
    if everything is None:
        return [(role, path, size, language, PICTURES / f"{name}.png") for name, role, path, size, language in FACES]
    return [
        (Role.ADMINISTRATOR, f"/{screen.path}", size, language, everything / f"{screen.path}-{size}-{language}.png")
        for language in ("zh_CN", "en")
        for screen in SCREENS
        for size in SIZES
    ]


def main() -> None:
    """Build a town whose present is a working afternoon, start the app, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--profile", default="licun")
    chosen = parser.parse_args()
    (chosen.all or PICTURES).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        target = Database(url)
        build_demo(chosen.profile, target=target)
        target.dispose()
        with running_server(url, Path(folder) / "log.txt") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
            for role, path, size, language, file in wanted(chosen.all):
                take(browser, server, role, path, size, language, file)
                print(file)


if __name__ == "__main__":
    main()
