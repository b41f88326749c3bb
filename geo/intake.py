"""From what was uploaded to files that GDAL may look at: what is it really, is it safe, which encoding is its text in?

Nothing here trusts a name. Everything is copied under names of our own into a work folder, so that a file cannot
change under the reader and neither Chinese names nor paths inside an archive reach the file system.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from geo.archives import unpack
from geo.encodings import Encoding, dbf_encoding, decode_text
from geo.errors import (
    EmptyFile,
    FileMissing,
    FileTooLarge,
    GeoRefusal,
    KindMismatch,
    MissingPart,
    NotAGeopackage,
    NothingInArchive,
    UnsafeContent,
    UnsupportedKind,
    VirtualFile,
)

_MEGABYTE = 2**20
_HEAD = 64 * 1024
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_COMPANIONS = (".xml", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".fix", ".atx", ".ain", ".aih", ".ind", ".idm", ".mxs")
_BARE_GEOMETRY = re.compile(r'\s*\{\s*"type"\s*:\s*"(Multi)?(Point|LineString|Polygon)"')
_MOST_BARE = 32 * _MEGABYTE
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DECLARED_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([\w.-]+)[\"']")


class FileKind(StrEnum):
    """The kinds of file that are read."""

    GEOJSON = "geojson"
    GEOPACKAGE = "geopackage"
    SHAPEFILE = "shapefile"
    KML = "kml"
    TABLE = "table"


_KINDS = {
    ".geojson": FileKind.GEOJSON,
    ".json": FileKind.GEOJSON,
    ".gpkg": FileKind.GEOPACKAGE,
    ".shp": FileKind.SHAPEFILE,
    ".kml": FileKind.KML,
    ".csv": FileKind.TABLE,
    ".tsv": FileKind.TABLE,
    ".txt": FileKind.TABLE,
}
_ARCHIVES = (".zip", ".kmz")
EXTENSIONS = (*_KINDS, *_SHAPEFILE_PARTS[1:], *_ARCHIVES)
"""What a file chooser should offer."""


@dataclass(frozen=True)
class ReadLimits:
    """How much a file may cost. Sizes in bytes, times in seconds."""

    file_size: int = 200 * _MEGABYTE
    unpacked_size: int = 512 * _MEGABYTE
    archive_members: int = 500
    rows: int = 1_000_000
    memory: int = 3 * 1024 * _MEGABYTE
    cpu_seconds: int = 90
    wall_seconds: int = 150


@dataclass(frozen=True)
class ReadNote:
    """Something a person should know about what was read: a text key (``geo.note.*``) and its values."""

    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One readable file in the work folder. name: its name for people, without the extension."""

    kind: FileKind
    name: str
    path: Path
    encoding: Encoding | None = None
    notes: tuple[ReadNote, ...] = ()


File = tuple[str, bytes]  # name and content


def take_in(paths: Sequence[Path], folder: Path, limits: ReadLimits, encoding: str = "auto") -> list[Source]:
    """Check and copy uploaded files (one, an archive, or a shapefile with its side files) into ``folder``.

    A .shp alone brings the side files that lie beside it. Raises a GeoRefusal that names what is wrong.
    """
    files = [file for path in _with_side_files(paths) for file in _contents(path, limits, len(paths) > 1)]
    spatial = [file for file in files if _suffix(file[0]) in _KINDS and _KINDS[_suffix(file[0])] != FileKind.TABLE]
    tables = [] if spatial else [file for file in files if _KINDS.get(_suffix(file[0])) == FileKind.TABLE]
    parts = {name.lower(): raw for name, raw in files if _suffix(name) in _SHAPEFILE_PARTS}
    if not spatial and not tables:
        raise MissingPart(name=files[0][0]) if parts else NothingInArchive(name=paths[0].name)
    found = [_prepare(file, parts, folder / str(number), encoding) for number, file in enumerate(spatial or tables)]
    names = [source.name for source in found]
    return [
        replace(source, name=_key(name)) if names.count(source.name) > 1 else source
        for source, (name, _) in zip(found, spatial or tables, strict=True)
    ]


def _with_side_files(paths: Sequence[Path]) -> Iterator[Path]:
    yield from paths
    for shape in paths:
        if len(paths) == 1 and shape.suffix.lower() == ".shp" and shape.is_file():
            for beside in sorted(shape.parent.iterdir()):
                if beside.stem == shape.stem and beside != shape and beside.suffix.lower() in _SHAPEFILE_PARTS:
                    yield beside


