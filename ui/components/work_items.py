"""Parts of 准入清单: the items as a table, the load of each department, putting an item on the list and ending it."""

from collections.abc import Sequence

import streamlit as st

from domain.clock import local_date, utc_now
from domain.permissions import Actor
from domain.work_items import MOST_HOURS, WorkItemKind, WorkItemState
from services.dictionaries.current import current_dictionary
from services.dictionaries.work_items import (
    LOAD_DAYS,
    DepartmentLoad,
    WorkItemForm,
    WorkItemView,
    add_work_item,
    end_work_item,
    list_departments,
)
from ui.components.lists import show_empty
from ui.components.tables import WORDS, Html, table_html, titles
from ui.guard import action, covered
from ui.i18n import named, t
from ui.safe import safe

_ROUND = "work_items_round"


def show_items(items: Sequence[WorkItemView]) -> None:
    """The list as a table, those in force first."""
    if not items:
        show_empty(t("work_items.empty"), t("work_items.empty.next"))
        return
    heads = titles("work_items.column", "name", "department", "covers", "hours", "term", "state")
    expired = {place for place, item in enumerate(items) if item.state is WorkItemState.EXPIRED}
    st.html(table_html(heads, map(_item_cells, items), f"{WORDS} lg-work-items", quiet=expired))


def _item_cells(item: WorkItemView) -> tuple[str, ...]:
    covers = named(item.covers_name) if item.covers_name else t("work_items.covers.none")
    marks = [t("work_items.temporary")] if item.temporary else []
    marks += [t("work_items.approved", name=item.approved_by)] if item.approved_by else []
    about = " · ".join((t(f"work_items.kind.{item.kind}"), *marks, *([item.basis] if item.basis else [])))
    return (
        Html(f"{safe(item.name)}<br><small>{safe(about)}</small>"), item.department, covers,
        t("work_items.hours", n=f"{item.hours:g}"), _term(item), t(f"work_items.state.{item.state}"),
    )  # fmt: skip


def _term(item: WorkItemView) -> str:
    if item.valid_to is None:
        return t("work_items.since", first=item.valid_from.isoformat())
    said = t("work_items.until", first=item.valid_from.isoformat(), last="\0").partition("\0")
    return Html(f"{safe(said[0])}<span>{safe(item.valid_to.isoformat())}</span>{safe(said[2])}")


def show_loads(loads: Sequence[DepartmentLoad]) -> None:
    """Which department loads the grids most, the heaviest first."""
    if not loads:
        st.caption(t("work_items.loads.none"))
        return
    most = max(load.hours for load in loads) or 1
    rows = "".join(_load_row(load, most) for load in loads)
    st.html(f'<div class="lg-loads">{rows}</div>')
    st.caption(t("work_items.loads.note", days=LOAD_DAYS))


def _load_row(load: DepartmentLoad, most: float) -> str:
    said = t(
        "work_items.load", items=load.items, temporary=load.temporary, hours=f"{load.hours:g}", handed=load.handed
    )  # fmt: skip
    return (
        f"<p><b>{safe(load.department)}</b><br><small>{safe(said)}</small>"
        f'<i style="width:{100 * load.hours / most:.0f}%"></i></p>'
    )


def show_form(actor: Actor) -> None:
    """What is asked for an item; a temporary one also by whom it was approved and until when it holds."""
    covers = _coverable()
    st.text_input(t("work_items.name"), max_chars=120, key=_key("name"))
    departments = list_departments(actor)
    st.selectbox(t("work_items.department"), departments, key=_key("department"), accept_new_options=True)
    st.selectbox(
        t("work_items.kind"), list(WorkItemKind), key=_key("kind"),
        format_func=lambda kind: t(f"work_items.kind.{kind}"),
    )  # fmt: skip
    st.selectbox(t("work_items.covers"), list(covers), key=_key("covers"), format_func=lambda key: covers.get(key, key))
    st.text_input(t("work_items.basis"), max_chars=200, key=_key("basis"))
    st.number_input(t("work_items.hours.label"), 0.0, float(MOST_HOURS), 0.0, 0.5, key=_key("hours"))
    st.date_input(t("work_items.from"), local_date(utc_now()), key=_key("from"))
    if st.checkbox(t("work_items.is_temporary"), key=_key("temporary")):
        st.text_input(t("work_items.approved_by"), max_chars=60, key=_key("approved"))
        st.date_input(t("work_items.to"), None, key=_key("to"))
    st.button(t("work_items.save"), type="primary", key=_key("save"), on_click=_save, args=(actor,))


def _coverable() -> dict[str, str]:
    """Keys of families and classes with their names; "" for work that is no incident."""
    found = {"": t("work_items.covers.none")}
    for family in current_dictionary().families:
        name = named(family.name)
        found[family.key] = t("work_items.covers.family", family=name)
        found |= {
            kind.key: t("work_items.covers.class", family=name, name=named(kind.name))
            for kind in family.classes if kind.key not in found
        }  # fmt: skip
    return found


def show_ending(actor: Actor, holding: Sequence[WorkItemView]) -> None:
    """Choose one of the items in force and end it."""
    names = {item.id: t("work_items.end.choice", department=item.department, name=item.name) for item in holding}
    chosen = st.selectbox(
        t("work_items.choose_end"), list(names), key=_key("ending"), label_visibility="collapsed",
        format_func=lambda item_id: names.get(item_id, ""),
    )  # fmt: skip
    version = next(item.version for item in holding if item.id == chosen)
    st.button(t("work_items.end"), key=_key("end"), on_click=_end, args=(actor, chosen, version))


@covered
def _save(actor: Actor) -> None:
    value = st.session_state.get
    with action("work_items.saved") as outcome:
        add_work_item(
            actor,
            WorkItemForm(
                value(_key("name")) or "", value(_key("kind")) or WorkItemKind.OTHER, value(_key("department")) or "",
                value(_key("covers")) or "", value(_key("basis")) or "", value(_key("hours")) or 0.0,
                bool(value(_key("temporary"))), value(_key("approved")) or "", value(_key("from")), value(_key("to")),
            ),
        )  # fmt: skip
    if outcome.ok:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


@covered
def _end(actor: Actor, item_id: int, version: int) -> None:
    with action("work_items.ended") as outcome:
        end_work_item(actor, item_id, version)
    if outcome.ok:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _key(part: str) -> str:
    return f"work_items_{st.session_state.get(_ROUND, 0)}_{part}"
