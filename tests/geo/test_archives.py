import io
import zipfile

import pytest

from geo.archives import unpack
from geo.errors import ArchiveTooLarge, BrokenArchive

SUFFIXES = (".geojson", ".shp", ".dbf")


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


def opened(raw: bytes, most_bytes: int = 10**9, most_members: int = 100) -> dict[str, bytes]:
    return dict(unpack("x.zip", raw, most_bytes, most_members, SUFFIXES))


def test_only_wanted_files_come_out() -> None:
    raw = packed({"a.geojson": b"1", "b.exe": b"2", "dir/c.shp": b"3", "__MACOSX/a.geojson": b"4", ".d.shp": b"5"})
    assert opened(raw) == {"a.geojson": b"1", "dir/c.shp": b"3"}


def test_chinese_names_of_windows_are_read() -> None:
    raw = packed({"QQQQ.shp": b"1"}).replace(b"QQQQ", "网格".encode("gbk"))
    assert opened(raw) == {"网格.shp": b"1"}


def test_chinese_names_in_utf8_are_read() -> None:
    assert opened(packed({"目录/网格.shp": b"1"})) == {"目录/网格.shp": b"1"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    raw = packed({"a.geojson": b" " * 170_000_000})
    assert len(raw) < 200_000
    with pytest.raises(ArchiveTooLarge):
        opened(raw)


@pytest.mark.parametrize(("bytes_", "members"), [(10, 100), (10**9, 2)])
def test_too_much_and_too_many_are_refused(bytes_: int, members: int) -> None:
    with pytest.raises(ArchiveTooLarge):
        opened(packed({f"{number}.geojson": b"12345" for number in range(3)}), bytes_, members)


def test_an_enormous_table_of_contents_is_refused() -> None:
    raw = bytearray(packed({"a.geojson": b"1"}))
    raw[-10:-6] = (100 * 2**20).to_bytes(4, "little")
    with pytest.raises(ArchiveTooLarge):
        opened(bytes(raw))


def test_more_than_was_declared_is_refused() -> None:
    """The size of 5,000 bytes is overwritten with 5 in both headers: what comes out does not match its checksum."""
    raw = packed({"a.geojson": bytes(range(250)) * 20}).replace((5000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    with pytest.raises(BrokenArchive):
        opened(raw)


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_ignores_declared_sizes_is_refused(how: int) -> None:
    with pytest.raises(BrokenArchive):
        opened(packed({"a.geojson": b"1"}, how))


def test_locked_archives_are_refused() -> None:
    raw = bytearray(packed({"a.geojson": b"1"}))
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.find(mark) + flags] |= 1
    with pytest.raises(BrokenArchive):
        opened(bytes(raw))


@pytest.mark.parametrize("cut", [4, 30, 60])
def test_damaged_archives_are_refused(cut: int) -> None:
    with pytest.raises(BrokenArchive):
        opened(packed({"a.geojson": b"1"})[:cut])
