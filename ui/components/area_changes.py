"""网格调整: which grids, how the border runs, from which day; the preview follows (features A4, A6)."""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from domain.area_changes import MOST_DAYS_AHEAD, ChangeKind
from domain.clock import local_date, utc_now
from domain.errors import Refusal
from domain.permissions import Actor
from services.areas.change_files import read_outlines
from services.areas.change_plan import ChangeForm, NewOutline
from services.areas.change_views import area_at
from services.areas.changes import REASON_LENGTH
from services.areas.cut_proposals import ProposedCut, propose_cut_of
from services.areas.preview import UPLOAD_EXTENSIONS
from services.areas.register import AreaView, count_areas_by_level, list_areas
from services.system.installations import current_profile
from ui import state
from ui.components.area_change_preview import show_preview
from ui.components.area_import import on_disk
from ui.components.areas import level_name
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.components.map import MapClick
from ui.guard import failure_text
from ui.i18n import t

_LINES, _AREAS, _MODE, _KIND, _LEVEL = "change-lines", "change-areas", "change-mode", "change-kind", "change-level"
_FILE, _CUT, _HOW = "change-outlines", "change-proposal", "change-how"
_MOST_CHOICES, _MOST_AREAS = 1000, 6
Lines = list[list[tuple[float, float]]]


def take_map_click(actor: Actor, click: MapClick | None) -> None:
    """A click is a corner of the line while one is drawn, else it chooses a grid, or lets it go."""
    if click is None:
        return
    if _drawing():
        lines: Lines = st.session_state.setdefault(_LINES, [[]])
        lines[-1].append((click.lon, click.lat))
        return
    found = area_at(actor, click.lon, click.lat, st.session_state.get(_LEVEL, current_profile().grid_level.value))
    if found is not None:
        chosen = st.session_state.get(_AREAS, [])
        several = st.session_state.get(_KIND) != ChangeKind.SPLIT.value
        rest = [one for one in chosen if one != found]
        st.session_state[_AREAS] = rest if found in chosen else [*rest, found] if several else [found]


def _drawing() -> bool:
    return st.session_state.get(_MODE) == "draw" and _kind() is not ChangeKind.MERGE and _how() == "draw"


def _kind() -> ChangeKind:
    asked = st.session_state.get(_KIND) or state.query("kind")
    return ChangeKind(asked) if asked in set(ChangeKind) else ChangeKind.SPLIT


def _how() -> str:
    return str(st.session_state.get(_HOW) or "draw")


def show_change_form(actor: Actor) -> dict[str, object]:
    """The form and its preview; answers with what the map is to show."""
    counts = count_areas_by_level(actor)
    if not sum(counts.values()):
        show_empty(t("areas.empty"), t("areas.empty.next"))
        return {}
    kind = _choose_kind()
    level = _choose_level(counts)
    chosen = _choose_areas(actor, level)
    wishes: dict[str, object] = {"drawing": _drawing(), "lines": _lines()}
    if len(chosen) == 1 and kind is ChangeKind.SPLIT:
        wishes |= {"area": chosen[0], "fly": "area", "fly_token": str(chosen[0])}
    form = _form(actor, kind, level, chosen)
    if form is None:
        return wishes
    return wishes | show_preview(actor, form, forget)


def _choose_kind() -> ChangeKind:
    kinds = [kind.value for kind in ChangeKind]
    asked = st.segmented_control(
        t("area_changes.kind"), kinds, default=_kind().value, required=True, key=_KIND,
        format_func=lambda kind: t(f"area_changes.kind.{kind}"), label_visibility="collapsed", on_change=_start_anew,
    )  # fmt: skip
    st.caption(t(f"area_changes.kind.{asked}.help"))
    return ChangeKind(asked)


def _start_anew() -> None:
    forget()
    state.set_query(kind=st.session_state.get(_KIND))


def forget() -> None:
    """Begin anew: no grid chosen, no line drawn."""
    for name in (_LINES, _FILE, _CUT, _AREAS):
        st.session_state.pop(name, None)
    state.set_query(areas=None, propose=None)


def _choose_level(counts: dict[str, int]) -> str:
    levels = [level for level, count in counts.items() if count > 1][-3:]
    grid = current_profile().grid_level.value
    return st.pills(
        t("areas.level"), levels, default=grid if grid in levels else levels[-1], required=True, key=_LEVEL,
        format_func=level_name, on_change=_start_anew,
    )  # fmt: skip


def _choose_areas(actor: Actor, level: str) -> list[int]:
    """Chosen from the list or on the map; the address bar may begin it."""
    areas = {area.id: area for area in list_areas(actor, level)[:_MOST_CHOICES]}
    if _AREAS not in st.session_state:
        asked = [int(one) for one in (state.query("areas") or "").split(",") if one.isdecimal() and len(one) <= 9]
        st.session_state[_AREAS] = asked
    st.session_state[_AREAS] = [one for one in st.session_state[_AREAS] if one in areas][:_MOST_AREAS]
    single = _kind() is ChangeKind.SPLIT
    return st.multiselect(
        t(f"area_changes.areas.{'one' if single else 'several'}"), list(areas), key=_AREAS,
        format_func=lambda one: _area_text(areas[one]), max_selections=1 if single else _MOST_AREAS,
        placeholder=t("area_changes.areas.hint"), select_all=False,
    )  # fmt: skip


