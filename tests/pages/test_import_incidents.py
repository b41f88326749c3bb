"""The page 导入工单 as the command centre uses it: file, columns, check, unknown classes, write, what came back."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from config.texts import text
from db.models import Incident
from db.session import Database, reading
from domain.permissions import EVERYWHERE, Role
from tests.factories import make_user
from tests.incident_town import Street, make_street
from tests.pages.session import is_closed, keys_of, open_page, press, said, texts_of
from tests.services.orders.test_importing import csv_of, placeholder_file, row


@dataclass
class Upload:
    """A file as the uploader gives it."""

    name: str
    raw: bytes

    @property
    def file_id(self) -> str:
        return f"{self.name}-{hash(self.raw)}"

    def getvalue(self) -> bytes:
        return self.raw


@pytest.fixture
def uploads(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Upload]:
    """What the uploaders of the page hold, by their keys: after each import a new one stands there."""
    held: dict[str, Upload] = {}

    def uploader(label: str, **values: Any) -> Upload | None:
        return held.get(values["key"])

    monkeypatch.setattr("ui.components.order_import.st.file_uploader", uploader)
    return held


@pytest.fixture
def street(uploads: dict[str, Upload]) -> Street:
    return make_street()


def cases() -> dict[str | None, Incident]:
    with reading(EVERYWHERE) as session:
        return {case.external_number: case for case in session.scalars(select(Incident))}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_page_waits_for_a_file(street: Street, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    actor = make_user(Role.COMMAND_CENTRE, locale=locale)
    page = open_page(monkeypatch, actor, "import_incidents")
    assert not page.exception
    assert text(locale, "orders.start") in texts_of(page)
    assert "orders-look" not in keys_of(page)


def test_others_may_not(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    for actor in (street.secretary, street.leader_a, street.visitor):
        page = open_page(monkeypatch, actor, "import_incidents")
        assert is_closed(page)


def test_check_choose_write(street: Street, uploads: dict[str, Upload], monkeypatch: pytest.MonkeyPatch) -> None:
    raw = csv_of(row("GD1"), row("GD2", kind="怪事"), row("", content="没有编号"), above="2026年3月工单")
    uploads["orders-upload-0"] = Upload("工单.csv", raw)
    page = open_page(monkeypatch, street.command, "import_incidents")
    page.selectbox(key="orders-datum").set_value("wgs84").run()
    page = press(page, "orders-look")
    shown = texts_of(page)
    assert not page.exception
    assert text("zh_CN", "orders.refused_n", n=1) in shown
    assert text("zh_CN", "orders.unknown_classes", n=1) in shown
    assert cases() == {}
    page.selectbox(key="orders-class-hotline_12345-怪事").set_value("litter").run()
    assert text("zh_CN", "orders.look.again") in texts_of(page)
    assert "orders-write" not in keys_of(page)
    page = press(page, "orders-look")
    page = press(page, "orders-write")
    assert not page.exception
    present = cases()
    assert {number: case.category for number, case in present.items()} == {"GD1": "stairwell_clutter", "GD2": "litter"}
    shown = texts_of(page)
    assert text("zh_CN", "orders.do.refused") in "".join(str(one.proto.label) for one in page.get("download_button"))
    assert "<div>新增<b>2</b></div>" in shown


def test_the_mapping_is_kept_for_the_next_file(
    street: Street, uploads: dict[str, Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads["orders-upload-0"] = Upload("a.csv", "甲,来电时间\nGD1,2026-03-01\n".encode())
    uploads["orders-mapping"] = Upload("m.yaml", "columns: {number: 甲}".encode())
    page = open_page(monkeypatch, street.command, "import_incidents")
    page = press(press(page, "orders-look"), "orders-write")
    assert list(cases()) == ["GD1"]
    uploads.pop("orders-mapping")
    uploads["orders-upload-1"] = Upload("b.csv", "甲,来电时间\nGD2,2026-03-02\n".encode())
    page = page.run()
    assert text("zh_CN", "orders.remembered") in texts_of(page)
    page = press(press(page, "orders-look"), "orders-write")
    assert list(cases()) == ["GD1", "GD2"]


def test_placeholders_are_asked_about(
    street: Street, uploads: dict[str, Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads["orders-upload-0"] = Upload("a.csv", placeholder_file())
    page = open_page(monkeypatch, street.command, "import_incidents")
    page.selectbox(key="orders-datum").set_value("wgs84").run()
    page = press(page, "orders-look")
    assert said(page, "warning")
    assert "orders-write" not in keys_of(page)
    page.radio(key="orders-placeholder").set_value("drop").run()
    page = press(press(page, "orders-look"), "orders-write")
    assert len(cases()) == 300
    assert cases()["P1"].lon is None


@pytest.mark.parametrize(
    ("name", "raw"),
    [("a.csv", b"\x00\x01"), ("a.xlsx", b"PK\x03\x04nothing"), ("a.csv", b"1,2\n3,4\n"), ("a.csv", b" \n")],
)
def test_a_file_that_is_none_says_why(
    street: Street, uploads: dict[str, Upload], monkeypatch: pytest.MonkeyPatch, name: str, raw: bytes
) -> None:
    uploads["orders-upload-0"] = Upload(name, raw)
    page = open_page(monkeypatch, street.command, "import_incidents")
    assert not page.exception
    assert len(said(page, "error")) == 1
