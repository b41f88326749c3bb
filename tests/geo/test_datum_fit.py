from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.datum_fit import fit_datum
from geo.datums import AUTO, Datum, DeclaredDatum, from_wgs84, parse_datum, to_wgs84
from geo.reading import read_layer

WGS84, GCJ02, BD09 = (DeclaredDatum(datum) for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09))
CHENGDU = ("510104", "510105", "510106", "510107", "510108", "510116")
HAIDIAN = "110108000000"


@pytest.fixture(scope="module")
def counties(data: Path) -> dict[str, shapely.Geometry]:
    """The seed counties: GCJ-02, although the files say EPSG:4326."""
    files = sorted((data / "cnmaps-seed-counties").glob("*.geojson"))
    return {path.stem: gpd.read_file(path).geometry.iloc[0] for path in files}


@pytest.fixture(scope="module")
def shanghai(data: Path) -> gpd.GeoDataFrame:
    """The districts of Shanghai in WGS 84, by another drawer."""
    return read_layer(data / "gbk-shapefiles" / "shanghai_shp" / "区县界_area.shp").gdf


@pytest.fixture(scope="module")
def streets(beijing: gpd.GeoDataFrame) -> np.ndarray:
    return np.asarray(beijing.geometry[beijing["parent"] == HAIDIAN], object)


@pytest.fixture(scope="module")
def haidian(beijing: gpd.GeoDataFrame) -> np.ndarray:
    return np.asarray(beijing.geometry[beijing["code"] == HAIDIAN], object)


class TestSeedCounties:
    def test_gcj02_is_found_when_the_district_list_is_there(self, counties, shanghai) -> None:
        fit = fit_datum(list(counties.values()), shanghai.geometry, WGS84, list(counties), shanghai["ADMINCODE"])
        assert (fit.used, fit.sure, fit.is_corrected) == (GCJ02, True, True)
        assert fit.reason == "geo.datum.corrected_by_same_code"

    def test_gcj02_is_found_when_only_its_own_outline_is_there(self, counties, shanghai) -> None:
        fit = fit_datum([counties["310107"]], shanghai.geometry[shanghai["ADMINCODE"] == "310107"], WGS84)
        assert (fit.used, fit.sure) == (GCJ02, True)

    def test_gcj02_is_found_when_only_neighbours_are_there(self, counties, shanghai) -> None:
        fit = fit_datum([counties["310107"]], shanghai.geometry[shanghai["ADMINCODE"] != "310107"], WGS84)
        assert (fit.used, fit.sure, fit.reason) == (GCJ02, True, "geo.datum.corrected_by_boundary")
        assert fit.values["misfit"] < 40 < 150 < fit.values["other_misfit"]

    @pytest.mark.parametrize("code", CHENGDU)
    def test_gcj02_is_found_when_one_county_meets_the_converted_others(self, counties, code: str) -> None:
        others = [to_wgs84(counties[other], Datum.GCJ02) for other in CHENGDU if other != code]
        fit = fit_datum([counties[code]], others, WGS84)
        assert (fit.used, fit.sure) == (GCJ02, True)

    def test_gcj02_is_found_when_a_single_neighbour_is_there(self, counties) -> None:
        fit = fit_datum([counties["410307"]], [to_wgs84(counties["410311"], Datum.GCJ02)], WGS84)
        assert (fit.used, fit.sure) == (GCJ02, True)

    def test_converted_counties_are_confirmed_as_wgs84(self, counties, shanghai) -> None:
        fit = fit_datum([to_wgs84(counties["310107"], Datum.GCJ02)], shanghai.geometry, WGS84)
        assert (fit.used, fit.sure, fit.is_corrected) == (WGS84, True, False)
        assert fit.reason == "geo.datum.confirmed_by_boundary"


class TestBeijing:
    @pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
    def test_datum_of_streets_is_found_when_their_district_is_there(self, streets, haidian, datum: Datum) -> None:
        fit = fit_datum(from_wgs84(streets, datum), haidian, WGS84)
        assert (fit.used, fit.sure) == (DeclaredDatum(datum), True)

    @pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
    def test_datum_of_a_district_is_found_when_its_streets_are_there(self, streets, haidian, datum: Datum) -> None:
        fit = fit_datum(from_wgs84(haidian, datum), streets, WGS84)
        assert (fit.used, fit.sure) == (DeclaredDatum(datum), True)

    def test_one_street_far_from_any_known_line_keeps_its_label(self, streets, haidian) -> None:
        inner = min(streets, key=lambda street: -street.distance(haidian[0].boundary))
        fit = fit_datum([inner], haidian, WGS84)
        assert (fit.used, fit.sure, fit.reason) == (WGS84, True, "geo.datum.no_evidence")

    def test_cgcs2000_keeps_its_name_when_it_fits(self, streets, haidian) -> None:
        fit = fit_datum(streets, haidian, DeclaredDatum(Datum.CGCS2000))
        assert (fit.used, fit.sure) == (DeclaredDatum(Datum.CGCS2000), True)

    def test_scattered_shapes_that_fit_nothing_are_asked_about(self, streets) -> None:
        blobs = from_wgs84(shapely.buffer(shapely.centroid(streets), 0.003), Datum.GCJ02)
        fit = fit_datum(blobs, streets, WGS84)
        assert not fit.sure
        assert fit.reason == "geo.datum.unsure"


