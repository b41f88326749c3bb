"""The course of a case: each entry of its timeline in words, and what it waits for now."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from domain.clock import from_local
from domain.incidents import IncidentAction
from domain.permissions import SYSTEM
from services.incidents.views import IncidentCard, TimelineItem
from ui.components.timeline import Step, holiday_name
from ui.i18n import t
from ui.times import day_text, moment_text


def steps_of(card: IncidentCard, now: datetime) -> list[Step]:
    """The entries of a case from the first to the newest; an open one ends with what it waits for."""
    steps = [Step(moment_text(item.at, now), _done(item), _said(item, now)) for item in card.timeline]
    if card.view.closed_at is None:
        steps.append(Step(t("case.now"), t(f"case.waits.{card.view.status}"), status=card.view.symbol))
    return steps


def _done(item: TimelineItem) -> str:
    """What was done; a department's entry says whether it came or what came of it."""
    if item.action is IncidentAction.ANSWER_WHISTLE and item.changes.get("result"):
        return t("case.done.whistle_result")
    return t(f"case.done.{item.action}")


def _said(item: TimelineItem, now: datetime) -> str:
    changes = item.changes
    parts = [t("case.program") if item.actor_name == SYSTEM.name else item.actor_name]
    if handler := changes.get("handler"):
        parts.append(t("case.given_to", name=handler))
    if photos := changes.get("photos"):
        parts.append(t("case.photos_n", n=photos if isinstance(photos, int) else len(photos)))
    if item.action is not IncidentAction.REPORT and (due := changes.get("due_at")):
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


def call_words(call: Mapping[str, Any]) -> list[str]:
    """What came of a call-back, in words."""
    if not call["reached"]:
        return [t("call_backs.unreached")]
    responded, solved = ("yes" if call[name] else "no" for name in ("responded", "solved"))
    return [
        t("call_backs.reached"), t(f"call_backs.responded.{responded}"), t(f"call_backs.solved.{solved}"),
        t(f"call_backs.{call['satisfaction']}"),
    ]  # fmt: skip
