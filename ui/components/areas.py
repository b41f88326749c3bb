"""网格: the list of areas and the card of one."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from domain.areas import StaffingVerdict
from domain.errors import NotFound, Refusal, StaleRecord
from domain.permissions import Actor, Permission, may
from services.areas.cut_proposals import propose_merger_of
from services.areas.exporting import ExportFormat, export_areas
from services.areas.register import (
    MOST_HOUSEHOLDS,
    AreaForm,
    AreaView,
    count_areas_by_level,
    edit_area,
    find_areas,
    get_area,
)
from services.system.installations import current_profile
from ui import state
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.guard import action, covered, when_pressed
from ui.i18n import named, t
from ui.safe import plain, safe

ROWS = 50  # of a list at once
Choose = Callable[[int], None]


def level_name(key: str) -> str:
    """The name of a level; the key itself where the profile does not have it."""
    try:
        return named(current_profile().level(key).name)
    except NotFound:
        return key


def kind_name(key: str) -> str:
    """The name of a kind of area."""
    return t(f"areas.kind.{key}")


def show_area_list(actor: Actor, on_choose: Choose) -> None:
    """Levels with their numbers, a search, and a page of areas."""
    counts = count_areas_by_level(actor)
    if not sum(counts.values()):
        show_empty(t("areas.empty"), t("areas.empty.next" if may(actor, Permission.AREA_IMPORT) else "areas.empty.ask"))
        return
    parent = _parent(actor)
    levels = ["", *(level for level, count in counts.items() if count)]
    names = {
        level: f"{level_name(level) if level else t('areas.all')} {counts.get(level) or sum(counts.values())}"
        for level in levels
    }
    level = st.pills(
        t("areas.level"), levels, default="", required=True, key="areas-level", format_func=names.__getitem__,
        label_visibility="collapsed", on_change=_to_first_page,
    )  # fmt: skip
    hint = t("areas.search_hint")
    search = st.text_input(
        hint, key="areas-search", placeholder=hint, max_chars=60, label_visibility="collapsed",
        on_change=_to_first_page,
    )  # fmt: skip
    number = st.session_state.get("areas-page", 1)
    under = parent.id if parent else None
    page = find_areas(
        actor, level=level or None, search=search, parent_id=under, page=number, page_size=ROWS
    )  # fmt: skip
    st.caption(t("areas.count", n=number_text(page.total)))
    if not page.areas:
        show_empty(t("areas.not_found"), t("areas.not_found.next"))
    show_area_lines(page.areas, on_choose, "areas")
    if page.total > ROWS:
        st.pagination(-(-page.total // ROWS), key="areas-page")
    if may(actor, Permission.EXPORT):
        _show_export(actor, level or None)


def _to_first_page() -> None:
    st.session_state.pop("areas-page", None)


def _parent(actor: Actor) -> AreaView | None:
    """The area whose parts are listed, as the address bar says; with a button that lists all again."""
    asked = state.query("under") or ""
    if not asked.isdecimal():
        return None
    parent = get_area(actor, int(asked))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="lg-note-line">{safe(t("areas.parts_of", name=parent.name))}</p>')
        st.button(t("areas.do.all"), key="areas-all", on_click=state.set_query, kwargs={"under": None})
    return parent


def show_area_lines(areas: Sequence[AreaView], on_choose: Choose, name: str) -> None:
    """Rows that are buttons: name, level and code, what it lies in, households."""
    with st.container(key=f"lg-rows-{name}", gap=None):
        for area in areas:
            with st.container(key=f"lg-pick-{name}-{area.id}", gap=None):
                st.html(_line_html(area))
                st.button(plain(area.name), key=f"{name}-{area.id}", on_click=on_choose, args=(area.id,))


def _line_html(area: AreaView) -> str:
    words = " · ".join(part for part in (level_name(area.level), area.code, area.parent_name or "") if part)
    count = t("areas.households_n", n=number_text(area.households)) if area.households is not None else ""
    verdict = verdict_text(area)
    more = f'<div class="lg-row-3 lg-flush">{safe(verdict)}</div>' if verdict else ""
    return (
        f'<div class="lg-row"><div class="lg-row-1"><b title="{safe(area.name)}">{safe(area.name)}</b></div>'
        f'<div class="lg-row-2 lg-flush"><span>{safe(words)}</span><span>{safe(count)}</span></div>{more}</div>'
    )


def verdict_text(area: AreaView) -> str:
    """What the staffing rule says against an area, "" for nothing."""
    finding = area.staffing
    if finding.verdict is StaffingVerdict.TOO_MANY:
        return t("areas.staffing.too_many", n=number_text(finding.households), parts=finding.cut_into)
    if finding.verdict is StaffingVerdict.TOO_FEW:
        return t("areas.staffing.too_few", n=number_text(finding.households))
    return ""


def _show_export(actor: Actor, level: str | None) -> None:
    with st.popover(t("areas.do.export")):
        st.caption(t("areas.export.why"))
        for format in ExportFormat:
            name = f"{level or 'areas'}.{format}"
            st.download_button(
                t(f"areas.export.{format}"), when_pressed(partial(_exported, actor, format, level)), file_name=name,
                key=f"areas-export-{format}", on_click="ignore",
            )  # fmt: skip


def _exported(actor: Actor, format: ExportFormat, level: str | None) -> bytes:
    with tempfile.TemporaryDirectory(prefix="linge-export-") as folder:
        path = Path(folder) / f"areas.{format}"
        export_areas(actor, format, level, path)
        return path.read_bytes()


def show_area_card(actor: Actor, area: AreaView, on_choose: Choose) -> None:
    """One area: what it is, what lies above and below, the staffing rule, and the form for those who may edit."""
    with st.container(horizontal=True, key="lg-touch-card"):
        st.button(t("areas.do.back"), key="areas-back", on_click=state.set_query, kwargs={"area": None})
        below = find_areas(actor, parent_id=area.id, page_size=1).total
        if below:
            st.button(t("areas.do.parts", n=below), key="areas-parts", on_click=_list_parts, args=(area.id,))
    kind = kind_name(area.kind) if area.kind != "comprehensive" else ""
    meta = " · ".join(part for part in (level_name(area.level), kind) if part)
    st.html(
        f'<div class="lg-case-no"><span>{safe(area.code)}</span><span>{safe(meta)}</span></div>'
        f'<h1 class="lg-h1">{safe(area.name)}</h1>'
    )
    if area.parent_id is not None and area.parent_name is not None:
        label = t("areas.lies_in", name=plain(area.parent_name))
        st.button(label, key="areas-up", type="tertiary", on_click=on_choose, args=(area.parent_id,))
    st.html(_facts(area))
    if verdict := verdict_text(area):
        st.html(f'<p class="lg-note-line">{safe(verdict)}</p>')
    if may(actor, Permission.AREA_IMPORT):
        _show_changes(actor, area)
        _show_form(actor, area)


def _show_changes(actor: Actor, area: AreaView) -> None:
    """The ways to change the area; for one outside the staffing rule its proposal comes first."""
    query: dict[str, str | int] = {"kind": "split", "areas": area.id}
    with st.container(horizontal=True, key="lg-touch-changes"):
        if area.staffing.verdict is StaffingVerdict.TOO_MANY:
            label = t("areas.do.propose_cut", parts=area.staffing.cut_into)
            _to_changes(label, "cut", query | {"propose": 1}, primary=True)
        elif area.staffing.verdict is StaffingVerdict.TOO_FEW:
            _show_merger(actor, area)
        _to_changes(t("areas.do.change"), "change", query)


def _show_merger(actor: Actor, area: AreaView) -> None:
    try:
        found = propose_merger_of(actor, area.id)
    except Refusal:
        return  # no neighbour with which it would keep the rule
    label = t("areas.do.propose_merger", name=plain(found.neighbour.name), n=found.households)
    _to_changes(label, "merger", {"kind": "merge", "areas": f"{area.id},{found.neighbour.id}"}, primary=True)


def _to_changes(label: str, name: str, query: dict[str, str | int], primary: bool = False) -> None:
    """A button that opens the changes of grids with a beginning; it must not begin with what was left there."""
    if st.button(label, key=f"areas-to-{name}", type="primary" if primary else "secondary"):
        for key in ("change-areas", "change-kind", "change-how", "change-level"):
            st.session_state.pop(key, None)
        words = {key: str(value) for key, value in query.items()}
        st.switch_page("../pages/area_changes.py", query_params=words)


def _list_parts(area_id: int) -> None:
    state.set_query(under=area_id, area=None)
    for name in ("areas-level", "areas-search", "areas-page"):
        st.session_state.pop(name, None)


def _facts(area: AreaView) -> str:
    square_km = f"{area.area_m2 / 1e6:,.3f} km²" if area.area_m2 else "—"
    cells = (
        (t("areas.fact.households"), number_text(area.households)),
        (t("areas.fact.size"), square_km),
        (t("areas.fact.parts"), number_text(area.parts)),
        (t("areas.fact.since"), area.valid_from.isoformat()),
        (t("areas.fact.datum"), area.source_datum),
    )
    inner = "".join(f"<div>{safe(label)}<b>{safe(value)}</b></div>" for label, value in cells)
    return f'<div class="lg-facts">{inner}</div>'


def _show_form(actor: Actor, area: AreaView) -> None:
    """Name, households, kind. What was typed stays when somebody else was faster, and is saved on the newer version."""
    name = f"area-{area.id}"
    if f"{name}-version" not in st.session_state:
        _fill(name, area)
    with st.container(border=True, key="lg-touch-area-form"):
        st.html(f'<h3 class="lg-h3">{safe(t("areas.form.title"))}</h3>')
        st.text_input(t("fields.name"), key=f"{name}-name", max_chars=120)
        st.number_input(
            t("areas.fact.households"), min_value=0, max_value=MOST_HOUSEHOLDS, value=None, step=1,
            key=f"{name}-households", placeholder=t("areas.form.unknown"),
        )  # fmt: skip
        kinds = [kind.value for kind in current_profile().level(area.level).area_kinds]
        if len(kinds) > 1:
            st.pills(t("areas.form.kind"), kinds, key=f"{name}-kind", format_func=kind_name, required=True)
        st.button(t("areas.form.save"), key=f"{name}-save", type="primary", on_click=_save, args=(actor, area, name))


def _fill(name: str, area: AreaView) -> None:
    values = {"name": area.name, "households": area.households, "kind": area.kind.value, "version": area.version}
    for field, value in values.items():
        st.session_state[f"{name}-{field}"] = value


@covered
def _save(actor: Actor, area: AreaView, name: str) -> None:
    held = {field: st.session_state.get(f"{name}-{field}") for field in ("name", "households", "kind", "version")}
    form = AreaForm(str(held["name"] or ""), held["households"], str(held["kind"] or area.kind.value))
    with action("areas.done.saved", name=plain(form.name)) as outcome:
        saved = edit_area(actor, area.id, form, int(held["version"] or 0))
    if outcome.ok:
        _fill(name, saved)
    elif isinstance(outcome.error, StaleRecord):
        st.session_state[f"{name}-version"] = get_area(actor, area.id).version
