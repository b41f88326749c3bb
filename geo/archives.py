"""Opening zip files from strangers: counted and weighed before a byte is unpacked."""

import io
import zipfile
from pathlib import PurePosixPath

from geo.errors import ArchiveTooLarge, BrokenArchive

_DIRECTORY_SIZE = 4 * 2**20  # bytes of the table of contents: tens of thousands of entries
_SMALL = 20 * 2**20  # under it the ratio says nothing: an empty text column packs 1000 to 1
_RATIO = 100  # shapefiles pack 2 to 20 times
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def unpack(
    name: str, raw: bytes, most_bytes: int, most_members: int, suffixes: tuple[str, ...]
) -> list[tuple[str, bytes]]:
    """Names (with their folders) and contents of the members with one of the suffixes.

    Raises ArchiveTooLarge by what the archive declares, before unpacking, and BrokenArchive when it is damaged,
    locked, or holds more than it declared. Archives inside are not opened.
    """
    refuse_large_directory(name, raw)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            refuse_bomb(name, members, len(raw), most_bytes, most_members)
            named = [(_readable_name(member), member) for member in members]
            return [(shown, archive.read(member)) for shown, member in named if shown.lower().endswith(suffixes)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, EOFError) as broken:
        raise BrokenArchive(name=name) from broken


def refuse_large_directory(name: str, raw: bytes) -> None:
    """Refuse a table of contents of millions of entries before it is read. Raises BrokenArchive, ArchiveTooLarge."""
    end = raw.rfind(b"PK\5\6", max(0, len(raw) - 65_557))
    if end < 0 or len(raw) < end + 22:
        raise BrokenArchive(name=name)
    if int.from_bytes(raw[end + 12 : end + 16], "little") > _DIRECTORY_SIZE:
        raise ArchiveTooLarge(name=name)


def refuse_bomb(name: str, members: list[zipfile.ZipInfo], packed: int, most_bytes: int, most_members: int) -> None:
    """Refuse by what the members declare. Raises ArchiveTooLarge and BrokenArchive."""
    unpacked = sum(member.file_size for member in members)
    tight = unpacked > _SMALL and unpacked > _RATIO * packed
    if len(members) > most_members or unpacked > most_bytes or tight:
        raise ArchiveTooLarge(name=name)
    # bzip2 and LZMA unpack a block in one go, whatever size was declared; nobody packs maps with them.
    plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(member.flag_bits & _ENCRYPTED or member.compress_type not in plain for member in members):
        raise BrokenArchive(name=name)


def _readable_name(member: zipfile.ZipInfo) -> str:
    """The member's path, "" for what is no file of the user. Chinese Windows writes GBK where the format says cp437."""
    path = member.filename if member.flag_bits & _UTF8_NAME else _as_chinese(member.filename)
    shadow = path.startswith("__MACOSX/") or PurePosixPath(path).name.startswith(".")  # macOS adds those
    return "" if member.is_dir() or shadow else path


def _as_chinese(name: str) -> str:
    try:
        return name.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name
