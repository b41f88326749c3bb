"""Values of one user's session, by name; and the address bar's."""

import secrets
from typing import Any

import streamlit as st

from domain.permissions import Actor


def set_actor(actor: Actor) -> None:
    """Remember who is signed in for this run."""
    st.session_state["linge_actor"] = actor


def actor() -> Actor:
    """Who is signed in; set by ui/main.py before any page runs."""
    return st.session_state["linge_actor"]


def query(name: str) -> str | None:
    """A value of the address bar."""
    return st.query_params.get(name)


def query_id(name: str) -> int | None:
    """The number of a record in the address bar; None where there is none, or none that can be one."""
    found = query(name) or ""
    return int(found) if found.isdecimal() and len(found) <= 9 else None


def query_flag(name: str) -> bool:
    """Whether the address bar says yes to something: ``1``, ``true``; anything else is no."""
    return (query(name) or "").lower() in ("1", "true")


def set_query(**values: str | int | None) -> None:
    """Put values into the address bar; None takes one away."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def form_key(form: str) -> str:
    """The idempotency key of a form: kept in the address bar, so that a reload or a lost answer keeps it."""
    name = f"f_{form}"
    key = query(name)
    if not key:
        key = secrets.token_urlsafe(9)
        set_query(**{name: key})
    return key


def new_form_key(form: str) -> None:
    """The form was accepted: its next sending is a new record."""
    set_query(**{f"f_{form}": secrets.token_urlsafe(9)})


def flash(kind: str, text: str, seconds: int | None = None) -> None:
    """Show a message over the next run: kind is success, error, or info; ``seconds`` None = as long as its kind."""
    st.session_state.setdefault("linge_flash", []).append((kind, text, seconds))


def take_flashes() -> list[tuple[str, str, int | None]]:
    """The messages to show, once."""
    return st.session_state.pop("linge_flash", [])


def value(name: str, default: Any = None) -> Any:
    """A value of the session."""
    return st.session_state.get(name, default)


def remember(name: str, what: Any) -> None:
    """Keep a value of the session."""
    st.session_state[name] = what
