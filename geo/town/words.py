"""Words for invented places: pools, Chinese numerals, English by pinyin. The words themselves are in names.json."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pypinyin import lazy_pinyin

Words = dict[str, Any]


@cache
def words() -> Words:
    """The content of names.json; do not change it."""
    return json.loads((Path(__file__).parent / "names.json").read_text(encoding="utf-8"))


def pick(rng: np.random.Generator, choices: list[str]) -> str:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


class Stems:
    """Place stems such as 望江, each given out once: the pool, then made ones, then all with 新 before them."""

    def __init__(self, rng: np.random.Generator, first: Iterable[str] = ()) -> None:
        first = list(first)
        pool = [stem for line in words()["stems"] for stem in line.split()]
        made = [a + b for a in words()["compound_first"] for b in words()["compound_second"] if a != b]
        rng.shuffle(pool)
        rng.shuffle(made)
        self._all = list(dict.fromkeys([*first, *pool, *made]))
        self._taken = 0

    def take(self) -> str:
        """The next stem."""
        rounds, place = divmod(self._taken, len(self._all))
        self._taken += 1
        again = words()["again"]
        return (again[(rounds - 1) % len(again)] if rounds else "") + self._all[place]


def numeral(number: int) -> str:
    """A whole number 0–999 in Chinese: 12 is 十二, 105 is 一百零五."""
    digits = words()["numerals"]
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = digits[hundreds] + digits[11] if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + digits[10]
    elif hundreds and ones:
        text += digits[0]
    return text + (digits[ones] if ones or not text else "")


def pinyin(text: str) -> str:
    """One capitalised word: 望江 is Wangjiang, 平安 is Ping'an."""
    joined = ""
    for syllable in lazy_pinyin(text):
        syllable = syllable.replace("v", "yu")  # ü as in passports
        joined += ("'" if joined and syllable[0] in "aeo" else "") + syllable
    joined = joined.translate(str.maketrans(words()["punctuation"]))
    return joined[:1].upper() + joined[1:]


def english(name: str) -> str:
    """A name with its kind translated and the rest in pinyin: 望江大道 is Wangjiang Avenue."""
    twin = re.fullmatch(r"(.+)（(\d+)）", name)
    if twin:
        return f"{english(twin[1])} ({twin[2]})"
    endings = words()["english_endings"]
    if name in endings:
        return endings[name]
    for length in range(min(len(name) - 1, 8), 0, -1):
        if name[-length:] in endings:
            return f"{pinyin(name[:-length])} {endings[name[-length:]]}"
    return pinyin(name) if name else ""


def ends_like(name: str, kind: str) -> bool:
    """True if the name ends like a lane, a compound or a hill (``kind``_endings in names.json)."""
    return name.endswith(tuple(words()[f"{kind}_endings"].split()))
