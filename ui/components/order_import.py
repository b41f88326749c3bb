"""Parts of the page 导入工单: the file and its columns, what an import would do, and what it did (feature N1)."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from config.profiles import Profile
from domain.clock import utc_now
from domain.orders import SEVERAL, OrderField
from domain.permissions import Actor
from geo.workbooks import EXTENSIONS
from services.areas.preview import DATUMS
from services.dictionaries.current import current_dictionary
from services.lists.files import MIME, ListFormat
from services.orders.importing import apply_order_import, plan_order_import
from services.orders.mapping import ANY, DEFAULT_SOURCE, OrderMapping, parse_mapping
from services.orders.plan import OrderChoices, OrderPlan, OrderReport
from services.orders.preview import OrderLook, look_into_orders
from services.orders.refusals import refusal_words, refused_rows_file
from services.system.installations import current_profile
from ui.components.figures import number_text
from ui.components.lists import show_empty
from ui.guard import action, failure_text, when_pressed
from ui.i18n import language, named, t
from ui.safe import plain, safe

_SEEN, _PLAN, _DONE, _ROUND = "orders-seen", "orders-plan", "orders-done", "orders-round"
_SHOWN = (
    OrderField.NUMBER, OrderField.REPORTED_AT, OrderField.CATEGORY, OrderField.CONTENT, OrderField.TITLE,
    OrderField.STATUS, OrderField.CLOSED_AT, OrderField.DUE_AT, OrderField.ANSWER, OrderField.URGENCY,
    OrderField.PLACE, OrderField.AREA, OrderField.LON, OrderField.LAT, OrderField.REPORTER_NAME,
    OrderField.REPORTER_PHONE, OrderField.DISPATCHED_AT, OrderField.ANSWERED_AT, OrderField.CALL_VALID,
    OrderField.CALL_RESPONDED, OrderField.CALL_SOLVED, OrderField.CALL_SATISFACTION, OrderField.CALLED_AT,
)  # fmt: skip
_WORDS = 12  # unknown classes for which one can be chosen
_LINES = 30


def show_choices(actor: Actor) -> tuple[Any, OrderChoices] | None:
    """The upload and what its columns are; None as long as there is nothing to plan."""
    profile = current_profile()
    sources = {source.key: named(source.name) for source in profile.sources}
    source = st.selectbox(
        t("orders.source"), list(sources), format_func=lambda key: plain(sources[key]), key="orders-source",
        index=list(sources).index(DEFAULT_SOURCE) if DEFAULT_SOURCE in sources else 0,
    )  # fmt: skip
    file = st.file_uploader(
        t("orders.file"), type=[name.lstrip(".") for name in EXTENSIONS],
        key=f"orders-upload-{st.session_state.get(_ROUND, 0)}",
    )  # fmt: skip
    if file is None:
        st.caption(t("orders.file.help", megabytes=st.get_option("server.maxUploadSize")))
        for key in (_SEEN, _PLAN):
            st.session_state.pop(key, None)
        if _DONE not in st.session_state:
            show_empty(t("orders.start"), t("orders.start.next"))
        return None
    st.session_state.pop(_DONE, None)
    look = _look(actor, file, source)
    return None if look is None else (file, _choices(profile, look, source, file.file_id))


def _look(actor: Actor, file: Any, source: str) -> OrderLook | None:
    """The columns of the upload, read once; a file that is refused says why."""
    seen = (file.file_id, source)
    if st.session_state.get(_SEEN, (None,))[0] != seen:
        st.session_state.pop(_PLAN, None)
        found, problem = None, ""
        try:
            with st.spinner(t("orders.step.read")):
                found = look_into_orders(actor, file.name, file.getvalue(), source)
        except Exception as error:
            problem = failure_text(error)
        st.session_state[_SEEN] = (seen, found, problem)
    _, found, problem = st.session_state[_SEEN]
    if problem:
        st.error(problem)
    return found  # type: ignore[no-any-return]


def _choices(profile: Profile, look: OrderLook, source: str, file_id: str) -> OrderChoices:
    st.caption(t("orders.rows_n", n=number_text(look.total)) + (t("orders.remembered") if look.remembered else ""))
    said = _said_mapping(look)
    with st.expander(t("orders.columns"), expanded=True):
        left, right = st.columns(2)
        columns: dict[OrderField, tuple[str, ...] | None] = {}
        for place, field in enumerate(_SHOWN):
            with left if place % 2 == 0 else right:
                chosen = _column(look, said, field, file_id)
                if chosen or field in look.columns or said.columns.get(field):  # None: a guess was taken away
                    columns[field] = chosen
        st.dataframe(
            [dict(zip(look.header, row, strict=False)) for row in look.rows], height=150, hide_index=True
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        datum = st.selectbox(
            t("areas.datum"), DATUMS, key="orders-datum", format_func=lambda key: t(f"areas.datum.{key}")
        )
    with right:
        dates = st.selectbox(
            t("orders.dates"),
            ("ymd", "mdy", "dmy"),
            key="orders-dates",
            format_func=lambda key: t(f"orders.dates.{key}"),
        )
    classes = dict(said.classes) | _chosen_classes(source)
    mapping = said.model_copy(update={"columns": columns, "dates": dates, "classes": classes, "source": source})
    return OrderChoices(mapping, source, datum, st.session_state.get("orders-placeholder") or "")


def _said_mapping(look: OrderLook) -> OrderMapping:
    """The mapping file, if one is given; else what is remembered."""
    given = st.file_uploader(t("orders.mapping"), type=["json", "yaml", "yml"], key="orders-mapping")
    if given is None:
        return look.mapping
    try:
        return parse_mapping(given.name, given.getvalue())
    except Exception as error:
        st.error(failure_text(error))
        return look.mapping


def _column(look: OrderLook, said: OrderMapping, field: OrderField, file_id: str) -> tuple[str, ...] | None:
    label = t(f"orders.field.{field}")
    found = said.columns.get(field) or look.columns.get(field) or ()
    start = [column for column in found if column in look.header]
    key = f"orders-column-{field}-{file_id[:12]}-{'|'.join(start)[:40]}"
    if field in SEVERAL:
        columns = st.multiselect(
            label, look.header, default=start, key=key, placeholder=t("orders.none"), select_all=False
        )
        return tuple(columns) or None
    chosen = st.selectbox(
        label, [None, *look.header], index=look.header.index(start[0]) + 1 if start else 0, key=key,
        format_func=lambda column: t("orders.none") if column is None else plain(column),
    )  # fmt: skip
    return (chosen,) if chosen else None


def _chosen_classes(source: str) -> dict[str, str]:
    """Classes for words that the last look found unknown; what is left open goes to the rest."""
    plan: OrderPlan | None = st.session_state.get(_PLAN, (None, None))[1]
    found = [one for one in plan.warnings if one.code == "orders.warning.unknown_class"] if plan else []
    words = [str(word) for one in found for word in one.values["words"]]
    known: dict[str, list[str]] = st.session_state.setdefault("orders-words", {})
    asked: list[str] = known.setdefault(source, [])
    asked += [word for word in words[:_WORDS] if word not in asked]
    if not asked:
        return {}
    names = {item.key: named(item.name) for _, item in current_dictionary().classes.values()}
    with st.expander(t("orders.unknown_classes", n=len(asked))):
        chosen = {
            word: st.selectbox(
                plain(word), [None, *names], key=f"orders-class-{source}-{word}",
                format_func=lambda key: t("orders.rest") if key is None else plain(names[key]),
            )
            for word in asked
        }  # fmt: skip
    return {word: key for word, key in chosen.items() if key and word != ANY}


def show_findings(actor: Actor, file: Any, choices: OrderChoices) -> None:
    """The button that looks, what it found, and the one that writes."""
    with st.container(key="lg-touch-orders-look"):
        if st.button(t("orders.do.look"), key="orders-look", type="primary"):
            _make_plan(actor, file, choices)
            st.rerun()
    made = st.session_state.get(_PLAN)
    if made is None:
        show_empty(t("orders.look.start"), t("orders.look.next"))
        return
    plan = made[1]
    show_counts(plan)
    _show_placeholders(plan)
    if made[0] != choices:
        st.info(t("orders.look.again"))
        return
    if not plan.orders or plan.is_undecided:
        return
    with st.container(key="lg-touch-orders-write"):
        n = plan.created + len(plan.changed)
        if not n:
            st.info(t("orders.nothing_new"))
        elif st.button(t("orders.do.write", n=number_text(n)), key="orders-write", type="primary"):
            _write(actor, plan)


def _make_plan(actor: Actor, file: Any, choices: OrderChoices) -> None:
    st.session_state.pop(_PLAN, None)
    with action(), st.status(t("cli.doing.import_orders")) as status:
        plan = plan_order_import(
            actor, file.name, file.getvalue(), choices, utc_now(), lambda *step: status.update(label=_step(*step))
        )
        st.session_state[_PLAN] = (choices, plan)


def _step(name: str, done: int, of: int) -> str:
    return t(f"orders.step.{name}") + (f" {done:,} / {of:,}" if of else "")


def _write(actor: Actor, plan: OrderPlan) -> None:
    with action() as outcome, st.status(t("orders.step.write")) as status:
        report = apply_order_import(actor, plan, utc_now(), lambda *step: status.update(label=_step(*step)))
    if outcome.ok:
        st.session_state[_DONE] = (plan, report)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # an empty uploader
        for key in (_SEEN, _PLAN, "orders-words"):
            st.session_state.pop(key, None)
    st.rerun()


def show_counts(plan: OrderPlan) -> None:
    """What the file holds and what would become of it."""
    counts = {
        "read": plan.read, "created": plan.created, "updated": len(plan.changed), "unchanged": plan.unchanged,
        "duplicates": plan.duplicates, "refused": len(plan.refused), "without_place": plan.without_place,
        "outside": plan.outside,
    }  # fmt: skip
    _show_facts(counts)
    lines = [t("areas.plan.datum", used=plan.datum.used) + " " + t(plan.datum.reason, **plan.datum.values)]
    if plan.named:
        share = f"{plan.agreeing / plan.named:.1%}"
        lines.append(t("orders.agreeing", share=share, n=number_text(plan.agreeing), of=number_text(plan.named)))
    lines += [t(warning.code, **warning.values) for warning in plan.warnings]
    st.html("".join(f'<p class="lg-note-line">{safe(line)}</p>' for line in lines))
    changed = [t("orders.changed_row", row=one.row, number=one.number, parts=_parts(one.parts)) for one in plan.changed]
    _show_lines(t("orders.changed_n", n=len(changed)), changed)
    refused = [t("orders.refused_row", row=row.row, reason=refusal_words(row, language())) for row in plan.refused]
    _show_lines(t("orders.refused_n", n=len(refused)), refused)
    if plan.refused:
        _show_download(plan)


def _parts(parts: Sequence[str]) -> str:
    return t("orders.and").join(t(f"orders.part.{part}") for part in parts)


def _show_facts(counts: dict[str, int]) -> None:
    cells = "".join(
        f"<div>{safe(t(f'orders.count.{k}'))}<b>{safe(number_text(n))}</b></div>" for k, n in counts.items()
    )
    st.html(f'<div class="lg-facts">{cells}</div>')


def _show_lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        with st.expander(title):
            for line in lines[:_LINES]:
                st.markdown(f"- {plain(line)}")
            if len(lines) > _LINES:
                st.caption(t("areas.more", n=len(lines) - _LINES))


def _show_download(plan: OrderPlan) -> None:
    spoken = language()
    st.download_button(
        t("orders.do.refused"), when_pressed(lambda: refused_rows_file(plan, spoken)), key="orders-refused",
        on_click="ignore", file_name=f"{t('orders.refused_rows')}.xlsx", mime=MIME[ListFormat.XLSX],
    )  # fmt: skip


def _show_placeholders(plan: OrderPlan) -> None:
    if not plan.placeholders:
        return
    for place in plan.placeholders[:5]:
        st.warning(t("orders.placeholder", count=place.count, lon=place.lon, lat=place.lat))
    st.radio(
        t("orders.placeholder.what"), ("keep", "drop"), index=None, key="orders-placeholder", horizontal=True,
        format_func=lambda key: t(f"orders.placeholder.{key}"),
    )  # fmt: skip


def show_done() -> bool:
    """What the last import did, until another file is chosen; whether there is one."""
    if _DONE not in st.session_state:
        return False
    plan, report = st.session_state[_DONE]
    _show_report(plan, report)
    return True


def _show_report(plan: OrderPlan, report: OrderReport) -> None:
    st.success(t("orders.done"))
    _show_facts({"created": report.created, "updated": report.updated, "unchanged": report.unchanged,
                 "closed_here": report.closed, "refused": len(plan.refused)})  # fmt: skip
    _show_lines(t("orders.conflicts", n=len(report.conflicts)), report.conflicts)
    if plan.refused:
        _show_download(plan)
