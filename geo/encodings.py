"""Which encoding is this text in? Chinese files are UTF-8 or GB 18030, and what they say of themselves may be wrong.

gb18030 stands for its subsets GB 2312 and GBK too: names outside of GBK exist.
"""

import codecs
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from geo.errors import UnknownEncoding, Unreadable, WrongEncoding

_CJK = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_GB_NAMES = {"gbk", "gb2312", "cp936", "ms936", "936", "hz", "chinese", "euc-cn"}
_NUMBERED = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5", "88591": "latin-1"}
_DBF_LANGUAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}  # byte 29 of a dBASE header
_MOST_RECORDS = 50_000


@dataclass(frozen=True)
class Encoding:
    """A Python codec name, and whether the file itself says another one."""

    name: str
    contradicts: str | None = None

    def decode(self, raw: bytes) -> str:
        """Text of one field. A character that the field's width cut off is dropped, damaged bytes become U+FFFD."""
        decoder = codecs.getincrementaldecoder(self.name)
        try:
            return decoder("strict").decode(raw, final=False)
        except UnicodeDecodeError:
            return raw.decode(self.name, "replace")


def known_encoding(name: str) -> str:
    """The Python codec for a name as people and .cpg files write it. Raises UnknownEncoding."""
    plain = name.strip().lower().removeprefix("ansi ").removeprefix("oem ").strip()
    if plain in _GB_NAMES or plain.replace("-", "").replace("_", "") in _GB_NAMES:
        return "gb18030"
    digits = re.sub(r"^(cp|ldid/|windows-)?", "", plain)
    try:
        found = codecs.lookup(_NUMBERED.get(digits, plain)).name
        "a".encode(found)  # refuses zlib and its like, which are codecs but no encodings of text
        return found
    except (LookupError, ValueError) as unknown:
        raise UnknownEncoding(encoding=name[:50]) from unknown


def find_encoding(samples: Iterable[bytes], declared: str | None = None) -> Encoding:
    """The encoding that explains all samples: the declared one unless it lies, else UTF-8, else GB 18030.

    A label lies when the bytes break its rules, when a one-byte codec hides Chinese, or when GB is said of text that
    is well-formed Chinese UTF-8.
    """
    texts = [raw for raw in samples if not raw.isascii()]
    label = _label(declared)
    if not texts:
        return Encoding(label or "utf-8")
    fitting = [name for name in ("utf-8", "gb18030") if _explains(name, texts)]
    if label and _explains(label, texts) and (label == "big5" or label in fitting[:1] or not fitting):
        return Encoding(label)
    found = fitting[0] if fitting else label or min(("utf-8", "gb18030"), key=lambda name: _damage(name, texts))
    return Encoding(found, declared if label and label != found else None)


def _label(declared: str | None) -> str | None:
    try:
        return known_encoding(declared) if declared and declared.strip() else None
    except UnknownEncoding:
        return None


def _damage(name: str, texts: list[bytes]) -> int:
    return sum(raw.decode(name, "replace").count("\ufffd") for raw in texts)


def _explains(name: str, texts: list[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder(name)
    chinese = False
    try:
        for raw in texts:
            chinese = chinese or bool(_CJK.search(decoder("strict").decode(raw, final=False)))
    except UnicodeDecodeError:
        return False
    return chinese or name == "utf-8"


def decode_text(raw: bytes, asked: str = "auto") -> tuple[str, Encoding]:
    """A whole text file as text. asked: ``auto`` or the name of an encoding.

    Raises UnknownEncoding, and WrongEncoding when the bytes are not in the encoding that was asked for.
    """
    bom = next((codec for mark, codec in _BOMS.items() if raw.startswith(mark)), None)
    if asked != "auto":
        name = bom or known_encoding(asked)
        try:
            return raw.decode(name), Encoding(name)
        except UnicodeDecodeError as wrong:
            raise WrongEncoding(encoding=asked) from wrong
    encoding = Encoding(bom) if bom else find_encoding([raw])
    return raw.decode(encoding.name, "replace"), encoding


def dbf_encoding(raw: bytes, cpg: str | None, asked: str = "auto") -> Encoding:
    """The encoding of a dBASE table. cpg: content of the .cpg beside it; asked: ``auto`` or a name.

    Raises UnknownEncoding; WrongEncoding when the text is not in the encoding asked for; Unreadable for no dBASE file.
    """
    samples = dbf_texts(raw)
    if asked == "auto":
        return find_encoding(samples, cpg or _DBF_LANGUAGES.get(raw[29]))
    name = known_encoding(asked)
    for sample in samples:
        try:
            codecs.getincrementaldecoder(name)("strict").decode(sample, final=False)
        except UnicodeDecodeError as wrong:
            raise WrongEncoding(encoding=asked) from wrong
    return Encoding(name)


def dbf_texts(raw: bytes) -> list[bytes]:
    """Field names and distinct text values of a dBASE table as bytes. Raises Unreadable."""
    if len(raw) < 33:
        raise Unreadable(name=".dbf", detail="header cut off")
    records, start, width = struct.unpack_from("<IHH", raw, 4)
    header = raw[32:start]
    fields = [header[at : at + 32] for at in range(0, len(header) - 31, 32) if header[at] != 0x0D]
    rows = min(records, _MOST_RECORDS, max(len(raw) - start, 0) // max(width, 1))
    table = np.frombuffer(raw[: start + rows * width], np.uint8)[start:].reshape(rows, width) if rows else None
    found, at = {field[:11].split(b"\0")[0] for field in fields}, 1
    for field in fields:
        if table is not None and field[11:12] == b"C" and at < width:
            cells = np.ascontiguousarray(table[:, at : at + field[16]])
            found.update(bytes(cell).rstrip(b" \0") for cell in np.unique(cells, axis=0))
        at += field[16]
    return sorted(found)
