import http.server
import io
import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from shapely import box

from geo import gdal, gdal_child
from geo.datums import AUTO, Datum, DeclaredDatum
from geo.errors import (
    EmptyFile,
    FileMissing,
    FileTooLarge,
    GeoRefusal,
    KindMismatch,
    MissingPart,
    NoCoordinateColumns,
    NoGeometry,
    NotAGeopackage,
    NothingInArchive,
    TooHeavy,
    TooManyRows,
    UnknownLayer,
    Unreadable,
    UnsafeContent,
    UnsupportedKind,
    VirtualFile,
    WrongEncoding,
)
from geo.intake import Source
from geo.reading import ReadLimits, list_layers, read_layer

SQUARE = '{"type":"Polygon","coordinates":[[[116,39],[116.1,39],[116.1,39.1],[116,39.1],[116,39]]]}'
VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
KML = """<?xml version="1.0" encoding="{encoding}"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<NetworkLink><Link><href>{address}/more.kml</href></Link></NetworkLink>
<Folder><name>网格</name><Placemark><name>第一网格</name><description>说明</description>
<ExtendedData><Data name="code"><value>007</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
116,39,5 116.1,39,5 116.1,39.1,5 116,39,5</coordinates></LinearRing></outerBoundaryIs></Polygon>
</Placemark></Folder></Document></kml>"""


def features(*rows: dict[str, object], crs: str = "") -> str:
    listed = ",".join(f'{{"type":"Feature","properties":{json.dumps(row)},"geometry":{SQUARE}}}' for row in rows)
    return f'{{"type":"FeatureCollection",{crs}"features":[{listed}]}}'


