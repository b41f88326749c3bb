"""The setting of the base map, and raster files as base maps."""

import pytest

from config.base_map import BaseMap, InvalidBaseMap, parse_base_map

URL = "https://t{s}.map.intranet/img/{z}/{x}/{y}.png"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("town", BaseMap("town")),
        (" none ", BaseMap("none")),
        ("/data/town.mbtiles", BaseMap("file", "/data/town.mbtiles")),
        ("gcj02:/data/town.pmtiles", BaseMap("file", "/data/town.pmtiles", "gcj02")),
        (r"C:\maps\town.mbtiles", BaseMap("file", r"C:\maps\town.mbtiles")),
        (URL, BaseMap("url", URL)),
        (f"gcj02:{URL}", BaseMap("url", URL, "gcj02")),
        (f"WGS84:{URL}", BaseMap("url", URL)),
    ],
)
def test_setting_is_read_when_it_is_sound(text: str, expected: BaseMap) -> None:
    assert parse_base_map(text) == expected


@pytest.mark.parametrize("text", ["", "city", "bd09:" + URL, "https://tiles/{z}/{x}.png", "/data/town.gpkg"])
def test_setting_is_refused_when_it_names_nothing_that_can_be_drawn(text: str) -> None:
    with pytest.raises(InvalidBaseMap):
        parse_base_map(text)


def test_attribution_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_base_map("https://tiles.map.intranet/{z}/{x}/{y}").attribution == "tiles.map.intranet"
    assert parse_base_map("town").attribution == ""
