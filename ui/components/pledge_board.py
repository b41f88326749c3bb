"""承诺 board: figures that open their lists, the list with late ones first, by grid, by post, kept over time."""

from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import urlencode

import streamlit as st

from services.pledges.board import Board, BoardFilter, GroupRow, Part
from services.pledges.register import PledgeView
from ui import state
from ui.components.assignments import post_name
from ui.components.charts import show_chart, stacked_chart
from ui.components.figures import Figure, show_figures
from ui.components.lists import Row, show_empty, show_rows
from ui.components.pledge_words import due_text, progress_text, share_text, status_text, symbol_of
from ui.components.tables import Html, link, table_html, titles
from ui.i18n import t
from ui.safe import safe
from ui.style import theme
from ui.tokens import THEMES

MOST_ROWS = 60


def chosen_filter() -> BoardFilter:
    """The filter as the address bar says it; what it says wrongly is left out."""
    part = next((part for part in Part if part == state.query("part")), Part.ALL)
    month = None
    try:
        month = date.fromisoformat(f"{state.query('month')}-01") if state.query("month") else None
    except ValueError:
        month = None
    return BoardFilter(part, state.query_id("grid"), state.query("post"), month, state.query("q") or "")


def address(**values: object) -> str:
    """The address of a list behind a figure."""
    return "/pledges?" + urlencode({name: str(value) for name, value in values.items() if value is not None})


def show_board_figures(board: Board) -> None:
    """Kept share, late, on the way, broken; each opens its list."""
    day, unit, share = board.day.isoformat(), t("pledges.unit.pledges"), board.share
    of = t("pledges.share", kept=share.kept, settled=share.settled)
    rate = Figure(
        t("pledges.figure.kept"), share_text(share), "%" if share.settled else "", day, compare=of,
        opens=address(part=Part.KEPT),
    )  # fmt: skip
    others = [
        Figure(t(f"pledges.figure.{part}"), board.counts[part], unit, "", status=status if board.counts[part] else "",
               opens=address(part=part))
        for part, status in ((Part.LATE, "due_soon"), (Part.RUNNING, ""), (Part.BROKEN, "overdue"))
    ]  # fmt: skip
    show_figures([rate, *others], theme())
    if waiting := board.counts[Part.WAITING]:
        words = t("pledges.waiting", n=waiting)
        st.html(
            f'<p class="lg-note-line"><a href="{safe(address(part=Part.WAITING))}" target="_self">{safe(words)}</a></p>'
        )
    st.html(f'<div class="lg-how"><b>{safe(t("look.how"))}</b> {safe(t("pledges.how"))}</div>')
    wall = f'<a href="/screen?scene=pledges" target="_blank">{safe(t("pledges.wall"))}</a>'
    st.html(f'<div class="lg-more">{wall}</div>')


def show_pledge_list(board: Board, which: BoardFilter, chosen: str | None, choose: Callable[[str], None]) -> None:
    """The list of the filter, late and unfinished ones first."""
    st.html(
        f'<div class="lg-title"><b>{safe(t("pledges.list"))} {board.found}</b><small>{safe(_words(board, which))}'
        "</small></div>"
    )
    st.selectbox(
        t("pledges.part"), list(Part), index=list(Part).index(which.part), key=f"pledges_part_{which.part}",
        format_func=lambda part: t(f"pledges.part.{part}", n=board.counts[part]), label_visibility="collapsed",
        on_change=_set_part, args=(which.part,),
    )  # fmt: skip
    st.text_input(
        t("pledges.search"), which.search, key="pledges_search", placeholder=t("pledges.search_hint"), max_chars=60,
        label_visibility="collapsed", on_change=_set_search,
    )  # fmt: skip
    if which != BoardFilter():
        st.button(t("pledges.do.all"), key="pledges_all", on_click=_see_all)
    if not board.rows:
        show_empty(t("pledges.empty"), t("pledges.empty.next"))
    show_rows([row_of(view) for view in board.rows[:MOST_ROWS]], chosen, choose, "pledges")
    if board.found > MOST_ROWS:
        st.html(f'<div class="lg-foot">{safe(t("pledges.more", n=board.found - MOST_ROWS))}</div>')


