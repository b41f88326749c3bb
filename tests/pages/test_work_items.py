"""The admission list's page as its roles use it."""

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import GRANTS, Permission, Role
from domain.work_items import WorkItemKind
from services.dictionaries.work_items import WorkItemForm, add_work_item, list_work_items
from tests.factories import make_user
from tests.incident_town import Street, make_street
from tests.pages.session import keys_of, open_page, press, said, texts_of
from tests.statements import recorded


@pytest.fixture
def street(sqlite_db: Database) -> Street:
    return make_street()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("role", [role for role in Role if Permission.DICTIONARY_SEE in GRANTS[role]])
def test_who_may_see_it_reads_items_and_loads(
    street: Street, monkeypatch: pytest.MonkeyPatch, role: Role, locale: str
) -> None:
    actor = make_user(role, area=street.street, locale=locale)
    assert text(locale, "work_items.empty") in texts_of(open_page(monkeypatch, actor, "work_items"))
    hostile = "<script>alert(1)</script>"
    add_work_item(street.command, WorkItemForm(hostile, WorkItemKind.HAZARDS, "城管中队", "safety", hours=4))
    page = open_page(monkeypatch, actor, "work_items")
    shown = texts_of(page)
    assert not page.exception
    assert text(locale, "work_items.state.in_force") in shown
    assert text(locale, "work_items.load", items=1, temporary=0, hours="4", handed=0) in shown
    assert "<script>alert" not in shown
    assert ("work_items_0_save" in keys_of(page)) == (Permission.WORK_ITEM_EDIT in GRANTS[role])


def test_an_item_is_put_on_the_list_and_ended(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(monkeypatch, street.command, "work_items")
    press(page, "work_items_0_save")
    assert said(page, "error") == [text("zh_CN", "errors.empty_text", field=text("zh_CN", "fields.work_item"))]
    page.text_input(key="work_items_0_name").input("路灯巡查").run()
    page.selectbox(key="work_items_0_covers").set_value("street_light").run()
    press(page, "work_items_0_save")
    assert said(page, "success") == [text("zh_CN", "work_items.saved")]
    (made,) = list_work_items(street.command)
    assert (made.name, made.department, made.covers) == ("路灯巡查", "城管中队", "street_light")
    press(page, "work_items_1_end")
    assert said(page, "success") == [text("zh_CN", "work_items.ended")]


def test_the_page_stays_within_its_statements(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        add_work_item(street.command, WorkItemForm(name, WorkItemKind.HAZARDS, "城管中队", "safety"))
    page = open_page(monkeypatch, street.command, "work_items")
    with recorded() as statements:
        page.run()
    statements.most(8)