def zipped(files: dict[str, bytes | str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


@pytest.fixture
def put(tmp_path: Path):
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


class TestGeoJson:
    def test_rows_are_numbered_from_one_and_text_keeps_its_zeros(self, put) -> None:
        path = put("a.geojson", features({"code": "007", "day": "2020/01/02"}, {"code": "010", "day": None}))
        result = read_layer(path)
        assert result.gdf.index.tolist() == [1, 2]
        assert result.gdf["code"].tolist() == ["007", "010"]
        assert result.gdf["day"].tolist() == ["2020/01/02", None]
        assert result.declared_datum == DeclaredDatum(Datum.WGS84)
        assert result.gdf.crs == "EPSG:4326"

    def test_long_numbers_stay_exact(self, put) -> None:
        result = read_layer(put("a.json", features({"code": 110108001001001123})))
        assert result.gdf["code"].tolist() == [110108001001001123]

    @pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "gbk"])
    def test_other_encodings_are_read(self, put, codec: str) -> None:
        text = features({"x": 1}).replace('"x"', '"名称"').replace("1}", '"海淀区"}')
        assert read_layer(put("a.geojson", text.encode(codec))).gdf["名称"].tolist() == ["海淀区"]

    def test_missing_shapes_stay_rows_without_one(self, put) -> None:
        text = features({"n": 1}, {"n": 2}).replace(SQUARE, "null", 1)
        result = read_layer(put("a.geojson", text))
        assert result.gdf.geometry.isna().tolist() == [True, False]
        assert result.gdf["n"].tolist() == [1, 2]

    def test_heights_are_dropped(self, put) -> None:
        assert not read_layer(put("a.geojson", '{"type":"Point","coordinates":[116,39,50]}')).gdf.geometry.iloc[0].has_z

    @pytest.mark.parametrize(
        "text", ['{"type":"Feature","properties":{},"geometry":null}', '{"type":"GeometryCollection","geometries":[]}']
    )
    def test_files_without_any_shape_are_refused(self, put, text: str) -> None:
        with pytest.raises(NoGeometry):
            read_layer(put("a.geojson", text))

    def test_files_without_rows_are_refused(self, put) -> None:
        with pytest.raises(EmptyFile):
            read_layer(put("a.geojson", features()))

    @pytest.mark.parametrize("text", ["{", '{"type":"nonsense"}', '{"a":' * 100_000, "[1,2,3]"])
    def test_broken_files_are_refused(self, put, text: str) -> None:
        with pytest.raises(Unreadable):
            read_layer(put("a.geojson", text))

    @pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
    def test_each_of_74_odd_files_is_read_or_refused(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The reader's own code, without a process for each file, which would take a minute."""

        def here(request: dict, driver: str, source: Source, limits: ReadLimits) -> int:
            monkeypatch.chdir(source.path.parent)
            source.path.with_name("answer.json").write_text(json.dumps(gdal_child.answer(request)))
            return 0

        monkeypatch.setattr(gdal, "_run", here)
        files = sorted((data / "geojson-invalid-geometry").glob("*/*.geojson"))
        refused = []
        for path in files:
            try:
                assert len(read_layer(path).gdf) > 0
            except GeoRefusal:
                refused.append(path)
        assert len(files) == 74
        assert len(refused) < 30
        empty = ("null_geometry", "empty_features", "empty_geometries")
        assert all(path.parent.name.startswith("invalid") or path.stem.endswith(empty) for path in refused)

    @pytest.mark.parametrize(
        "crs",
        [
            '{{"type":"link","properties":{{"href":"{0}/crs","type":"proj4"}}}}',
            '{{"type":"URL","properties":{{"url":"{0}/crs"}}}}',
            '{{"type":"name","properties":{{"name":"{0}/crs"}}}}',
        ],
    )
    def test_an_address_in_the_file_is_not_asked(self, put, listener, crs: str) -> None:
        address, asked = listener
        path = put("a.geojson", features({"n": 1}, crs=f'"crs":{crs.format(address)},'))
        assert len(read_layer(path).gdf) == 1
        assert asked == []


class TestGeoPackage:
    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        frame = gpd.GeoDataFrame({"code": ["007"], "名称": ["甲"]}, geometry=[box(116, 39, 117, 40)], crs="EPSG:4490")
        frame.to_file(tmp_path / "a.gpkg", layer="网格", engine="pyogrio")
        frame.to_file(tmp_path / "a.gpkg", layer="社区", engine="pyogrio")
        return tmp_path / "a.gpkg"

    def test_layers_are_listed_and_one_must_be_chosen(self, package: Path) -> None:
        layers = list_layers(package)
        assert [(layer.name, layer.fields, layer.count) for layer in layers] == [
            ("网格", ("code", "名称"), 1),
            ("社区", ("code", "名称"), 1),
        ]
        with pytest.raises(UnknownLayer, match="网格, 社区"):
            read_layer(package)
        with pytest.raises(UnknownLayer):
            read_layer(package, "x")
        result = read_layer(package, "社区")
        assert result.gdf["名称"].tolist() == ["甲"]
        assert result.declared_datum == DeclaredDatum(Datum.CGCS2000)

    @pytest.mark.parametrize(
        ("content", "found"),
        [(zipped({"a.geojson": SQUARE}), "zip"), (b"hello", "text"), (b"SQLite format 3\0" + bytes(200), "sqlite")],
    )
    def test_what_is_none_is_refused(self, put, content: bytes, found: str) -> None:
        with pytest.raises(NotAGeopackage) as refused:
            read_layer(put("a.gpkg", content))
        assert refused.value.values == {"name": "a.gpkg", "found": found}

    @pytest.mark.parametrize(
        "sql",
        [
            "CREATE VIEW v AS SELECT ogr_geocode('x') AS a",
            "CREATE VIRTUAL TABLE \"using rtree\" USING VirtualOGR('/etc/passwd')",
        ],
    )
    def test_views_and_virtual_tables_are_refused(self, package: Path, sql: str) -> None:
        database = sqlite3.connect(package)
        if "VIRTUAL" in sql:
            database.execute("PRAGMA writable_schema=ON")
            row = "INSERT INTO sqlite_master VALUES ('table', 'using rtree', 'using rtree', 0, ?)"
            database.execute(row, (sql,))
        else:
            database.execute(sql)
        database.commit()
        database.close()
        with pytest.raises(UnsafeContent):
            read_layer(package, "网格")

    def test_tables_without_shapes_are_refused(self, tmp_path: Path) -> None:
        import pandas as pd

        pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), tmp_path / "a.gpkg")
        for ask in (list_layers, read_layer):
            with pytest.raises(NoGeometry):
                ask(tmp_path / "a.gpkg")

    def test_cut_off_files_are_refused(self, package: Path) -> None:
        package.write_bytes(package.read_bytes()[:3000])
        with pytest.raises(Unreadable):
            read_layer(package)


