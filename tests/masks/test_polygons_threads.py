"""Large batches of rings: read on one thread while others rasterise, and nothing shows of that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cocodec import PolygonError, RleArray

LARGE = 9000  # masks; well above what one thread takes alone


class Loud:
    """No float: it has to be asked for its value."""

    asked = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        Loud.asked += 1
        return self.value


def some_polygons(n: int) -> tuple[list[Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(3)
    sizes = random.integers(20, 90, (n, 2))
    rings = random.uniform(-5, 95, (n, 2, 10)).round(1).tolist()
    polygons: list[Any] = [pair[: 1 + i % 2] for i, pair in enumerate(rings)]
    polygons[5] = []
    polygons[4000] = [np.array(rings[4000][0])]
    polygons[4001] = (tuple(rings[4001][0]),)
    return polygons, sizes


@pytest.mark.parametrize("threads", [0, 2, 3, 7])
def test_threads_do_not_show(threads: int) -> None:
    polygons, sizes = some_polygons(LARGE)
    one = RleArray.from_polygons(polygons, sizes, threads=1)
    many = RleArray.from_polygons(polygons, sizes, threads=threads)
    np.testing.assert_array_equal(many.counts, one.counts)
    np.testing.assert_array_equal(many.offsets, one.offsets)
    np.testing.assert_array_equal(many.sizes, one.sizes)


def test_odd_numbers_among_many() -> None:
    polygons, sizes = some_polygons(LARGE)
    expected = RleArray.from_polygons(polygons, sizes, threads=1)
    Loud.asked = 0
    polygons[7000] = [[Loud(v) for v in ring] for ring in polygons[7000]]
    assert RleArray.from_polygons(polygons, sizes, threads=3) == expected
    assert Loud.asked > 0


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_first_wrong_mask_is_named(threads: int) -> None:
    polygons, sizes = some_polygons(LARGE)
    polygons[8000] = [[1.0, 2.0, float("inf"), 3.0, 4.0, 5.0]]
    polygons[6001] = [[0.0, 0.0, 1.0, 1.0, float("nan"), 5.0]]
    with pytest.raises(PolygonError, match=r"^mask 6001: ring 0 .* index 4") as caught:
        RleArray.from_polygons(polygons, sizes, threads=threads)
    assert (caught.value.item, caught.value.offset) == (6001, 4)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_what_cannot_be_read_is_named(threads: int) -> None:
    polygons, sizes = some_polygons(LARGE)
    polygons[10] = [[0.0, 0.0, 1.0, 1.0, float("nan"), 5.0]]
    polygons[8100] = [[1.0, 2.0, "three", 4.0, 5.0, 6.0]]
    with pytest.raises(PolygonError, match=r"^mask 10: ring 0, number 4 is nan"):
        RleArray.from_polygons(polygons, sizes, threads=threads)
    polygons[10] = []
    with pytest.raises(PolygonError, match=r"^mask 8100: ring 0.*three"):
        RleArray.from_polygons(polygons, sizes, threads=threads)
    sizes[3000] = (-1, 4)
    polygons[8100] = []
    with pytest.raises(ValueError, match=r"^mask 3000: size is \[-1, 4\]"):
        RleArray.from_polygons(polygons, sizes, threads=threads)
