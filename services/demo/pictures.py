"""Pictures of the demo, drawn and not taken: flat shapes, 示例 DEMO in a corner, no face and no place that exists.

Each scene comes in a few colours. No font is needed: the words are strokes. The same call gives the same bytes.
"""

import io
from collections.abc import Callable, Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

from services.incidents.photos import Photo, prepare_photo

WIDTH, HEIGHT, FINER = 480, 360, 2  # drawn twice as large: the edges come out smooth
VARIANTS = 2
Draw = ImageDraw.ImageDraw
Point = tuple[float, float]
_WALLS, _AWNINGS = ("#D8CDBB", "#C9D2D6"), ("#B4553F", "#3F7A78")
_SKY, _STONE, _GREEN, _DARK, _SKIN = "#C7DBEA", "#B9B6AE", "#7FA06B", "#4A4F57", "#D9B08C"
_LITTER = ((70, 300), (118, 322), (190, 296), (238, 330), (292, 306), (356, 326), (410, 300), (158, 340))

# The strokes of 示例 in a square of 100, and of the letters beside them, 60 wide.
_STROKES: tuple[tuple[float, tuple[tuple[Point, ...], ...]], ...] = (
    (100, (((28, 20), (72, 20)), ((12, 42), (88, 42)), ((50, 42), (50, 88), (38, 80)), ((32, 56), (18, 80)),
           ((68, 56), (84, 80)))),
    (110, (((26, 12), (8, 46)), ((19, 30), (19, 92)), ((34, 20), (66, 20)), ((48, 20), (34, 52)),
           ((46, 40), (64, 40), (56, 68), (34, 92)), ((44, 54), (54, 66)), ((76, 28), (76, 66)),
           ((92, 14), (92, 88), (82, 80)))),
    (30, ()),
    (64, (((10, 15), (10, 85), (34, 85), (52, 66), (52, 34), (34, 15), (10, 15)),)),
    (60, (((50, 15), (10, 15), (10, 85), (50, 85)), ((10, 50), (42, 50)))),
    (68, (((8, 85), (8, 15), (32, 60), (56, 15), (56, 85)),)),
    (60, (((24, 15), (8, 34), (8, 66), (24, 85), (40, 85), (56, 66), (56, 34), (40, 15), (24, 15)),)),
)  # fmt: skip


