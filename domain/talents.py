"""达人库: what people offer to their neighbours (feature E6)."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.clock import to_local
from domain.errors import Refusal


class OfferTime(StrEnum):
    """When somebody usually has time."""

    WEEKDAY_DAY = "weekday_day"
    WEEKDAY_EVENING = "weekday_evening"
    WEEKEND = "weekend"


class NeedState(StrEnum):
    """Where a need stands: nobody found, somebody accepted, or not needed any more."""

    OPEN = "open"
    MET = "met"
    WITHDRAWN = "withdrawn"


class AskState(StrEnum):
    """What became of asking somebody; ``lapsed``: the person left the pool, or the need was withdrawn."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"


class MatchReason(StrEnum):
    """Why somebody is suggested for a need."""

    SKILL = "skill"
    INSIDE = "inside"
    NEAR = "near"
    FREE = "free"
    TIME_FITS = "time_fits"
    NOT_ASKED = "not_asked"


class LeftOut(StrEnum):
    """Why somebody with the skill is not suggested."""

    BUSY = "busy"
    ASKED_OFTEN = "asked_often"
    ASKED_BEFORE = "asked_before"


class NeedNotOpen(Refusal):
    """The need is met, withdrawn, or its time has passed: nobody is asked for it any more."""

    code = "need_not_open"


class InvalidNeedTimes(Refusal):
    """A need ends after it begins, and does not lie in the past."""

    code = "invalid_need_times"


class NeedPlaceMissing(Refusal):
    """A need belongs to one of an activity, a station, an area."""

    code = "need_place_missing"


class SomebodyAsked(Refusal):
    """Somebody is asked for this need already: one at a time."""

    code = "somebody_asked"


class NotSuggested(Refusal):
    """The person is not among those who can be asked any more: left, busy, asked often, or asked before."""

    code = "not_suggested"


class AskAnswered(Refusal):
    """The question was answered, taken back, or has lapsed."""

    code = "ask_answered"


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


@dataclass(frozen=True)
class Wanted:
    """A need as it is matched: path of its area ("" = of none), begin, how many asks in 30 days are enough."""

    area_path: str
    starts_at: datetime
    most_asks: int


@dataclass(frozen=True)
class Candidate:
    """Somebody of the pool with the skill: path of the home area, OfferTime keys, what else is known.

    ``asks``: how often asked in the last 30 days; ``asked``: for this need already.
    """

    person_id: int
    area_path: str
    times: tuple[str, ...]
    busy: bool
    asks: int
    asked: bool


@dataclass(frozen=True)
class Match:
    """Somebody who may be asked, with the reasons."""

    person_id: int
    reasons: tuple[MatchReason, ...]


def offer_time_of(moment: datetime) -> OfferTime:
    """In which of the three times a moment lies in Shanghai; evenings begin at 18:00."""
    local = to_local(moment)
    if local.weekday() >= 5:
        return OfferTime.WEEKEND
    return OfferTime.WEEKDAY_EVENING if local.hour >= 18 else OfferTime.WEEKDAY_DAY


def match(candidates: Iterable[Candidate], need: Wanted) -> tuple[list[Match], Counter[LeftOut]]:
    """Who may be asked, the nearest and those with time first, the least asked before others; and who is left out.

    An order for one question, no judgement of people.
    """
    ranked, left_out = [], Counter[LeftOut]()
    for one in candidates:
        if why := _left_out(one, need):
            left_out[why] += 1
        else:
            ranked.append((_order(one, need), Match(one.person_id, _reasons(one, need))))
    return [found for _, found in sorted(ranked, key=lambda pair: pair[0])], left_out


def _left_out(one: Candidate, need: Wanted) -> LeftOut | None:
    if one.asked:
        return LeftOut.ASKED_BEFORE
    if one.busy:
        return LeftOut.BUSY
    return LeftOut.ASKED_OFTEN if one.asks >= need.most_asks else None


def _nearness(home: str, place: str) -> MatchReason | None:
    if place and home.startswith(place):
        return MatchReason.INSIDE
    above = place.rstrip("/").rpartition("/")[0] + "/"
    # Below the top alone: everybody lives in the street.
    return MatchReason.NEAR if above.count("/") > 2 and home.startswith(above) else None


def _reasons(one: Candidate, need: Wanted) -> tuple[MatchReason, ...]:
    near = _nearness(one.area_path, need.area_path)
    found = [MatchReason.SKILL, *([near] if near else []), MatchReason.FREE]
    if offer_time_of(need.starts_at) in one.times:
        found.append(MatchReason.TIME_FITS)
    return (*found, *([] if one.asks else [MatchReason.NOT_ASKED]))


def _order(one: Candidate, need: Wanted) -> tuple[int, bool, int, int]:
    near = {MatchReason.INSIDE: 0, MatchReason.NEAR: 1, None: 2}[_nearness(one.area_path, need.area_path)]
    return near, offer_time_of(need.starts_at) not in one.times, one.asks, one.person_id
