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
from domain.permissions import EVERYWHERE, Role
from services import sessions
from services.installations import forget_installation
from tests.factories import make_user
from web.gate import COOKIE, Gate
from web.sign_in import routes, safe_next


async def _who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.actor.role)


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("in")
    await socket.close()


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[TestClient]:
    inner = [Route("/who", _who, methods=["GET", "POST"]), Route("/_stcore/metrics", _who)]
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
    assert client.get("/_stcore/metrics").status_code == 401
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "in"
    client.post("/sign-out")
    assert client.get("/who").status_code == 401


def test_a_post_of_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"username": "x", "password": "y"}, headers={"origin": "https://evil.example"})
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


def test_every_answer_keeps_the_page_to_this_host(client: TestClient) -> None:
    policy = client.get("/sign-in").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy.replace("'self'", "")


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", None, "/sign-in", "x"])
def test_the_way_back_stays_on_this_site(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_the_sign_in_speaks_both_languages(client: TestClient) -> None:
    assert "建立第一位管理员" in client.get("/sign-in").text
    assert "Make the first administrator" in client.get("/sign-in?lang=en").text
    assert client.get("/health").text == "ok"
