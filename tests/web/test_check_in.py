"""GET /code/<code>, POST /code, GET /code/of/<activity>: what a phone is shown, in its reader's language."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from config.texts import text
from db.models import Attendance
from db.session import Database
from domain.check_in_codes import CodePurpose
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, SYSTEM, Actor, Role
from services.activities import codes
from services.activities.attendances import sign_up
from services.activities.calendar import get_activity
from services.activities.plans import cancel_activity
from tests.check_in import come, leave, shown_code
from tests.factories import make_activity, make_area, make_person, make_user, make_volunteer
from tests.services.test_at_once import at_once
from web import check_in, gate

TITLE = "<b>扫楼</b>${7*7}"
HTML = {"accept": "text/html"}


class Town:
    """An activity that has begun, two volunteers and a visitor."""

    def __init__(self) -> None:
        grid = make_area("一格", parent=make_area("街道", level="street"))
        self.activity = make_activity(TITLE, starts_at=utc_now() - timedelta(minutes=5), area_id=grid, capacity=2)
        self.actors: dict[str, Actor] = {"visitor": make_user(Role.VISITOR)}
        for name in ("zhang", "li", "wang"):
            person = make_person(name, area=grid)
            make_volunteer(person=person, area=grid)
            self.actors[name] = make_user(Role.VOLUNTEER, person=person)
        self.actors["english"] = replace(self.actors["zhang"], locale="en")


@pytest.fixture
def town(sqlite_db: Database) -> Town:
    return Town()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, town: Town) -> Iterator[TestClient]:
    monkeypatch.setattr(gate, "find_actor", lambda token: town.actors.get(token or ""))
    app = Starlette(routes=check_in.routes, middleware=[Middleware(gate.Gate)])
    with TestClient(app) as found:
        yield found


def get(client: TestClient, path: str, who: str | None):  # type: ignore[no-untyped-def]
    cookies = {"cookie": f"{gate.COOKIE}={who}"} if who else {}
    return client.get(path, headers=HTML | cookies, follow_redirects=False)


def press(client: TestClient, page: str, who: str, **headers: str):  # type: ignore[no-untyped-def]
    """Send the form of a page, and follow where it leads."""
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page))
    headers |= {"cookie": f"{gate.COOKIE}={who}"}
    answer = client.post("/code", data=fields, headers=headers, follow_redirects=False)
    return get(client, answer.headers["location"], who) if answer.status_code == 303 else answer


def say(key: str, **values: object) -> str:
    return text("zh_CN", key, **values)


def test_who_is_not_signed_in_comes_back_to_the_code(client: TestClient, town: Town) -> None:
    code = shown_code(town.activity)
    answer = get(client, f"/code/{code}", None)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=/code/{code}")


def test_one_button_checks_in_and_another_code_out(client: TestClient, town: Town) -> None:
    sign_up(town.actors["zhang"], town.activity)
    page = get(client, f"/code/{shown_code(town.activity)}", "zhang")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count("<button") == 1
    assert say("check_in.do.in") in page.text
    assert "&lt;b&gt;扫楼" in page.text
    assert "<b>扫楼" not in page.text
    assert "http://" not in page.text
    done = press(client, page.text, "zhang")
    assert done.url.path == f"/code/of/{town.activity}"
    assert "已签到" in done.text
    again = press(client, page.text, "zhang")
    assert (again.status_code, say("errors.already_checked_in") in again.text) == (409, True)
    out = get(client, f"/code/{shown_code(town.activity, CodePurpose.OUT)}", "zhang")
    left = press(client, out.text, "zhang").text
    assert "本次服务 0 小时 0 分" in left
    assert (f'href="/points">{say("check_in.to_points")}' in left, "/points" in done.text) == (True, False)


def test_who_is_not_signed_up_is_offered_a_free_place(client: TestClient, town: Town) -> None:
    come(town.actors["wang"], town.activity)
    page = get(client, f"/code/{shown_code(town.activity)}", "zhang")
    assert say("check_in.walk_in") in page.text
    assert "已签到" in press(client, page.text, "zhang").text
    full = get(client, f"/code/{shown_code(town.activity)}", "li")
    assert (full.status_code, say("errors.activity_full", capacity=2) in full.text) == (409, True)
    assert "<button" not in full.text


@pytest.mark.parametrize(
    ("who", "code", "key"),
    [*(("zhang", code, "check_in_code_forged") for code in ("1.in.1.abc", "%00", "号")),
     ("visitor", "1.in.1.abc", "permission_denied")],
)  # fmt: skip
def test_a_bad_code_is_refused_in_words(client: TestClient, town: Town, who: str, code: str, key: str) -> None:
    answer = get(client, f"/code/{code}", who)
    assert answer.status_code == 409
    assert say(f"errors.{key}") in answer.text
    assert "<button" not in answer.text


def test_words_are_the_readers(client: TestClient, town: Town) -> None:
    old = shown_code(town.activity, now=utc_now() - timedelta(minutes=3))
    answer = get(client, f"/code/{old}", "english")
    assert text("en", "errors.check_in_code_expired") in answer.text
    assert 'lang="en"' in answer.text
    page = get(client, f"/code/{shown_code(town.activity)}", "english")
    assert text("en", "check_in.do.walk_in") in page.text


def test_a_press_from_elsewhere_or_with_another_ones_ticket_writes_nothing(
    client: TestClient, town: Town, sqlite_db: Database
) -> None:
    page = get(client, f"/code/{shown_code(town.activity)}", "zhang").text
    assert press(client, page, "zhang", origin="http://evil.example").status_code == 403
    assert say("errors.check_in_code_forged") in press(client, page, "li").text
    assert client.post("/code", headers={"cookie": f"{gate.COOKIE}=zhang"}).status_code == 409
    assert client.post("/code", headers=HTML).status_code == 401
    with sqlite_db.reading(EVERYWHERE) as session:
        assert session.query(Attendance).count() == 0


def test_where_one_stands_is_ones_own(client: TestClient, town: Town) -> None:
    come(town.actors["zhang"], town.activity)
    assert "已签到" in get(client, f"/code/of/{town.activity}", "zhang").text
    assert get(client, f"/code/of/{town.activity}", "li").status_code == 409
    assert get(client, "/code/of/4711", "li").status_code == 409
    assert get(client, "/code/of/99999999999999999999", "li").status_code in (404, 409)


def ticket(town: Town, who: str, purpose: CodePurpose = CodePurpose.IN, minutes_ago: int = 0) -> str:
    """The ticket that a phone got some minutes ago."""
    then = utc_now() - timedelta(minutes=minutes_ago)
    return codes.open_code(town.actors[who], shown_code(town.activity, purpose, then), then).ticket


def send(client: TestClient, who: str, ticket: str, **more: str):  # type: ignore[no-untyped-def]
    headers = {"cookie": f"{gate.COOKIE}={who}"} | HTML
    return client.post("/code", data={"ticket": ticket} | more, headers=headers, follow_redirects=False)


def call_off(town: Town) -> None:
    cancel_activity(SYSTEM, town.activity, "暴雨", get_activity(SYSTEM, town.activity).version)


def fill(town: Town) -> None:
    """Both places are taken, and 张 waits."""
    for name in ("li", "wang"):
        sign_up(town.actors[name], town.activity)
    sign_up(town.actors["zhang"], town.activity)


def test_every_refusal_of_a_press_is_told_in_words_and_writes_nothing(
    client: TestClient, town: Town, sqlite_db: Database
) -> None:
    tickets = {purpose: ticket(town, "zhang", purpose) for purpose in CodePurpose}
    old = ticket(town, "zhang", minutes_ago=6)
    number, _, step, digest = tickets[CodePurpose.IN].split(".")
    forged = (
        f"{number}.out.{step}.{digest}", f"{number}.in.{int(step) + 1}.{digest}", f"9{number}.in.{step}.{digest}",
        f"{number}.in.{step}.{digest[:-1]}", "x" * 50_000, "", "1.in", "号" * 5, ticket(town, "li"),
    )  # fmt: skip
    for sent, key in (
        (tickets[CodePurpose.OUT], "not_checked_in"),
        (tickets[CodePurpose.IN], "sign_up_first"),
        (old, "check_in_code_expired"),
        *((one, "check_in_code_forged") for one in forged),
    ):
        told(send(client, "zhang", sent), key)
    assert rows(sqlite_db) == []
    fill(town)
    told(send(client, "zhang", tickets[CodePurpose.IN], walk_in="1"), "on_waiting_list")
    call_off(town)
    told(send(client, "zhang", tickets[CodePurpose.IN], walk_in="1"), "activity_over")
    assert {row[0] for row in rows(sqlite_db)} == {None}


def told(answer, key: str, **values: object) -> None:  # type: ignore[no-untyped-def]
    """A page in the reader's language with the words of a refusal, and no way to press again."""
    assert answer.status_code == 409
    assert say(f"errors.{key}", **values) in answer.text
    assert 'lang="zh-CN"' in answer.text
    assert "<button" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def rows(database: Database) -> list[tuple[object, object]]:
    with database.reading(EVERYWHERE) as session:
        return [(row.checked_in_at, row.checked_out_at) for row in session.query(Attendance)]


