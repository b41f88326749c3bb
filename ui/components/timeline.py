"""The course of a case: what happened when, and how its deadline was computed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import streamlit as st

from domain.clock_runs import Run
from domain.clocks import ClockKind, Deadline, Limit, Stretch
from ui.i18n import has_text, t
from ui.safe import safe
from ui.times import clock_text, day_text, exact_length_text, left_text, moment_text


@dataclass(frozen=True)
class Step:
    """One entry of a timeline; `status` (a status symbol's name) marks the one that is waiting now."""

    when: str
    title: str
    text: str = ""
    status: str = ""


def show_timeline(steps: Sequence[Step]) -> None:
    """The steps from the first to the newest, on one line downwards."""
    st.html('<ol class="lg-timeline">' + "".join(map(_step_html, steps)) + "</ol>")


def _step_html(step: Step) -> str:
    mark = f' class="lg-now lg-dot-{safe(step.status)}"' if step.status else ""
    return (
        f"<li{mark}><time>{safe(step.when)}</time><i></i>"
        f"<div><b>{safe(step.title)}</b> <span>{safe(step.text)}</span></div></li>"
    )


def show_deadline(deadline: Deadline, run: Run, hours: str, now: datetime) -> None:
    """Time left, the bar of counted stretches with the place of `now` on it, and how it was computed (怎么算的).

    `hours` are the working hours as people read them (08:30-12:00, 14:00-17:30).
    """
    parts = _head(deadline.due_at, now) + _bar(deadline, now) + _how(deadline, run.total, hours, run)
    st.html(f'<div class="lg-deadline">{parts}</div>')


def show_due(due: datetime, now: datetime) -> None:
    """Time left alone, for a deadline that was set by hand."""
    st.html(f'<div class="lg-deadline">{_head(due, now)}</div>')


def _head(due: datetime, now: datetime) -> str:
    late = ' class="lg-late"' if due < now else ""
    return (
        f'<div class="lg-deadline-head"><b{late}>{_large_digits(left_text(due - now))}</b>'
        f"<span>{_large_digits(t('look.due_at', moment=moment_text(due, now)))}</span></div>"
    )


def _large_digits(text: str) -> str:
    """The numbers of a text as figures, its words small: 剩 1 小时 40 分."""
    words = text.split(" ")
    return " ".join(f"<strong>{safe(w)}</strong>" if _NUMBER.fullmatch(w) else f"<u>{safe(w)}</u>" for w in words)


_NUMBER = re.compile(r"[\d:,.]+")


def _bar(deadline: Deadline, now: datetime) -> str:
    pieces = [piece for stretch in deadline.stretches if not stretch.skipped for piece in _split(stretch, now)]
    total = _sum(pieces) or timedelta(seconds=1)
    bars = "".join(
        f'<i class="{"lg-gone" if piece.end <= now else "lg-left-part"}" style="flex:{piece.counted / total:.5f}"></i>'
        for piece in pieces
    )
    gone = _sum([piece for piece in pieces if piece.end <= now]) / total
    needle = f'<em style="left:{gone:.2%}"></em>' if now <= deadline.due_at else ""
    return f'<div class="lg-bar">{bars}{needle}</div>{_now_label(deadline, now, gone)}{_bar_labels(deadline, now)}'


def _split(stretch: Stretch, now: datetime) -> list[Stretch]:
    if stretch.start < now < stretch.end:
        return [Stretch(stretch.start, now), Stretch(now, stretch.end)]
    return [stretch]


def _sum(stretches: Sequence[Stretch]) -> timedelta:
    return sum((stretch.counted for stretch in stretches), timedelta())


def _bar_labels(deadline: Deadline, now: datetime) -> str:
    began = t("look.accepted_at", moment=moment_text(deadline.stretches[0].start, now))
    ends = moment_text(deadline.due_at, now)
    return f'<div class="lg-bar-labels"><span>{safe(began)}</span><span>{safe(ends)}</span></div>'


def _now_label(deadline: Deadline, now: datetime, gone: float) -> str:
    """The time of day under the needle: it keeps to the bar's ends, so that it is cut at neither."""
    if now > deadline.due_at:
        return ""
    place = f"left:{gone:.2%};transform:translateX({-gone:.2%})"
    return f'<div class="lg-bar-now"><b style="{place}">{safe(t("look.now_at", clock=clock_text(now)))}</b></div>'


def show_how(deadline: Deadline, run: Run, hours: str, now: datetime) -> None:
    """How a deadline was counted, alone: of a case that is answered, ended or suspended."""
    st.html(f'<div class="lg-deadline">{_how(deadline, run.total, hours, run, now)}</div>')


def _how(deadline: Deadline, limit: Limit, hours: str, run: Run | None = None, now: datetime | None = None) -> str:
    """The limit and its rule, every counted and skipped stretch in order, and the sum.

    A ``run`` that stands now has no end yet: its stretches go up to ``now``.
    """
    days = limit.clock in (ClockKind.WORKING_DAY, ClockKind.CALENDAR_DAY)
    stands = run is not None and run.stopped_at is not None and now is not None
    until = now if stands and now is not None else deadline.due_at
    stretches, seconds = _as_shown([stretch for stretch in deadline.stretches if stretch.start < until])
    total = exact_length_text(_sum(stretches), days=days)
    lines = [_limit_text(limit, run), t(f"clocks.rule.{limit.clock}", amount=f"{limit.amount:g}", hours=hours)]
    if deadline.unknown_years:
        lines.append(t("clocks.unknown_years", years=", ".join(map(str, deadline.unknown_years))))
    items = "".join(_stretch_html(stretch, days, seconds) for stretch in stretches)
    last = t("look.deadline_stands", total=total) if stands else t("look.deadline_total", total=total)
    paragraphs = "".join(f"<p>{safe(line)}</p>" for line in lines)
    return (
        f'<div class="lg-how"><b>{safe(t("look.how"))}</b>{paragraphs}<ol class="lg-stretches">{items}</ol>'
        f"<p>{safe(last)}</p></div>"
    )


def _limit_text(limit: Limit, run: Run | None) -> str:
    """限 8 工作时, or with its parts where it was extended: 限 8 工作时（4 + 延长 4）."""
    words = t("look.deadline_limit", limit=t(f"clocks.limit.{limit.clock}", amount=f"{limit.amount:g}"))
    if run is None or not run.extensions:
        return words
    more = " + ".join(t("look.deadline_more", amount=f"{amount:g}") for amount in run.extensions)
    return words + t("look.deadline_parts", first=f"{run.limit.amount:g}", more=more)


def _stretch_html(stretch: Stretch, days: bool, seconds: bool) -> str:
    words = (
        _skipped_text(stretch)
        if stretch.skipped
        else t("look.deadline_counted", length=exact_length_text(stretch.counted, days=days))
    )
    kind = "skipped" if stretch.skipped else "counted"
    return f'<li class="lg-{kind}"><time>{safe(_span(stretch, seconds))}</time><span>{safe(words)}</span></li>'


def _as_shown(stretches: Sequence[Stretch]) -> tuple[list[Stretch], bool]:
    """The stretches as they are printed, and whether with seconds.

    Between whole minutes where these add up to the same, else to the second: a suspension rarely begins and ends at
    the same second of a minute as the case itself.
    """
    whole = [_whole_minutes(stretch) for stretch in stretches]
    exact, minute = _sum(stretches), timedelta(minutes=1)
    if _sum(whole) == exact - exact % minute:
        return [stretch for stretch in whole if stretch.start < stretch.end], False
    return list(stretches), True


def _whole_minutes(stretch: Stretch) -> Stretch:
    start, end = (moment.replace(second=0, microsecond=0) for moment in (stretch.start, stretch.end))
    return replace(stretch, start=start, end=end)


def _skipped_text(stretch: Stretch) -> str:
    names = t("look.list_comma").join(map(holiday_name, stretch.holidays))
    return t(f"clocks.skipped.{stretch.skipped}", holidays=names)


def holiday_name(name: str) -> str:
    """The name of a holiday: a public one's in the user's language, any other as it was entered."""
    key = f"clocks.holiday.{name}"
    return t(key) if has_text(key) else name


def _span(stretch: Stretch, seconds: bool) -> str:
    start, end = day_text(stretch.start), day_text(stretch.end)
    first, last = (clock_text(moment, seconds=seconds) for moment in (stretch.start, stretch.end))
    return f"{start} {first}–{last}" if start == end else f"{start} {first}–{end} {last}"
