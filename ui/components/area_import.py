"""导入: upload, choose layer, fields, level and datum, look at what would happen, confirm (features B4, N2)."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from domain.clock import local_date, utc_now
from domain.permissions import Actor
from services.areas.applying import apply_import
from services.areas.importing import plan_import
from services.areas.plan import ImportChoices, ImportPlan
from services.areas.preview import (
    DATUMS,
    UPLOAD_EXTENSIONS,
    guess_fields,
    look_into,
    plan_overlay,
    station_overlay,
)
from services.areas.register import count_areas_by_level
from services.maps.overlays import Overlay
from services.stations.importing import apply_station_import, plan_station_import
from services.stations.plan import StationChoices, StationPlan
from services.system.installations import current_profile
from ui.components.area_plan import show_plan
from ui.components.areas import level_name
from ui.components.lists import show_empty
from ui.guard import action, failure_text
from ui.i18n import named, t

ENCODINGS = ("auto", "utf-8", "gb18030", "big5")
LONGEST_NAME = 60  # characters: of Chinese ones a file system takes 85
_PLAN, _SEEN, _ROUND = "areas-plan", "areas-layers", "areas-round"


def show_import(actor: Actor) -> dict[str, object]:
    """The wizard; answers with what the map is to show."""
    whats = ("areas", "stations")
    what = st.segmented_control(
        t("areas.import.what"), whats, default="areas", required=True, key="areas-what",
        format_func=lambda key: t(f"areas.import.{key}"), label_visibility="collapsed",
    )  # fmt: skip
    files = st.file_uploader(
        t("areas.import.files"), type=list(UPLOAD_EXTENSIONS), accept_multiple_files=True,
        key=f"areas-upload-{st.session_state.get(_ROUND, 0)}",
    )  # fmt: skip
    if not files:
        st.caption(t("areas.import.files.help", megabytes=st.get_option("server.maxUploadSize")))
        _forget()
        show_empty(t("areas.import.start"), t("areas.import.start.next"))
        return {}
    encoding = st.session_state.get("areas-encoding", "auto")
    layers = _layers(actor, files, encoding)
    if not layers:
        return {}
    layer = _layer(layers)
    fields = list(next(found for found in layers if found.name == layer).fields)
    choices = _area_choices(actor, layer, fields) if what == "areas" else _station_choices(layer, fields)
    return _show_preview(actor, files, choices)


def _forget() -> None:
    for key in (_PLAN, _SEEN):
        st.session_state.pop(key, None)


@contextmanager
def on_disk(files: Sequence[Any]) -> Iterator[list[Path]]:
    """The uploads as files, for as long as they are read."""
    with tempfile.TemporaryDirectory(prefix="linge-upload-") as folder:
        paths = []
        for file in files:
            path = Path(folder) / _file_name(file.name)
            if path.exists():  # of the same name, from another folder
                path = Path(tempfile.mkdtemp(dir=folder)) / path.name
            path.write_bytes(file.getvalue())
            paths.append(path)
        yield paths


def _file_name(name: str) -> str:
    """An upload's name as a name in our folder: browsers send what they like, and a long one is no name on disk."""
    given = Path("".join(char for char in name.replace("\\", "/") if char.isprintable()))
    return (given.stem.lstrip(".")[-LONGEST_NAME:] or "upload") + given.suffix[:20]


def _layers(actor: Actor, files: Sequence[Any], encoding: str) -> list[Any]:
    """The layers of the uploads, read once; a file that is refused says why."""
    seen = (tuple(file.file_id for file in files), encoding)
    if st.session_state.get(_SEEN, (None,))[0] != seen:
        st.session_state.pop(_PLAN, None)
        found, problem = [], ""
        try:
            with st.spinner(t("areas.step.read")), on_disk(files) as paths:
                found = look_into(actor, paths, encoding)
        except Exception as error:
            problem = failure_text(error)
        st.session_state[_SEEN] = (seen, found, problem)
    _, layers, problem = st.session_state[_SEEN]
    if problem:
        st.error(problem)
    return layers


def _layer(layers: Sequence[Any]) -> str:
    names = {layer.name: t("areas.import.layer_n", name=layer.name, n=layer.count) for layer in layers}
    if len(names) == 1:
        st.caption(next(iter(names.values())))
        return next(iter(names))
    return st.selectbox(t("areas.import.layer"), list(names), format_func=names.__getitem__, key="areas-layer")


def _field(wanted: str, fields: Sequence[str], guess: str | None, optional: bool = True) -> str | None:
    """A choice among the file's fields, beginning with the one that is usually called so."""
    options: list[str | None] = [None, *fields] if optional else list(fields)
    start = options.index(guess) if guess in options else 0
    return st.selectbox(
        t(f"areas.field.{wanted}"), options, index=start, key=f"areas-field-{wanted}-{'|'.join(fields)[:80]}",
        format_func=lambda field: t(f"areas.field.{wanted}.none") if field is None else field,
    )  # fmt: skip


