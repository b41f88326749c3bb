"""The catalogs: both languages complete, same placeholders, and every key that the code names exists."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from config.texts import LANGUAGES, LOCALES, catalog
from domain.errors import Refusal

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = re.compile(r'\b(?:t|said|has_text|action)\(\s*"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"')


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    chinese, english = catalog("zh_CN"), catalog("en")
    assert chinese.keys() == english.keys()
    assert {key for key in chinese if fields(chinese[key]) != fields(english[key])} == set()


def test_no_text_is_empty_or_said_twice() -> None:
    for language in LANGUAGES:
        seen: set[str] = set()
        for path in (LOCALES / language).glob("*.po"):
            with path.open(encoding="utf-8") as file:
                for message in read_po(file, abort_invalid=True):
                    if message.id:
                        assert message.string, (path, message.id)
                        assert message.id not in seen, (path, message.id)
                        seen.add(str(message.id))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_in_the_code_has_a_text(language: str) -> None:
    known = catalog(language).keys()
    missing = {
        (path.name, key)
        for folder in ("ui", "pages", "web", "services", "commands")
        for path in (ROOT / folder).rglob("*.py")
        for key in KEY.findall(path.read_text(encoding="utf-8"))
        if key not in known
    }
    assert missing == set()


def all_refusals(cls: type[Refusal] = Refusal) -> set[type[Refusal]]:
    return {cls}.union(*(all_refusals(sub) for sub in cls.__subclasses__()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_text(language: str) -> None:
    import importlib
    import pkgutil

    for package in ("domain", "config", "geo", "db", "services", "commands"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    codes = {refusal.code for refusal in all_refusals() if not refusal.__module__.startswith("tests")}
    assert {code for code in codes if f"errors.{code}" not in catalog(language)} == set()


def test_the_chinese_face_is_chinese() -> None:
    """A Chinese text holds Chinese, unless it is a code, a unit or a name that has none."""
    allowed = re.compile(r"^[\s\d\W]*$|^(GeoJSON|GeoPackage|Excel|CSV|WGS 84|GCJ-02|BD-09|CGCS2000|EPSG|English)")
    latin = {key for key, text in catalog("zh_CN").items() if not re.search(r"[一-鿿]", text)}
    assert {key for key in latin if not allowed.match(re.sub(r"\{\w+\}", "", catalog("zh_CN")[key]))} == set()
