"""Pages through the real script and gate: AppTest on ui/main.py with the session of an account."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from config.texts import text
from db.models import User
from db.session import transaction
from domain.clock import utc_now
from domain.permissions import EVERYWHERE, Actor
from services.accounts.sessions import open_session
from ui import guard

MAIN = str(Path(__file__).resolve().parent.parent.parent / "ui" / "main.py")
_VALUES = ("markdown", "caption", "error", "success", "info", "warning")
_LABELS = ("button", "button_group", "text_input", "text_area", "selectbox", "toggle", "checkbox", "expander")


def sign_in_as(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    """A session of the actor's account, of which the browser has the token."""
    with transaction(EVERYWHERE) as session:
        token = open_session(session, session.get_one(User, actor.user_id), utc_now())
    monkeypatch.setattr(guard, "session_token", lambda: token)


def open_page(monkeypatch: pytest.MonkeyPatch, actor: Actor, path: str, **query: str | int) -> AppTest:
    """The page at a path as the actor's browser opens it, after its first run."""
    sign_in_as(monkeypatch, actor)
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.switch_page(f"../pages/{path}.py")
    for name, value in query.items():
        page.query_params[name] = str(value)
    return page.run()


def texts_of(page: AppTest) -> str:
    """Everything on the page that is text or HTML, styles left out, as one string."""
    parts = [str(element.value) for kind in _VALUES for element in page.get(kind)]
    parts += [body for body in (element.proto.body for element in page.get("html")) if not body.startswith("<style")]
    parts += [str(getattr(element.proto, "label", "")) for kind in _LABELS for element in page.get(kind)]
    return "\n".join(parts)


def keys_of(page: AppTest) -> set[str]:
    """The keys of the buttons on the page."""
    return {button.key for button in page.button if button.key}


def press(page: AppTest, key: str) -> AppTest:
    """Press the button of a key; the run that it causes."""
    return page.button(key=key).click().run()


def said(page: AppTest, kind: str) -> list[Any]:
    """The messages of a kind (success, error, info, warning) that stand in the page or lie over it as a notice."""
    icon = guard.NOTICES.get(kind, ("", 0))[0]
    notices = [notice.value for notice in page.toast if notice.icon == icon]
    return [element.value for element in page.get(kind)] + notices


def is_closed(page: AppTest, locale: str = "zh_CN") -> bool:
    """Whether the role may not open the page: it is told so, and nothing of the page is there."""
    return text(locale, "closed.title") in texts_of(page) and keys_of(page) == {"closed-back"}
