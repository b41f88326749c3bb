import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from geo.errors import (
    ArchiveTooLarge,
    BrokenArchive,
    EmptyFile,
    FileTooLarge,
    KindMismatch,
    NotASheet,
    TooHeavy,
    TooManyRows,
    UnknownLayer,
    Unreadable,
)
from geo.intake import ReadLimits
from geo.workbooks import WORKBOOK_LIMITS, read_sheets

AT = datetime.fromisoformat("2024-03-05T14:20")
OLD = Path(__file__).with_name("data") / "orders.xls"


def book(*rows: list[Any], merged: str = "") -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"default_date_format": "yyyy-mm-dd hh:mm"}) as made:
        sheet = made.add_worksheet("工单")
        day = made.add_format({"num_format": "yyyy/m/d"})
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date) and not isinstance(value, datetime):
                    sheet.write_datetime(at, column, value, day)
                elif value is not None:
                    sheet.write(at, column, value)
        if merged:
            sheet.merge_range(merged, rows[0][0])
        made.add_worksheet("空")
    return raw.getvalue()


def test_cells_keep_their_kind() -> None:
    raw = book(["编号", "时间"], [" A1 ", AT], [7, date(2024, 3, 5)], [True, time(3, 4)])
    assert read_sheets("x.xlsx", raw)[0].rows == [
        ["编号", "时间"], ["A1", AT], [7.0, date(2024, 3, 5)], [True, time(3, 4)],
    ]  # fmt: skip


def test_empty_sheets_are_left_out_and_one_can_be_asked_for() -> None:
    raw = book(["a"], ["b"])
    assert [sheet.name for sheet in read_sheets("x.xlsx", raw)] == ["工单"]
    assert read_sheets("x.xlsx", raw, "工单")[0].rows == [["a"], ["b"]]
    with pytest.raises(UnknownLayer):
        read_sheets("x.xlsx", raw, "没有")


def test_merged_cells_can_be_filled() -> None:
    sheet = read_sheets("x.xlsx", book(["市容环境", None], [None, None], ["b", "c"], merged="A1:A2"))[0]
    assert sheet.merged == ((0, 0, 1, 0),)
    assert [row[0] for row in sheet.unmerged().rows] == ["市容环境", "市容环境", "b"]


def test_old_workbooks_are_read() -> None:
    sheet = read_sheets("old.xls", OLD.read_bytes())[0]
    assert sheet.rows[0][0] == "2024年3月工单（内部）"
    assert sheet.rows[2] == ["GD0001", AT, "路灯不亮"]
    assert sheet.rows[3][0] == 202403050002.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_texts_in_every_usual_encoding(encoding: str, delimiter: str) -> None:
    text = f'编号{delimiter}内容\r\n001{delimiter}"路灯{delimiter}\n不亮"\r\n'
    rows = read_sheets("x.csv", text.encode(encoding))[0].rows
    assert rows == [["编号", "内容"], ["001", f"路灯{delimiter}\n不亮"]]


def test_a_note_above_the_header_does_not_hide_the_delimiter() -> None:
    text = "说明：内部资料; 请勿外传\n编号,内容,时间\n1,a,b\n"
    assert read_sheets("x.csv", text.encode())[0].rows[1] == ["编号", "内容", "时间"]


def bomb(megabytes: int) -> bytes:
    """A workbook whose sheet unpacks to so much."""
    raw, grown = io.BytesIO(book(["a"])), io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename.endswith("sheet1.xml"):
                content = content.replace(b"<sheetData>", b"<sheetData>" + b" " * (megabytes * 2**20))
            new.writestr(member.filename, content)
    return grown.getvalue()


def test_a_sheet_of_300_megabytes_in_300_kilobytes_is_refused() -> None:
    raw = bomb(300)
    assert len(raw) < 330_000
    with pytest.raises(ArchiveTooLarge):
        read_sheets("x.xlsx", raw)


def test_a_sheet_that_lies_about_its_size_is_refused() -> None:
    raw = bomb(40)
    size = 40 * 2**20
    for match in re.finditer(b"PK\x01\x02", raw):  # the table of contents says: 1,000 bytes
        at = match.start() + 24
        if int.from_bytes(raw[at : at + 4], "little") > size:
            raw = raw[:at] + (1000).to_bytes(4, "little") + raw[at + 4 :]
    with pytest.raises(BrokenArchive):
        read_sheets("x.xlsx", raw)


def test_two_cells_at_the_far_corners_of_a_sheet_cost_no_more_than_allowed() -> None:
    raw, grown = io.BytesIO(book(["a"])), io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename.endswith("sheet1.xml"):
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far)
            new.writestr(member.filename, content)
    with pytest.raises((TooHeavy, TooManyRows, Unreadable)):
        read_sheets("x.xlsx", grown.getvalue())


def test_too_many_rows() -> None:
    limits = ReadLimits(rows=3)
    assert len(read_sheets("x.xlsx", book(*[["a"]] * 4), limits=limits)[0].rows) == 4
    for name, raw in (("x.xlsx", book(*[["a"]] * 5)), ("x.csv", b"a\n" * 5)):
        with pytest.raises(TooManyRows):
            read_sheets(name, raw, limits=limits)


@pytest.mark.parametrize(
    ("name", "raw", "refusal"),
    [
        ("x.pdf", b"%PDF", NotASheet),
        ("x.csv.gz", b"\x1f\x8b", NotASheet),
        ("x.xlsx", b"a,b\n1,2\n", KindMismatch),
        ("x.csv", book(["a"]), KindMismatch),
        ("x.csv", b"\x00\x01\x02", KindMismatch),
        ("x.csv", b" \n", EmptyFile),
        ("x.csv", b",,\n,,\n", EmptyFile),
        ("x.xlsx", book(["a"])[:-200], BrokenArchive),
        ("x.xls", OLD.read_bytes()[:2000], Unreadable),
        ("x.csv", b'a,"b\n1,2\n', Unreadable),
        ("x.csv", b"a" * (WORKBOOK_LIMITS.file_size + 1), FileTooLarge),
    ],
)
def test_what_is_no_table_is_refused(name: str, raw: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_sheets(name, raw)
