"""The map's routes: behind the session and its scope, private, 304 when nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from db.session import Database
from domain.permissions import Actor
from tests.incident_town import IN_B, Street, logged, make_street
from tests.services.maps.test_tiles import tile_at
from web import gate, maps

GRIDS = "/tiles/areas/{}/{}/{}".format(*tile_at(14))


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, street: Street) -> Iterator[TestClient]:
    actors: dict[str, Actor] = {name: getattr(street, name) for name in ("command", "leader_a", "leader_b", "visitor")}
    monkeypatch.setattr(gate, "find_actor", lambda token: actors.get(token or ""))
    app = Starlette(routes=maps.routes, middleware=[Middleware(gate.Gate)])
    with TestClient(app) as found:
        yield found


def get(client: TestClient, path: str, who: str | None = "command", **headers: str) -> Any:
    cookies = {"cookie": f"{gate.COOKIE}={who}"} if who else {}
    return client.get(path, headers=cookies | {name.replace("_", "-"): value for name, value in headers.items()})


PATHS = [GRIDS, f"{GRIDS}?fill=open", "/points/incidents", "/points/stations", "/areas/1/outline", "/map/versions"]


@pytest.mark.parametrize("path", [*PATHS, "/tiles/base/0/0/0", "/basemap/0/0/0"])
def test_nothing_is_told_when_there_is_no_session(client: TestClient, path: str) -> None:
    assert get(client, path, None).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_second_answer_is_304_when_nothing_changed(client: TestClient, path: str) -> None:
    first = get(client, path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    again = get(client, path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", [f"{GRIDS}?fill=open", "/points/incidents", "/map/versions"])
def test_answer_is_new_when_an_incident_was_logged(client: TestClient, street: Street, path: str) -> None:
    tag = get(client, path).headers["etag"]
    logged(street.command, "one")
    assert get(client, path, if_none_match=tag).status_code == 200


def test_tag_differs_when_another_scope_asks(client: TestClient) -> None:
    tags = {get(client, f"{GRIDS}?fill=open", who).headers["etag"] for who in ("command", "leader_a", "leader_b")}
    assert len(tags) == 3


def test_answer_is_kept_when_the_address_names_its_version(client: TestClient) -> None:
    assert "immutable" in get(client, f"{GRIDS}?v=1").headers["cache-control"]
    assert get(client, f"{GRIDS}?v=1").headers["cache-control"].startswith("private")


def test_tile_is_gzipped_vector_data(client: TestClient) -> None:
    answer = get(client, GRIDS)
    assert answer.headers["content-type"] == maps.MVT
    assert answer.headers["content-encoding"] == "gzip"


def test_empty_tile_is_no_content(client: TestClient) -> None:
    assert get(client, "/tiles/base/4/1/1").status_code == 204


@pytest.mark.parametrize(
    "path", ["/tiles/areas/3/9/0", "/tiles/areas/99/0/0", f"{GRIDS}?fill=nonsense", "/areas/999999/outline",
             "/points/incidents?symbol=nonsense", "/points/incidents?area=x", "/basemap/0/0/0", "/basemap/3/9/9"],
)  # fmt: skip
def test_answer_is_404_when_there_is_no_such_thing(client: TestClient, path: str) -> None:
    assert get(client, path).status_code == 404


def test_points_are_those_of_the_scope_and_the_filter(client: TestClient, street: Street) -> None:
    logged(street.command, "one")
    logged(street.command, "two", at=IN_B)
    totals = {who: get(client, "/points/incidents", who).json()["total"] for who in ("command", "leader_a", "visitor")}
    assert totals == {"command": 2, "leader_a": 1, "visitor": 2}
    assert get(client, f"/points/incidents?area={street.grid_b}").json()["total"] == 1
    assert get(client, "/points/incidents?symbol=closed").json()["total"] == 0
    assert {len(row) for row in get(client, "/points/incidents", "visitor").json()["rows"]} == {4}


def test_tiles_of_a_day_are_another_answer_and_a_wrong_day_none(client: TestClient, street: Street) -> None:
    today, past = get(client, GRIDS), get(client, f"{GRIDS}?day=2021-05-01")
    assert (today.status_code, past.status_code) == (200, 200)
    assert today.headers["etag"] != past.headers["etag"]
    assert get(client, f"{GRIDS}?day=2019-01-01").status_code in (200, 204)  # no grid was there yet
    assert get(client, f"{GRIDS}?day=gestern").status_code == 404