def _area_text(area: AreaView) -> str:
    count = t("areas.households_n", n=number_text(area.households)) if area.households is not None else ""
    return " · ".join(part for part in (area.name, area.code, count) if part)


def _form(actor: Actor, kind: ChangeKind, level: str, chosen: Sequence[int]) -> ChangeForm | None:
    """What the person has said so far; None while something is missing for a preview."""
    if len(chosen) < (1 if kind is ChangeKind.SPLIT else 2):
        show_empty(t(f"area_changes.start.{kind}"), t("area_changes.start.next"))
        return None
    outlines: tuple[NewOutline, ...] = ()
    if kind is not ChangeKind.MERGE:
        outlines = _outlines(actor, kind, level, chosen)
    day = _choose_day()
    reason = st.text_input(
        t("area_changes.reason"), key="change-reason", max_chars=REASON_LENGTH,
        placeholder=t("area_changes.reason.hint"),
    )  # fmt: skip
    codes: tuple[str, ...] = ()
    if current_profile().scheme.free and kind is not ChangeKind.REDRAW:
        given = st.text_input(t("area_changes.codes"), key="change-codes", help=t("area_changes.codes.help"))
        codes = tuple(code.strip() for code in given.replace("，", ",").split(",") if code.strip())
    lines = _lines() if not outlines else ()
    if kind is not ChangeKind.MERGE and not outlines and not any(len(line) > 1 for line in lines):
        return None
    form_key = state.form_key("area_change")
    return ChangeForm(kind, tuple(chosen), day, reason, lines, outlines, codes=codes, form_key=form_key)


def _choose_day() -> date:
    """Today, a past day, or a day ahead: then the change is planned."""
    today = local_date(utc_now())
    return st.date_input(
        t("area_changes.day"), today, max_value=today + timedelta(days=MOST_DAYS_AHEAD), key="change-day",
        help=t("area_changes.day.help"),
    )  # fmt: skip


def _outlines(actor: Actor, kind: ChangeKind, level: str, chosen: Sequence[int]) -> tuple[NewOutline, ...]:
    """The new outlines as proposed or as a file has them; none while the cut is drawn."""
    hows = ["draw", "propose", "file"] if kind is ChangeKind.SPLIT else ["draw", "file"]
    start = "propose" if state.query("propose") and "propose" in hows else "draw"
    how = st.segmented_control(
        t("area_changes.how"), hows, default=start, required=True, key=_HOW,
        format_func=lambda one: t(f"area_changes.how.{one}"),
    )  # fmt: skip
    if how == "propose":
        return _proposed(actor, chosen[0])
    if how == "file":
        return _from_file(actor, level)
    _show_drawing()
    return ()


def _proposed(actor: Actor, area_id: int) -> tuple[NewOutline, ...]:
    """The cut that the program proposes, thought out once for a grid."""
    if st.session_state.get(_CUT, (None,))[0] != area_id:
        try:
            with st.spinner(t("area_changes.proposing")):
                st.session_state[_CUT] = (area_id, propose_cut_of(actor, area_id))
        except Refusal as refusal:
            st.info(failure_text(refusal))
            return ()
    found: ProposedCut = st.session_state[_CUT][1]
    rule = {"least": found.rule.least, "most": found.rule.most}
    words = t("area_changes.proposed" if found.fits else "area_changes.proposed.near", **rule)
    along = t("area_changes.along", percent=round(found.along_streets * 100)) if found.along_streets else ""
    st.caption(f"{words}{along}")
    return found.outlines


def _from_file(actor: Actor, level: str) -> tuple[NewOutline, ...]:
    file = st.file_uploader(t("area_changes.file"), type=list(UPLOAD_EXTENSIONS), key="change-file")
    st.caption(t("area_changes.file.help"))
    if file is None:
        st.session_state.pop(_FILE, None)
        return ()
    if st.session_state.get(_FILE, (None,))[0] != (file.file_id, level):
        try:
            with st.spinner(t("areas.step.read")), on_disk([file]) as paths:
                st.session_state[_FILE] = ((file.file_id, level), tuple(read_outlines(actor, paths, level)))
        except Exception as error:
            st.error(failure_text(error))
            return ()
    found: tuple[NewOutline, ...] = st.session_state[_FILE][1]
    return found


def _lines() -> tuple[tuple[tuple[float, float], ...], ...]:
    if _kind() is ChangeKind.MERGE or _how() != "draw":
        return ()
    return tuple(tuple(line) for line in st.session_state.get(_LINES, []))


def _show_drawing() -> None:
    """What a click on the map means, and how to take corners back."""
    modes = ("choose", "draw")
    st.segmented_control(
        t("area_changes.click"), modes, default="draw", required=True, key=_MODE,
        format_func=lambda mode: t(f"area_changes.click.{mode}"),
    )  # fmt: skip
    lines: Lines = st.session_state.get(_LINES, [])
    with st.container(horizontal=True, key="lg-touch-lines"):
        empty = not any(lines)
        st.button(t("area_changes.do.undo"), key="change-undo", on_click=_undo, disabled=empty)
        ready = bool(lines) and len(lines[-1]) > 1
        st.button(t("area_changes.do.line"), key="change-line", on_click=lines.append, args=([],), disabled=not ready)
        st.button(t("area_changes.do.clear"), key="change-clear", on_click=lines.clear, disabled=empty)
    st.caption(t("area_changes.draw.help"))


def _undo() -> None:
    lines: Lines = st.session_state.get(_LINES, [])
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        lines[-1].pop()
