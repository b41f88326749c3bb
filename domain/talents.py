"""达人库: what people offer to their neighbours (feature E6)."""

import re
from enum import StrEnum

from domain.errors import Refusal


class OfferTime(StrEnum):
    """When somebody usually has time."""

    WEEKDAY_DAY = "weekday_day"
    WEEKDAY_EVENING = "weekday_evening"
    WEEKEND = "weekend"


class NoSkillOffered(Refusal):
    """The pool is for skills: who offers none cannot be in it."""

    code = "no_skill_offered"


class NumberInSentence(Refusal):
    """A phone number, or another long number, in what everybody who searches the pool reads."""

    code = "number_in_sentence"


_NUMBER = re.compile(r"\d(?:[\s-]?\d){6,}")


def check_sentence(sentence: str) -> None:
    """Refuse (NumberInSentence) a sentence with seven digits or more in a row."""
    if _NUMBER.search(sentence):
        raise NumberInSentence()
