"""The guard of every run: who is signed in, what a page may do, and what a failure shows.

Refusals become a message in the user's words. Anything unexpected becomes a reference number on the screen and a
trace in the log, never a trace on the screen. Both hold in pages, callbacks and fragments.
"""

import functools
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import streamlit as st

from config.texts import refusal_text
from domain.errors import DatabaseAway, PermissionDenied, Refusal
from domain.permissions import Actor, Permission, require
from services.accounts.sessions import find_actor
from ui import state
from ui.i18n import language, set_language, t
from ui.safe import plain

_log = logging.getLogger("linge.ui")
COOKIE = "linge_session"
RETRY_SECONDS, RETRIES = 2.0, 150  # while the database is away
# How a notice of a kind looks, and for how many seconds it stays unless it is closed or the mouse rests on it.
NOTICES = {
    "success": (":material/check_circle:", 8),
    "info": (":material/info:", 20),
    "error": (":material/error:", 40),
}


def session_token() -> str | None:
    """The token in the cookie that the browser sent when it opened this page's socket."""
    return st.context.cookies.get(COOKIE)


@contextmanager
def whole_run(begin: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Around everything of a run: a failure shows its message, never a trace.

    ``begin`` draws what stands above the message where nothing is drawn yet.
    """
    try:
        yield
    except DatabaseAway as error:
        begin()
        _wait_for_database(failure_text(error))
    except Exception as error:
        st.error(failure_text(error))
        st.stop()


def _wait_for_database(words: str) -> None:
    """Run anew as soon as the database answers. Until then the run goes on, so that the page keeps what was typed:
    the browser forgets the fields that a finished run did not draw.
    """
    slot = st.empty()
    for _ in range(RETRIES):
        slot.error(f"{words} {t('errors.retrying')}")  # also where Streamlit ends the run of a tab that was closed
        time.sleep(RETRY_SECONDS)
        with suppress(DatabaseAway):
            find_actor(session_token())
            st.rerun()
    slot.error(words)
    st.button(t("errors.try_again"), key="lg-try-again")
    st.stop()


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
    """Log an error; the text to show for it, as Markdown."""
    if isinstance(error, Refusal):
        _log.info("refused: %s", error.code)  # its values may be somebody's name or words
        return refusal_text(language(), error, plain)
    reference = secrets.token_hex(4).upper()
    _log.error("unexpected error, reference %s", reference, exc_info=error)
    return t("errors.unexpected", reference=reference)


@contextmanager
def action(done: str | None = None, *, seconds: int | None = None, **values: object) -> Iterator["Outcome"]:
    """Around one call of a service: success flashes the text ``done`` for ``seconds``, a failure its message.

    ``outcome.ok`` tells afterwards which it was. Streamlit's own control flow passes through.
    """
    outcome = Outcome()
    try:
        yield outcome
        outcome.ok = True
    except Exception as error:
        outcome.error = error
        state.flash("error", failure_text(error))
    done = outcome.done or done
    if outcome.ok and done:
        state.flash("success", t(done, **(values | outcome.values)), seconds)


class Outcome:
    """What became of an action. The block may fill ``values`` for the success text, or name another one in ``done``."""

    def __init__(self) -> None:
        self.ok = False
        self.error: Exception | None = None
        self.values: dict[str, object] = {}
        self.done: str | None = None


def covered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callback or fragment whose failure shows a message instead of a trace, and whose actor is asked anew.

    An actor among the arguments is the one of the run that drew the page: the present one takes its place, so that
    whose an account is (decision 0211), its role and its area are those of the press.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            actor = sign_in_or_stop()
            now = [actor if isinstance(value, Actor) else value for value in args]
            named = {name: actor if isinstance(value, Actor) else value for name, value in kwargs.items()}
            return function(*now, **named)
        except Exception as error:
            st.error(failure_text(error))
            return None

    return wrapper


def when_pressed(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """``make`` for a file that a download button has made when it is pressed.

    That happens outside of every run, maybe hours after the page was drawn: whoever has signed out, was kept out or has
    another role, area or person by then gets PermissionDenied instead.
    """
    token, drawn_for = session_token(), state.actor()

    def made() -> bytes:
        actor = find_actor(token)
        if actor is None or _rights(actor) != _rights(drawn_for):
            raise PermissionDenied(permission="session", role=drawn_for.role.value)
        return make()

    return made


def _rights(actor: Actor) -> tuple[object, ...]:
    return actor.user_id, actor.role, actor.area_id, actor.area_path, actor.person_id


def show_flashes() -> None:
    """Show the waiting messages over the page: nothing under the mouse moves when one comes or goes."""
    for kind, text, seconds in state.take_flashes():
        icon, usual = NOTICES[kind]
        st.toast(text, icon=icon, duration=seconds or usual)


def run_page(page: Any, actor: Actor, permission: Permission) -> None:
    """Run a page's file under the guard."""
    with whole_run():
        require(actor, permission)
        show_flashes()
        page.run()