class TestShapefile:
    @pytest.fixture
    def shanghai(self, data: Path) -> Path:
        return data / "gbk-shapefiles" / "shanghai_shp"

    @pytest.mark.parametrize(
        ("file", "rows", "column", "first", "encoding", "label"),
        [
            ("shanghai_shp/区县界_area.shp", 17, "NAME", "宝山区", "gb18030", DeclaredDatum(Datum.WGS84)),
            ("chongqing_shp/区县界_area.shp", 38, "NAME", "奉节县", "gb18030", DeclaredDatum(Datum.WGS84)),
            ("geotools_chinese_poly/chinese_poly.shp", 1, "NAME", "黑龙江省", "gb18030", DeclaredDatum(Datum.WGS84)),
            ("metroline2/metroline2.shp", 2, "city", "上海", "utf-8", AUTO),
            ("sz.shp", 10, "qh", "罗湖", "utf-8", AUTO),
        ],
    )
    def test_real_files_are_read(
        self, data: Path, file: str, rows: int, column: str, first: str, encoding: str, label: DeclaredDatum
    ) -> None:
        result = read_layer(data / "gbk-shapefiles" / file)
        assert len(result.gdf) == rows
        assert result.gdf[column].iloc[0] == first
        assert result.encoding == encoding
        assert result.declared_datum == label
        notes = {note.code for note in result.warnings}
        assert ("geo.note.no_prj" in notes) == (label == AUTO)

    def test_label_that_lies_about_the_encoding_is_told(self, shanghai: Path, tmp_path: Path) -> None:
        for part in shanghai.iterdir():
            shutil.copy(part, tmp_path / part.name)
        (tmp_path / "区县界_area.cpg").write_text("UTF-8")
        result = read_layer(tmp_path / "区县界_area.shp")
        assert result.gdf["NAME"].iloc[0] == "宝山区"
        assert [(note.code, note.values["declared"]) for note in result.warnings] == [
            ("geo.note.encoding_label_wrong", "UTF-8")
        ]

    def test_zip_with_chinese_folder_is_read(self, shanghai: Path, put) -> None:
        path = put("a.zip", zipped({f"目录/{part.name}": part.read_bytes() for part in shanghai.iterdir()}))
        assert [(layer.name, layer.count) for layer in list_layers(path)] == [("区县界_area", 17)]
        assert read_layer(path).gdf["ADMINCODE"].iloc[0] == "310113"

    def test_files_uploaded_together_are_read(self, shanghai: Path) -> None:
        assert len(read_layer(sorted(shanghai.iterdir())).gdf) == 17

    def test_missing_parts_are_told(self, shanghai: Path) -> None:
        parts = {part.suffix: part for part in shanghai.iterdir()}
        no_index = read_layer([parts[".shp"], parts[".dbf"], parts[".prj"]])
        assert [note.code for note in no_index.warnings] == ["geo.note.no_shx"]
        assert no_index.gdf["NAME"].iloc[0] == "宝山区"
        bare = read_layer([parts[".shp"], parts[".shx"]])
        assert [note.code for note in bare.warnings] == ["geo.note.no_dbf", "geo.note.no_prj"]
        with pytest.raises(MissingPart):
            read_layer([parts[".dbf"], parts[".prj"]])

    def test_asking_for_the_wrong_encoding_is_refused(self, shanghai: Path) -> None:
        with pytest.raises(WrongEncoding):
            read_layer(shanghai / "区县界_area.shp", encoding="utf-8")


