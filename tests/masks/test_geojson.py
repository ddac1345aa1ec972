"""Masks as GeoJSON: valid for other geometry tools, and the same pixels there and back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import RleArray
from support import strategies as _  # noqa: F401 - the profile


def signed_area(ring: list[list[float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def parts_of(geometry: dict[str, Any]) -> list[Any]:
    coordinates = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "Polygon" else coordinates


def check(dense: np.ndarray) -> None:
    """Simple rings, exact area, the same pixels back; valid where shapely is there to ask."""
    masks = RleArray.encode(dense)
    found = masks.to_geojson()
    for geometry, area in zip(found, masks.area().tolist(), strict=True):
        enclosed = 0.0
        for exterior, *holes in parts_of(geometry):
            enclosed += abs(signed_area(exterior)) - sum(abs(signed_area(h)) for h in holes)
            for ring in (exterior, *holes):
                assert ring[0] == ring[-1]
                assert len({tuple(point) for point in ring}) == len(ring) - 1
        assert enclosed == area
    assert RleArray.from_geometries(found, masks.sizes) == masks
    try:
        from shapely.geometry import shape
    except ImportError:
        return
    assert all(shape(geometry).is_valid for geometry in found)


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (3, 3), (3, 4)])
def test_every_small_mask(size: tuple[int, int]) -> None:
    n = size[0] * size[1]
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    check(bits.reshape(-1, *size).astype(bool))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_random_masks(height: int, width: int, seed: int) -> None:
    check(np.random.default_rng(seed).random((3, height, width)) < 0.6)


def test_valid_polygons_are_those_of_geojson() -> None:
    masks = RleArray.encode(np.random.default_rng(1).random((4, 20, 30)) < 0.7)
    assert masks.to_polygons(valid="ogc") == [parts_of(one) for one in masks.to_geojson()]
    with pytest.raises(ValueError, match="goes with no other option"):
        masks.to_polygons(valid="ogc", tolerance=1.0)
    with pytest.raises(ValueError, match="expected 'coco' or 'ogc'"):
        masks.to_polygons(valid="geos")  # type: ignore[arg-type]


def test_the_collection_is_all_masks() -> None:
    masks = RleArray.from_boxes([[0, 0, 2, 2], [1, 1, 3, 1]], (5, 5))
    assert masks.__geo_interface__ == {
        "type": "GeometryCollection",
        "geometries": masks.to_geojson(),
    }
    assert RleArray.from_geometries([masks], (5, 5)) == masks.union()


def test_shapely_there_and_back() -> None:
    shapely = pytest.importorskip("shapely.geometry")
    dense = np.random.default_rng(2).random((6, 40, 40)) < 0.6
    masks = RleArray.encode(dense)
    objects = [shapely.shape(geometry) for geometry in masks.to_geojson()]
    assert RleArray.from_geometries(objects, (40, 40)) == masks
    assert [one.area for one in objects] == masks.area().tolist()


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "not a geometry of type 'Point'"),
        (7, "not a int"),
        ({}, "not a dict"),
    ],
)
def test_what_is_no_polygon(geometry: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        RleArray.from_geometries([geometry], (4, 4))


def test_no_part_is_an_empty_mask() -> None:
    empty = RleArray.encode(np.zeros((1, 3, 3), bool))
    assert empty.to_geojson() == [{"type": "MultiPolygon", "coordinates": []}]
    assert RleArray.from_geometries(empty.to_geojson(), (3, 3)) == empty
    assert len(RleArray.from_geometries([], (3, 3))) == 0


def test_rings_are_asked_for_and_a_geometry_comes() -> None:
    masks = RleArray.from_polygons([[[1, 1, 4, 1, 4, 3]]], [[4, 5]])
    with pytest.raises(ValueError, match=r"mask 0: .*; RleArray\.from_geometries reads it"):
        RleArray.from_polygons([masks], masks.sizes)
