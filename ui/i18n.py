"""Texts in the language of the signed-in user (config/texts.py holds the catalogs)."""

import streamlit as st

from config.texts import DEFAULT_LANGUAGE, catalog, known_language, text

_KEY = "linge_language"


def set_language(language: str) -> None:
    """Use a language in this session, fragments and callbacks included; an unknown one becomes the default."""
    st.session_state[_KEY] = known_language(language)


def language() -> str:
    """The language of this session."""
    return st.session_state.get(_KEY, DEFAULT_LANGUAGE)


def t(key: str, **values: object) -> str:
    """The text of a key in the session's language."""
    return text(language(), key, **values)


def has_text(key: str) -> bool:
    """Whether the session's language has a text for the key."""
    return key in catalog(language())


def named(names: object) -> str:
    """The name of a profile value in the session's language; ``names`` has ``zh`` and ``en``."""
    return getattr(names, "en" if language() == "en" else "zh")
