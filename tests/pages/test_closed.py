"""A page that a role may not open says who may, and leads back to where the role begins."""

import pytest

from config.texts import text
from db.session import Database
from domain.permissions import GRANTS, Role, roles_with
from tests.factories import make_area, make_user
from tests.pages.session import is_closed, open_page, press, texts_of
from ui.registry import START, screen_at


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_who_may_is_named_and_the_button_leads_home(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    make_area("青棠街道", level="street")
    page = open_page(monkeypatch, make_user(Role.VISITOR, locale=locale), "call_backs")
    assert is_closed(page, locale)
    shown = texts_of(page)
    may = roles_with(screen_at("call_backs").permission)
    assert may == [Role.COMMUNITY_SECRETARY, Role.COMMAND_CENTRE, Role.ADMINISTRATOR]
    assert all(text(locale, f"roles.{role}") in shown for role in may)
    page = press(page, "closed-back")
    assert not page.exception
    assert text(locale, "closed.title") not in texts_of(page)


def test_every_role_may_open_where_it_begins() -> None:
    assert [role for role in Role if screen_at(START[role]).permission not in GRANTS[role]] == []