def _area_choices(actor: Actor, layer: str, fields: Sequence[str]) -> ImportChoices | None:
    if not fields:
        st.error(t("areas.import.no_fields"))
        return None
    levels = list(current_profile().level_keys)
    start = levels.index(_next_level(actor, levels))
    level = st.selectbox(t("areas.level"), levels, index=start, format_func=level_name, key="areas-import-level")
    guesses = guess_fields(fields)
    left, right = st.columns(2)
    with left:
        name = _field("name", fields, guesses["name"], optional=False)
        parent = _field("parent", fields, guesses["parent"])
    with right:
        code = _field("code", fields, guesses["code"])
        households = _field("households", fields, guesses["households"])
    datum, encoding = _reading_choices()
    since = st.date_input(t("areas.import.since"), local_date(utc_now()), key="areas-since")
    return ImportChoices(level, name or fields[0], code, parent, households, layer, datum, encoding, since)


def _next_level(actor: Actor, levels: Sequence[str]) -> str:
    """The level below the finest that has areas: boundaries come in from the top."""
    counts = count_areas_by_level(actor)
    filled = [place for place, level in enumerate(levels) if counts.get(level)]
    return levels[min(max(filled) + 1, len(levels) - 1)] if filled else levels[0]


def _reading_choices() -> tuple[str, str]:
    left, right = st.columns(2)
    with left:
        datum = st.selectbox(
            t("areas.datum"), [*DATUMS, "epsg"], key="areas-datum", format_func=lambda key: t(f"areas.datum.{key}")
        )
        if datum == "epsg":
            number = st.number_input(t("areas.datum.number"), 1024, 999_999, 4547, key="areas-epsg")
            datum = f"epsg:{number}"
    with right:
        encoding = st.selectbox(
            t("areas.encoding"), ENCODINGS, key="areas-encoding",
            format_func=lambda key: t("areas.encoding.auto") if key == "auto" else key,
        )  # fmt: skip
    return datum, encoding


def _station_choices(layer: str, fields: Sequence[str]) -> StationChoices | None:
    kinds = {
        f"={kind.key}": t("areas.field.kind.all", kind=named(kind.name)) for kind in current_profile().station_kinds
    }
    if not fields:
        st.error(t("areas.import.no_fields"))
        return None
    guesses = guess_fields(fields)
    left, right = st.columns(2)
    with left:
        name = _field("name", fields, guesses["name"], optional=False)
        options = [*kinds, *fields]
        kind = st.selectbox(
            t("areas.field.kind"),
            options,
            key=f"areas-field-kind-{len(fields)}",
            format_func=lambda key: kinds.get(key, key),
        )
        lon = _field("lon", fields, None)
    with right:
        code = _field("code", fields, guesses["code"])
        address = _field("address", fields, next((field for field in fields if field in ("address", "地址")), None))
        lat = _field("lat", fields, None)
    datum, encoding = _reading_choices()
    return StationChoices(
        name or fields[0], kind, code, address, lon=lon, lat=lat, layer=layer, datum=datum, encoding=encoding
    )  # fmt: skip


def _show_preview(
    actor: Actor, files: Sequence[Any], choices: ImportChoices | StationChoices | None
) -> dict[str, object]:
    if choices is None:
        return {}
    with st.container(key="lg-touch-preview"):
        if st.button(t("areas.do.preview"), key="areas-preview", type="primary"):
            _make_plan(actor, files, choices)
    made = st.session_state.get(_PLAN)
    if made is None or made[0] != choices:  # another choice than the one that was previewed
        return {}
    _, plan, overlay = made
    show_plan(plan)
    if overlay.shown < overlay.total:
        st.caption(t("areas.overlay.some", n=overlay.shown, total=overlay.total))
    _show_confirm(actor, plan)
    return {"overlay": overlay.token}


def _make_plan(actor: Actor, files: Sequence[Any], choices: ImportChoices | StationChoices) -> None:
    st.session_state.pop(_PLAN, None)
    try:
        with st.status(t("areas.import.planning")) as status, on_disk(files) as paths:
            plan, overlay = _planned(actor, paths, choices, lambda step: status.update(label=t(f"areas.step.{step}")))
            status.update(label=t("areas.import.planned"), state="complete")
        st.session_state[_PLAN] = (choices, plan, overlay)
    except Exception as error:
        st.error(failure_text(error))


def _planned(
    actor: Actor, paths: list[Path], choices: ImportChoices | StationChoices, on_step: Any
) -> tuple[ImportPlan | StationPlan, Overlay]:
    if isinstance(choices, StationChoices):
        stations = plan_station_import(actor, paths, choices)
        return stations, station_overlay(actor, stations)
    areas = plan_import(actor, paths, choices, on_step=on_step)
    return areas, plan_overlay(actor, areas)


def _show_confirm(actor: Actor, plan: ImportPlan | StationPlan) -> None:
    writes = len(plan.areas) if isinstance(plan, ImportPlan) else len(plan.stations)
    if not writes:
        st.info(t("areas.import.nothing"))
        return
    with st.container(key="lg-touch-confirm"):
        if not st.button(t("areas.do.confirm", n=writes), key="areas-confirm", type="primary"):
            return
    with (
        st.spinner(t("areas.step.write")),
        action("areas.done.imported", created=plan.created, updated=writes - plan.created) as outcome,
    ):
        if isinstance(plan, ImportPlan):
            apply_import(actor, plan)
        else:
            apply_station_import(actor, plan)
    if outcome.ok:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # an empty uploader
        _forget()
    st.rerun()
