"""The command line: what it prints, what it refuses, its exit status."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

import manage
from commands import terminal
from config.settings import settings
from db.models import PlannedAreaChange
from db.session import Database, transaction
from domain.clock import local_date, utc_now
from domain.incidents import IncidentAction
from domain.periods import Period
from domain.permissions import EVERYWHERE
from services.areas.changes import plan_change
from services.areas.planned_changes import plan_ahead
from services.incidents.actions import act_on_incident
from services.incidents.cases import list_incidents
from services.indicators.measuring import measure
from services.indicators.tables import as_plain
from tests.boundaries import SOUTH, WEST, areas_by_code, square, write_geojson
from tests.dictionary_files import ROWS, book
from tests.factories import make_area
from tests.incident_town import logged, make_street
from tests.indicator_town import make_cases
from tests.points_town import give, make_points_town
from tests.services.areas.test_changes import split

STREET = "410311001"


def run(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(manage.app, [str(argument) for argument in arguments], input=stdin)


def answer(*arguments: object, stdin: str | None = None) -> Any:
    done = run(*arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def street(sqlite_db: Database, tmp_path: Path) -> Path:
    """A street in the database, and a file of two grids of it."""
    make_area("街道", level="street", code=STREET, box=square(0, 0, 4).bounds)
    rows = [(square(x, 0), {"mc": f"{x + 1}格", "bm": f"{STREET}00100{x + 1}", "hh": 620 * x}) for x in range(2)]
    return write_geojson(tmp_path / "grids.geojson", *rows)


FIELDS = ("--level", "grid", "--name", "mc", "--code", "bm", "--households", "hh")


def test_every_command_has_help() -> None:
    listed = run("--help").stdout
    for name in (
        "migrate", "demo", "import-areas", "import-stations", "export-areas", "check-areas", "areas", "locate",
        "import-volunteers", "locate-file", "import-dictionary", "users", "import-incidents", "backup", "restore",
        "verify", "assets", "indicators", "points",
    ):  # fmt: skip
        assert name in listed
        assert run(*name.split(), "--help").exit_code == 0


def test_areas_are_imported_listed_located_and_exported(street: Path, tmp_path: Path) -> None:
    planned = answer("import-areas", street, *FIELDS, "--dry-run")
    assert (planned["created"], planned["dry_run"]) == (2, True)
    assert len(areas_by_code()) == 1
    assert answer("import-areas", street, *FIELDS)["created"] == 2
    assert answer("import-areas", street, *FIELDS)["unchanged"] == 2

    listed = answer("areas", "--level", "grid")
    assert [area.keys() for area in listed] == [
        {"code", "name", "level", "parent", "households", "area_m2", "parts"} for _ in range(2)
    ]
    assert listed[1] | {"area_m2": None} == {
        "code": f"{STREET}001002", "name": "2格", "level": "grid", "parent": STREET, "households": 620,
        "area_m2": None, "parts": 1,
    }  # fmt: skip

    place = answer("locate", WEST + 0.005, SOUTH + 0.005)
    assert place.keys() == {"grid", "path", "outside", "nearest", "leader", "station"}
    assert place["path"] == [STREET, f"{STREET}001001"]

    for suffix in ("geojson", "gpkg", "xlsx"):
        out = tmp_path / f"out.{suffix}"
        assert answer("export-areas", out, "--level", "grid")["areas"] == 2
        assert out.stat().st_size > 0
    drawn = gpd.read_file(tmp_path / "out.gpkg")
    assert drawn["code"].tolist() == [f"{STREET}001001", f"{STREET}001002"]
    assert drawn.geometry.iloc[0].equals(square(0, 0))
    sheet = CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert [row[:2] for row in sheet] == [["code", "name"], [f"{STREET}001001", "1格"], [f"{STREET}001002", "2格"]]


def test_west_and_south_are_no_options(street: Path) -> None:
    assert answer("locate", -73.9, -40.7)["outside"] is True


def test_round_trip_changes_nothing_when_an_export_is_imported(street: Path, tmp_path: Path) -> None:
    answer("import-areas", street, *FIELDS)
    answer("export-areas", tmp_path / "out.geojson", "--level", "grid")
    again = answer(
        "import-areas", tmp_path / "out.geojson", "--level", "grid", "--name", "name", "--code", "code",
        "--parent", "parent", "--households", "households",
    )  # fmt: skip
    assert (again["unchanged"], again["created"], again["updated"]) == (2, 0, 0)


def test_findings_have_the_shape_of_the_issue(street: Path, tmp_path: Path) -> None:
    rows = [
        (square(0, 0), {"n": "甲", "c": "1"}),
        (square(0.5, 0), {"n": "乙", "c": "2"}),
        (square(3.5, 0), {"n": "丙", "c": "3"}),
    ]
    write_geojson(tmp_path / "g.geojson", *rows)
    answer("import-areas", tmp_path / "g.geojson", "--level", "grid", "--name", "n", "--code", "c", "--datum", "wgs84")
    found = answer("check-areas", "--level", "grid")
    assert found.keys() == {"overlaps", "gaps", "slivers", "invalid", "outside_parent"}
    assert found["overlaps"] == [{"codes": ["1", "2"], "m2": pytest.approx(509_000, rel=0.01)}]
    assert found["outside_parent"][0]["code"] == "3"
    assert {"m2", "near"} == found["gaps"][0].keys()


def test_stations_are_imported_from_a_table(street: Path, tmp_path: Path) -> None:
    text = f"编号,站名,类别,lon,lat\n01,红石榴驿站,service_centre,{WEST + 0.005},{SOUTH + 0.005}\n02,坏,城堡,1,1\n"
    (tmp_path / "s.csv").write_text(text, "gbk")
    options = ("--name", "站名", "--kind", "类别", "--code", "编号", "--datum", "wgs84")
    found = answer("import-stations", tmp_path / "s.csv", *options)
    assert (found["created"], found["refused"]) == (
        1, [{"row": 2, "code": "02", "reason": "unknown_kind", "detail": "城堡"}],
    )  # fmt: skip
    assert answer("import-stations", tmp_path / "s.csv", *options)["unchanged"] == 1
    assert answer("locate", WEST + 0.005, SOUTH + 0.005)["station"]["code"] == "01"


def test_table_is_located(street: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"x,y\n{WEST + 0.005},{SOUTH + 0.005}\n", "utf-8")
    report = answer("locate-file", tmp_path / "in.csv", "--lon", "x", "--lat", "y", "--out", tmp_path / "out.csv")
    assert (report["read"], report["located"]) == (1, 1)
    assert (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[1].endswith(f"{STREET},街道,no")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("import-areas", "{file}", "--level", "kingdom", "--name", "mc"), "unknown_level"),
        (("import-areas", "{file}", "--level", "grid", "--name", "nope"), "unknown_field"),
        (("import-areas", "{file}", "--level", "grid", "--name", "mc", "--datum", "mars"), "geo.unknown_datum"),
        (("check-areas", "--level", "kingdom"), "unknown_level"),
        (("areas", "--level", "kingdom"), "unknown_level"),
        (("locate", "500", "0"), "geo.not_geographic"),
        (("export-areas", "{out}.doc"), "unknown_format"),
        (("users", "disable", "nobody"), "not_found"),
        (("restore", "{file}"), "not_a_backup"),
    ],
)
def test_refusal_is_said_and_exits_with_1(street: Path, tmp_path: Path, arguments: tuple[str, ...], code: str) -> None:
    done = run(*(part.format(file=street, out=tmp_path / "x") for part in arguments), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == code
    assert done.stderr.strip()
    assert "Traceback" not in done.output


@pytest.mark.parametrize(("languages", "word"), [(("zh_CN",), "没有"), (("en",), "There is no level")])
def test_refusal_is_in_the_language_of_the_terminal(
    street: Path, monkeypatch: pytest.MonkeyPatch, languages: tuple[str, ...], word: str
) -> None:
    monkeypatch.setattr(terminal, "LANGUAGES", languages)
    done = run("areas", "--level", "kingdom")
    assert word in done.stderr
    assert " / " not in done.stderr


def test_unclear_datum_names_the_option(sqlite_db: Database, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"mc": ["甲"]}, geometry=[square(0, 0)], crs=4326)
    frame.to_file(tmp_path / "bare.shp", encoding="utf-8")
    (tmp_path / "bare.prj").unlink()
    done = run("import-areas", tmp_path / "bare.shp", "--level", "street", "--name", "mc")
    assert done.exit_code == 1
    assert "--datum" in done.stderr


def test_demo_is_refused_when_no_database_was_set(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.queries.installation import set_installation_value
    from db.session import transaction
    from domain.permissions import EVERYWHERE
    from services.system.installations import forget_installation

    with transaction(EVERYWHERE) as session:
        set_installation_value(session, "demo", "1")
    forget_installation()
    monkeypatch.setattr(settings(), "__dict__", settings().__dict__ | {"database_url": None})
    done = run("import-areas", street, *FIELDS, "--json")
    assert json.loads(done.stdout)["error"]["code"] == "demo_database"
    assert len(areas_by_code()) == 1


def test_exit_status_is_1_when_no_row_is_usable(sqlite_db: Database, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "g.geojson", (square(0, 0), {"n": None}))
    done = run("import-areas", path, "--level", "street", "--name", "n", "--code", "=1", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"] == [{"row": 1, "code": "1", "reason": "no_name"}]


def test_accounts_are_added_listed_and_disabled(sqlite_db: Database) -> None:
    answer("users", "add", "admin", "administrator", stdin="a long password\n")
    made = answer("users", "add", "zhang", "command_centre", "--name", "张主任", stdin="a long password\n")
    assert made["name"] == "张主任"
    assert "a long password" not in run("users", "list").output
    assert answer("users", "disable", "zhang")["is_active"] is False
    assert [user["is_active"] for user in answer("users", "list")] == [True, False]
    assert run("users", "passwd", "zhang", stdin="short\n").exit_code == 1
    assert run("users", "passwd", "zhang", stdin="another password\n").exit_code == 0
    assert run("users", "add", "li", "king", stdin="a long password\n").exit_code == 1


def test_a_dictionary_is_looked_at_imported_and_found_the_same(sqlite_db: Database, tmp_path: Path) -> None:
    list_of = tmp_path / "目录.xlsx"
    list_of.write_bytes(book())
    planned = answer("import-dictionary", list_of, "--dry-run")
    assert (planned["rows"], planned["entries"], planned["version"], planned["dry_run"]) == (5, 5, 1, True)
    assert (len(planned["added"]), len(planned["changed"])) == (0, 5)
    assert answer("import-dictionary", list_of, "--note", "2026年版")["version"] == 2
    again = answer("import-dictionary", list_of)
    assert (again["version"], again["unchanged"], again["closed"]) == (2, 5, [])
    list_of.write_bytes(book([*ROWS, (6, "市容环境", "油烟", None, "尽快", "好", "街道", "否")], merged=("A1:H1",)))
    refused = run("import-dictionary", list_of)
    assert refused.exit_code == 1
    assert "尽快" in refused.stderr


def test_backup_is_restored_and_verified(street: Path, tmp_path: Path) -> None:
    assert answer("backup", tmp_path / "b.db")["kind"] == "sqlite"
    answer("import-areas", street, *FIELDS)
    assert run("restore", tmp_path / "b.db").exit_code == 1
    assert len(areas_by_code()) == 3
    assert answer("restore", tmp_path / "b.db", "--force")["saved"]
    assert len(areas_by_code()) == 1
    assert answer("verify")["ok"] is True


def test_schema_is_made_when_the_database_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.session import use_database

    fresh = Database(f"sqlite:///{tmp_path / 'new.db'}")
    use_database(fresh)
    try:
        assert answer("areas") == []
        with fresh.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        assert run("areas").exit_code == 1
    finally:
        use_database(None)
        fresh.dispose()


def test_indicators_are_those_of_the_page(sqlite_db: Database) -> None:
    town = make_cases()
    said = answer("indicators", "--from", "2026-02-01", "--to", "2026-03-10", "--by", "community")
    table = measure(town.command, Period(date(2026, 2, 1), date(2026, 3, 10)), "community")
    assert said == json.loads(json.dumps(as_plain(table, "zh_CN")))
    assert {row["name"]: row["figures"]["reported"]["numerator"] for row in said["rows"]} == {
        "书院社区": 6, "归帆社区": 3,
    }  # fmt: skip
    assert said["total"]["figures"]["closed_in_time_rate"] == {
        "value": 1 / 4, "numerator": 1, "denominator": 4, "unit": "share", "on_before": None, "on_year": None,
    }  # fmt: skip
    assert "按期结案率" in run("indicators", "--from", "2026-03-01", "--to", "2026-03-31").output
    refused = run("indicators", "--from", "2026-03-31", "--to", "2026-03-01", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["error"]["code"]) == (1, "invalid_period")


def test_purge_says_what_it_erased_and_what_it_would(sqlite_db: Database) -> None:
    town = make_street()
    logged(town.command, reporter_phone="13912345678")
    view = list_incidents(town.command).rows[0]
    long_ago = utc_now() - timedelta(days=400)
    act_on_incident(town.command, view.id, IncidentAction.VOID, view.version, "不属实", now=long_ago)
    assert answer("purge", "--dry-run")["cases"] == 1
    done = answer("purge")
    assert (done["dry_run"], done["cases"], done["names"], done["phones"]) == (False, 1, 0, 1)
    assert answer("purge")["cases"] == 0


def test_work_orders_are_looked_at_imported_and_given_back(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, mapping = tmp_path / "工单.csv", tmp_path / "m.json"
    file.write_bytes("单号,来电时间,经度,纬度\nGD1,2026-03-01,112.4,34.6\n,2026-03-01,,\n".encode("gb18030"))
    mapping.write_text(json.dumps({"columns": {"number": "单号"}, "datum": "wgs84"}))
    looked = answer("import-incidents", file, "--mapping", mapping, "--dry-run")
    assert (looked["read"], looked["created"], looked["dry_run"]) == (2, 1, True)
    assert not list(tmp_path.glob("*refused*"))
    done = answer("import-incidents", file, "--mapping", mapping)
    assert (done["created"], done["dry_run"], done["refused_file"]) == (1, False, "工单-refused.xlsx")
    assert CalamineWorkbook.from_path("工单-refused.xlsx").get_sheet_by_index(0).to_python()[1][1] == "2026-03-01"
    again = answer("import-incidents", file, "--refused", tmp_path / "bad.csv")
    assert (again["created"], again["unchanged"]) == (0, 1)
    assert "2026-03-01" in (tmp_path / "bad.csv").read_text("utf-8-sig")
    for wrong in ({"columns": {"number": "没有"}}, {}, {"classes": {"a": "nothing"}}):
        mapping.write_text(json.dumps(wrong))
        assert run("import-incidents", file, "--mapping", mapping, "--json").exit_code == 1


def test_placeholders_are_for_a_person_to_decide(street: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = [f"P{n},2026-03-01,路{n}号,112.4,34.6" for n in range(120)]
    file.write_text("\n".join(["工单编号,来电时间,地址,经度,纬度", *lines]))
    asked = run("import-incidents", file, "--datum", "wgs84", "--json")
    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["error"]["code"] == "placeholders_unsure"
    assert answer("import-incidents", file, "--datum", "wgs84", "--placeholder", "drop")["without_place"] == 120


def test_points_expire_settle_and_close_by_command(sqlite_db: Database) -> None:
    town = make_points_town()
    now = utc_now()
    last_month = now.replace(day=1) - timedelta(days=1)
    give(town.person, 50, now - timedelta(days=1000), subject_id=1, subject="praise")
    give(town.person, 30, last_month, subject_id=2, subject="praise")
    assert answer("points", "expire", "--dry-run")["points"] == 50
    found = answer("points", "expire")
    assert (found["members"], found["points"], found["told"]) == (1, 50, 0)
    assert answer("points", "settle") == {"settled": 0}
    first = answer("points", "close-month")
    assert (first["earned"], first["entries"]) == (50, 1)
    assert run("points", "close-month", f"{now:%Y-%m}").exit_code == 1
    assert run("points", "close-month", "1999").exit_code == 2
    assert run("verify").exit_code == 0


def test_changes_of_areas_are_listed() -> None:
    assert run("area-changes", "--help").exit_code == 0


def test_planned_changes_are_put_into_force_by_command(sqlite_db: Database) -> None:
    town = make_street(households=620)
    now = utc_now()
    tomorrow = split(town, day=local_date(now) + timedelta(days=1), heir=0)
    ahead = plan_ahead(town.administrator, tomorrow, plan_change(town.administrator, tomorrow, now).digest, now)
    assert answer("apply-area-changes") == {"applied": [], "refused": []}
    with transaction(EVERYWHERE) as session:
        session.get_one(PlannedAreaChange, ahead).day = local_date(now)
    assert answer("apply-area-changes") == {"applied": [ahead], "refused": []}
    assert answer("apply-area-changes") == {"applied": [], "refused": []}
    assert [change["planned_by"] for change in answer("area-changes")] == ["管理员"]
