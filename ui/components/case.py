"""The card of one incident: what it is, how much time is left, photos, course, facts, and the steps that are open."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import streamlit as st

from config.profiles import Profile
from domain.clock import from_local, local_date, utc_now
from domain.dictionaries import DictionaryEntry
from domain.errors import NotFound
from domain.incidents import IncidentAction
from domain.permissions import SYSTEM, Actor
from services.dictionaries import current as dictionaries
from services.incidents.assignees import Assignee
from services.incidents.cases import SAME_PLACE_DAYS, act_on_incident, list_assignees
from services.incidents.views import AllowedAction, IncidentCard, IncidentView, PhotoView, TimelineItem
from ui.components.symbols import status_badge
from ui.components.timeline import Step, holiday_name, show_deadline, show_due, show_how, show_timeline
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import plain, safe
from ui.times import day_text, left_text, length_text, moment_text

_A = IncidentAction
# What moves a case forward stands first; the first of them is the primary button.
FORWARD = (
    _A.CLOSE, _A.VERIFY, _A.FEED_BACK, _A.DISPATCH, _A.TAKE_OVER, _A.REPORT_IN, _A.FILE, _A.CHECK, _A.RESUME,
    _A.EVALUATE,
)  # fmt: skip
_ORDER = (
    *FORWARD, _A.RETURN, _A.SUPERVISE, _A.HAND_OVER, _A.CALL, _A.ESCALATE, _A.HAND_DOWN, _A.SUSPEND, _A.REOPEN,
    _A.ADD_NOTE, _A.VOID,
)  # fmt: skip
Kind = Literal["primary", "secondary"]
_SHOWN = 4  # steps with a button of their own; the rest lie behind 更多


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
    show_timeline(_steps(card, now))
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
    if review_passed(view, utc_now()):
        marks.append(t("case.review_passed"))
    return marks + ([t("case.reopened_n", n=view.reopened_count)] if view.reopened_count else [])


def _suspended(card: IncidentCard) -> str:
    """Whose clock stands: since when, and who looks at it again on which day."""
    item = next(item for item in reversed(card.timeline) if item.action is _A.SUSPEND)
    day = day_text(from_local(date.fromisoformat(item.changes["review_on"]), time()))
    until = t("case.suspended_until", day=day, name=item.changes["review_by"])
    return t("case.clock_stands", moment=moment_text(item.at, utc_now()), until=until)


def clock_of(view: IncidentView, now: datetime) -> str:
    """What stands at the end of a row: when it ended, when a suspended one is looked at again, when it
    was answered, else the time left.
    """
    if view.closed_at:
        return moment_text(view.closed_at, now)
    if view.review_on:
        return t("case.review_day", day=day_text(from_local(view.review_on, time())))
    if view.answered_at:
        return t("case.answered_at", moment=moment_text(view.answered_at, now))
    return left_text(view.due_at - now) if view.due_at else ""


def review_passed(view: IncidentView, now: datetime) -> bool:
    """Whether a suspended case is to be looked at again today or was to be before."""
    return view.review_on is not None and view.review_on <= local_date(now)


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


def _steps(card: IncidentCard, now: datetime) -> list[Step]:
    steps = [Step(moment_text(item.at, now), _done(item), _said(item, now)) for item in card.timeline]
    if card.view.closed_at is None:
        steps.append(Step(t("case.now"), t("case.waits"), status=card.view.symbol))
    return steps


def call_words(call: Mapping[str, Any]) -> list[str]:
    """What came of a call-back, in words."""
    if not call["reached"]:
        return [t("call_backs.unreached")]
    responded, solved = ("yes" if call[name] else "no" for name in ("responded", "solved"))
    return [
        t("call_backs.reached"), t(f"call_backs.responded.{responded}"), t(f"call_backs.solved.{solved}"),
        t(f"call_backs.{call['satisfaction']}"),
    ]  # fmt: skip


def _done(item: TimelineItem) -> str:
    """What was done; a department's entry says whether it came or what came of it."""
    if item.action is _A.ANSWER_WHISTLE and item.changes.get("result"):
        return t("case.done.whistle_result")
    return t(f"case.done.{item.action}")


