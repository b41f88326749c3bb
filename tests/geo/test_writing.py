from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely import MultiPolygon, box

from geo.errors import MissingCrs
from geo.reading import read_layer
from geo.writing import AreaFormat, write_areas


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    hole = box(116.3, 39.3, 116.4, 39.4) - box(116.32, 39.32, 116.34, 39.34)
    codes, names = ["007", "110108001001001123", "c"], ['第一网格,"甲"', "㐂𠮷村\n二行", None]
    return gpd.GeoDataFrame(
        {"code": codes, "name": names, "households": [1, 2, 3]},
        geometry=[box(116.123456789012, 39, 116.2, 39.1), MultiPolygon([box(1, 1, 2, 2), box(3, 3, 4, 4)]), hole],
        crs="EPSG:4326",
    )


@pytest.mark.parametrize("format", AreaFormat)
def test_round_trip_keeps_shapes_and_names(areas: gpd.GeoDataFrame, tmp_path: Path, format: AreaFormat) -> None:
    path = tmp_path / f"区域{format.suffix}"
    write_areas(areas, path, format)
    back = read_layer(path).gdf
    assert back.crs == "EPSG:4326"
    assert back["code"].tolist() == areas["code"].tolist()
    assert back["name"].tolist() == ['第一网格,"甲"', "㐂𠮷村\n二行", None]
    assert back["households"].tolist() == [1, 2, 3]
    for wrote, read in zip(areas.geometry, back.geometry, strict=True):
        assert shapely.normalize(MultiPolygon(shapely.get_parts(wrote).tolist())).equals_exact(
            shapely.normalize(MultiPolygon(shapely.get_parts(read).tolist())), 0
        )


@pytest.mark.parametrize("format", AreaFormat)
def test_real_streets_come_back_to_the_last_digit(beijing, tmp_path: Path, format: AreaFormat) -> None:
    streets = beijing[beijing["parent"] == "110108000000"]
    path = tmp_path / f"a{format.suffix}"
    write_areas(streets, path, format)
    back = read_layer(path).gdf
    assert back["code"].tolist() == streets["code"].tolist()
    for wrote, read in zip(streets.geometry, back.geometry, strict=True):
        assert shapely.normalize(wrote).equals_exact(shapely.normalize(read), 0)


def test_an_old_file_is_replaced_and_no_draft_stays(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_areas(areas, path, "gpkg")
    write_areas(areas.iloc[:1], path, "gpkg")
    assert len(read_layer(path).gdf) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_metres_and_unknown_formats_are_refused(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(MissingCrs):
        write_areas(areas.to_crs(3857), tmp_path / "a.gpkg", "gpkg")
    with pytest.raises(MissingCrs):
        write_areas(areas.set_crs(None, allow_override=True), tmp_path / "a.gpkg", "gpkg")
    with pytest.raises(ValueError, match="xyz"):
        write_areas(areas, tmp_path / "a.xyz", "xyz")