class TestKml:
    @pytest.mark.parametrize(("label", "codec"), [("UTF-8", "utf-8"), ("GB2312", "gbk"), ("UTF-8", "gbk")])
    def test_places_and_their_data_are_read(self, put, listener, label: str, codec: str) -> None:
        address, asked = listener
        path = put("a.kml", KML.format(encoding=label, address=address).encode(codec))
        assert [layer.name for layer in list_layers(path)] == ["网格"]
        row = read_layer(path).gdf.loc[1]
        assert (row["Name"], row["code"], row["description"]) == ("第一网格", "007", "说明")
        assert asked == []

    def test_what_is_about_drawing_is_left_out(self, put) -> None:
        frame = read_layer(put("a.kml", KML.format(encoding="UTF-8", address=""))).gdf
        assert {"tessellate", "visibility", "icon"}.isdisjoint(frame.columns)

    def test_kmz_is_read(self, put) -> None:
        path = put("a.kmz", zipped({"doc.kml": KML.format(encoding="UTF-8", address="")}))
        assert read_layer(path).gdf["Name"].tolist() == ["第一网格"]

    def test_entities_are_refused(self, put) -> None:
        head = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        with pytest.raises(UnsafeContent):
            read_layer(put("a.kml", head + KML.format(encoding="UTF-8", address="").split("?>", 1)[1]))


class TestTables:
    def test_cells_stay_text_and_places_are_points(self, put) -> None:
        path = put("a.csv", "编码,名称,经度,纬度\n001,甲,116.1,39.1\n010,乙,116.2,39.2\n".encode("gbk"))
        result = read_layer(path)
        assert result.gdf["编码"].tolist() == ["001", "010"]
        assert result.gdf.geometry.iloc[1].equals(shapely.Point(116.2, 39.2))
        assert (result.declared_crs, result.encoding) == (None, "gb18030")

    @pytest.mark.parametrize("text", ["x;y;名\n116;39;甲", "名\tLAT\tLng\n甲\t39\t116", "\ufefflon,lat\n116,39"])
    def test_other_delimiters_and_names_are_found(self, put, text: str) -> None:
        assert read_layer(put("a.txt", text)).gdf.geometry.iloc[0].equals(shapely.Point(116, 39))

    def test_columns_can_be_named(self, put) -> None:
        path = put("a.csv", "east,north,lon,lat\n116,39,1,2\n")
        assert read_layer(path, lon="east", lat="north").gdf.geometry.iloc[0].equals(shapely.Point(116, 39))
        with pytest.raises(NoCoordinateColumns, match="east, north"):
            read_layer(path, lon="x", lat="north")

    def test_rows_without_place_are_kept_and_told(self, put) -> None:
        path = put("a.csv", "n,lon,lat\na,116,39\nb,,\nc,0,0\nd,east,39\ne,116,39,extra\n")
        result = read_layer(path)
        assert result.gdf.geometry.isna().tolist() == [False, True, True, True, False]
        assert [(note.code, note.values["rows"]) for note in result.warnings] == [
            ("geo.note.uneven_rows", "5"),
            ("geo.note.rows_without_place", "2, 3, 4"),
        ]

    def test_swapped_columns_are_told(self, put) -> None:
        notes = read_layer(put("a.csv", "lat,lon\n116,39\n")).warnings
        assert [note.code for note in notes] == ["geo.note.looks_swapped"]

    def test_real_hospitals_are_read(self, data: Path) -> None:
        path = data / "shanghai-poi" / "shanghai_hospital.csv"
        assert list_layers(path)[0].count == 7513
        assert read_layer(path).gdf.geometry.notna().all()

    @pytest.mark.parametrize(
        ("text", "refusal"),
        [
            ("a,b\n1,2\n", NoCoordinateColumns),
            ("lon,lat\n", EmptyFile),
            ("lon,lat\nx,y\n", NoGeometry),
            ('lon,lat\n"116,39\n', Unreadable),
        ],
    )
    def test_unusable_tables_are_refused(self, put, text: str, refusal: type[GeoRefusal]) -> None:
        with pytest.raises(refusal):
            read_layer(put("a.csv", text))