def _said(item: TimelineItem, now: datetime) -> str:
    changes = item.changes
    parts = [t("case.program") if item.actor_name == SYSTEM.name else item.actor_name]
    if handler := changes.get("handler"):
        parts.append(t("case.given_to", name=handler))
    if photos := changes.get("photos"):
        parts.append(t("case.photos_n", n=photos if isinstance(photos, int) else len(photos)))
    if item.action is not _A.REPORT and (due := changes.get("due_at")):
        parts.append(t("case.new_due", moment=moment_text(datetime.fromisoformat(due), now)))
    if item_name := changes.get("work_item"):
        parts.append(t("case.work_item", name=item_name))
    if standard := changes.get("standard"):
        parts.append(t("case.standard_met", standard=standard))
    if (before := changes.get("due_from")) and "days" in changes:
        days = t("look.list_comma").join(_day_changed(*entry) for entry in changes["days"])
        parts.append(t("case.recounted", moment=moment_text(datetime.fromisoformat(before), now), days=days))
    if added := changes.get("added"):
        parts.append(t("case.extended", amount=t(f"clocks.limit.{added['clock']}", amount=f"{added['amount']:g}")))
    if approvals := changes.get("approvals"):
        parts.append(t("case.exempted_by", names=t("look.list_comma").join(approvals)))
    if until := changes.get("review_on"):
        day = day_text(from_local(date.fromisoformat(until), time()))
        parts.append(t("case.suspended_until", day=day, name=changes.get("review_by", "")))
    departments = changes.get("departments") or [changes.get("department", item.actor_name)]
    if departments != [item.actor_name]:
        parts.append(t("look.list_comma").join(departments))
    if rating := changes.get("rating"):
        parts.append(t("whistles.rated", n=rating))
    if call := changes.get("call_back"):
        parts += call_words(call)
    if told := changes.get("told"):
        parts.append(t("case.told", names=t("look.list_comma").join(told)))
    if other := changes.get("main") or changes.get("linked"):
        parts.append(t("links.entry.main" if "main" in changes else "links.entry.linked", number=other))
    if "area_to" in changes:
        outside = t("case.outside")
        parts.append(t("case.moved", old=changes.get("area_from") or outside, new=changes["area_to"] or outside))
    return " · ".join([*parts, item.note] if item.note else parts)


def _day_changed(day: str, before: str, after: str, name: str) -> str:
    """One changed day of the calendar: 3月19日（台风停工） 改为放假."""
    shown = f"{day_text(from_local(date.fromisoformat(day), time()))} {holiday_name(name)}"
    return t(f"case.day.{after or 'none'}", day=shown.strip())


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


def show_steps(actor: Actor, card: IncidentCard) -> None:
    """A button for each step that the actor may do now; what needs words, a person or photos asks for them first.

    A step that was refused keeps what was typed; one that was done clears it.
    """
    allowed = sorted(card.actions, key=lambda item: _ORDER.index(item.action))
    _show_kept(actor, card)
    primary = allowed[0].action if allowed and allowed[0].action in FORWARD else None
    with st.container(horizontal=True, key="lg-case-steps", gap="small"):
        for item in allowed[:_SHOWN]:
            _show_step(actor, card, item, "primary" if item.action is primary else "secondary")
        if allowed[_SHOWN:]:
            with st.popover(t("case.more"), key=f"case_more_{_round(card.view.id)}"):
                for item in allowed[_SHOWN:]:
                    with st.expander(t(f"case.action.{item.action}")):
                        _show_form(actor, card, item)


def _show_kept(actor: Actor, card: IncidentCard) -> None:
    """Words that were typed for a step which somebody else took first: its form is gone, they are not."""
    view, allowed = card.view, {item.action for item in card.actions}
    for step in _A:
        words = st.session_state.get(_key(view.id, step, "note"))
        if words and step not in allowed:
            st.session_state[f"case_kept_{view.id}"] = words
    if not (kept := st.session_state.get(f"case_kept_{view.id}")):
        return
    with st.container(border=True, key="lg-kept", gap="small"):
        st.html(f'<b>{safe(t("case.kept"))}</b><p class="lg-words">{safe(kept)}</p>')
        with st.container(horizontal=True, gap="small"):
            if _A.ADD_NOTE in allowed:
                st.button(
                    t("case.kept.note"), key=f"kept_note_{view.id}", on_click=_note_kept,
                    args=(actor, view.id, view.version),
                )  # fmt: skip
            st.button(t("case.kept.drop"), key=f"kept_drop_{view.id}", on_click=_drop_kept, args=(view.id,))


def _note_kept(actor: Actor, incident_id: int, version: int) -> None:
    st.session_state[_key(incident_id, _A.ADD_NOTE, "note")] = st.session_state[f"case_kept_{incident_id}"]
    before = _round(incident_id)
    _do(actor, incident_id, version, _A.ADD_NOTE)
    if _round(incident_id) > before:
        _drop_kept(incident_id)


