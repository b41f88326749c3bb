"""What an import would do, for people: figures, datum, refused and repaired rows, warnings."""

from collections.abc import Sequence

import streamlit as st

from services.areas.plan import ImportPlan, ImportWarning, RefusedRow, RepairedRow
from services.stations.plan import StationPlan
from ui.components.figures import number_text
from ui.i18n import t
from ui.safe import plain, safe

_MOST = 100
_COUNTS = ("read", "created", "updated", "unchanged", "merged", "repaired", "refused")


def show_plan(plan: ImportPlan | StationPlan) -> None:
    """The whole preview below the form."""
    found = plan.as_dict()
    counts = {
        name: len(found[name]) if isinstance(found[name], list) else found[name] for name in _COUNTS if name in found
    }
    shown = {name: n for name, n in counts.items() if n or name in ("read", "created", "updated")}
    cells = "".join(f"<div>{safe(t(f'areas.plan.{k}'))}<b>{safe(number_text(n))}</b></div>" for k, n in shown.items())
    st.html(f'<div class="lg-facts">{cells}</div>')
    reason = t(plan.datum.reason, **plan.datum.values)
    st.html(f'<p class="lg-note-line">{safe(t("areas.plan.datum", used=plan.datum.used))} {safe(reason)}</p>')
    _show_lines("refused", [_refused_text(row) for row in plan.refused])
    if isinstance(plan, ImportPlan):
        _show_lines("repaired", [_repaired_text(row) for row in plan.repaired])
    _show_lines("warnings", [warning_text(warning) for warning in plan.warnings])


def _show_lines(name: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    with st.expander(t(f"areas.plan.{name}_n", n=len(lines)), expanded=name == "refused" or len(lines) <= 5):
        for line in lines[:_MOST]:
            st.markdown(f"- {plain(line)}")
        if len(lines) > _MOST:
            st.caption(t("areas.more", n=len(lines) - _MOST))


def _refused_text(row: RefusedRow) -> str:
    return _of_file(row.file) + t(f"areas.refused.{row.reason}", row=row.row, detail=row.detail) + _of_code(row.code)


def _repaired_text(row: RepairedRow) -> str:
    reason = t(f"geo.invalid.{row.reason}")
    return (
        _of_file(row.file)
        + t("areas.repaired", row=row.row, reason=reason, m2=number_text(row.lost_m2))
        + _of_code(row.code)
    )


def _of_file(file: str) -> str:
    return f"{file}: " if file else ""


def _of_code(code: str | None) -> str:
    return f" ({code})" if code else ""


def warning_text(warning: ImportWarning) -> str:
    """A warning in the reader's words."""
    return t(warning.code, **warning.shown())
