"""边界检查: findings of the boundaries as a list and on the map."""

from dataclasses import dataclass, field

import streamlit as st

from domain.permissions import Actor
from services.areas.checks import KINDS, AreaFindings, FindingLine, check_areas
from services.areas.preview import findings_overlay
from services.areas.register import count_areas_by_level, list_area_names
from services.maps.overlays import Overlay
from ui.components.areas import level_name
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.guard import action, covered
from ui.i18n import t
from ui.safe import plain, safe

_KEY, _CHOSEN = "areas-findings", "areas-finding"
_MOST = 60


@dataclass
class Checked:
    """What a check found, for which level ("" = all); its shapes on the map, kind by kind as they are looked at."""

    level: str
    findings: AreaFindings
    overlays: dict[str, Overlay] = field(default_factory=dict)

    def overlay(self, actor: Actor, kind: str) -> Overlay:
        """The shapes of a kind."""
        if kind not in self.overlays:
            self.overlays[kind] = findings_overlay(actor, self.findings, kind)
        return self.overlays[kind]


def show_checks(actor: Actor) -> dict[str, object]:
    """The check and its findings; answers with what the map is to show of them."""
    counts = count_areas_by_level(actor)
    levels = ["", *(level for level, count in counts.items() if count)]
    names = {level: level_name(level) if level else t("areas.all") for level in levels}
    level = st.pills(
        t("areas.level"), levels, default="", required=True, key="areas-check-level", format_func=names.__getitem__,
        label_visibility="collapsed",
    )  # fmt: skip
    with st.container(key="lg-touch-check"):
        st.button(t("areas.do.check"), key="areas-check", type="primary", on_click=_check, args=(actor, level))
    checked: Checked | None = st.session_state.get(_KEY)
    if checked is None:
        show_empty(t("areas.check.start"), t("areas.check.start.next"))
        return {}
    counted, total = checked.findings.counts(), sum(checked.findings.counts().values())
    where = names.get(checked.level, checked.level)
    st.caption(t("areas.check.summary", level=where, areas=number_text(checked.findings.checked), n=total))
    if not total:
        show_empty(t("areas.check.clean"), t("areas.check.clean.next"))
        return {}
    return _show_kind(actor, checked, _choose_kind(counted))


@covered
def _check(actor: Actor, level: str) -> None:
    with action() as outcome:
        st.session_state[_KEY] = Checked(level, check_areas(actor, level or None))
    if outcome.ok:
        st.session_state.pop(_CHOSEN, None)
        st.session_state.pop("areas-check-kind", None)


def _choose_kind(counts: dict[str, int]) -> str:
    labels = {kind: f"{t(f'areas.check.{kind}')} {counts[kind]}" for kind in KINDS if counts[kind]}
    return st.pills(
        t("areas.check.kind"), list(labels), default=next(iter(labels)), required=True, key="areas-check-kind",
        format_func=labels.__getitem__, label_visibility="collapsed", on_change=_choose, args=(None,),
    )  # fmt: skip


def _show_kind(actor: Actor, checked: Checked, kind: str) -> dict[str, object]:
    st.caption(t(f"areas.check.{kind}.why"))
    every = checked.findings.lines(kind)
    lines, chosen, overlay = every[:_MOST], st.session_state.get(_CHOSEN), checked.overlay(actor, kind)
    names = list_area_names(actor, {code for line in lines for code in line.codes})
    with st.container(key="lg-rows-findings", gap=None):
        for place, line in enumerate(lines):
            _show_line(place, line, names, chosen)
    if len(every) > _MOST:
        st.html(f'<div class="lg-foot">{safe(t("areas.more", n=len(every) - _MOST))}</div>')
    if overlay.shown < overlay.total:
        st.caption(t("areas.overlay.some", n=overlay.shown, total=overlay.total))
    return {"overlay": overlay.token, "overlay_pick": chosen}


def _show_line(place: int, line: FindingLine, names: dict[str, str], chosen: int | None) -> None:
    title, words = line_texts(line, names)
    mark = " lg-on" if line.number is not None and line.number == chosen else ""
    with st.container(key=f"lg-pick-finding-{place}", gap=None):
        st.html(
            f'<div class="lg-row{mark}"><div class="lg-row-1"><b title="{safe(title)}">{safe(title)}</b></div>'
            f'<div class="lg-row-2 lg-flush"><span>{safe(words)}</span></div></div>'
        )
        nowhere = line.number is None
        st.button(plain(title), key=f"finding-{place}", on_click=_choose, args=(line.number,), disabled=nowhere)


def line_texts(line: FindingLine, names: dict[str, str]) -> tuple[str, str]:
    """What a finding is about, by name, and how much, with the codes."""
    title = " · ".join(names.get(code, code) for code in line.codes[:4]) or t("areas.check.nowhere")
    size = t("areas.check.m2", n=number_text(round(line.m2))) if line.m2 is not None else ""
    reason = t(f"geo.invalid.{line.reason}") if line.reason else ""
    return title, " · ".join(part for part in (size, reason, " ".join(line.codes[:4])) if part)


@covered
def _choose(number: int | None) -> None:
    st.session_state[_CHOSEN] = number