class TestLiars:
    @pytest.mark.parametrize("name", ["a.kml", "a.geojson", "a.csv", "a.json"])
    def test_virtual_files_are_refused_under_any_name(self, put, name: str) -> None:
        with pytest.raises(VirtualFile):
            read_layer(put(name, VRT))

    def test_a_virtual_file_far_down_is_refused(self, put) -> None:
        with pytest.raises(KindMismatch):
            read_layer(put("a.kml", "<!--" + "x" * 70_000 + "-->" + VRT))

    def test_a_virtual_file_in_a_zip_is_refused(self, put) -> None:
        with pytest.raises(VirtualFile):
            read_layer(put("a.zip", zipped({"a.geojson": VRT})))

    def test_a_virtual_file_behind_a_kml_word_reads_nothing(self, put) -> None:
        """Only the KML driver is switched on, so that whatever gets past the first look has nobody to open it."""
        with pytest.raises(GeoRefusal):
            read_layer(put("a.kml", "<!-- <kml > " + "x" * 70_000 + "-->" + VRT))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.kml", SQUARE),
            ("a.geojson", KML),
            ("a.geojson", b"\x00\x01\x02"),
            ("a.shp", SQUARE),
            ("a.zip", SQUARE),
            ("a.csv", SQUARE),
            ("a.csv", zipped({"a.csv": "lon,lat\n1,2"})),
        ],
    )
    def test_content_must_be_what_the_name_says(self, put, name: str, content: bytes | str) -> None:
        with pytest.raises(KindMismatch):
            read_layer(put(name, content))

    @pytest.mark.parametrize(
        ("name", "content", "refusal"),
        [
            ("a.exe", b"MZ", UnsupportedKind),
            ("a", SQUARE, UnsupportedKind),
            ("a.geojson", b"", EmptyFile),
            ("a.zip", zipped({"readme.md": "x"}), NothingInArchive),
        ],
    )
    def test_other_files_are_refused(self, put, name: str, content: bytes | str, refusal: type[GeoRefusal]) -> None:
        for ask in (list_layers, read_layer):
            with pytest.raises(refusal):
                ask(put(name, content))

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        for name in ("a.shp", "a.geojson"):
            with pytest.raises(FileMissing):
                read_layer(tmp_path / name)


class TestLimits:
    @pytest.fixture
    def large(self, put) -> Path:
        return put("a.geojson", features(*({"n": number} for number in range(30_000))))

    @pytest.mark.parametrize(
        ("limits", "refusal"),
        [
            (ReadLimits(file_size=1000), FileTooLarge),
            (ReadLimits(rows=1000), TooManyRows),
            (ReadLimits(wall_seconds=0), TooHeavy),
            (ReadLimits(memory=40 * 2**20), (TooHeavy, Unreadable)),
        ],
    )
    def test_what_costs_too_much_is_stopped(self, large: Path, limits: ReadLimits, refusal) -> None:
        with pytest.raises(refusal):
            read_layer(large, limits=limits)

    def test_nothing_stays_behind(self, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        work = tmp_path / "work"
        work.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(work))
        read_layer(large)
        with pytest.raises(TooManyRows):
            read_layer(large, limits=ReadLimits(rows=10))
        assert list(work.iterdir()) == []
