"""The running app on a demo town and a headless Chromium that can reach this machine alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import find_chromium, running_server
from tests.browser.visit import CHROMIUM_ARGUMENTS, Visit
from tests.built_towns import build_town

PROFILE = "linfeng"  # the smallest town


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder needs the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo town, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    build_town(PROFILE, path)
    return path


@pytest.fixture(scope="session")
def server(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on the demo town; its log is shown when a test looks for traces in it."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with running_server(f"sqlite:///{demo_file}", log) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the session; missing is a failure under CI, else a skip that says how to get it."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and under CI that is a failure")
        pytest.skip("no Chromium: install the distribution's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """A fresh visitor of the app, desk size, Chinese."""
    with Visit.of(chromium, server) as found:
        yield found
