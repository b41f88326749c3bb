"""Texts for people: gettext catalogs, one .po file for each area, stable dotted keys, both languages complete."""

import logging
from collections.abc import Callable
from functools import lru_cache

from babel.messages.pofile import read_po

from config.settings import ROOT
from domain.dictionaries import Words
from domain.errors import Refusal

LOCALES = ROOT / "locales"
LANGUAGES = {"zh_CN": "简体中文", "en": "English"}
DEFAULT_LANGUAGE = "zh_CN"

_log = logging.getLogger("linge.texts")


@lru_cache
def catalog(language: str) -> dict[str, str]:
    """Every key of a language with its text, from all its .po files."""
    texts: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open(encoding="utf-8") as file:
            messages = read_po(file, locale=language)
        texts |= {str(m.id): str(m.string) for m in messages if m.id and m.string}
    return texts


def known_language(language: str | None) -> str:
    """The language itself where there is a catalog for it, else the default."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def text(language: str, key: str, **values: object) -> str:
    """The text of a key, its {placeholders} filled.

    A missing key is logged as an error and shown as the key: the browser tests look for such keys and fail.
    """
    found = catalog(known_language(language)).get(key)
    if found is None:
        _log.error("no text for %s in %s", key, language)
        return key
    return found.format(**values) if values else found


def refusal_text(language: str, refusal: Refusal, escape: Callable[[str], str] = str) -> str:
    """A refusal in a person's words; a code without a text of its own is logged and gets the general one.

    Words are shown in the language, and values that name a field or are keys of texts by their text. The others may be
    what somebody typed, or the name of a file: they go through ``escape``.
    """
    key = f"errors.{refusal.code}"
    if key not in catalog(known_language(language)):
        _log.error("no text for %s in %s", key, language)
        key = "errors.refused"
    values = {name: _shown(language, value, refusal, escape) for name, value in refusal.values.items()}
    return text(language, key, **values)


def _shown(language: str, value: object, refusal: Refusal, escape: Callable[[str], str]) -> object:
    if isinstance(value, Words):
        return escape(value.text(language))
    if not isinstance(value, str):
        return value
    known = catalog(known_language(language))
    key = next((key for key in (f"fields.{value}", value) if key in known), None)
    try:
        return text(language, key, **refusal.values) if key else escape(value)
    except (KeyError, IndexError, ValueError):  # a person typed a word that happens to be another text's key
        return escape(value)
