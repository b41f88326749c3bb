"""The dictionary's page as its roles use it."""

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import GRANTS, Permission, Role
from services.dictionaries.current import current_dictionary
from tests.dictionary_files import ROWS, book
from tests.factories import make_user
from tests.incident_town import Street, make_street
from tests.pages.session import keys_of, open_page, press, said, texts_of
from tests.statements import recorded

SEEING = [role for role in Role if Permission.DICTIONARY_SEE in GRANTS[role]]


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", SEEING)
def test_who_may_see_it_reads_families_and_limits(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    page = open_page(monkeypatch, make_user(role, area=street.street, locale=locale), "dictionary")
    assert not page.exception
    assert text(locale, "dictionary.title", version=1) in texts_of(page)
    page.button_group(key="dictionary_family").set_value("facilities").run()
    shown = texts_of(page)
    assert {"zh_CN": "2 紧急工作时", "en": "Cover missing"}[locale] in shown
    assert text(locale, "dictionary.example") in shown
    assert bool(page.get("file_uploader")) == (role is Role.ADMINISTRATOR)


def test_a_list_is_looked_at_before_it_is_confirmed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.administrator, "dictionary")
    page.file_uploader(key="dictionary_file_0").upload("目录.xlsx", book(), "application/xlsx").run()
    shown = texts_of(page)
    assert text("zh_CN", "dictionary.plan.counts", rows=5, notes=2, families=2, classes=3, entries=5, bad=0) in shown
    assert current_dictionary().version == 1
    page.text_input(key="dictionary_note").input("2026年版").run()
    press(page, "dictionary_confirm")
    assert said(page, "success") == [text("zh_CN", "dictionary.done", version=2, total=5)]
    assert "2026年版" in texts_of(page)
    assert current_dictionary().version == 2
    page.file_uploader(key="dictionary_file_1").upload("目录.xlsx", book(), "application/xlsx").run()
    assert text("zh_CN", "dictionary.plan.same") in said(page, "info")
    assert "dictionary_confirm" not in keys_of(page)


def test_bad_rows_are_shown_by_number_and_cannot_be_confirmed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*ROWS, (6, "市容环境", "油烟", None, "尽快", "已整改", "街道", "否")]
    page = open_page(monkeypatch, street.administrator, "dictionary")
    raw = book(rows, merged=("A1:H1",))
    page.file_uploader(key="dictionary_file_0").upload("目录.xlsx", raw, "application/xlsx").run()
    assert "第 8 行：时限看不懂：尽快" in texts_of(page)
    assert "dictionary_confirm" not in keys_of(page)


def test_a_file_that_is_none_is_refused_in_words(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.administrator, "dictionary")
    page.file_uploader(key="dictionary_file_0").upload("目录.xlsx", b"no workbook", "application/xlsx").run()
    assert said(page, "error")
    assert not page.exception


def test_the_page_stays_within_its_statements(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.administrator, "dictionary")
    with recorded() as statements:
        page.run()
    statements.most(6)