def test_a_ticket_to_leave_is_worth_nothing_twice_nor_once_all_were_let_go(
    client: TestClient, town: Town, sqlite_db: Database
) -> None:
    for name in ("zhang", "li"):
        come(town.actors[name], town.activity)
    mine, other = ticket(town, "zhang", CodePurpose.OUT), ticket(town, "li", CodePurpose.OUT)
    assert send(client, "zhang", mine).status_code == 303
    before = rows(sqlite_db)
    told(send(client, "zhang", mine), "already_checked_out")
    told(send(client, "zhang", other), "check_in_code_forged")
    assert rows(sqlite_db) == before
    call_off(town)
    told(send(client, "li", other), "already_checked_out")
    assert "离开" in get(client, f"/code/of/{town.activity}", "li").text


def test_the_same_press_many_times_at_once_is_one(client: TestClient, town: Town, sqlite_db: Database) -> None:
    sign_up(town.actors["zhang"], town.activity)
    one = ticket(town, "zhang")
    answers = at_once([lambda: send(client, "zhang", one).status_code] * 6)
    assert answers == {"made 303": 1, "made 409": 5}
    leave(town.actors["zhang"], town.activity)
    told(send(client, "zhang", one), "already_checked_in")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "null"}, {"origin": "http://testserver:81"}, {"origin": "https://testserver.evil.example"},
     {"origin": "http://["}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(
    client: TestClient, town: Town, sqlite_db: Database, headers: dict[str, str]
) -> None:
    sign_up(town.actors["zhang"], town.activity)
    page = get(client, f"/code/{shown_code(town.activity)}", "zhang").text
    assert press(client, page, "zhang", **headers).status_code == 403
    assert rows(sqlite_db) == [(None, None)]
    assert get(client, f"/code?ticket={ticket(town, 'zhang')}", "zhang").status_code == 405  # no link presses


def test_a_form_that_goes_on_and_on_is_refused_of_those_signed_in_as_well(client: TestClient, town: Town) -> None:
    headers = {"cookie": f"{gate.COOKIE}=zhang", "content-type": "application/x-www-form-urlencoded"}
    body = b"ticket=" + b"x" * gate.MOST_FORM_BYTES
    assert client.post("/code", content=body, headers=headers).status_code == 413
    assert client.post("/code", content=iter([body]), headers=headers).status_code == 413
    many = "&".join(f"f{number}=1" for number in range(50))
    answer = client.post("/code", content=many, headers=headers)
    assert answer.status_code in (400, 409)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "["])
def test_a_forged_host_gets_no_page_and_no_page_names_its_host(town: Town, host: str) -> None:
    app = Starlette(routes=check_in.routes, middleware=[Middleware(gate.Gate, allowed_hosts=("testserver",))])
    with TestClient(app) as client:
        answer = client.get(f"/code/{shown_code(town.activity)}", headers=HTML | {"host": host})
    assert answer.status_code == 421
    assert "evil" not in answer.text
