"""Shapes kept for one user's map for a while."""

import json
from pathlib import Path

import pytest
import shapely

from db.session import Database
from domain.errors import NotFound, PermissionDenied
from domain.permissions import Role
from services.areas.preview import plan_overlay
from services.maps import overlays as map_overlays
from services.maps.overlays import Overlay, OverlayShape, keep_overlay, read_overlay
from tests.boundaries import plan, square, write_geojson
from tests.factories import make_area, make_user


def test_shapes_come_back_with_kind_and_number(sqlite_db: Database) -> None:
    admin = make_user(Role.ADMINISTRATOR)
    shapes = [OverlayShape(square(0, 0), "new", "甲"), OverlayShape(shapely.Point(112.6, 34.5), "invalid")]
    overlay = keep_overlay(admin, shapes)
    features = json.loads(read_overlay(admin, overlay.token))["features"]
    assert (overlay.shown, overlay.total) == (2, 2)
    assert [(f["id"], f["properties"]["kind"], f["geometry"]["type"]) for f in features] == [
        (0, "new", "Polygon"), (1, "invalid", "Point"),
    ]  # fmt: skip
    assert keep_overlay(admin, shapes) == overlay


def test_token_of_another_is_not_found(sqlite_db: Database) -> None:
    token = keep_overlay(make_user(Role.ADMINISTRATOR), [OverlayShape(square(0, 0), "new")]).token
    with pytest.raises(NotFound):
        read_overlay(make_user(Role.ADMINISTRATOR), token)
    with pytest.raises(NotFound):
        read_overlay(make_user(Role.ADMINISTRATOR), "no such token")
    with pytest.raises(PermissionDenied):
        read_overlay(make_user(Role.VISITOR), token)


def test_largest_are_shown_when_there_are_too_many(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_overlays, "MOST_SHAPES", 2)
    admin = make_user(Role.ADMINISTRATOR)
    overlay = keep_overlay(admin, [OverlayShape(square(n, 0, size), "new") for n, size in enumerate((1, 0.1, 2))])
    features = json.loads(read_overlay(admin, overlay.token))["features"]
    assert (overlay.shown, overlay.total) == (2, 3)
    assert [feature["id"] for feature in features] == [0, 2]


def test_old_ones_are_dropped_when_others_come(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_overlays, "_KEPT", 2)
    admin = make_user(Role.ADMINISTRATOR)
    tokens = [keep_overlay(admin, [OverlayShape(square(n, 0), "new")]).token for n in range(3)]
    with pytest.raises(NotFound):
        read_overlay(admin, tokens[0])
    assert read_overlay(admin, tokens[2])


def test_nothing_is_kept_when_there_is_nothing(sqlite_db: Database) -> None:
    assert keep_overlay(make_user(Role.ADMINISTRATOR), []) == Overlay()


def test_detail_is_cut_to_what_can_be_seen(sqlite_db: Database) -> None:
    admin = make_user(Role.ADMINISTRATOR)
    wavy = shapely.Point(112.6, 34.5).buffer(0.1, quad_segs=5000)
    text = read_overlay(admin, keep_overlay(admin, [OverlayShape(wavy, "new")]).token)
    drawn = shapely.from_geojson(json.dumps(json.loads(text)["features"][0]["geometry"]))
    assert shapely.get_num_coordinates(drawn) < 500
    assert drawn.symmetric_difference(wavy).area / wavy.area < 0.01


def test_parents_stand_for_very_many_areas(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("services.areas.preview.MOST_SHAPES", 3)
    make_area("街道", level="street", code="S", box=square(0, 0, 2).bounds)
    make_area("街道", level="street", code="T", box=square(2, 0, 2).bounds)
    rows = [(square(x, y), {"name": f"{x}{y}", "code": f"{x}{y}"}) for x in range(4) for y in range(2)]
    rows.append((square(2.5, 0.5), {"name": "压", "code": "O"}))
    admin = make_user(Role.ADMINISTRATOR)
    overlay = plan_overlay(admin, plan(write_geojson(tmp_path / "g.geojson", *rows), "grid", datum="wgs84"))
    features = json.loads(read_overlay(admin, overlay.token))["features"]
    assert [feature["properties"]["label"] for feature in features] == ["S", "T"]
    first = shapely.from_geojson(json.dumps(features[0]["geometry"]))
    assert first.symmetric_difference(square(0, 0, 2)).area < 1e-9
