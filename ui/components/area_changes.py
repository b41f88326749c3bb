"""网格调整: which grids, how the border runs, from which day; the preview follows (features A4, A6)."""

from collections.abc import Sequence

import streamlit as st

from domain.area_changes import ChangeKind
from domain.errors import Refusal
from domain.permissions import Actor
from services.areas.change_files import read_outlines
from services.areas.change_plan import ChangeForm, NewOutline
from services.areas.change_views import area_at
from services.areas.cut_proposals import ProposedCut, propose_cut_of
from services.areas.preview import UPLOAD_EXTENSIONS
from services.areas.register import AreaView, count_areas_by_level, list_areas
from services.system.installations import current_profile
from ui import state
from ui.components.area_change_preview import chosen_day, given_reason, show_preview
from ui.components.area_change_steps import LINES, MODE, Lines, Progress, Step, show_heading
from ui.components.area_import import on_disk
from ui.components.areas import level_name
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.components.map import MapClick
from ui.guard import failure_text
from ui.i18n import t

_AREAS, _KIND, _LEVEL = "change-areas", "change-kind", "change-level"
_FILE, _CUT, _HOW = "change-outlines", "change-proposal", "change-how"
_MOST_CHOICES, _MOST_AREAS = 1000, 6


def take_map_click(actor: Actor, click: MapClick | None) -> None:
    """A click is a corner of the line while one is drawn, else it chooses a grid, or lets it go."""
    if click is None:
        return
    if _drawing():
        lines: Lines = st.session_state.setdefault(LINES, [])
        if not lines:
            lines.append([])
        lines[-1].append((click.lon, click.lat))
        return
    found = area_at(actor, click.lon, click.lat, st.session_state.get(_LEVEL, current_profile().grid_level.value))
    if found is not None:
        chosen = st.session_state.get(_AREAS, [])
        several = st.session_state.get(_KIND) != ChangeKind.SPLIT.value
        rest = [one for one in chosen if one != found]
        st.session_state[_AREAS] = rest if found in chosen else [*rest, found] if several else [found]


def _drawing() -> bool:
    return st.session_state.get(MODE) == "draw" and _kind() is not ChangeKind.MERGE and _how() == "draw"


def _kind() -> ChangeKind:
    asked = st.session_state.get(_KIND) or state.query("kind")
    return ChangeKind(asked) if asked in set(ChangeKind) else ChangeKind.SPLIT


def _how() -> str:
    """How the border comes to be, also before it was chosen: a proposal that the address asks for, else drawn."""
    can_propose = _kind() is ChangeKind.SPLIT
    how = st.session_state.get(_HOW) or ("propose" if state.query("propose") else "draw")
    return str(how) if how != "propose" or can_propose else "draw"


def show_change_form(actor: Actor) -> tuple[dict[str, object], Progress | None]:
    """The form and its preview; answers with what the map is to show, and which step waits."""
    counts = count_areas_by_level(actor)
    if not sum(counts.values()):
        show_empty(t("areas.empty"), t("areas.empty.next"))
        return {}, None
    kind = _choose_kind()
    level = _choose_level(counts)
    show_heading(kind, Step.AREAS)
    chosen = _choose_areas(actor, level)
    wishes: dict[str, object] = {"drawing": _drawing(), "lines": _lines()}
    if len(chosen) == 1 and kind is ChangeKind.SPLIT:
        wishes |= {"area": chosen[0], "fly": "area", "fly_token": str(chosen[0])}
    if len(chosen) < (1 if kind is ChangeKind.SPLIT else 2):
        show_empty(t(f"area_changes.start.{kind}"), t("area_changes.start.next"))
        return wishes, Progress(kind, Step.AREAS, t(f"area_changes.now.areas.{kind}"))
    drawn = kind is not ChangeKind.MERGE and _how() == "draw"
    form = _form(actor, kind, level, chosen)
    if form is None:
        return wishes, Progress(kind, Step.BORDER, _border_words(), drawn)
    more, at, words = show_preview(actor, form, forget)
    return wishes | more, Progress(kind, at, words, drawn)


def _border_words() -> str:
    """What to do for the new border as it is made now."""
    how = _how()
    if how == "draw" and st.session_state.get(MODE) == "choose":
        return t("area_changes.now.border.choose")
    begun = any(st.session_state.get(LINES, []))
    return t(f"area_changes.now.border.{'draw_on' if how == 'draw' and begun else how}")


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
    for name in (LINES, _FILE, _CUT, _AREAS):
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
    outlines: tuple[NewOutline, ...] = ()
    if kind is not ChangeKind.MERGE:
        show_heading(kind, Step.BORDER)
        outlines = _outlines(actor, kind, level, chosen)
    codes: tuple[str, ...] = ()
    if current_profile().scheme.free and kind is not ChangeKind.REDRAW:
        given = st.text_input(t("area_changes.codes"), key="change-codes", help=t("area_changes.codes.help"))
        codes = tuple(code.strip() for code in given.replace("，", ",").split(",") if code.strip())
    lines = _lines() if not outlines else ()
    if kind is not ChangeKind.MERGE and not outlines and not any(len(line) > 1 for line in lines):
        return None
    form_key = state.form_key("area_change")
    return ChangeForm(
        kind, tuple(chosen), chosen_day(), given_reason(), lines, outlines, codes=codes, form_key=form_key
    )  # fmt: skip


def _outlines(actor: Actor, kind: ChangeKind, level: str, chosen: Sequence[int]) -> tuple[NewOutline, ...]:
    """The new outlines as proposed or as a file has them; none while the cut is drawn."""
    hows = ["draw", "propose", "file"] if kind is ChangeKind.SPLIT else ["draw", "file"]
    how = st.segmented_control(
        t("area_changes.how"), hows, default=_how(), required=True, key=_HOW,
        format_func=lambda one: t(f"area_changes.how.{one}"),
    )  # fmt: skip
    if how == "propose":
        return _proposed(actor, chosen[0])
    if how == "file":
        return _from_file(actor, level)
    st.caption(t("area_changes.draw.help"))
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
    return tuple(tuple(line) for line in st.session_state.get(LINES, []))
