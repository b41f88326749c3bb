"""The preview of a change of grids: parts on the map, what stays, what moves, what is to be decided (feature A4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from domain.area_changes import MOST_DAYS_AHEAD, CarriedSubject, ChangeKind, HouseholdsDoNotAddUp
from domain.areas import StaffingVerdict
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import Actor
from services.areas.change_plan import ACTIVITY, INCIDENT, ChangeForm, ChangePlan, NewArea
from services.areas.change_views import change_overlay
from services.areas.changes import REASON_LENGTH, apply_change, plan_change
from services.areas.planned_changes import plan_ahead
from services.areas.register import MOST_HOUSEHOLDS
from ui import state
from ui.components.area_change_steps import Step, show_heading, steps_of
from ui.components.figures import number_text
from ui.components.tables import table_html, titles
from ui.guard import action, covered, failure_text
from ui.i18n import t
from ui.safe import plain, safe

SUBJECTS = (INCIDENT, ACTIVITY, *(subject.value for subject in CarriedSubject))
_MOST_ASKED = 30


def chosen_day() -> date:
    """The day of the change as the form has it, which stands below its preview; today before that."""
    day = st.session_state.get("change-day")
    return day if isinstance(day, date) else local_date(utc_now())


def given_reason() -> str:
    """The reason as the form has it, which stands below the preview."""
    return str(st.session_state.get("change-reason") or "")


def show_preview(actor: Actor, form: ChangeForm, on_done: Callable[[], None]) -> tuple[dict[str, object], Step, str]:
    """Everything that the change would do, and its button.

    Answers with what the map is to show, the step that waits, and what to do for it.
    """
    show_heading(form.kind, Step.CHECK)
    try:
        plan = plan_change(actor, form)
        plan, problem = _with_answers(actor, plan)
    except Refusal as refusal:
        st.info(failure_text(refusal))
        show_heading(form.kind, Step.SAVE)
        _show_day_and_reason()
        return {}, Step.CHECK if form.kind is ChangeKind.MERGE else Step.BORDER, failure_text(refusal)
    if _is_ahead(plan):
        st.caption(t("area_changes.ahead", day=plan.form.day.isoformat()))
    if plan.followed:
        st.caption(t("area_changes.followed"))
    plan = _show_heirs(actor, plan)
    _show_parts(plan)
    if problem:
        st.warning(problem)
    _show_counts(plan)
    step, missing = _missing(plan, problem)
    show_heading(form.kind, Step.SAVE)
    _show_day_and_reason()
    _show_confirm(actor, plan, missing, on_done)
    now = missing or t("area_changes.now.save", do=t(f"area_changes.do.{_do(plan)}"))
    if step is Step.SAVE and missing:
        now = t("area_changes.now.reason", number=len(steps_of(form.kind)))
    return {"overlay": change_overlay(actor, plan, tuple(map(_label, plan.parts))).token}, step, now


def _show_day_and_reason() -> None:
    """Today, a past day, or a day ahead: then the change is planned."""
    today = local_date(utc_now())
    st.date_input(
        t("area_changes.day"), today, max_value=today + timedelta(days=MOST_DAYS_AHEAD), key="change-day",
        help=t("area_changes.day.help"),
    )  # fmt: skip
    st.text_input(
        t("area_changes.reason"), key="change-reason", max_chars=REASON_LENGTH,
        placeholder=t("area_changes.reason.hint"),
    )  # fmt: skip


def _is_ahead(plan: ChangePlan) -> bool:
    """Whether its day has not come: then it is planned."""
    return plan.form.day > local_date(utc_now())


def _key(plan: ChangePlan, what: str, place: int) -> str:
    """Of an answer about one part; other grids or another number of parts ask anew."""
    return f"change-{what}-{'-'.join(map(str, plan.form.area_ids))}-{len(plan.parts)}-{place}"


def _with_answers(actor: Actor, plan: ChangePlan) -> tuple[ChangePlan, str]:
    """The plan with the names and households that were put right, and what is wrong with them."""
    names = tuple(st.session_state.get(_key(plan, "name", n)) or part.name for n, part in enumerate(plan.parts))
    counts = tuple(
        st.session_state.get(_key(plan, "households", n), part.households) for n, part in enumerate(plan.parts)
    )
    known = tuple(count for count in counts if count is not None)
    same = names == tuple(part.name for part in plan.parts) and counts == tuple(p.households for p in plan.parts)
    if same or (plan.form.kind is ChangeKind.MERGE and not any(names)):
        return plan, ""
    form = replace(plan.form, names=names)
    try:
        full = len(known) == len(counts) and plan.form.kind is not ChangeKind.MERGE
        return plan_change(actor, replace(form, households=known) if full else form), ""
    except HouseholdsDoNotAddUp as refusal:
        return plan_change(actor, form), failure_text(refusal)


def _label(part: NewArea) -> str:
    count = t("areas.households_n", n=number_text(part.households)) if part.households is not None else ""
    return "\n".join(line for line in (part.name, count) if line)


def _show_parts(plan: ChangePlan) -> None:
    """Name and households of each part, which may be put right, its code and what the staffing rule says."""
    for place, part in enumerate(plan.parts):
        with st.container(border=True):
            st.html(
                f'<div class="lg-case-no"><span>{safe(part.code)}</span><span>{safe(_verdict(part))}</span></div>'
            )  # fmt: skip
            left, right = st.columns([3, 2])
            left.text_input(t("fields.name"), part.name, key=_key(plan, "name", place), max_chars=120)
            if part.households is not None and plan.form.kind is not ChangeKind.MERGE:
                right.number_input(
                    t("areas.fact.households"), 0, MOST_HOUSEHOLDS, part.households, 1,
                    key=_key(plan, "households", place),
                )  # fmt: skip
            moved = plan.going_to(part.number)
            said = [t(f"area_changes.subject_n.{subject}", n=moved[subject]) for subject in SUBJECTS if moved[subject]]
            within = sum(area.under is not None for area in _below(plan, part))
            said = [t("area_changes.within_n", n=within), *said] if within else said
            if said:
                st.caption(t("area_changes.gets", what=t("look.list_comma").join(said)))


def _below(plan: ChangePlan, part: NewArea) -> list[NewArea]:
    return [area for area in plan.new if area.under == part.number]


def _verdict(part: NewArea) -> str:
    verdict = part.staffing.verdict
    return "" if verdict is StaffingVerdict.UNKNOWN else t(f"area_changes.verdict.{verdict}")


def _show_counts(plan: ChangePlan) -> None:
    """A table by kind of record: stays, moves, to decide; what there was is what there will be."""
    rows = [(subject, plan.counts[subject]) for subject in SUBJECTS if plan.counts[subject].total]
    if not rows:
        st.caption(t("area_changes.nothing_inside"))
        return
    heads = ("", *titles("area_changes.count", "total", "kept", "moved", "open"))
    lines = (
        (t(f"area_changes.subject.{subject}"), count.total, count.kept, count.moved, count.to_decide)
        for subject, count in rows
    )
    st.html(table_html(heads, lines, named=True))
    st.caption(t("area_changes.count.help"))


def _show_heirs(actor: Actor, plan: ChangePlan) -> ChangePlan:
    """Where that goes which has no place: one answer for all, and one for each that differs."""
    if plan.form.kind is not ChangeKind.SPLIT or not (plan.to_decide or _goes_with_heir(plan) or _is_ahead(plan)):
        return plan
    names = {place: part.name for place, part in enumerate(plan.parts)}
    options: list[int | None] = [None, *names]
    heir = st.selectbox(
        t("area_changes.heir"), options, key=_key(plan, "heir", 0), help=t("area_changes.heir.help"),
        format_func=lambda place: t("area_changes.heir.none") if place is None else names[place],
    )  # fmt: skip
    heirs = _show_single_heirs(plan, names) if plan.to_decide else {}
    if heir is None and not heirs:
        return plan
    return plan_change(actor, replace(plan.form, heir=heir, heirs=heirs))


def _show_single_heirs(plan: ChangePlan, names: dict[int, str]) -> dict[tuple[str, int], int]:
    """Records without a place one by one, for those that do not go where the others go."""
    options: list[int | None] = [None, *names]
    heirs: dict[tuple[str, int], int] = {}
    with st.expander(t("area_changes.heir.each", n=len(plan.to_decide))):
        for going in plan.to_decide[:_MOST_ASKED]:
            what = f"{t(f'area_changes.subject.{going.subject}')} {plain(going.label)}"
            single = st.selectbox(
                what, options, key=_key(plan, going.subject, going.id),
                format_func=lambda place: t("area_changes.heir.same") if place is None else names[place],
            )  # fmt: skip
            if single is not None:
                heirs[going.subject, going.id] = single
        if len(plan.to_decide) > _MOST_ASKED:
            st.caption(t("areas.more", n=len(plan.to_decide) - _MOST_ASKED))
    return heirs


def _goes_with_heir(plan: ChangePlan) -> bool:
    without_place = {s.value for s in CarriedSubject} - {
        CarriedSubject.ORGANISATION.value,
        CarriedSubject.STATION.value,
        CarriedSubject.PLOT.value,
    }
    return any(going.subject in without_place for going in plan.going)


def _show_confirm(actor: Actor, plan: ChangePlan, missing: str, on_done: Callable[[], None]) -> None:
    """The button, and beside it why it cannot be pressed yet."""
    old, new = (t("look.list_comma").join(plain(area.name) for area in areas) for areas in (plan.changed, plan.parts))
    if not missing:
        st.caption(t("area_changes.confirm.says", old=old, new=new, day=plan.form.day.isoformat()))
    with st.container(horizontal=True, vertical_alignment="center", key="lg-touch-change"):
        st.button(
            t(f"area_changes.do.{_do(plan)}"), key="change-confirm", type="secondary" if missing else "primary",
            on_click=_apply, args=(actor, plan, on_done), disabled=bool(missing),
        )  # fmt: skip
        if missing:
            st.caption(missing)


def _do(plan: ChangePlan) -> str:
    return "plan" if _is_ahead(plan) else plan.form.kind.value


def _missing(plan: ChangePlan, problem: str) -> tuple[Step, str]:
    """The step that waits, and what is missing there; "" when the change can be made."""
    if problem:
        return Step.CHECK, problem
    if plan.to_decide:
        return Step.CHECK, t("area_changes.missing.heir", n=len(plan.to_decide))
    if _is_ahead(plan) and plan.form.kind is ChangeKind.SPLIT and plan.form.heir is None:
        return Step.CHECK, t("area_changes.missing.heir_ahead")
    return Step.SAVE, "" if plan.form.reason.strip() else t("area_changes.missing.reason")


@covered
def _apply(actor: Actor, plan: ChangePlan, on_done: Callable[[], None]) -> None:
    ahead = _is_ahead(plan)
    with action("area_changes.planned" if ahead else "area_changes.done", day=plan.form.day.isoformat()) as outcome:
        (plan_ahead if ahead else apply_change)(actor, plan.form, plan.digest)
    if outcome.ok:
        state.new_form_key("area_change")
        st.session_state.pop("change-reason", None)
        state.set_query(view="records")
        on_done()