def _contents(path: Path, limits: ReadLimits, beside: bool) -> Iterable[File]:
    if not path.is_file():
        raise FileMissing(name=path.name)
    size = path.stat().st_size
    if size > limits.file_size:
        raise FileTooLarge(name=path.name, megabytes=size // _MEGABYTE, limit=limits.file_size // _MEGABYTE)
    if size == 0 and path.suffix.lower() != ".cpg":
        raise EmptyFile(name=path.name)
    if beside and _suffix(path.name) in _COMPANIONS:
        return []  # what other programs keep next to a shapefile, of no use here
    if _suffix(path.name) not in EXTENSIONS:
        raise UnsupportedKind(name=path.name)
    raw = path.read_bytes()
    if _suffix(path.name) not in _ARCHIVES:
        return [(path.name, raw)]
    if not raw.startswith(b"PK"):
        raise KindMismatch(name=path.name, found=content_kind(raw[:_HEAD]))
    return unpack(path.name, raw, limits.unpacked_size, limits.archive_members, EXTENSIONS)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _key(name: str) -> str:
    return name[: len(name) - len(_suffix(name))]


def content_kind(head: bytes) -> str:
    """What the first bytes of a file say it is.

    One of zip, geopackage, sqlite, shapefile, virtual, kml, xml, json, binary, text.
    """
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return "zip"
    if head.startswith(b"SQLite format 3\0"):
        return "geopackage" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "sqlite"
    if head.startswith(b"\0\0\x27\x0a"):
        return "shapefile"
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return _text_kind(head.decode("utf-16" if wide else "utf-8-sig", "ignore").strip().lower())


def _text_kind(text: str) -> str:
    if "<ogrvrt" in text:
        return "virtual"
    if text.startswith("<"):
        return "kml" if re.search(r"<([\w.-]+:)?kml[\s>]", text) else "xml"
    if text.startswith(("{", "[")):
        return "json"
    return "binary" if "\0" in text else "text"


def _prepare(file: File, parts: dict[str, bytes], folder: Path, encoding: str) -> Source:
    name, raw = file
    kind = _KINDS[_suffix(name)]
    _refuse_liar(name, kind, content_kind(raw[:_HEAD]))
    folder.mkdir(parents=True)
    if kind == FileKind.SHAPEFILE:
        own = {suffix: parts[part] for suffix in _SHAPEFILE_PARTS if (part := _key(name).lower() + suffix) in parts}
        return _prepare_shapefile(name, own, folder, encoding)
    if kind == FileKind.GEOPACKAGE:
        return Source(kind, _stem(name), _written(folder / "data.gpkg", raw))
    text, found = _text(kind, name, raw, encoding)
    notes = _damage_note(text) if kind != FileKind.TABLE else ()
    text = _as_feature(text) if kind == FileKind.GEOJSON else text
    return Source(kind, _stem(name), _written(folder / f"data.{kind}", text.encode()), found, notes)


def _refuse_liar(name: str, kind: FileKind, found: str) -> None:
    wanted = {FileKind.GEOJSON: "json", FileKind.TABLE: "text"}.get(kind, kind.value)
    if found == "virtual":
        raise VirtualFile(name=name)
    if found != wanted:
        refusal: type[GeoRefusal] = NotAGeopackage if kind == FileKind.GEOPACKAGE else KindMismatch
        raise refusal(name=name, found=found)


def _text(kind: FileKind, name: str, raw: bytes, asked: str) -> tuple[str, Encoding]:
    """Text files are passed on as UTF-8 without a byte-order mark, which is all their readers understand."""
    if kind != FileKind.KML:
        return decode_text(raw, asked)
    declared = _DECLARED_ENCODING.match(raw)
    label = declared.group(1).decode() if declared and asked == "auto" else asked
    try:
        text, encoding = decode_text(raw, "auto" if label.lower() in ("utf-8", "utf8") else label)
    except GeoRefusal:
        if asked != "auto":
            raise
        text, encoding = decode_text(raw)
    if re.search(r"<!(doctype|entity)", text, re.IGNORECASE):
        raise UnsafeContent(name=name, what="DTD")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _XML_DECLARATION.sub("", text, count=1).lstrip(), encoding


def _as_feature(text: str) -> str:
    """A bare geometry with "properties" beside its coordinates, which GDAL would drop, as the feature it stands for."""
    if len(text) > _MOST_BARE or '"properties"' not in text or not _BARE_GEOMETRY.match(text):
        return text
    try:
        geometry = json.loads(text)
        properties = geometry.pop("properties", None)
    except (ValueError, RecursionError):
        return text  # GDAL says what is wrong with it
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps(feature) if isinstance(properties, dict) else text


def _prepare_shapefile(name: str, parts: dict[str, bytes], folder: Path, asked: str) -> Source:
    notes = []
    for suffix in (".shp", ".shx", ".dbf", ".prj"):
        if suffix in parts:
            _written(folder / f"data{suffix}", parts[suffix])
        else:
            notes.append(ReadNote(f"geo.note.no_{suffix[1:]}"))
    if ".dbf" not in parts:
        return Source(FileKind.SHAPEFILE, _stem(name), folder / "data.shp", None, tuple(notes))
    cpg = parts.get(".cpg", b"")[:100].decode("ascii", "ignore")
    encoding = dbf_encoding(parts[".dbf"], cpg, asked)
    if encoding.contradicts:
        said: dict[str, object] = {"declared": encoding.contradicts, "used": encoding.name}
        notes.append(ReadNote("geo.note.encoding_label_wrong", said))
    return Source(FileKind.SHAPEFILE, _stem(name), folder / "data.shp", encoding, tuple(notes))


def _damage_note(text: str) -> tuple[ReadNote, ...]:
    damaged = text.count("\ufffd")
    return (ReadNote("geo.note.damaged_text", {"count": damaged}),) if damaged else ()


def _written(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path