class _Canvas:
    """A picture on which one draws in the coordinates of the finished one."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), _SKY)
        self.draw = ImageDraw.Draw(self.image)

    def box(self, west: float, north: float, east: float, south: float, fill: str, round_by: float = 0) -> None:
        self.draw.rounded_rectangle(_larger((west, north, east, south)), round_by * FINER, fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        self.draw.ellipse(_larger((x - radius, y - radius, x + radius, y + radius)), fill=fill)

    def line(self, points: Sequence[Point], fill: str, width: float) -> None:
        self.draw.line(_larger([number for point in points for number in point]), fill, round(width * FINER), "curve")

    def shape(self, points: Sequence[Point], fill: str) -> None:
        self.draw.polygon(_larger([number for point in points for number in point]), fill=fill)


def _larger(numbers: Sequence[float]) -> list[float]:
    return [number * FINER for number in numbers]


def _person(on: _Canvas, x: float, foot: float, coat: str, *, on_duty: bool = False) -> None:
    """Somebody without a face, 120 high; those on duty wear an armband."""
    for side in (-9, 9):
        on.box(x + side - 6, foot - 46, x + side + 6, foot, _DARK, 4)
    on.box(x - 20, foot - 92, x + 20, foot - 40, coat, 9)
    if on_duty:
        on.box(x - 20, foot - 80, x - 11, foot - 68, "#B8202B")
    on.disc(x, foot - 106, 14, _SKIN)


def _ground(on: _Canvas, variant: int) -> None:
    """A wall and the pavement before it."""
    on.box(0, 60, WIDTH, 260, _WALLS[variant])
    on.box(0, 258, WIDTH, HEIGHT, _STONE)
    for x in range(40, WIDTH, 80):
        on.line([(x, 260), (x - 26, HEIGHT)], "#A9A69E", 2)


def _untidy(on: _Canvas) -> None:
    for number, (x, y) in enumerate(_LITTER):
        colour = ("#8C6B43", "#D8D4C8", "#6E7F4A", "#4F6B8A")[number % 4]
        on.shape([(x, y), (x + 22, y - 9), (x + 31, y + 7), (x + 8, y + 14)], colour)
    on.box(330, 214, 402, 282, "#A98558", 3)
    on.line([(330, 248), (402, 248)], "#8C6B43", 4)


def _field(on: _Canvas, variant: int, *, tidy: bool) -> None:
    _ground(on, variant)
    on.box(30, 196, 290, 262, _GREEN if tidy else "#8B8A63", 8)
    for x in range(50, 290, 30):
        on.disc(x, 196, 19 if tidy else 11, "#5E8A4F" if tidy else "#9A8F5A")
    if not tidy:
        _untidy(on)


def _frontage(on: _Canvas, variant: int, *, tidy: bool) -> None:
    _ground(on, variant)
    on.box(90, 128, 390, 260, "#EFE9DD")
    on.box(110, 160, 230, 260, "#9DB9D6")
    on.box(250, 160, 330, 260, "#6B4E36")
    for number in range(10):
        west = 80 + number * 32
        on.shape([(west, 100), (west + 32, 100), (west + 32, 140), (west, 140)],
                 _AWNINGS[variant] if number % 2 else "#F3EEE6")  # fmt: skip
    if tidy:
        on.box(352, 214, 384, 262, "#8C6B43", 4)
        on.disc(368, 204, 24, "#5E8A4F")
    else:
        _untidy(on)


def _doorway(on: _Canvas, variant: int) -> None:
    """At the entrance of a block of flats."""
    _ground(on, variant)
    for x in (40, 128, 340, 428):
        on.box(x - 24, 88, x + 24, 150, "#9DB9D6", 3)
    on.box(186, 120, 294, 260, "#6B4E36", 4)
    on.box(194, 128, 286, 260, "#8F6B4B", 2)
    _person(on, 150, 318, "#17406F", on_duty=True)
    _person(on, 238, 312, "#8A8F98")


def _patrol(on: _Canvas, variant: int) -> None:
    """In the street in the evening."""
    on.box(0, 0, WIDTH, HEIGHT, ("#31435C", "#3B4A4F")[variant])
    for x, top in ((20, 90), (120, 60), (310, 76), (400, 50)):
        on.box(x, top, x + 76, 252, "#253447")
        for y in range(top + 16, 230, 34):
            on.box(x + 14, y, x + 30, y + 18, "#F0D28A")
            on.box(x + 46, y, x + 62, y + 18, "#3D5069")
    on.box(0, 250, WIDTH, HEIGHT, "#57606B")
    on.line([(258, 256), (258, 120), (290, 120)], _DARK, 6)
    on.disc(292, 128, 15, "#FFE9A8")
    _person(on, 180, 330, "#17406F", on_duty=True)
    _person(on, 226, 336, "#3F6FA3", on_duty=True)


def _cleaning(on: _Canvas, variant: int) -> None:
    """Neighbours with brooms by the green."""
    _field(on, variant, tidy=True)
    for x, coat in ((80, "#17406F"), (170, "#C0703A"), (260, "#3F7A78")):
        _person(on, x, 336, coat, on_duty=x == 80)
        on.line([(x + 22, 250), (x + 48, 338)], "#8C6B43", 5)
        on.shape([(x + 40, 330), (x + 56, 328), (x + 66, 350), (x + 36, 350)], "#C9A94F")


def _table(on: _Canvas, variant: int) -> None:
    """Three at a table, talking."""
    on.box(0, 0, WIDTH, HEIGHT, _WALLS[variant])
    on.box(60, 44, 200, 130, "#9DB9D6", 3)
    for x, coat in ((120, "#8A8F98"), (240, "#17406F"), (360, "#C0703A")):
        _person(on, x, 292, coat, on_duty=x == 240)
    on.box(50, 232, 430, 256, "#A97B50", 4)
    on.box(50, 254, 430, HEIGHT, "#8F6B4B")


SCENES: dict[str, Callable[[_Canvas, int], None]] = {
    "field_before": lambda on, variant: _field(on, variant, tidy=False),
    "field_after": lambda on, variant: _field(on, variant, tidy=True),
    "frontage_before": lambda on, variant: _frontage(on, variant, tidy=False),
    "frontage_after": lambda on, variant: _frontage(on, variant, tidy=True),
    "doorway": _doorway,
    "patrol": _patrol,
    "cleaning": _cleaning,
    "table": _table,
}


def _mark(on: _Canvas) -> None:
    """示例 DEMO in the lower right corner."""
    size = 0.3
    width = sum(wide for wide, _ in _STROKES) * size
    west, north = WIDTH - width - 18, HEIGHT - 42
    on.box(west - 8, north - 4, WIDTH - 8, HEIGHT - 8, "#14233A", 4)
    for wide, strokes in _STROKES:
        for stroke in strokes:
            on.line([(west + x * size, north + y * size) for x, y in stroke], "#FFFFFF", 2.6)
        west += wide * size


@lru_cache(maxsize=len(SCENES) * VARIANTS)
def draw(scene: str, variant: int) -> Photo:
    """A scene of SCENES as a JPEG that is kept; ``variant`` from 0 chooses its colours, the numbers go round."""
    canvas = _Canvas()
    SCENES[scene](canvas, variant % VARIANTS)
    _mark(canvas)
    out = io.BytesIO()
    canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG", compress_level=1)
    return prepare_photo(out.getvalue())
