"""The guard of every run: who is signed in, what a page may do, and what a failure shows.

Refusals become a message in the user's words. Anything unexpected becomes a reference number on the screen and a
trace in the log, never a trace on the screen. Both hold in pages, callbacks and fragments.
"""

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from config.texts import refusal_text
from domain.errors import Refusal
from domain.permissions import Actor, Permission, require
from services.sessions import find_actor
from ui import state
from ui.i18n import language, set_language, t

_log = logging.getLogger("linge.ui")
COOKIE = "linge_session"


def session_token() -> str | None:
    """The token in the cookie that the browser sent when it opened this page's socket."""
    return st.context.cookies.get(COOKIE)


def sign_in_or_stop() -> Actor:
    """The actor of this run, asked of the database each time; without a session only the way to the sign-in shows."""
    actor = find_actor(session_token())
    if actor is None:
        st.warning(t("sign_in.over"))
        st.html(f'<a href="/sign-in" target="_self">{t("sign_in.again")}</a>')
        st.stop()
    state.set_actor(actor)
    set_language(actor.locale)
    return actor


def failure_text(error: Exception) -> str:
    """Log an error; the text to show for it."""
    if isinstance(error, Refusal):
        _log.info("refused: %s", error)
        return refusal_text(language(), error)
    reference = secrets.token_hex(4).upper()
    _log.error("unexpected error, reference %s", reference, exc_info=error)
    return t("errors.unexpected", reference=reference)


@contextmanager
def action(done: str | None = None, **values: object) -> Iterator["Outcome"]:
    """Around one call of a service: success flashes the text ``done``, a failure its message.

    ``outcome.ok`` tells afterwards which it was. Streamlit's own control flow passes through.
    """
    outcome = Outcome()
    try:
        yield outcome
        outcome.ok = True
    except Exception as error:
        outcome.error = error
        state.flash("error", failure_text(error))
    if outcome.ok and done:
        state.flash("success", t(done, **(values | outcome.values)))


class Outcome:
    """What became of an action. ``values`` may be filled inside the block for the success text."""

    def __init__(self) -> None:
        self.ok = False
        self.error: Exception | None = None
        self.values: dict[str, object] = {}


def covered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callback or fragment whose failure shows a message instead of a trace, and whose actor is asked anew."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            sign_in_or_stop()
            return function(*args, **kwargs)
        except Exception as error:
            st.error(failure_text(error))
            return None

    return wrapper


def show_flashes() -> None:
    """Draw the waiting messages."""
    for kind, text in state.take_flashes():
        {"success": st.success, "error": st.error}.get(kind, st.info)(text)


def run_page(page: Any, actor: Actor, permission: Permission) -> None:
    """Run a page's file under the guard."""
    try:
        require(actor, permission)
        show_flashes()
        page.run()
    except Exception as error:
        st.error(failure_text(error))
