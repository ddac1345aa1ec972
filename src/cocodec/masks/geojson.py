"""Masks as GeoJSON, whose polygons other geometry tools (shapely, GEOS, PostGIS) call valid.

COCO's rings join a hole to the ring around it by a bridge, and may touch themselves. The rings here
do neither: a part is one exterior ring and the rings of its holes, each touches itself nowhere, and
the area that they enclose is the mask's pixels, exactly
(https://www.rfc-editor.org/rfc/rfc7946#section-3.1.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cocodec.masks.polygons import Polygons

__all__ = ["Part", "geometry_of", "is_geometry", "part_rings", "rings_of_geometry"]

Ring: TypeAlias = list[list[float]]  # points [x, y]; the last is the first
Part: TypeAlias = list[Ring]  # an exterior ring, and behind it those of its holes


def part_rings(polygons: Polygons) -> Iterator[list[Part]]:
    """Yield the parts of each mask, from a trace that keeps corners and separates holes."""
    touching = _touching_rings(polygons)
    for mask in range(len(polygons)):
        first, last = polygons.mask_offsets[mask : mask + 2].tolist()
        parts: list[Part] = []
        for ring in range(first, last):
            begin, end = polygons.ring_offsets[ring : ring + 2].tolist()
            points = polygons.xy[begin:end].tolist()
            loops = _loops(points) if touching[ring] else [points]
            if polygons.is_hole[ring]:
                parts[-1] += map(_closed, loops)
            else:
                # Where an outline comes back to a point it encloses background: a hole.
                exterior = max(range(len(loops)), key=lambda i: abs(_signed_area(loops[i])))
                holes = [_closed(loop) for i, loop in enumerate(loops) if i != exterior]
                parts.append([_closed(loops[exterior]), *holes])
        yield parts


def geometry_of(parts: list[Part]) -> dict[str, Any]:
    """Return the parts of a mask as a GeoJSON geometry; y points down, as in the image."""
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def is_geometry(value: Any) -> bool:
    """Whether a value is GeoJSON, or an object that gives it, as those of shapely do."""
    if isinstance(value, dict):
        parts = ("coordinates", "geometry", "geometries")
        return "type" in value and any(key in value for key in parts)
    return hasattr(value, "__geo_interface__")


def rings_of_geometry(geometry: Any) -> list[tuple[list[Any], list[Any]]]:
    """Return (exterior, holes) of each polygon of a geometry, or of what has one.

    Raises
    ------
    TypeError
        For what is no polygon.
    """
    found = getattr(geometry, "__geo_interface__", geometry)
    kind = found.get("type") if isinstance(found, dict) else None
    if kind == "Feature":
        return rings_of_geometry(found["geometry"])
    if kind == "GeometryCollection":
        return [part for one in found["geometries"] for part in rings_of_geometry(one)]
    if kind not in ("Polygon", "MultiPolygon"):
        named = f"a geometry of type {kind!r}" if kind else f"a {type(geometry).__name__}"
        raise TypeError(f"expected a Polygon or a MultiPolygon, not {named}")
    polygons = [found["coordinates"]] if kind == "Polygon" else found["coordinates"]
    return [(list(rings[0]), [list(ring) for ring in rings[1:]]) for rings in polygons if rings]


def _touching_rings(polygons: Polygons) -> NDArray[np.bool_]:
    """Whether each ring comes to some point twice, shape (rings,)."""
    count = len(polygons.is_hole)
    ring = np.repeat(np.arange(count), np.diff(polygons.ring_offsets))
    order = np.lexsort((polygons.xy[:, 1], polygons.xy[:, 0], ring))
    sorted_ring, sorted_xy = ring[order], polygons.xy[order]
    same = (sorted_ring[1:] == sorted_ring[:-1]) & (sorted_xy[1:] == sorted_xy[:-1]).all(axis=1)
    touching = np.zeros(count, bool)
    touching[sorted_ring[1:][same]] = True
    return touching


def _loops(points: Ring) -> list[Ring]:
    """Cut a ring at the points that it comes to twice, into rings that come to each once."""
    loops: list[Ring] = []
    trail: Ring = []
    place: dict[tuple[float, float], int] = {}  # of each point of the trail
    for point in points:
        key = (point[0], point[1])
        if key in place:
            start = place[key]
            loop = trail[start:]
            loops.append(loop)
            for x, y in loop:
                del place[x, y]
            del trail[start:]
        place[key] = len(trail)
        trail.append(point)
    return [*loops, trail]


def _closed(ring: Ring) -> Ring:
    return [*ring, ring[0]]


def _signed_area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
