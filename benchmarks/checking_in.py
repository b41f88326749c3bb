"""People who check in by the code at a place, spread over a time, while others use pages.

    python -m benchmarks.checking_in [--people 200] [--seconds 60] [--sessions 20]

A demo town on SQLite, the app a process of its own. Each person opens the code that the tablet shows now and presses;
every tenth presses once more. The sessions are Streamlit's own sockets that run one page after another with one to
three seconds of thinking: twenty equal pauses would make them press in step, which people do not. The first person
comes when each has run each page. One JSON line: lost and double (both must be 0), refused second presses,
milliseconds of opening and of pressing at the median and the 95th of a hundred, and page runs meanwhile with their
median.
"""

import argparse
import http.client
import json
import random
import re
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from db.models import Activity, Attendance, User, Volunteer
from db.session import Database, use_database
from domain.check_in_codes import CodePurpose
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, SYSTEM, Role
from services.accounts.sessions import open_session
from services.activities.codes import get_place
from services.demo import build_demo
from tests.browser.serving import running_server
from web.gate import COOKIE

PAGES = ("activities", "incidents", "map", "stations")
THINKING = 1.0, 3.0  # seconds, evenly between
AT_ONCE = 16


@dataclass
class _Measured:
    """Milliseconds, and how many second presses were refused."""

    opened: list[float] = field(default_factory=list)
    pressed: list[float] = field(default_factory=list)
    page_runs: list[float] = field(default_factory=list)
    refused: int = 0
    failures: list[str] = field(default_factory=list)


def main() -> None:
    """Fill, serve, check in, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sessions", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Database(f"sqlite:///{Path(folder) / 'town.db'}")
        build_demo("licun", target=target)
        use_database(target)
        activity, people, others = _fill(target, wanted.people, wanted.sessions)
        with running_server(target.url, Path(folder) / "log.txt") as server:
            found = _run(urlsplit(server).netloc, activity, people, others, wanted.seconds)
        with target.reading(EVERYWHERE) as session:
            rows = session.query(Attendance).filter_by(activity_id=activity).all()
        came = [row.volunteer_id for row in rows if row.checked_in_at is not None and row.source == "code"]
        use_database(None)
        target.dispose()
    figures = {
        "lost": wanted.people - len(set(came)), "double": len(came) - len(set(came)), "refused": found.refused,
        "open_p50_ms": _at(found.opened, 50), "open_p95_ms": _at(found.opened, 95),
        "press_p50_ms": _at(found.pressed, 50), "press_p95_ms": _at(found.pressed, 95),
        "page_runs": len(found.page_runs), "page_p50_ms": _at(found.page_runs, 50), "failures": found.failures[:3],
    }  # fmt: skip
    print(json.dumps({"name": f"checking_in_{wanted.people}", **figures}), flush=True)


def _fill(target: Database, people: int, sessions: int) -> tuple[int, list[str], list[str]]:
    """An activity that begins now with everybody signed up; tokens of their sessions, and of those who use pages."""
    now = utc_now()
    with target.transaction(EVERYWHERE) as session:
        activity = Activity(
            title="全员清扫", kind="x", place="广场", starts_at=now, ends_at=now + timedelta(hours=2), capacity=people
        )
        session.add(activity)
        session.flush()
        volunteers = session.query(Volunteer).order_by(Volunteer.id).limit(people).all()
        users = [
            User(username=f"bench{one.id}", name="某人", role=Role.VOLUNTEER.value, person_id=one.person_id)
            for one in volunteers
        ]
        session.add_all(users)
        session.add_all(
            Attendance(activity_id=activity.id, volunteer_id=one.id, signed_up_at=now) for one in volunteers
        )
        chief = session.query(User).filter_by(role=Role.COMMAND_CENTRE.value).first()
        session.flush()
        tokens = [open_session(session, user, now) for user in users]
        return activity.id, tokens, [open_session(session, chief, now) for _ in range(sessions)]


def _run(host: str, activity: int, people: list[str], others: list[str], seconds: float) -> _Measured:
    found, over = _Measured(), threading.Event()
    users = [threading.Thread(target=_use_pages, args=(host, token, found, over), daemon=True) for token in others]
    for user in users:
        user.start()
    while len(found.page_runs) + len(found.failures) < len(others) * len(PAGES):  # all sockets open, caches full
        time.sleep(0.2)
    found.page_runs.clear()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        start = time.monotonic()
        for number, token in enumerate(people):
            time.sleep(max(0.0, start + number * seconds / len(people) - time.monotonic()))
            pool.submit(_come, host, activity, token, found, again=number % 10 == 0)
    over.set()
    for user in users:
        user.join(20)
    return found


def _come(host: str, activity: int, token: str, found: _Measured, *, again: bool) -> None:
    """Open the code that is on show, press, and perhaps press again."""
    try:
        code = get_place(SYSTEM, activity, CodePurpose.IN).code
        start = time.perf_counter()
        status, page = _ask(host, token, "GET", f"/code/{code}")
        found.opened.append((time.perf_counter() - start) * 1000)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        if status != 200 or ticket is None:
            found.failures.append(f"GET {status}")
            return
        start = time.perf_counter()
        status, _ = _ask(host, token, "POST", "/code", {"ticket": ticket[1]})
        found.pressed.append((time.perf_counter() - start) * 1000)
        if status != 303:
            found.failures.append(f"POST {status}")
        if again:
            found.refused += _ask(host, token, "POST", "/code", {"ticket": ticket[1]})[0] == 409
    except Exception as error:
        found.failures.append(repr(error))


def _ask(host: str, token: str, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, timeout=30)
    headers = {"Cookie": f"{COOKIE}={token}", "Accept": "text/html"}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(form) if form is not None else None, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def _use_pages(host: str, token: str, found: _Measured, over: threading.Event) -> None:
    """One person at the pages: run one, think, run the next."""
    headers = {"Cookie": f"{COOKIE}={token}"}
    number, dice = 0, random.Random(token)
    try:
        with connect(
            f"ws://{host}/_stcore/stream", additional_headers=headers, origin=f"http://{host}",  # type: ignore[arg-type]
            subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
        ) as socket:  # fmt: skip
            while not over.is_set():
                message = BackMsg()
                message.rerun_script.page_name = PAGES[number % len(PAGES)]
                start = time.perf_counter()
                socket.send(message.SerializeToString())
                while not _is_finished(socket.recv(timeout=60)):
                    pass
                found.page_runs.append((time.perf_counter() - start) * 1000)
                number += 1
                over.wait(dice.uniform(*THINKING))
    except Exception as error:
        found.failures.append(f"page {error!r}")


def _is_finished(data: str | bytes) -> bool:
    message = ForwardMsg()
    message.ParseFromString(data if isinstance(data, bytes) else data.encode())
    return message.WhichOneof("type") == "script_finished"


def _at(values: list[float], percent: int) -> float | None:
    return round(statistics.quantiles(values, n=100)[percent - 1], 1) if len(values) > 1 else None


if __name__ == "__main__":
    main()
