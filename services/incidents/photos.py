"""Photos of incidents: re-encoded, without position or device data, at most 1 MB (feature C12).

What comes in is not believed: the formats are allow-listed, the number of pixels is looked at before anything is
decoded, and only our own JPEG is kept.
"""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from db.models import Incident, IncidentPhoto
from db.queries import photos as rows
from db.session import reading
from domain.errors import Refusal
from domain.permissions import Actor, Permission, require

FORMATS = ("JPEG", "PNG", "WEBP")  # JPEG opens MPO as well, which some telephones make
MOST_UPLOADED = 15_000_000  # bytes, as server.maxUploadSize
MOST_STORED = 1_000_000  # bytes
MOST_PIXELS = 50_000_000  # of a JPEG, which is decoded at a fraction of its size
MOST_OTHER_PIXELS = 25_000_000
PHOTO_TYPES = ("jpg", "jpeg", "png", "webp")  # as the files of FORMATS are called, for a field that asks for one
MOST_PHOTOS = 3  # per form
LONGEST_SIDE = 2000
THUMBNAIL_SIDE = 480

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
_two_at_once = threading.Semaphore(2)  # a decoded picture takes up to 200 MB of memory


class NotAPicture(Refusal):
    """The file holds no picture of a known kind, or a damaged one."""

    code = "not_a_picture"


class PictureTooBig(Refusal):
    """Values: most (megabytes)."""

    code = "picture_too_big"


class PictureBomb(Refusal):
    """A small file that unpacks to too many pixels. Values: most (millions of pixels)."""

    code = "picture_bomb"


class TooManyPictures(Refusal):
    """Values: most."""

    code = "too_many_pictures"


@dataclass(frozen=True)
class Photo:
    """A JPEG as it is kept."""

    content: bytes
    sha256: str
    width: int
    height: int


def prepare_photos(files: tuple[bytes, ...]) -> list[Photo]:
    """Every upload of a form as it will be kept. Raises TooManyPictures and what ``prepare_photo`` raises."""
    if len(files) > MOST_PHOTOS:
        raise TooManyPictures(most=MOST_PHOTOS)
    return [prepare_photo(file) for file in files]


def prepare_photo(data: bytes) -> Photo:
    """An upload as a JPEG of at most 1 MB and 2,000 px, upright, without any metadata.

    Raises NotAPicture, PictureTooBig (over 15 MB), PictureBomb (over 50 million pixels, 25 where it is no JPEG).
    """
    if len(data) > MOST_UPLOADED:
        raise PictureTooBig(most=MOST_UPLOADED // 1_000_000)
    try:
        with _two_at_once:
            picture = _decoded(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureBomb(most=MOST_PIXELS // 1_000_000) from error
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError) as error:
        raise NotAPicture() from error  # Pillow's readers raise all of these on files that are damaged or forged
    return _encoded(picture)


def _decoded(data: bytes) -> Image.Image:
    """The picture upright, in RGB on white, at most LONGEST_SIDE long."""
    opened = Image.open(io.BytesIO(data), formats=FORMATS)
    most = MOST_PIXELS if opened.format in ("JPEG", "MPO") else MOST_OTHER_PIXELS
    if opened.width * opened.height > most:
        raise PictureBomb(most=most // 1_000_000)
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    see_through = "A" in opened.getbands() or "transparency" in opened.info
    picture = ImageOps.exif_transpose(opened).convert("RGBA" if see_through else "RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    if see_through:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def _encoded(picture: Image.Image) -> Photo:
    side, quality = LONGEST_SIDE, 85
    while True:
        content = _as_jpeg(picture, side, quality)
        if len(content) <= MOST_STORED:
            break
        side, quality = int(side * 0.85), max(60, quality - 8)
    width, height = Image.open(io.BytesIO(content)).size
    return Photo(content, hashlib.sha256(content).hexdigest(), width, height)


def _as_jpeg(picture: Image.Image, side: int, quality: int) -> bytes:
    smaller = Image.new("RGB", picture.size)  # a new picture has no metadata that could come along
    smaller.paste(picture)
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def add_photos(
    session: Session, incident: Incident, actor: Actor, photos: list[Photo], stage: str, now: datetime
) -> list[str]:
    """Keep prepared photos with an incident; returns their SHA-256 for its timeline."""
    by = actor.user_id or None
    for photo in photos:
        row = IncidentPhoto(incident_id=incident.id, stage=stage, taken_at=now, created_by=by, **vars(photo))
        session.add(row)
    return [photo.sha256 for photo in photos]


def get_photo(actor: Actor, photo_id: int, *, small: bool = False) -> tuple[bytes, str]:
    """JPEG bytes of a photo in the actor's scope (``small``: at most 480 px), and a tag that names the content.

    Raises PermissionDenied, NotFound.
    """
    require(actor, Permission.INCIDENT_SEE)
    with reading(actor.scope) as session:
        photo = rows.get_photo(session, IncidentPhoto, photo_id)
    if not small:
        return photo.content, photo.sha256
    picture = Image.open(io.BytesIO(photo.content), formats=("JPEG",))
    picture.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return _as_jpeg(picture.convert("RGB"), THUMBNAIL_SIDE, 80), f"{photo.sha256}-small"