def _drop_kept(incident_id: int) -> None:
    st.session_state.pop(f"case_kept_{incident_id}", None)


def _show_step(actor: Actor, card: IncidentCard, item: AllowedAction, kind: Kind) -> None:
    label, view = _label(item), card.view
    if not (item.needs_reason or item.needs_assignee or item.needs_result or item.takes_photos or item.needs_standard):
        st.button(
            label, type=kind, key=_key(view.id, item.action, "do"), on_click=_do,
            args=(actor, view.id, view.version, item.action),
        )  # fmt: skip
        return
    with st.popover(label, type=kind, key=_key(view.id, item.action, "open")):
        _show_form(actor, card, item)


def _label(item: AllowedAction) -> str:
    """What the button says: dispatching names what it does before, too."""
    return " · ".join(t(f"case.action.{action}") for action in (*item.via, item.action))


def _show_form(actor: Actor, card: IncidentCard, item: AllowedAction) -> None:
    view, words = card.view, "reason" if item.needs_reason else "result" if item.needs_result else "note"
    if item.needs_assignee:
        people = {person.user_id: _person(person) for person in list_assignees(actor, view.id, item.action)}
        if not people:
            st.write(t("case.no_assignee"))
            return
        st.selectbox(
            t("case.review_by" if item.needs_review else "case.assignee"), list(people),
            key=_key(view.id, item.action, "assignee"), format_func=lambda user_id: people[user_id],
        )  # fmt: skip
    if item.needs_review:
        tomorrow = local_date(utc_now()) + timedelta(days=1)
        st.date_input(
            t("case.review_on"), tomorrow + timedelta(days=6), min_value=tomorrow,
            key=_key(view.id, item.action, "review"),
        )  # fmt: skip
    if item.needs_standard and card.entry:
        _ask_standard(card.entry, view, item.action)
    st.text_area(t(f"case.{words}"), max_chars=1000, key=_key(view.id, item.action, "note"))
    if item.takes_photos:
        st.file_uploader(
            t("case.photos_needed" if _wants_photo(card, item) else "case.photos_add"),
            type=["jpg", "jpeg", "png", "webp"], accept_multiple_files=True,
            key=_key(view.id, item.action, "photos"),
        )  # fmt: skip
    st.button(
        t("case.confirm"), type="primary", key=_key(view.id, item.action, "confirm"), on_click=_do,
        args=(actor, view.id, view.version, item.action),
    )  # fmt: skip


def _wants_photo(card: IncidentCard, item: AllowedAction) -> bool:
    """Whether the step needs a photo that is not there yet."""
    photo = card.entry.photo_required if card.entry and item.needs_standard else False
    return photo and not any(one.stage == "after" for one in card.photos)


def _ask_standard(entry: DictionaryEntry, view: IncidentView, step: IncidentAction) -> None:
    """The closing standard of what it was filed under, to be said to be met; and whether a photo has to show it."""
    photo = f"<small> · {safe(t('case.photo_required'))}</small>" if entry.photo_required else ""
    st.html(f'<div class="lg-ask"><b>{safe(t("case.standard"))}</b>{photo}</div>')
    st.checkbox(plain(named(entry.standard)), key=_key(view.id, step, "standard"))


def _person(person: Assignee) -> str:
    role, area = t(f"roles.{person.role}"), person.area_name or t("case.assignee_street")
    return t("case.assignee_line", role=role, name=person.name, area=area)


@covered
def _do(actor: Actor, incident_id: int, version: int, step: IncidentAction) -> None:
    value = st.session_state.get
    files = value(_key(incident_id, step, "photos")) or []
    with action("case.saved", action=t(f"case.action.{step}")) as outcome:
        act_on_incident(
            actor, incident_id, step, version,
            note=value(_key(incident_id, step, "note")) or "",
            photos=tuple(file.getvalue() for file in files),
            assignee_id=value(_key(incident_id, step, "assignee")),
            review_on=value(_key(incident_id, step, "review")),
            standard_confirmed=bool(value(_key(incident_id, step, "standard"))),
        )  # fmt: skip
    if outcome.ok:  # the next round has fresh fields, and its popovers are closed
        st.session_state[f"case_round_{incident_id}"] = _round(incident_id) + 1


def _round(incident_id: int) -> int:
    return int(st.session_state.get(f"case_round_{incident_id}", 0))


def _key(incident_id: int, step: IncidentAction, part: str) -> str:
    return f"case_{incident_id}_{_round(incident_id)}_{step}_{part}"
