"""The public page of a card, over HTTP: no sign-in, nothing without consent, nothing kept by the browser."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.session import Database
from domain.cards import IDENTITY
from services.cards.consents import change_consent, make_link
from tests.factories import use_profile
from tests.pledge_town import make_pledge_town
from web import cards
from web.gate import Gate


@pytest.fixture
def client() -> TestClient:
    return TestClient(Gate(Starlette(routes=cards.routes)), base_url="http://testserver")


def test_the_page_opens_without_a_sign_in_and_shows_what_was_agreed_to(sqlite_db: Database, client: TestClient) -> None:
    use_profile("linfeng")
    town = make_pledge_town()
    change_consent(town.member, town.person, IDENTITY, True)
    token = make_link(town.member, town.person)
    page = client.get(f"/card/{token}")
    assert page.status_code == 200
    assert "<h1>石</h1>" in page.text
    assert "矛盾调解员" in page.text
    assert "石磊" not in page.text
    assert "书院" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "Mediator" in client.get(f"/card/{token}?lang=en").text
    change_consent(town.member, town.person, IDENTITY, False)
    gone = client.get(f"/card/{token}")
    assert (gone.status_code, "石" in gone.text) == (404, False)


@pytest.mark.parametrize("token", ["x", "y" * 500, "..%2f..%2fetc", "%00"])
def test_an_unknown_link_shows_nothing(sqlite_db: Database, client: TestClient, token: str) -> None:
    make_pledge_town()
    assert client.get(f"/card/{token}").status_code == 404


def test_only_reading_is_open(sqlite_db: Database, client: TestClient) -> None:
    assert client.post("/card/x", headers={"Origin": "http://testserver"}).status_code == 405
    assert client.get("/pledge-photos/1").status_code == 401


def test_a_page_opened_before_consent_was_withdrawn_is_not_kept_nor_confirmed(
    sqlite_db: Database, client: TestClient
) -> None:
    use_profile("linfeng")
    town = make_pledge_town()
    change_consent(town.member, town.person, IDENTITY, True)
    token = make_link(town.member, town.person)
    opened = client.get(f"/card/{token}")
    assert opened.headers["cache-control"] == "no-store"
    assert not {"etag", "last-modified", "expires"} & set(opened.headers)
    change_consent(town.member, town.person, IDENTITY, False)
    again = {"If-None-Match": "*", "If-Modified-Since": "Tue, 01 Dec 2099 00:00:00 GMT", "Range": "bytes=0-99"}
    gone = client.get(f"/card/{token}", headers=again)
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
    assert "石" not in gone.text
    for other in (client.head(f"/card/{token}"), client.get(f"/card/{token}/"), client.get(f"/card//{token}")):
        assert other.status_code in (307, 404, 405)
    assert client.get(f"/card/{token}").text == client.get("/card/unknown").text  # withdrawn and unknown look alike
