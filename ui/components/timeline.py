"""The course of a case: what happened when, and how its deadline was computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from ui.i18n import t
from ui.safe import safe
from ui.times import clock_text, day_text, left_text, length_text, moment_text


@dataclass(frozen=True)
class Step:
    """One entry of a timeline; `status` (a status symbol's name) marks the one that is waiting now."""

    when: str
    title: str
    text: str = ""
    status: str = ""


@dataclass(frozen=True)
class Stretch:
    """A stretch of time that the clock counted (`reason` empty) or skipped (`reason` says why), ends in UTC."""

    start: datetime
    end: datetime
    reason: str = ""

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.end - self.start


def show_timeline(steps: Sequence[Step]) -> None:
    """The steps from the first to the newest, on one line downwards."""
    st.html('<ol class="lg-timeline">' + "".join(map(_step_html, steps)) + "</ol>")


def _step_html(step: Step) -> str:
    mark = f' class="lg-now lg-dot-{safe(step.status)}"' if step.status else ""
    return (
        f"<li{mark}><time>{safe(step.when)}</time><i></i>"
        f"<div><b>{safe(step.title)}</b> <span>{safe(step.text)}</span></div></li>"
    )


def show_deadline(stretches: Sequence[Stretch], due: datetime, now: datetime, limit: str) -> None:
    """Time left, the bar of counted stretches with the place of `now` on it, and how it was computed.

    `stretches` run from the acceptance to `due` without holes; only counted ones have length on the bar. `limit` is
    the rule in words (市政设施类限 8 工时).
    """
    st.html(f'<div class="lg-deadline">{_head(due, now)}{_bar(stretches, due, now)}{_how(stretches, limit)}</div>')


def _head(due: datetime, now: datetime) -> str:
    late = " lg-late" if due < now else ""
    return (
        f'<div class="lg-deadline-head"><b class="lg-figure-text{late}">{_large_digits(left_text(due - now))}</b>'
        f"<span>{_large_digits(t('look.due_at', moment=moment_text(due, now)))}</span></div>"
    )


def _large_digits(text: str) -> str:
    """The digits of a text as figures, its words small: 剩 1 小时 40 分."""
    words = []
    for word in text.split(" "):
        large = any(char.isdigit() for char in word) and not any(char >= "一" for char in word)
        words.append(f"<strong>{safe(word)}</strong>" if large else f"<u>{safe(word)}</u>")
    return " ".join(words)


def _bar(stretches: Sequence[Stretch], due: datetime, now: datetime) -> str:
    counted = [s for s in stretches if not s.reason]
    total = sum((s.length for s in counted), timedelta()) or timedelta(seconds=1)
    pieces = [piece for s in counted for piece in _split(s, now)]
    bars = "".join(
        f'<i class="{"lg-gone" if s.end <= now else "lg-left-part"}" style="flex:{s.length / total:.5f}"></i>'
        for s in pieces
    )
    gone = sum((s.length for s in pieces if s.end <= now), timedelta()) / total
    needle = f'<em style="left:{gone:.2%}"></em>' if start_of(stretches) <= now <= due else ""
    return f'<div class="lg-bar">{bars}{needle}</div>{_bar_labels(stretches, due, now)}'


def start_of(stretches: Sequence[Stretch]) -> datetime:
    """When the clock began."""
    return stretches[0].start


def _split(stretch: Stretch, now: datetime) -> list[Stretch]:
    if stretch.start < now < stretch.end:
        return [Stretch(stretch.start, now), Stretch(now, stretch.end)]
    return [stretch]


def _bar_labels(stretches: Sequence[Stretch], due: datetime, now: datetime) -> str:
    began = t("look.accepted_at", moment=moment_text(start_of(stretches), now))
    present = t("look.now_at", clock=clock_text(now)) if now <= due else ""
    return (
        f'<div class="lg-bar-labels"><span>{safe(began)}</span><b>{safe(present)}</b>'
        f"<span>{safe(moment_text(due, now))}</span></div>"
    )


def _how(stretches: Sequence[Stretch], limit: str) -> str:
    counted = [s for s in stretches if not s.reason]
    total = sum((s.length for s in counted), timedelta())
    terms = (t("look.deadline_term", span=_span(s), length=length_text(s.length, days=False)) for s in counted)
    sum_text = " + ".join(terms)
    skipped = t("look.semicolon").join(f"{_span(s)} {s.reason}" for s in stretches if s.reason)
    skips = f"<p>{safe(t('look.skipped', stretches=skipped))}</p>" if skipped else ""
    line = t("look.deadline_sum", limit=limit, sum=sum_text, total=length_text(total, days=False))
    return f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(line)}{skips}</div>'


def _span(stretch: Stretch) -> str:
    start, end = day_text(stretch.start), day_text(stretch.end)
    last = clock_text(stretch.end) if start == end else f"{end} {clock_text(stretch.end)}"
    return f"{start} {clock_text(stretch.start)}–{last}"
