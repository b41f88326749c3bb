"""Each screen: SQL statements of one run, bytes over the socket when it is opened, bytes of one run more.

    python -m benchmarks.screens [--profile licun]

Statements are counted in the process itself (streamlit's AppTest), bytes in a real Chromium. One JSON line a screen.
"""

import argparse
import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser, sync_playwright
from streamlit.testing.v1 import AppTest

from config.settings import ROOT
from db.session import Database, use_database
from domain.permissions import Role
from services.accounts import sessions
from services.demo import build_demo
from tests.browser.serving import find_chromium, running_server
from tests.browser.visit import CHROMIUM_ARGUMENTS, Visit
from tests.statements import recorded
from ui.registry import SCREENS


def count_statements() -> dict[str, int]:
    """Screen → statements of its second run (the first fills caches)."""
    token = sessions.sign_in_to_demo(Role.ADMINISTRATOR)
    found = {}
    with patch("ui.guard.session_token", lambda: token):
        for screen in SCREENS:
            page = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=120)
            page.switch_page(f"../pages/{screen.path}.py").run()
            with recorded() as statements:
                page.run()
            found[screen.path] = len(statements)
    return found


def count_bytes(browser: Browser, server: str) -> dict[str, int]:
    """Screen → bytes that came over the socket until it stood still."""
    found = {}
    with Visit.of(browser, server) as visit:
        received = [0]
        visit.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: _add(received, frame)))
        visit.sign_in(Role.ADMINISTRATOR)
        for screen in SCREENS:
            received[0] = 0
            visit.go(f"/{screen.path}")
            found[screen.path] = received[0]
    return found


def _add(received: list[int], frame: bytes | str) -> None:
    received[0] += len(frame)


def main() -> None:
    """Build a town, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="licun")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        target = Database(url)
        build_demo(wanted.profile, target=target)
        use_database(target)
        statements = count_statements()
        use_database(None)
        target.dispose()
        with running_server(url, Path(folder) / "log.txt") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
            sent = count_bytes(browser, server)
            browser.close()
    for path, number in statements.items():
        print(json.dumps({"name": f"screen_{path}", "statements": number, "socket_bytes": sent[path]}), flush=True)


if __name__ == "__main__":
    main()
