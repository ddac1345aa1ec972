"""RleArray.to_polygons and RleArray.trace: rings that are the mask, and what options make of them."""

from __future__ import annotations

import numpy as np
import pytest

from cocodec import PolygonError, RleArray


def draw(*rows: str) -> RleArray:
    """One mask; '#' is foreground."""
    return RleArray.encode(np.array([[c == "#" for c in row] for row in rows]))


RING = draw("....", ".###", ".#.#", ".###")


def drawn(polygons: list[list[list[int]]], masks: RleArray) -> RleArray:
    return RleArray.from_polygons(polygons, masks.sizes)


def test_a_rectangle():
    assert draw("....", ".##.", ".##.").to_polygons(simplify="corners") == [
        [[1, 1, 3, 1, 3, 3, 1, 3]]
    ]


def test_an_empty_mask_has_no_ring():
    assert draw("..", "..").to_polygons() == [[]]
    assert RleArray().to_polygons() == []
    assert RleArray.from_runs([0], [0, 1], (0, 5)).to_polygons() == [[]]


@pytest.mark.parametrize("simplify", ["exact", "corners"])
def test_a_hole_comes_back(simplify):
    polygons = RING.to_polygons(simplify=simplify)
    assert [len(rings) for rings in polygons] == [1]
    assert drawn(polygons, RING) == RING


def test_a_bridge_is_an_edge_there_and_back():
    (((*ring,),),) = RING.to_polygons(simplify="corners")
    assert ring == [1, 1, 2, 1, 2, 3, 3, 3, 3, 2, 2, 2, 2, 1, 4, 1, 4, 4, 1, 4]


def test_holes_by_themselves():
    outer, hole = [1, 1, 4, 1, 4, 4, 1, 4], [2, 2, 2, 3, 3, 3, 3, 2]
    assert RING.to_polygons(simplify="corners", holes="separate") == [[outer, hole]]
    assert RING.to_polygons(simplify="corners", holes="drop") == [[outer]]
    assert RING.trace(holes="separate").is_hole.tolist() == [0, 1]


def test_holes_refused():
    with pytest.raises(PolygonError, match="mask 1: the mask has 1 hole") as caught:
        RleArray.concatenate([draw("#"), RING]).to_polygons(holes="error")
    assert (caught.value.code, caught.value.item) == ("has_holes", 1)


def test_connectivity():
    diagonal = draw("#.", ".#")
    four = diagonal.to_polygons(simplify="corners")
    eight = diagonal.to_polygons(simplify="corners", connectivity=8)
    assert four == [[[0, 0, 1, 0, 1, 1, 0, 1], [1, 1, 2, 1, 2, 2, 1, 2]]]
    assert eight == [[[0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1]]]


@pytest.mark.parametrize(
    "options",
    [{"simplify": "no"}, {"holes": 1}, {"connectivity": 6}, {"tolerance": -1}, {"min_area": -1.0}]
    + [{"tolerance": float("nan")}, {"min_area": float("inf")}],
)
def test_options_that_mean_nothing(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        RING.to_polygons(**options)
    with pytest.raises(ValueError, match=next(iter(options))):
        RING.trace(**options)
