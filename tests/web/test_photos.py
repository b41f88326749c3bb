"""GET /photos/<id>: behind the session and its scope, and never cached without asking."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from db.session import Database
from domain.permissions import Actor
from services.incidents.cases import get_incident
from tests.incident_town import NOW, Street, logged, make_street
from tests.pictures import picture
from web import gate, photos


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, street: Street) -> Iterator[TestClient]:
    actors: dict[str, Actor] = {name: getattr(street, name) for name in ("leader_a", "leader_b", "visitor")}
    monkeypatch.setattr(gate, "find_actor", lambda token: actors.get(token or ""))
    app = Starlette(routes=photos.routes, middleware=[Middleware(gate.Gate)])
    with TestClient(app) as found:
        yield found


def get(client: TestClient, path: str, who: str | None, **headers: str):  # type: ignore[no-untyped-def]
    cookies = {"cookie": f"{gate.COOKIE}={who}"} if who else {}
    return client.get(path, headers=cookies | headers)


def test_a_photo_is_served_to_its_scope_and_asked_for_again_each_time(client: TestClient, street: Street) -> None:
    receipt = logged(street.leader_a, photos=(picture(),))
    path = f"/photos/{get_incident(street.leader_a, receipt.id, NOW).photos[0].id}"
    answer = get(client, path, "leader_a")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = get(client, path, "leader_a", **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert len(get(client, f"{path}?small=1", "leader_a").content) < len(answer.content) + 1
    assert get(client, path, "leader_b").status_code == 404
    assert get(client, path, "visitor").status_code == 403
    assert get(client, path, None).status_code == 401
    assert get(client, "/photos/4711", "leader_a").status_code == 404
