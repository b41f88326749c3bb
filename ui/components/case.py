"""The card of one incident: what it is, how much time is left, photos, course and facts."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import streamlit as st

from config.profiles import Profile
from domain.clock import from_local, utc_now
from domain.dictionaries import DictionaryEntry
from domain.errors import NotFound
from domain.incidents import IncidentAction
from services.dictionaries import current as dictionaries
from services.incidents.cases import SAME_PLACE_DAYS
from services.incidents.views import IncidentCard, IncidentView, PhotoView
from ui.components.case_course import steps_of
from ui.components.case_rows import review_passed, review_text
from ui.components.symbols import status_badge
from ui.components.timeline import show_deadline, show_due, show_how, show_timeline
from ui.i18n import named, t
from ui.safe import safe
from ui.times import day_text, length_text, moment_text


def show_case(card: IncidentCard, profile: Profile, now: datetime) -> None:
    """Everything to read about a case, from its number down to its facts."""
    st.html(_head(card.view, profile))
    if card.view.closed_at:
        st.html(_ended(card.view, card.view.closed_at, now))
    elif card.view.review_on:
        st.html(f'<div class="lg-deadline">{safe(_suspended(card))}</div>')
    elif card.deadline and card.run and card.view.answered_at is None:
        show_deadline(card.deadline, card.run, profile.working_hours.value, now)
    elif card.view.answered_at is not None:
        st.html(_answered(card.view, card.view.answered_at, now))
    elif card.view.due_at:
        show_due(card.view.due_at, now)
    _show_arithmetic(card, profile, now)
    if card.view.description:
        st.html(f'<p class="lg-words">{safe(card.view.description)}</p>')
    st.html(_photos(card.photos, now))
    st.html(f'<h3 class="lg-h3">{safe(t("case.course"))}</h3>')
    show_timeline(steps_of(card, now))
    st.html(_facts(card))


def _show_arithmetic(card: IncidentCard, profile: Profile, now: datetime) -> None:
    """怎么算的 of a case whose time does not run: folded, or in words that it was set or counted otherwise."""
    if card.view.due_at is None:
        return
    runs = card.view.answered_at is None and not card.view.closed_at and not card.view.review_on
    if card.deadline is None or card.run is None:
        st.html(f'<p class="lg-quiet">{safe(t("case.due_otherwise"))}</p>')
    elif not runs:
        with st.expander(t("look.how")):
            show_how(card.deadline, card.run, profile.working_hours.value, now)


def _answered(view: IncidentView, answered_at: datetime, now: datetime) -> str:
    """When the answer reached the dispatcher, and how late that was: overdue is computed once, here."""
    words = t("case.answered", moment=moment_text(answered_at, now)) + _how_late(view)
    return f'<div class="lg-deadline">{safe(words)}</div>'


def _how_late(view: IncidentView) -> str:
    late = timedelta(seconds=view.overdue_seconds or 0)
    words = t("case.answered.late", length=length_text(late)) if late else t("case.answered.in_time")
    return words + (t("case.answered.exempted") if view.exempted else "")


def category_name(key: str, version: int | None = None) -> str:
    """The name of a class of incidents in a version of the dictionary, None = the newest."""
    return named(dictionaries.category_name(key, version))


def condition_name(entry: DictionaryEntry) -> str:
    """The name of an entry's condition."""
    return named(entry.condition_name) if entry.condition else t("dictionary.general")


def _head(view: IncidentView, profile: Profile) -> str:
    try:
        source = named(profile.source(view.source).name)
    except NotFound:
        source = view.source
    place = " · ".join(part for part in (view.area_name or t("case.outside"), view.place) if part)
    marks = "".join(f"<em>{safe(mark)}</em>" for mark in _marks(view))
    return (
        f'<div class="lg-case-no"><span>{safe(view.number)}</span>'
        f"<span>{safe(category_name(view.category, view.dictionary_version))} · {safe(source)}</span></div>"
        f'<h1 class="lg-h1">{safe(view.title)}</h1>'
        f'<div class="lg-case-state">{status_badge(view.symbol)}{marks}<span>{safe(place)}</span></div>'
    )


def _marks(view: IncidentView) -> list[str]:
    """What else stands beside the status: supervised, suspended past its review, reopened."""
    marks = [t("case.supervised")] if view.supervised_at else []
    marks += [t("links.callers", n=view.callers)] if view.callers > 1 else []
    if view.review_on and review_passed(view, now := utc_now()):
        marks.append(review_text(view.review_on, now))
    return marks + ([t("case.reopened_n", n=view.reopened_count)] if view.reopened_count else [])


def _suspended(card: IncidentCard) -> str:
    """Whose clock stands: since when, and who looks at it again on which day."""
    item = next(item for item in reversed(card.timeline) if item.action is IncidentAction.SUSPEND)
    day = day_text(from_local(date.fromisoformat(item.changes["review_on"]), time()))
    until = t("case.suspended_until", day=day, name=item.changes["review_by"])
    return t("case.clock_stands", moment=moment_text(item.at, utc_now()), until=until)


def _ended(view: IncidentView, closed_at: datetime, now: datetime) -> str:
    """When it ended, and how late its answer was."""
    words = t("case.ended", moment=moment_text(closed_at, now))
    if view.answered_at:
        words += _how_late(view)
    return f'<div class="lg-deadline">{safe(words)}</div>'


def _photos(photos: Sequence[PhotoView], now: datetime) -> str:
    pictures = "".join(_photo(photo, now) for photo in photos)
    body = pictures or f'<p class="lg-quiet">{safe(t("case.no_photos"))}</p>'
    return f'<h3 class="lg-h3">{safe(t("case.photos"))}</h3><div class="lg-photos">{body}</div>'


def _photo(photo: PhotoView, now: datetime) -> str:
    stage, moment = t(f"case.{photo.stage}"), moment_text(photo.taken_at, now)
    alt = t("case.photo_alt", stage=stage, moment=moment)
    return (
        f'<figure><a href="/photos/{photo.id}" target="_blank">'
        f'<img src="/photos/{photo.id}?small=1" alt="{safe(alt)}" loading="lazy"></a>'
        f"<figcaption><b>{safe(stage)}</b> {safe(moment)}</figcaption></figure>"
    )


def _facts(card: IncidentCard) -> str:
    filed = card.entry
    facts = (
        (t("case.condition"), condition_name(filed) if filed else t("case.unknown_class")),
        (t("case.department"), named(filed.department) if filed else t("case.unknown_class")),
        (t("case.times_here", days=SAME_PLACE_DAYS), t("case.nth", n=card.times_here)),
        (t("case.handler"), card.view.handler_name or t("case.nobody")),
        (t("case.level"), t(f"case.level.{card.view.level}")),
        (t("case.reporter"), card.view.reporter or t("case.no_reporter")),
    )
    cells = "".join(f"<div>{safe(label)}<b>{safe(value)}</b></div>" for label, value in facts)
    return f'<div class="lg-facts lg-facts-2">{cells}</div>'
