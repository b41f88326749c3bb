from pathlib import Path

import pytest

from geo.encodings import Encoding, dbf_encoding, dbf_texts, decode_text, find_encoding, known_encoding
from geo.errors import UnknownEncoding, Unreadable, WrongEncoding

NAMES = ["静安区", "八里庄街道"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("65001", "utf-8"),
        ("GBK", "gb18030"),
        ("GB2312", "gb18030"),
        ("936", "gb18030"),
        ("CP936", "gb18030"),
        ("OEM 936", "gb18030"),
        ("Big5", "big5"),
        ("ISO-8859-1", "iso8859-1"),
        ("88591", "iso8859-1"),
    ],
)
def test_names_are_read_as_files_write_them(written: str, name: str) -> None:
    assert known_encoding(written) == name


@pytest.mark.parametrize("written", ["klingon", "zlib", "hex", "rot13", ""])
def test_names_of_no_encoding_are_refused(written: str) -> None:
    with pytest.raises(UnknownEncoding):
        known_encoding(written)


@pytest.mark.parametrize("declared", [None, "", "klingon", "GBK", "UTF-8", "ISO-8859-1", "1252"])
@pytest.mark.parametrize("true", ["utf-8", "gb18030"])
def test_content_decides_whatever_is_declared(true: str, declared: str | None) -> None:
    found = find_encoding([name.encode(true) for name in NAMES], declared)
    assert found.name == true
    assert [found.decode(name.encode(true)) for name in NAMES] == NAMES


def test_a_lie_is_told_and_a_true_label_is_not() -> None:
    samples = [name.encode("gb18030") for name in NAMES]
    assert find_encoding(samples, "UTF-8").contradicts == "UTF-8"
    assert find_encoding(samples, "GBK").contradicts is None
    assert find_encoding(["靜安區".encode("big5")], "big5") == Encoding("big5")


def test_names_outside_gbk_are_read() -> None:
    assert find_encoding(["㐂𠮷村".encode("gb18030")]).decode("㐂𠮷村".encode("gb18030")) == "㐂𠮷村"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_character_cut_by_the_width_of_its_field_is_dropped(codec: str) -> None:
    cut = "八里庄街道".encode(codec)[:-1]
    found = find_encoding([cut])
    assert found.name == codec
    assert found.decode(cut) == "八里庄街"


def test_one_damaged_byte_does_not_change_the_encoding() -> None:
    text, encoding = decode_text("海淀区,".encode() * 50 + b"\xff")
    assert encoding.name == "utf-8"
    assert text.count("�") == 1


@pytest.mark.parametrize(("codec", "name"), [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("gbk", "gb18030")])
def test_text_files_are_decoded_without_their_mark(codec: str, name: str) -> None:
    assert decode_text("编码,名称".encode(codec)) == ("编码,名称", Encoding(name))


def test_an_encoding_asked_for_is_used_or_refused() -> None:
    assert decode_text("名称".encode("gbk"), "gb2312")[0] == "名称"
    with pytest.raises(WrongEncoding):
        decode_text("名称".encode("gbk"), "utf-8")


@pytest.mark.parametrize(
    ("file", "encoding", "text"),
    [
        ("shanghai_shp/区县界_area.dbf", "gb18030", "普陀区"),
        ("chongqing_shp/区县界_area.dbf", "gb18030", "渝中区"),
        ("geotools_chinese_poly/chinese_poly.dbf", "gb18030", "黑龙江省"),
        ("metroline2/metroline2.dbf", "utf-8", "上海"),
        ("sz.dbf", "utf-8", "罗湖"),
    ],
)
@pytest.mark.parametrize("cpg", [None, "UTF-8", "GBK", "ISO-8859-1"])
def test_real_tables_are_read_whatever_their_label(
    data: Path, file: str, encoding: str, text: str, cpg: str | None
) -> None:
    raw = (data / "gbk-shapefiles" / file).read_bytes()
    found = dbf_encoding(raw, cpg)
    assert found.name == encoding
    assert text in {found.decode(cell) for cell in dbf_texts(raw)}


def test_asking_for_the_wrong_encoding_of_a_table_is_refused(data: Path) -> None:
    raw = (data / "gbk-shapefiles" / "shanghai_shp" / "区县界_area.dbf").read_bytes()
    assert dbf_encoding(raw, None, "gbk").name == "gb18030"
    with pytest.raises(WrongEncoding):
        dbf_encoding(raw, None, "utf-8")


def test_no_table_is_refused() -> None:
    with pytest.raises(Unreadable):
        dbf_texts(b"short")
