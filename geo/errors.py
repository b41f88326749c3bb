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
    """Degrees were expected and something else came, such as metres. Values: datum, x, y."""

    code = "geo.not_geographic"


class UnusableGeometry(GeoRefusal):
    """Not a polygon, or nothing of it is left after repair. Values: kind."""

    code = "geo.unusable_geometry"


class TangledGeometry(UnusableGeometry):
    """An outline that crosses itself so often that it bounds nothing; repairing it would take hours."""

    code = "geo.tangled_geometry"


class MissingCrs(GeoRefusal):
    """A frame without a coordinate system, or not in WGS 84 where that is asked for. Values: crs."""

    code = "geo.missing_crs"


class LossyCode(GeoRefusal):
    """A number that is no exact code: a fraction, or more than 15 digits held as floating point. Values: value."""

    code = "geo.lossy_code"


class FileMissing(GeoRefusal):
    """There is no file of that name. Values: name."""

    code = "geo.file_missing"


class UnsupportedKind(GeoRefusal):
    """Neither the name nor the content is a kind of file that is read. Values: name."""

    code = "geo.unsupported_kind"


class NotASheet(GeoRefusal):
    """A list is read from a workbook or a text file, and this is neither. Values: name."""

    code = "geo.not_a_sheet"


class KindMismatch(GeoRefusal):
    """The content is not what the file's name says. Values: name, found."""

    code = "geo.kind_mismatch"


class NotAGeopackage(KindMismatch):
    """A file named .gpkg that is none. Values: name, found."""

    code = "geo.not_a_geopackage"


class VirtualFile(GeoRefusal):
    """An OGR virtual file, which would make the program read other files or addresses. Values: name."""

    code = "geo.virtual_file"


class UnsafeContent(GeoRefusal):
    """Content that a data file does not need and an attack does. Values: name, what."""

    code = "geo.unsafe_content"


class FileTooLarge(GeoRefusal):
    """Values: name, megabytes, limit."""

    code = "geo.file_too_large"


class EmptyFile(GeoRefusal):
    """No bytes, or no rows. Values: name."""

    code = "geo.empty_file"


class ArchiveTooLarge(GeoRefusal):
    """A zip that unpacks to too much, too many files, or is packed tighter than data can be. Values: name."""

    code = "geo.archive_too_large"


class BrokenArchive(GeoRefusal):
    """A zip that is damaged or locked with a password. Values: name."""

    code = "geo.broken_archive"


class NothingInArchive(GeoRefusal):
    """A zip without a file that can be read. Values: name."""

    code = "geo.nothing_in_archive"


class MissingPart(GeoRefusal):
    """Files of a shapefile without the .shp itself. Values: name."""

    code = "geo.missing_part"


class NoGeometry(GeoRefusal):
    """A file, layer or table without a single place in it. Values: name."""

    code = "geo.no_geometry"


class NoCoordinateColumns(GeoRefusal):
    """A table in which the columns of longitude and latitude were not found. Values: columns."""

    code = "geo.no_coordinate_columns"


class UnknownLayer(GeoRefusal):
    """Several layers and none chosen, or one chosen that is not there. Values: layer, layers."""

    code = "geo.unknown_layer"


class TooManyRows(GeoRefusal):
    """Values: rows, limit."""

    code = "geo.too_many_rows"


class UnknownEncoding(GeoRefusal):
    """Values: encoding."""

    code = "geo.unknown_encoding"


class WrongEncoding(GeoRefusal):
    """The text is not in the encoding that was asked for. Values: encoding."""

    code = "geo.wrong_encoding"


class Unreadable(GeoRefusal):
    """The file is damaged or not well-formed. Values: name, detail (the reader's words, in English)."""

    code = "geo.unreadable"


class TooHeavy(GeoRefusal):
    """Reading took more memory or time than it may. Values: name."""

    code = "geo.too_heavy"
