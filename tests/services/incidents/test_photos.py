"""Photos: what is kept of them, and what is refused."""

import hashlib
import io

import pytest
from PIL import Image

from db.session import Database
from domain.errors import NotFound, PermissionDenied
from services.incidents.cases import get_incident
from services.incidents.photos import (
    LONGEST_SIDE,
    MOST_STORED,
    MOST_UPLOADED,
    NotAPicture,
    PictureBomb,
    PictureTooBig,
    TooManyPictures,
    get_photo,
    prepare_photo,
    prepare_photos,
)
from tests.incident_town import NOW, logged, make_street
from tests.pictures import bomb, noise, picture


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_position_and_device_are_stripped_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 7", 6  # 6: to be turned by a quarter
    exif.get_ifd(0x8825)[2] = (34.0, 36.0, 18.0)
    photo = prepare_photo(picture((400, 200), exif=exif, comment=b"my phone", dpi=(72, 72)))
    kept = opened(photo.content)
    assert (kept.format, kept.size) == ("JPEG", (200, 400))
    assert (photo.width, photo.height) == (200, 400)
    assert not kept.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & kept.info.keys()
    assert b"Model 7" not in photo.content
    assert hashlib.sha256(photo.content).hexdigest() == photo.sha256


def test_a_large_picture_becomes_at_most_one_megabyte() -> None:
    photo = prepare_photo(noise((3000, 2600)))
    assert len(photo.content) <= MOST_STORED
    assert max(photo.width, photo.height) <= LONGEST_SIDE


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_each_known_kind_is_taken_as_jpeg(kind: str, mode: str) -> None:
    source = Image.new("RGB", (60, 40), "#8090A0").convert(mode)
    out = io.BytesIO()
    source.save(out, kind)
    kept = opened(prepare_photo(out.getvalue()).content)
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (60, 40))


def test_what_is_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(prepare_photo(out.getvalue()).content).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\x00" * 40,
        picture()[:400],  # cut off
        b"\xff\xd8\xff" + b"\x00" * 200,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        picture(kind="BMP"),
    ],
)
def test_what_is_no_picture_of_a_known_kind_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        prepare_photo(data)


def test_a_file_over_the_limit_is_refused_unopened() -> None:
    with pytest.raises(PictureTooBig):
        prepare_photo(picture() + b"\x00" * MOST_UPLOADED)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [5_200, 7_400, 20_000])
def test_a_bomb_is_refused_before_it_unpacks(side: int) -> None:
    data = bomb(side)
    assert len(data) < 200_000
    with pytest.raises(PictureBomb):
        prepare_photo(data)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_jpeg_that_claims_too_many_pixels_is_refused_before_it_unpacks() -> None:
    data = bytearray(picture((64, 64)))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (60_000).to_bytes(2, "big") * 2
    with pytest.raises(PictureBomb):
        prepare_photo(bytes(data))


def test_a_picture_of_several_frames_is_taken_by_its_first() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("#806040", "#204060")]
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    assert opened(prepare_photo(out.getvalue()).content).size == (64, 48)


def test_more_than_three_are_refused() -> None:
    with pytest.raises(TooManyPictures):
        prepare_photos((picture(),) * 4)


def test_a_photo_is_seen_in_its_scope_alone(db: Database) -> None:
    street = make_street()
    receipt = logged(street.command, photos=(picture((900, 600)),))
    [photo] = get_incident(street.leader_a, receipt.id, NOW).photos
    content, tag = get_photo(street.leader_a, photo.id)
    assert opened(content).size == (900, 600)
    small, small_tag = get_photo(street.leader_a, photo.id, small=True)
    assert opened(small).size == (480, 320)
    assert tag != small_tag
    for other in (street.leader_b, street.department):
        with pytest.raises(NotFound):
            get_photo(other, photo.id)
    for other in (street.visitor, street.volunteer):
        with pytest.raises(PermissionDenied):
            get_photo(other, photo.id)
