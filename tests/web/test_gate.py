"""The gate: who comes in, what is refused, which headers every answer carries."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from db.queries.installation import set_installation_value
from db.session import Database
from domain.errors import DatabaseAway
from domain.permissions import EVERYWHERE, Role
from services.accounts import sessions
from services.system.installations import forget_installation
from tests.factories import make_user
from web import gate
from web.gate import CLOSED, COOKIE, Gate
from web.sign_in import MARK_COOKIE, routes, safe_next


async def _who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.actor.role)


async def _fails(_request: Request) -> PlainTextResponse:
    raise ValueError("张安 13800001234")


async def _away(_request: Request) -> PlainTextResponse:
    raise DatabaseAway()


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("in")
    await socket.close()


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[TestClient]:
    inner = [
        Route("/who", _who, methods=["GET", "POST"]),
        Route("/fails", _fails),
        Route("/away", _away),
        *(Route(path, _who) for path in CLOSED),
    ]
    app = Starlette(routes=[*routes, *inner, WebSocketRoute("/_stcore/stream", _socket)], middleware=[Middleware(Gate)])
    with TestClient(app, follow_redirects=False) as found:
        yield found


def make_demo(database: Database) -> None:
    with database.transaction(EVERYWHERE) as session:
        set_installation_value(session, "demo", "1")
    forget_installation()


def test_a_page_leads_to_the_sign_in_when_there_is_no_session(client: TestClient) -> None:
    answer = client.get("/incidents?id=3", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/incidents%3Fid%3D3")


@pytest.mark.parametrize("path", ["/who", "/_stcore/metrics", "/media/x", "/_stcore/upload_file/x"])
def test_data_is_refused_when_there_is_no_session(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_a_socket_is_closed_when_there_is_no_session(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass


def test_a_password_opens_the_gate_and_sign_out_closes_it(client: TestClient) -> None:
    make_user(Role.COMMAND_CENTRE, username="duty", password_hash=sessions.hash_password("correct horse"))
    answer = client.post("/sign-in", data={"username": "duty", "password": "correct horse", "next": "/desk"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/who").text == "command_centre"
    assert client.get("/_stcore/metrics").status_code == 404
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "in"
    client.post("/sign-out")
    assert client.get("/who").status_code == 401


def test_a_post_of_another_site_is_refused(client: TestClient) -> None:
    answer = client.post(
        "/sign-in", data={"username": "x", "password": "y"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert COOKIE not in answer.headers.get("set-cookie", "")


def test_role_buttons_stand_in_a_demo_alone(client: TestClient, sqlite_db: Database) -> None:
    make_user(Role.GRID_LEADER)
    assert 'value="grid_leader"' not in client.get("/sign-in").text
    assert client.post("/sign-in", data={"role": "grid_leader"}).status_code == 403
    make_demo(sqlite_db)
    assert 'value="grid_leader"' in client.get("/sign-in").text
    client.post("/sign-in", data={"role": "grid_leader"})
    assert client.get("/who").text == "grid_leader"


def test_the_first_administrator_is_made_once(client: TestClient) -> None:
    form = {"first": "1", "username": "root", "name": "管理", "password": "a long password"}
    assert client.post("/sign-in", data=form | {"password": "short"}).status_code == 403
    assert client.post("/sign-in", data=form).status_code == 303
    assert client.get("/who").text == "administrator"
    assert client.post("/sign-in", data=form | {"username": "second"}).status_code == 403


@pytest.fixture
def visitor(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    actor = make_user(Role.VISITOR)
    monkeypatch.setattr(gate, "find_actor", lambda token: actor if token == "v" else None)
    client.cookies.set(COOKIE, "v")
    return client


@pytest.mark.parametrize("path", ["/sign-in", "/who", "/nowhere", "/fails", "/away", "/_stcore/metrics"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer_keeps_the_page_to_this_host(
    client: TestClient, visitor: TestClient, path: str, signed_in: bool
) -> None:
    if not signed_in:
        client.cookies.clear()
    answer = client.get(path, headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self' ws://testserver wss://testserver data: blob:;" in policy
    assert "http" not in policy.replace("'self'", "")
    assert (answer.headers["x-content-type-options"], answer.headers["x-frame-options"]) == ("nosniff", "SAMEORIGIN")


def test_the_policy_names_no_host_when_the_header_is_forged(client: TestClient) -> None:
    policy = client.get("/sign-in", headers={"host": "evil.example; script-src *"}).headers["content-security-policy"]
    assert "evil" not in policy


def test_a_failure_shows_a_number_and_nothing_of_its_inside(
    visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = visitor.get("/fails")
    assert answer.status_code == 500
    assert "138" not in answer.text
    [record] = [record for record in caplog.records if record.name == "linge.web"]
    assert str(record.args[0]) in answer.text  # type: ignore[index]
    away = visitor.get("/away")
    assert (away.status_code, "Traceback" in away.text) == (503, False)


@pytest.mark.parametrize("path", [*CLOSED, "/_stcore/metrics/", "/auth/login"])
def test_what_we_do_not_use_is_closed_even_with_a_session(visitor: TestClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "origin", ["null", "http://testserver:9999", "http://evil.example", "http://[", "", "testserver", "file://"]
)
def test_forms_and_sockets_of_another_origin_are_refused(visitor: TestClient, origin: str) -> None:
    assert visitor.post("/who", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("/_stcore/stream", headers={"origin": origin}):
        pass


def test_forms_and_sockets_of_our_own_page_pass(visitor: TestClient) -> None:
    assert visitor.post("/who", headers={"origin": "http://testserver"}).status_code == 200
    assert visitor.post("/who", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    with visitor.websocket_connect("/_stcore/stream", headers={"origin": "http://testserver"}) as socket:
        assert socket.receive_text() == "in"


@pytest.mark.parametrize(
    ("host", "status"),
    [("linge.office.cn", 200), ("LINGE.office.cn:8501", 200), ("a.street.cn", 200), ("evil.example", 421),
     ("street.cn", 421), ("linge.office.cn.evil.example", 421), ("linge.office.cn@evil.example", 421), ("[", 421)],
)  # fmt: skip
def test_a_host_that_is_not_ours_leads_nowhere(sqlite_db: Database, host: str, status: int) -> None:
    inside = Starlette(routes=routes, middleware=[Middleware(Gate, allowed_hosts=["linge.office.cn", "*.street.cn"])])
    with TestClient(inside) as found:
        assert found.get("/sign-in", headers={"host": host}).status_code == status


@pytest.mark.parametrize("cookie", ['other={"a": 1, "b": [2]}; linge_session=v', "=; ;;a b=c; linge_session=v"])
def test_cookies_of_other_programs_do_not_hide_ours(visitor: TestClient, cookie: str) -> None:
    visitor.cookies.clear()
    assert visitor.get("/who", headers={"cookie": cookie}).status_code == 200


def test_a_public_form_that_goes_on_and_on_is_refused(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"username="
        for _ in range(20):
            yield b"a" * 8_000

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=chunks(), headers=headers).status_code == 413
    assert client.post("/sign-in", data={"username": "a" * 100_000, "password": "x"}).status_code == 413
    assert client.get("/" + "a" * 5_000).status_code == 414


def test_a_new_sign_in_ends_the_browsers_session_before(client: TestClient) -> None:
    make_user(Role.COMMAND_CENTRE, username="duty", password_hash=sessions.hash_password("correct horse"))
    form = {"username": "duty", "password": "correct horse"}
    client.post("/sign-in", data=form)
    first = client.cookies[COOKIE]
    client.post("/sign-in", data=form)
    assert client.cookies[COOKIE] != first
    assert sessions.find_actor(first) is None
    assert client.get("/who").status_code == 200


def test_wrong_passwords_of_a_stranger_do_not_lock_a_browser_that_was_in_before(client: TestClient) -> None:
    make_user(Role.COMMAND_CENTRE, username="duty", password_hash=sessions.hash_password("correct horse"))
    form = {"username": "duty", "password": "correct horse"}
    client.post("/sign-in", data=form)
    mark = client.cookies[MARK_COOKIE]
    client.cookies.clear()
    for _ in range(5):
        client.post("/sign-in", data=form | {"password": "wrong password"})
    assert "锁定" in client.post("/sign-in", data=form).text
    assert client.post("/sign-in", data=form, headers={"cookie": f"{MARK_COOKIE}={mark}"}).status_code == 303


def test_the_cookie_goes_over_https_alone_when_the_page_came_so(client: TestClient, sqlite_db: Database) -> None:
    make_demo(sqlite_db)
    make_user(Role.VISITOR)
    make_user(Role.GRID_LEADER)
    plain = client.post("/sign-in", data={"role": "visitor"}).headers["set-cookie"]
    safe = client.post("https://testserver/sign-in", data={"role": "visitor"}).headers["set-cookie"]
    assert ("Secure" in plain, "Secure" in safe) == (False, True)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", None, "/sign-in", "x"])
def test_the_way_back_stays_on_this_site(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_the_sign_in_speaks_both_languages(client: TestClient) -> None:
    assert "建立第一位管理员" in client.get("/sign-in").text
    assert "Make the first administrator" in client.get("/sign-in?lang=en").text
    assert client.get("/health").text == "ok"


def test_a_language_chosen_at_the_sign_in_goes_in_with_the_user(client: TestClient) -> None:
    make_user(Role.COMMAND_CENTRE, username="duty", password_hash=sessions.hash_password("correct horse"))
    form = {"username": "duty", "password": "correct horse"}
    assert 'name="lang" value="en"' in client.get("/sign-in?lang=en").text

    def locale_after(**more: str) -> str:
        client.post("/sign-in", data=form | more)
        actor = sessions.find_actor(client.cookies[COOKIE])
        assert actor is not None
        return actor.locale

    assert [locale_after(), locale_after(lang="en"), locale_after(lang=""), locale_after(lang="xx")] == [
        "zh_CN", "en", "en", "en",
    ]  # fmt: skip
