"""Pictures for tests, made on the spot."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(size: tuple[int, int] = (320, 240), kind: str = "JPEG", mode: str = "RGB", **saving: Any) -> bytes:
    """A picture of one colour as the bytes of a file."""
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else "#8090A0").save(out, kind, **saving)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """A JPEG that cannot be made small: every pixel differs."""
    out = io.BytesIO()
    Image.effect_noise(size, 120).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A valid PNG of side × side pixels in a few kilobytes."""
    row = b"\x00" + bytes((side + 7) // 8)
    data = zlib.compress(row * side, 9)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
