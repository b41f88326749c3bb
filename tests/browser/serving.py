"""The app as a process of its own, and the browser to look at it with; for tests, benchmarks and screenshots."""

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

from config.settings import ROOT


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
def running_server(database_url: str, log: Path, script: str = "app.py", port: int | None = None) -> Iterator[str]:
    """``streamlit run`` on a port, None = a free one; yields the app's address once /health answers."""
    port = port or free_port()
    pace = {"LINGE_SCREEN_REFRESH_SECONDS": "3", "LINGE_SCREEN_SCENE_SECONDS": "5"}
    environment = os.environ | {"LINGE_DATABASE_URL": database_url} | pace
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
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
