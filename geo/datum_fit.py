"""Which datum do these coordinates really have? Judged by the areas that are already there, in WGS 84.

A label is only a claim: files in GCJ-02 are commonly marked EPSG:4326, and lie 300 to 700 m off. Each datum in
question is tried, and three kinds of evidence are measured after conversion:

- same_code: how much areas (or points) overlap the area of the same code;
- boundary: how far boundaries that run along a known boundary are from it. It works for the same areas, for
  neighbours, parents and children alike, because all of them share lines;
- crossing: how much area lies neither inside one known area nor outside of it; areas nest or they are disjoint.

A label is overturned only by a datum that is at most half as wrong as every other. It stands when it fits best, or
when nothing tells the datums apart. In between, and when two kinds of evidence disagree, the fit is unsure and the
caller asks. See docs/decisions/0011-datum-fit.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.datums import AUTO, Datum, DeclaredDatum, parse_datum, to_wgs84
from geo.errors import NotGeographic
from geo.metric import centre_of, to_metres

Geometries = NDArray[np.object_]
Trials = tuple[DeclaredDatum, ...]
Areas = tuple[Geometries, Geometries]  # shapes and codes
Places = Mapping[str, Callable[[Geometries], Geometries]]  # by datum: the way to WGS 84

_DECISIVE = 0.5  # at most this fraction as wrong as the next datum: proof, even against the label
_NOTICEABLE = 0.8  # at most this fraction: a difference, enough to side with the label or to doubt it
_GOOD_ENOUGH = {"same_code": 0.5, "boundary": 75.0, "crossing": 0.2}  # proof must also fit in itself
_ELSEWHERE = 0.9  # areas of the same code share next to nothing
_CROSSING_FLOOR = 0.01  # below one part in a hundred it is drawing noise under every datum
_SAMPLES = 4000  # points on the boundaries of the candidates
_RINGS = 2000  # of a large file, so many rings are sampled
_NEAR_M = 150.0  # a boundary this close under one of the datums is taken to run along the known one
_FAR_M = 300.0  # distances beyond count as this much: how far off a wrong datum is says nothing
_FEWEST_NEAR = 40
_SEARCH_M = 2000.0
_PAIRS = 200  # of areas that are laid over each other, evenly taken
_POINT_PAIRS = 5000
_SAME_PLACE_DEG = 1e-5
_GEOGRAPHIC = tuple(DeclaredDatum(datum) for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09))


@dataclass(frozen=True)
class DatumFit:
    """The datum to use for a file, and why.

    used: what to convert with; ``auto`` when nothing can be said. sure: False means a person must be asked.
    reason: text key (``geo.datum.*``) with its values. scores: per evidence, how wrong each datum is (metres for
    boundary, shares for same_code and crossing).
    """

    declared: DeclaredDatum
    used: DeclaredDatum
    sure: bool
    reason: str
    values: dict[str, object] = field(default_factory=dict)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def is_corrected(self) -> bool:
        """The file said one datum and its coordinates have another."""
        return self.used != self.declared and not self.declared.is_auto


def fit_datum(
    candidates: ArrayLike,
    references: ArrayLike,
    declared: DeclaredDatum = AUTO,
    candidate_codes: ArrayLike | Sequence[str | None] | None = None,
    reference_codes: ArrayLike | Sequence[str | None] | None = None,
) -> DatumFit:
    """Find the datum of new geometries from known ones.

    candidates: polygons (or points, with codes) as they stand in the file. references: WGS 84 areas of any level.
    The codes, parallel to each, may name areas (or for points the area they belong to); None where unknown.
    Nothing is raised: coordinates no datum explains come back as ``auto``, not sure.
    """
    new, known = _usable(candidates, candidate_codes), _usable(references, reference_codes)
    trials = tuple(trial for trial in _trials(new[0], declared) if _on_the_globe(new[0], trial))
    if not trials:
        return DatumFit(declared, AUTO, False, "geo.datum.unknown_projection", {"declared": str(declared)})
    if trials == _GEOGRAPHIC and _same_place(new[0]):
        return DatumFit(declared, _label(declared), True, "geo.datum.same_anywhere")
    if len(known[0]) == 0:
        return _unchecked(declared, trials, "geo.datum.no_reference")
    measure = {"same_code": _same_code, "boundary": _boundary, "crossing": _crossing}
    places = {str(trial): partial(to_wgs84, declared=trial) for trial in trials}
    found = {kind: score for kind, of in measure.items() if (score := of(new, known, places))}
    return _judge(declared, trials, found)


def _usable(geometries: ArrayLike, codes: ArrayLike | Sequence[str | None] | None) -> tuple[Geometries, Geometries]:
    shapes = np.asarray(geometries, object)
    names = np.full(len(shapes), None, object) if codes is None else np.asarray(codes, object)
    fit = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes = shapes[fit].copy()
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    left = ~shapely.is_empty(shapes)  # nothing is left of an outline without an area
    return shapes[left], names[fit][left]


def _trials(shapes: Geometries, declared: DeclaredDatum) -> Trials:
    if declared.crs is not None:
        return (declared,)
    if len(shapes) == 0:
        return _GEOGRAPHIC
    west, south, east, north = shapely.total_bounds(shapes)
    degrees = max(-west, east) <= 180 and max(-south, north) <= 90
    return _GEOGRAPHIC if degrees else _projected_trials(west, east)


def _projected_trials(west: float, east: float) -> Trials:
    """CGCS 2000 zones that eastings could belong to: by their prefix, else every 3-degree zone without one."""
    zone = int(west // 1_000_000)
    if zone != int(east // 1_000_000):
        return ()
    if 25 <= zone <= 45:
        return (parse_datum(f"epsg:{4513 + zone - 25}"),)
    if 13 <= zone <= 23:
        return (parse_datum(f"epsg:{4491 + zone - 13}"),)
    return tuple(parse_datum(f"epsg:{code}") for code in range(4534, 4555)) if zone == 0 else ()


def _on_the_globe(shapes: Geometries, trial: DeclaredDatum) -> bool:
    if len(shapes) == 0:
        return True
    try:
        west, south, east, north = to_wgs84(shapely.box(*shapely.total_bounds(shapes)), trial).bounds
    except NotGeographic:
        return False
    return max(-west, east) <= 180 and max(-south, north) <= 90


def _same_place(shapes: Geometries) -> bool:
    if len(shapes) == 0:
        return True
    west, south, east, north = shapely.total_bounds(shapes)
    lon, lat = np.array([west, west, east, east]), np.array([south, north, south, north])
    moved = [np.stack(to_wgs84((lon, lat), trial)) for trial in _GEOGRAPHIC]
    return bool(np.ptp(moved, axis=0).max() < _SAME_PLACE_DEG)


def _label(declared: DeclaredDatum) -> DeclaredDatum:
    return DeclaredDatum(Datum.WGS84) if declared.is_auto else declared


def _unchecked(declared: DeclaredDatum, trials: Trials, reason: str) -> DatumFit:
    """Nothing speaks against the label: believe it. Ask where there is none, or where it cannot be true."""
    sure = _as_tried(declared) in trials
    return DatumFit(declared, declared if sure else AUTO, sure, reason, {"declared": str(declared)})


def _as_tried(declared: DeclaredDatum) -> DeclaredDatum:
    """CGCS 2000 and WGS 84 cannot be told apart, so only the one of them is tried."""
    return DeclaredDatum(Datum.WGS84) if declared.datum is Datum.CGCS2000 else declared


def _same_code(new: Areas, known: Areas, places: Places) -> dict[str, float]:
    """1 - mean overlap (shared area over the smaller one; for points: inside or not) with the area of the same code."""
    row_of = {str(code): row for row, code in enumerate(known[1]) if code is not None}
    rows = [(i, row_of[str(code)]) for i, code in enumerate(new[1]) if code is not None and str(code) in row_of]
    if not rows:
        return {}
    most = _PAIRS if shapely.get_dimensions(new[0]).max() == 2 else _POINT_PAIRS
    mine, theirs = np.array(rows[:: max(1, len(rows) // most)]).T
    return {name: 1 - float(np.mean(_overlap(put(new[0][mine]), known[0][theirs]))) for name, put in places.items()}


def _overlap(a: Geometries, b: Geometries) -> NDArray[np.float64]:
    if shapely.get_dimensions(a).max() < 2:
        return shapely.intersects(a, b).astype(float)
    smaller = np.minimum(shapely.area(a), shapely.area(b))
    return shapely.area(shapely.intersection(a, b)) / np.where(smaller > 0, smaller, 1)


def _boundary(new: Areas, known: Areas, places: Places) -> dict[str, float]:
    """Mean distance in metres, per datum, of the boundary points that run along a known boundary under any datum."""
    points = _boundary_points(new[0])
    if len(points) == 0:
        return {}
    centre = centre_of(known[0])
    moved = {name: to_metres(put(points), centre) for name, put in places.items()}
    lines = _segments(to_metres(known[0], centre), np.concatenate(list(moved.values())))
    if len(lines) == 0:
        return {}
    tree = shapely.STRtree(lines)
    apart = {name: shapely.distance(put, lines[tree.nearest(put)]) for name, put in moved.items()}
    near = np.min(list(apart.values()), axis=0) < _NEAR_M
    if near.sum() < _FEWEST_NEAR:
        return {}
    return {name: float(np.minimum(metres[near], _FAR_M).mean()) for name, metres in apart.items()}


def _boundary_points(shapes: Geometries) -> Geometries:
    rings = shapely.get_rings(shapely.get_parts(shapes[shapely.get_dimensions(shapes) == 2]))
    rings = rings[:: max(1, len(rings) // _RINGS)]
    if len(rings) == 0:
        return rings
    length = shapely.length(rings)
    count = np.maximum(1, np.ceil(length / length.sum() * _SAMPLES)).astype(int)
    ring = np.repeat(np.arange(len(rings)), count)
    place = (np.arange(len(ring)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[ring]
    return shapely.line_interpolate_point(rings[ring], place, normalized=True)


def _segments(areas: Geometries, around: Geometries) -> Geometries:
    """The straight pieces of the areas' boundaries within reach of some points."""
    window = shapely.buffer(shapely.box(*shapely.total_bounds(around)), _SEARCH_M)
    rings = shapely.get_rings(shapely.get_parts(areas[shapely.get_dimensions(areas) == 2]))
    points, ring = shapely.get_coordinates(rings[shapely.intersects(rings, window)], return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    lines = shapely.linestrings(np.stack([points[joined], points[joined + 1]], axis=1))
    return lines[shapely.intersects(lines, window)]


def _crossing(new: Areas, known: Areas, places: Places) -> dict[str, float]:
    """Share of the area that lies across known boundaries: per pair the smallest of both, mine alone, theirs alone."""
    shapes = new[0][shapely.get_dimensions(new[0]) == 2]
    shapes = shapes[:: max(1, len(shapes) // _PAIRS)]
    tree = shapely.STRtree(known[0])
    wrong: dict[str, float] = {}
    for name, put in places.items():
        mine = put(shapes)
        a, b = tree.query(mine, predicate="intersects")
        both = shapely.area(shapely.intersection(mine[a], known[0][b]))
        apart = np.minimum(shapely.area(mine[a]) - both, shapely.area(known[0][b]) - both)
        wrong[name] = float(np.clip(np.minimum(both, apart), 0, None).sum() / max(shapely.area(mine).sum(), 1e-18))
    return wrong if max(wrong.values(), default=0) > _CROSSING_FLOOR else {}


def _judge(declared: DeclaredDatum, trials: Trials, found: dict[str, dict[str, float]]) -> DatumFit:
    scores = {kind: {name: round(value, 4) for name, value in score.items()} for kind, score in found.items()}
    label = str(_as_tried(declared))
    proof = {kind: best for kind, score in scores.items() if (best := _proven(kind, score))}
    if len(set(proof.values())) == 1:
        kind, best = next(iter(proof.items()))
        return _settled(declared, next(trial for trial in trials if str(trial) == best), kind, scores)
    if proof or any(_doubted(kind, label, score) for kind, score in scores.items()):
        return _asking(declared, trials, scores)
    sides = [kind for kind, score in scores.items() if len(score) > 1 and _ratio(label, score) <= _NOTICEABLE]
    if sides:
        return _settled(declared, _as_tried(declared), sides[0], scores)
    return _unchecked(declared, trials, "geo.datum.no_evidence")


def _ratio(name: str, score: dict[str, float]) -> float:
    """How wrong a datum is compared with the best of the others: under 1 is better, above is worse."""
    others = [value for other, value in score.items() if other != name]
    return score[name] / max(min(others, default=np.inf), 1e-12)


def _proven(kind: str, score: dict[str, float]) -> str | None:
    best = min(score, key=lambda name: score[name])
    return best if score[best] <= _GOOD_ENOUGH[kind] and _ratio(best, score) <= _DECISIVE else None


def _doubted(kind: str, label: str, score: dict[str, float]) -> bool:
    if label not in score:
        return True
    elsewhere = kind == "same_code" and len(score) == 1 and score[label] > _ELSEWHERE  # the zone is wrong
    return elsewhere or _ratio(label, score) >= 1 / _NOTICEABLE


def _asking(declared: DeclaredDatum, trials: Trials, scores: dict[str, dict[str, float]]) -> DatumFit:
    first = next(iter(scores.values()))
    likely = min(trials, key=lambda trial: first[str(trial)])
    values: dict[str, object] = {"declared": str(declared), "likely": str(likely)}
    return DatumFit(declared, likely, False, "geo.datum.unsure", values, scores)


def _settled(declared: DeclaredDatum, best: DeclaredDatum, kind: str, scores: dict[str, dict[str, float]]) -> DatumFit:
    score = scores[kind]
    used = declared if best == _as_tried(declared) else best
    verdict = "confirmed" if used == declared else "found" if declared.is_auto else "corrected"
    label, name = str(_as_tried(declared)), str(best)
    others = [value for other, value in score.items() if other != name]
    other = score[label] if label in score and label != name else min(others, default=score[name])
    said: dict[str, object] = {"declared": str(declared), "used": str(used)}
    values = {**said, "misfit": score[name], "other_misfit": other}
    return DatumFit(declared, used, True, f"geo.datum.{verdict}_by_{kind}", values, scores)
