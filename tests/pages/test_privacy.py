"""个人信息 as the administrator uses it: empty, filled, by one account, a refused role, both languages."""

from pathlib import Path

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import Role
from services.areas.exporting import export_areas
from services.incidents.cases import IncidentFilter, uncover_contact
from services.lists.exports import export_incidents
from services.lists.files import ListFormat
from services.system.privacy import list_exports
from tests.factories import make_person, make_user
from tests.incident_town import logged, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_page_empty_and_filled(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    street = make_street()
    administrator = make_user(Role.ADMINISTRATOR, locale=locale)
    shown = texts_of(open_page(monkeypatch, administrator, "privacy"))
    assert text(locale, "privacy.empty") in shown
    assert text(locale, "privacy.purged.never") in shown
    receipt = logged(street.command, reporter_name="欧阳若水", reporter_phone="13912345678")
    uncover_contact(street.secretary, receipt.id, "<b>回访</b>")
    uncover_contact(street.command, receipt.id, "核实")
    page = open_page(monkeypatch, administrator, "privacy")
    assert not page.exception
    shown = texts_of(page)
    assert all(words in shown for words in (receipt.number, "岑立", "顾岚", "&lt;b&gt;回访"))
    assert "若水" not in shown
    page.selectbox(key="privacy_who").select(street.command.user_id).run()
    shown = next(body for body in (one.proto.body for one in page.get("html")) if "lg-looks" in body)
    assert ("核实" in shown, "回访" in shown) == (True, False)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_each_export_is_listed_with_who_and_how_much(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locale: str
) -> None:
    street = make_street()
    administrator = make_user(Role.ADMINISTRATOR, locale=locale)
    assert text(locale, "privacy.exports.empty") in texts_of(open_page(monkeypatch, administrator, "privacy"))
    logged(street.command)
    export_incidents(street.secretary, IncidentFilter(), ListFormat.CSV, "zh_CN")
    export_areas(street.command, "xlsx", "grid", tmp_path / "grids.xlsx")
    shown = texts_of(open_page(monkeypatch, administrator, "privacy"))
    names = [text(locale, f"exports.list.{name}") for name in ("incidents", "areas")]
    wanted = ("岑立", "csv 1", "顾岚", "grid xlsx 3", *names)
    assert [words for words in wanted if words not in shown] == []
    assert "exports.list." not in shown
    assert [note.by for note in list_exports(administrator).rows] == ["顾岚", "岑立"]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_withdrawal_is_on_the_page_of_the_person_and_of_the_auditor(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    street = make_street()
    administrator = make_user(Role.ADMINISTRATOR, locale=locale)
    assert text(locale, "privacy.words.empty") in texts_of(open_page(monkeypatch, administrator, "privacy"))
    secretary = make_user(Role.COMMUNITY_SECRETARY, area=street.community)
    person = make_person("欧阳若水", area=street.grid_a, phone="13912345678")
    page = open_page(monkeypatch, secretary, "organisations", view="people", person=person)
    page = press(page, f"withdraw-{person}")
    assert said(page, "error")
    page.text_input(key=f"withdraw-{person}-note").set_value("本人来电")
    page = press(page, f"withdraw-{person}")
    assert said(page, "success") == [text("zh_CN", "people.done.withdrawn", name="欧阳若水")]
    assert text("zh_CN", "consents.withdrawn") in texts_of(page)
    assert f"withdraw-{person}" not in keys_of(page)
    shown = texts_of(open_page(monkeypatch, administrator, "privacy"))
    wanted = ("欧阳**", "本人来电", text(locale, "consents.purpose.contact"), text(locale, "consents.withdrawn"))
    assert [words for words in wanted if words not in shown] == []
    assert "若水" not in shown


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_other_roles_are_told(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    page = open_page(monkeypatch, make_user(role), "privacy")
    assert is_closed(page)
