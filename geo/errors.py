"""What reading, converting and measuring boundaries refuse. Each class is one text: ``errors.<code>``."""

from domain.errors import Refusal


class GeoRefusal(Refusal):
    """Something about a file, a coordinate system or a geometry that the program declines to work with."""

    code = "geo.refused"


class UnknownDatum(GeoRefusal):
    """Values: datum (as it was written)."""

    code = "geo.unknown_datum"


class UndeclaredDatum(GeoRefusal):
    """Coordinates cannot be converted while their datum is still ``auto``."""

    code = "geo.undeclared_datum"


class NotGeographic(GeoRefusal):
    """Degrees were expected and something else came, such as metres. Values: datum, low, high."""

    code = "geo.not_geographic"


class UnusableGeometry(GeoRefusal):
    """Not a polygon, or nothing of it is left after repair. Values: kind."""

    code = "geo.unusable_geometry"


class MissingCrs(GeoRefusal):
    """A frame without a coordinate system, or not in WGS 84 where that is asked for. Values: crs."""

    code = "geo.missing_crs"


class LossyCode(GeoRefusal):
    """A number that is no exact code: a fraction, or more than 15 digits held as floating point. Values: value."""

    code = "geo.lossy_code"
