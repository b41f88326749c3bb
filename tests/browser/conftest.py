"""The running app on a demo town and a headless Chromium that can reach this machine alone."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from config.settings import ROOT
from db.session import Database
from services.demo import build_demo
from tests.browser.visit import CHROMIUM_ARGUMENTS, Visit

PROFILE = "linfeng"  # the smallest town


def find_chromium() -> str | None:
    """The distribution's Chromium, or a Chrome."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_server(database_url: str, log: Path) -> Iterator[str]:
    """``streamlit run app.py`` on a free port; yields its address once /health answers."""
    port = free_port()
    environment = os.environ | {"LINGE_DATABASE_URL": database_url, "LINGE_SCREEN_REFRESH_SECONDS": "3"}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://localhost:{port}"
    try:
        _wait_for(f"{address}/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the app did not start at {url}")


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo town, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    target = Database(f"sqlite:///{path}")
    build_demo(PROFILE, target=target)
    target.dispose()
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