class TestProjected:
    def test_declared_projection_is_confirmed(self, streets, haidian) -> None:
        metres = np.asarray(gpd.GeoSeries(streets, crs=4490).to_crs(4548), object)
        fit = fit_datum(metres, haidian, parse_datum("epsg:4548"))
        assert (str(fit.used), fit.sure) == ("epsg:4548", True)

    @pytest.mark.parametrize("epsg", [4548, 4527])  # with and without the zone's number before the easting
    @pytest.mark.parametrize("label", [AUTO, WGS84])
    def test_zone_is_found_when_metres_come_without_or_with_a_wrong_label(
        self, streets, haidian, epsg: int, label: DeclaredDatum
    ) -> None:
        metres = np.asarray(gpd.GeoSeries(streets, crs=4490).to_crs(epsg), object)
        fit = fit_datum(metres, haidian, label)
        assert (str(fit.used), fit.sure) == (f"epsg:{epsg}", True)

    def test_metres_without_label_are_asked_about_when_nothing_is_there(self, streets) -> None:
        metres = np.asarray(gpd.GeoSeries(streets, crs=4490).to_crs(4548), object)
        assert fit_datum(metres, [], AUTO).sure is False
        assert fit_datum(metres, [], WGS84).sure is False

    def test_the_wrong_zone_is_asked_about_when_the_codes_are_there(self, streets) -> None:
        metres = np.asarray(gpd.GeoSeries(streets, crs=4490).to_crs(4548), object)
        codes = [str(number) for number in range(len(streets))]
        assert fit_datum(metres, streets, parse_datum("epsg:4548"), codes, codes).sure
        assert not fit_datum(metres, streets, parse_datum("epsg:4547"), codes, codes).sure

    def test_a_projection_that_cannot_reach_there_is_asked_about(self, streets, haidian) -> None:
        far = shapely.transform(streets, lambda points: points * 1e9)
        fit = fit_datum(far, haidian, parse_datum("epsg:4548"))
        assert (fit.sure, fit.used, fit.reason) == (False, AUTO, "geo.datum.unknown_projection")


class TestOtherSources:
    def test_coarse_cells_keep_their_label_when_it_fits_best(self, data: Path) -> None:
        folder = data / "shenzhen-townships-grid"
        towns, cells = gpd.read_file(folder / "Index_Township.json"), gpd.read_file(folder / "Index_Grid.json")
        codes = [None if pd.isna(code) else str(int(code)) for code in cells["GBTOWN"]]
        known = towns.geometry, towns["GBTOWN"].astype(str)
        assert fit_datum(cells.geometry, known[0], WGS84, codes, known[1]).used == WGS84
        moved = fit_datum(from_wgs84(np.asarray(cells.geometry, object), Datum.GCJ02), known[0], WGS84, codes, known[1])
        assert not moved.sure

    def test_points_are_judged_by_the_area_they_name(self, data: Path, shanghai) -> None:
        hospitals = read_layer(data / "shanghai-poi" / "shanghai_hospital.csv").gdf
        fit = fit_datum(hospitals.geometry, shanghai.geometry, AUTO, hospitals["adname"], shanghai["NAME"])
        assert min(fit.scores["same_code"], key=fit.scores["same_code"].get) == "wgs84"
        assert fit_datum(hospitals.geometry, shanghai.geometry, AUTO).sure is False


class TestNothingToCompare:
    def test_label_is_believed_when_nothing_is_there(self, counties) -> None:
        fit = fit_datum(list(counties.values()), [], WGS84)
        assert (fit.used, fit.sure, fit.reason) == (WGS84, True, "geo.datum.no_reference")

    def test_a_file_without_label_is_asked_about(self, counties) -> None:
        assert fit_datum(list(counties.values()), [], AUTO).sure is False

    def test_places_outside_china_are_the_same_in_every_datum(self, shanghai) -> None:
        fit = fit_datum([shapely.box(-88, 41, -87, 42)], shanghai.geometry, WGS84)
        assert (fit.sure, fit.reason) == (True, "geo.datum.same_anywhere")

    def test_missing_and_broken_shapes_do_no_harm(self, streets, haidian) -> None:
        bow_tie = shapely.Polygon([(116, 39), (116.1, 39.1), (116.1, 39), (116, 39.1)])
        shapes = [None, shapely.Polygon(), bow_tie, *from_wgs84(streets, Datum.GCJ02)]
        assert fit_datum(shapes, [None, *haidian], WGS84).used == GCJ02
        assert fit_datum([None], haidian, WGS84).sure
