"""From metres around the town's centre to EPSG:4326 and nothing else."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

DIGITS = 7  # of a degree: about one centimetre


class Globe:
    """Lambert's equal-area projection around a centre, so that areas on the board are areas on the ground."""

    def __init__(self, centre: tuple[float, float]) -> None:
        lon, lat = centre
        plane = f"+proj=laea +lon_0={lon:.9f} +lat_0={lat:.9f} +datum=WGS84 +units=m"
        self._back = Transformer.from_crs(plane, "EPSG:4326", always_xy=True)

    def points(self, ground: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lon, lat of points in metres, shape (n, 2); equal points stay equal to the last bit."""
        lon, lat = self._back.transform(ground[:, 0], ground[:, 1])
        return np.round(np.column_stack([lon, lat]), DIGITS)

    def shapes(self, ground: NDArray[np.object_]) -> NDArray[np.object_]:
        """The shapes in EPSG:4326."""
        return shapely.transform(np.asarray(ground, dtype=object), self.points)
