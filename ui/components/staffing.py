"""户数规模: the staffing rule in force, its change with a look at what it would flag, its history (feature A6)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from domain.areas import StaffingRule, StaffingVerdict
from domain.clock import utc_now
from domain.errors import Refusal, StaleRecord
from domain.permissions import Actor, Permission, may
from domain.staffing import MOST_HOUSEHOLDS_OF_RULE
from services.areas.register import AreaView, list_staffing_findings
from services.areas.staffing_rules import (
    REASON_LENGTH,
    StaffingChangeRow,
    StaffingForm,
    StaffingView,
    edit_staffing_rule,
    list_rule_changes,
    list_staffing_rules,
    rules_if,
)
from ui import state
from ui.components.areas import ROWS, Choose, level_name, show_area_lines
from ui.components.lists import show_empty
from ui.guard import action, covered, failure_text
from ui.i18n import t
from ui.safe import safe
from ui.times import moment_text


def show_staffing(actor: Actor, on_choose: Choose) -> None:
    """The rule of each level, its form for those who may, its changes, and the areas that it says something against."""
    views = list_staffing_rules(actor)
    for view in views:
        st.caption(_rule_text(view))
    now = list_staffing_findings(actor)
    trial = _show_form(actor, views, now) if views and may(actor, Permission.STAFFING_EDIT) else None
    _show_history(actor, views)
    found = now if trial is None else trial
    st.caption(t("areas.staffing.count" if trial is None else "areas.staffing.count_trial", n=len(found)))
    if not found:
        show_empty(t("areas.staffing.none"), t("areas.staffing.none.next"))
    show_area_lines(found[:ROWS], on_choose, "staffing")
    if len(found) > ROWS:
        st.html(f'<div class="lg-foot">{safe(t("areas.more", n=len(found) - ROWS))}</div>')


def _rule_text(view: StaffingView) -> str:
    rule = t("areas.staffing.rule", level=level_name(view.level), least=view.rule.least, most=view.rule.most)
    if view.change is not None and view.change.least is not None:
        start = view.profile_rule
        return f"{rule} {t('areas.staffing.own', least=start.least, most=start.most)}"
    return f"{rule} {t('areas.staffing.example')}" if view.is_example else rule


def _show_form(actor: Actor, views: Sequence[StaffingView], now: Sequence[AreaView]) -> list[AreaView] | None:
    """Other bounds for a level; answers with the areas that they would flag, None while nothing else is entered."""
    with st.expander(t("areas.staffing.edit"), key="staffing-form", on_change="rerun") as form:
        if not form.open:
            return None
        view = _choose(views)
        _fill_once(view)
        name = _name(view)
        with st.container(horizontal=True):
            for field in ("least", "most"):
                st.number_input(
                    t(f"areas.staffing.{field}"), 1, MOST_HOUSEHOLDS_OF_RULE, None, 1, key=f"{name}-{field}"
                )  # fmt: skip
        st.button(
            t("areas.staffing.back", least=view.profile_rule.least, most=view.profile_rule.most),
            key=f"{name}-back", on_click=_fill_profile, args=(view,), disabled=view.rule == view.profile_rule,
            help=t("areas.staffing.back.none") if view.rule == view.profile_rule else None,
        )  # fmt: skip
        trial = _show_trial(actor, view, now)
        reason = st.text_input(t("areas.staffing.reason"), key=f"{name}-reason", max_chars=REASON_LENGTH)
        missing = "same" if trial is None else "reason" if not reason.strip() else ""
        with st.container(horizontal=True, vertical_alignment="center", key="lg-touch-staffing"):
            st.button(
                t("areas.staffing.save"), key=f"{name}-save", type="secondary" if missing else "primary",
                on_click=_save, args=(actor, view), disabled=bool(missing),
            )  # fmt: skip
            if missing:
                st.caption(t(f"areas.staffing.missing.{missing}"))
        return trial


def _choose(views: Sequence[StaffingView]) -> StaffingView:
    by_level = {view.level: view for view in views}
    if len(views) == 1:
        return views[0]
    level = st.pills(
        t("areas.level"), list(by_level), default=views[0].level, required=True, key="staffing-level",
        format_func=level_name, label_visibility="collapsed",
    )  # fmt: skip
    return by_level[level]


def _name(view: StaffingView) -> str:
    return f"staffing-{view.level}"


def _fill_once(view: StaffingView) -> None:
    """What was typed stays when somebody else was faster, and is saved on the newer version."""
    if f"{_name(view)}-version" not in st.session_state:
        _fill(view, view.rule.least, view.rule.most)
        st.session_state[f"{_name(view)}-version"] = view.version


def _fill(view: StaffingView, least: int, most: int) -> None:
    st.session_state[f"{_name(view)}-least"], st.session_state[f"{_name(view)}-most"] = least, most


def _fill_profile(view: StaffingView) -> None:
    _fill(view, view.profile_rule.least, view.profile_rule.most)


def _form(view: StaffingView, form_key: str = "") -> StaffingForm:
    held = {field: st.session_state.get(f"{_name(view)}-{field}") for field in ("least", "most", "reason")}
    return StaffingForm(view.level, held["least"], held["most"], str(held["reason"] or ""), form_key)


def _show_trial(actor: Actor, view: StaffingView, now: Sequence[AreaView]) -> list[AreaView] | None:
    """What the bounds that are entered would flag, on all levels; shown for theirs, beside what is flagged now."""
    form = _form(view)
    if (form.least, form.most) == (view.rule.least, view.rule.most):
        return None
    try:
        rules = rules_if(actor, form)
    except Refusal as refusal:
        st.warning(failure_text(refusal))
        return None
    trial = list_staffing_findings(actor, rules=rules)
    counts, was = _counts(trial, view.level), _counts(now, view.level)
    st.info(
        t(
            "areas.staffing.trial", level=level_name(view.level), least=form.least, most=form.most,
            many=counts[StaffingVerdict.TOO_MANY], few=counts[StaffingVerdict.TOO_FEW],
            was_many=was[StaffingVerdict.TOO_MANY], was_few=was[StaffingVerdict.TOO_FEW],
        )
    )  # fmt: skip
    return trial


def _counts(found: Sequence[AreaView], level: str) -> Counter[StaffingVerdict]:
    return Counter(area.staffing.verdict for area in found if area.level == level)


@covered
def _save(actor: Actor, view: StaffingView) -> None:
    name = _name(view)
    with action("areas.staffing.saved", level=level_name(view.level)) as outcome:
        form = _form(view, state.form_key("staffing"))
        edit_staffing_rule(actor, form, int(st.session_state[f"{name}-version"]))
    if outcome.ok:
        state.new_form_key("staffing")
        for field in ("least", "most", "version", "reason"):
            st.session_state.pop(f"{name}-{field}", None)
    elif isinstance(outcome.error, StaleRecord):
        newer = {one.level: one.version for one in list_staffing_rules(actor)}
        st.session_state[f"{name}-version"] = newer[view.level]


def _show_history(actor: Actor, views: Sequence[StaffingView]) -> None:
    changes = list_rule_changes(actor)
    if not changes:
        return
    starts = {view.level: view.profile_rule for view in views}
    with st.expander(t("areas.staffing.history", n=len(changes)), key="staffing-history"):
        for change in changes:
            st.html(_change_html(change, starts))


def _change_html(change: StaffingChangeRow, starts: Mapping[str, StaffingRule]) -> str:
    start = starts.get(change.level)
    least, most = (change.least, change.most) if change.least else (start.least, start.most) if start else ("", "")
    words = t(
        "areas.staffing.changed", level=level_name(change.level), least=least, most=most,
        old_least=change.old_least, old_most=change.old_most,
    )  # fmt: skip
    back = f" {t('areas.staffing.to_profile')}" if change.least is None else ""
    who = " · ".join(part for part in (moment_text(change.changed_at, utc_now()), change.changed_by or "") if part)
    return (
        f'<div class="lg-row"><div class="lg-row-1"><b>{safe(words)}{safe(back)}</b></div>'
        f'<div class="lg-row-3 lg-flush">{safe(change.reason)}</div>'
        f'<div class="lg-row-3 lg-flush">{safe(who)}</div></div>'
    )