def row_of(view: PledgeView, *, own: bool = False) -> Row:
    """One line of the list: what, of whom and where, how far, until when."""
    where = [] if own else [view.person]
    where += [post_name(view.post), view.area]
    return Row(
        str(view.id), symbol_of(view.progress), view.text, " · ".join(where), status_text(view.progress),
        decision=f"{progress_text(view)} · {due_text(view)}", late=symbol_of(view.progress) == "overdue",
        soon=symbol_of(view.progress) == "due_soon",
    )  # fmt: skip


def _words(board: Board, which: BoardFilter) -> str:
    grid = next((row.name for row in board.grids if row.key == which.area_id), "")
    month = which.month.isoformat()[:7] if which.month else ""
    return " · ".join(word for word in (grid, post_name(which.post) if which.post else "", month) if word)


def _set_part(before: Part) -> None:
    part = st.session_state[f"pledges_part_{before}"]
    state.set_query(part=None if part is Part.ALL else part.value)


def _set_search() -> None:
    state.set_query(q=st.session_state["pledges_search"].strip() or None)


def _see_all() -> None:
    state.set_query(part=None, grid=None, post=None, month=None, q=None)
    st.session_state.pop("pledges_search", None)


def show_groups(board: Board) -> None:
    """By grid, most late ones first, and by post in the profile's order: kept of settled, each opening its list."""
    _show_table(t("pledges.by_grid"), board.grids, lambda row: {"grid": row.key}, lambda row: row.name)
    _show_table(t("pledges.by_post"), board.posts, lambda row: {"post": row.key}, lambda row: post_name(row.name))


def _show_table(
    title: str, rows: list[GroupRow], where: Callable[[GroupRow], dict[str, object]], name: Callable[[GroupRow], str]
) -> None:
    table = table_html(
        titles("pledges.head", "name", "late", "kept", "total"), (_cells(row, where(row), name(row)) for row in rows)
    )
    st.html(f'<h3 class="lg-h3">{safe(title)}</h3>{table}')


def _cells(row: GroupRow, where: dict[str, object], name: str) -> tuple[str, ...]:
    share = row.share
    kept = _link(_kept_text(row), share.kept, part=Part.KEPT, **where)
    of = _link(f"{share.kept} / {share.settled}", share.settled, part=Part.SETTLED, **where)
    return (
        name,
        _link(str(share.late), share.late, part=Part.LATE, **where),
        Html(f"{kept} {of}"),
        _link(str(share.total), share.total, **where),
    )


def _kept_text(row: GroupRow) -> str:
    return f"{share_text(row.share)}{'%' if row.share.settled else ''}"


def _link(shown: str, behind: int, **where: object) -> Html:
    return link(address(**where), shown) if behind else Html(safe(shown))


def show_months(board: Board) -> None:
    """Kept and settled pledges of the last twelve months, by the month of their date, and the table one touch away."""
    c = THEMES[theme()]
    rows: list[dict[str, str | int]] = [
        {"x": row.name[2:7], "kind": t(f"pledges.chart.{kind}"), "n": n}
        for row in board.months
        for kind, n in (("kept", row.share.kept), ("missed", row.share.settled - row.share.kept))
    ]
    st.html(f'<h3 class="lg-h3">{safe(t("pledges.months"))}</h3>')
    chart = stacked_chart(rows, theme(), height=150, colours=(c["chart-main"], c["chart-quiet"]))
    kept, settled = (sum(getattr(row.share, name) for row in board.months) for name in ("kept", "settled"))
    show_chart(chart, t("pledges.chart.alt", kept=kept, settled=settled))
    with st.expander(t("pledges.months.table")):
        st.html(_months_table(board.months))


def _months_table(months: Sequence[GroupRow]) -> str:
    """The newest month first; each number opens its list."""
    return table_html(titles("pledges.head", "month", "in_time", "settled", "rate"), map(_month, reversed(months)))


def _month(row: GroupRow) -> tuple[str, ...]:
    month, share = row.name[:7], row.share
    return (
        month,
        _link(str(share.kept), share.kept, part=Part.KEPT, month=month),
        _link(str(share.settled), share.settled, part=Part.SETTLED, month=month),
        _kept_text(row),
    )
