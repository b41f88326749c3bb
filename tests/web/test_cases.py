"""The public page of a case over HTTP: no sign-in, two languages, nothing kept by the browser, nothing personal."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from config.texts import text
from db.session import Database
from services.incidents import public_pages
from tests.incident_town import Street, logged, make_street
from web import cases
from web.gate import Gate


@pytest.fixture
def street(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Street:
    monkeypatch.setattr(public_pages, "attempts", public_pages.Attempts())
    return make_street()


@pytest.fixture
def client() -> TestClient:
    return TestClient(Gate(Starlette(routes=cases.routes)), base_url="http://testserver")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_number_and_code_open_the_page_without_a_sign_in(street: Street, client: TestClient, language: str) -> None:
    case = logged(street.volunteer, reporter_name="钱七", reporter_phone="13912345678")
    page = client.get("/case", params={"number": case.number, "code": case.code, "lang": language})
    assert page.status_code == 200
    for key in ("case_page.status", "case_page.told.nobody", "case_page.note", "case.done.report"):
        assert text(language, key) in page.text
    assert case.number in page.text
    for private in ("钱七", "13912345678", "139****5678", "苏木", "台阶"):
        assert private not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]


def test_the_fields_are_shown_first_and_what_was_typed_is_never_markup(street: Street, client: TestClient) -> None:
    form = client.get("/case")
    assert (form.status_code, 'name="code"' in form.text) == (200, True)
    wrong = client.get("/case", params={"number": "<script>alert(1)</script>", "code": '"><b>'})
    assert (wrong.status_code, "<script>alert" in wrong.text) == (404, False)
    assert text("zh_CN", "case_page.unknown") in wrong.text


def test_guessing_is_told_to_wait(street: Street, client: TestClient) -> None:
    case = logged(street.volunteer)
    answers = [client.get("/case", params={"number": case.number, "code": "0"}).status_code for _ in range(6)]
    assert answers == [404] * 5 + [429]
    right = client.get("/case", params={"number": case.number, "code": case.code})
    assert (right.status_code, "15" in right.text) == (429, True)


def test_only_reading_is_open_and_only_this_path(street: Street, client: TestClient) -> None:
    assert client.post("/case", headers={"Origin": "http://testserver"}).status_code == 405
    assert client.get("/cases").status_code == 401
    assert client.get("/case/1").status_code == 401
