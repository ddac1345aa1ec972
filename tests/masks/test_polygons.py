"""RleArray.from_polygons: bit for bit the reference, in every spelling, near and far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cocodec import PolygonError, RleArray, RleError
from reference import masks as reference
from reference.masks import Mask
from reference.segmentations import are_runs
from support import oracle
from support import strategies as own
from support.bridge import same, unbatch
from support.compare_polygons import REGIMES, differences, make_polygons

SMALL = [0.0, 0.0, 2.0, 0.0, 2.0, 2.0]


@pytest.mark.parametrize("regime", REGIMES)
def test_random_polygons_are_pycocotools(regime):
    """The same polygons as by hand with compare_polygons.py, fewer of them."""
    random = np.random.default_rng(11)
    n = 100 if regime == "huge" else 1000
    assert differences(list(make_polygons(random, regime, n))) == []


@given(st.lists(own.polygons(), max_size=6), st.integers(0, 3))
def test_batches_are_as_specified(cases, threads):
    polygons = [rings for rings, _, _ in cases]
    sizes = np.array([(h, w) for _, h, w in cases], dtype=int).reshape(-1, 2)
    rles = RleArray.from_polygons(polygons, sizes, threads=threads)
    assert unbatch(rles) == [reference.rings(*case) for case in cases]


@given(own.polygons(rings=1))
def test_where_a_ring_starts_and_turns_may_matter_only_as_specified(case):
    [ring], height, width = case
    points = np.array(ring).reshape(-1, 2)
    spellings = [np.roll(points, shift, axis=0) for shift in range(len(points))]
    spellings += [spelling[::-1] for spelling in spellings]
    got = RleArray.from_polygons([[s] for s in spellings], (height, width))
    expected = [reference.ring(s.ravel().tolist(), height, width) for s in spellings]
    assert unbatch(got) == expected


@pytest.mark.parametrize(
    "ring",
    [
        [1, 1, 5, 1, 3, 6],
        (1, 1, 5, 1, 3, 6),
        [1.0, 1, np.float64(5), np.int32(1), np.float32(3), 6],
        [[1, 1], [5, 1], [3, 6]],
        [(1, 1), (5, 1), (3, 6)],
        ((1, 1.0), [5, 1], np.array([3, 6])),
        ["1", "1", "5", "1.0", 3, 6],
        *[np.array([1, 1, 5, 1, 3, 6], dtype=t) for t in ("f8", "f4", "f2", "i8", "u1", "i2")],
        *[np.array([[1, 1], [5, 1], [3, 6]], dtype=t) for t in ("f8", "f4", "i8")],
        np.array([[1, 5, 3], [1, 1, 6]]).T,
        np.array([1, 0, 1, 0, 5, 0, 1, 0, 3, 0, 6, 0.0])[::2],
        np.array([6, 3, 1, 5, 1, 1.0])[::-1],
    ],
    ids=repr,
)
def test_spellings_of_a_ring(ring):
    expected = [reference.ring([1, 1, 5, 1, 3, 6], 10, 12)]
    assert unbatch(RleArray.from_polygons([[ring]], (10, 12))) == expected
    assert unbatch(RleArray.from_polygons(((ring,),), (10, 12))) == expected


@pytest.mark.parametrize(
    "rings",
    [
        [],
        [[]],
        [[], []],
        [[1, 1]],
        [[1, 1, 5, 5]],
        [np.zeros((0, 2))],
        [[(1, 1)]],
    ],
    ids=repr,
)
def test_rings_that_cover_nothing(rings):
    got = RleArray.from_polygons([rings, [*rings, SMALL], [SMALL, *rings]], (5, 6))
    assert unbatch(got[0]) == [Mask([30], 5, 6)]
    assert unbatch(got[1:]) == [reference.ring(SMALL, 5, 6)] * 2


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
def test_images_without_pixels(size):
    got = RleArray.from_polygons([[SMALL], [SMALL, SMALL], []], size)
    assert unbatch(got) == [Mask([0], *size)] * 3


# Coordinates that nobody can walk between


@st.composite
def far_rings(draw: st.DrawFn) -> tuple[list[float], int, int]:
    height, width = draw(own.solid_sizes)
    far = st.one_of(
        st.floats(-1e9, 1e9), st.floats(-1e14, 1e14), st.sampled_from([1e14, -1e14, 1e9, -1e9])
    )
    value = st.one_of(far, st.floats(-15, 25), st.integers(-3, 15).map(float))
    n = draw(st.integers(3, 7))
    return draw(st.lists(value, min_size=2 * n, max_size=2 * n)), height, width


@given(far_rings())
def test_far_coordinates_are_exact(case):
    ring, height, width = case
    got = RleArray.from_polygons([[ring]], (height, width))
    assert unbatch(got) == [reference.ring_sparse(ring, height, width)]


@pytest.mark.parametrize("far", [1e5, 1e9, 1e12, 1e14])
def test_a_far_rectangle_covers_the_image(far):
    around = [-far, -far, far, -far, far, far, -far, far]
    half = [-far, -far, 3, -far, 3, far, -far, far]
    beside = [far / 2, 0, far, 0, far, far]
    got = RleArray.from_polygons([[around], [half], [beside]], (4, 5))
    assert unbatch(got) == [Mask([0, 20], 4, 5), Mask([0, 12, 8], 4, 5), Mask([20], 4, 5)]


@pytest.mark.parametrize("side", [2**31, 2**32 - 1])
def test_large_images(side):
    """Neither side is walked: only the columns that the ring crosses."""
    height, width = 3, side
    corner = [width - 2.0, 0, width, 0, width, 3, width - 2.0, 3]
    got = RleArray.from_polygons([[corner]], (height, width // 4))
    assert got.area().tolist() == [0]
    got = RleArray.from_polygons([[SMALL]], (2**20, 2**11))
    assert got.area().tolist() == [reference.area(reference.ring(SMALL, 5, 6))]
    assert got.bbox().tolist() == [reference.bbox(reference.ring(SMALL, 5, 6))]
    with pytest.raises(RleError, match="32 bits") as caught:
        RleArray.from_polygons([[corner]], (height, width))
    assert (caught.value.code, caught.value.item) == ("bad_run", 0)


def test_exactly_as_many_pixels_as_a_run_holds():
    got = RleArray.from_polygons([[SMALL[:4]], []], (1, 2**32 - 1))
    assert got.counts.tolist() == [2**32 - 1] * 2
    with pytest.raises(RleError, match="4294967296"):
        RleArray.from_polygons([[]], (2**16, 2**16))


# What is refused


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.1e14, -1e300])
@pytest.mark.parametrize("spelling", [list, np.array])
def test_coordinates_that_cannot_be_used(value, spelling):
    ring = [0.0, 0, 4, 0, 4, value, 0, 4]
    with pytest.raises(PolygonError, match=r"mask 2: ring 1 .* index 5") as caught:
        RleArray.from_polygons([[], [SMALL], [SMALL, spelling(ring), SMALL]], (5, 6))
    assert caught.value.code == "bad_coordinate"
    assert caught.value.item == 2
    assert caught.value.offset == len(SMALL) + 5


def test_even_in_rings_that_cover_nothing():
    with pytest.raises(PolygonError):
        RleArray.from_polygons([[[np.nan, 0.0]]], (5, 6))


@pytest.mark.parametrize(
    "polygon",
    [
        None,
        5,
        "abc",
        {"size": [1, 1]},
        [None],
        ["abc"],
        [b"abc"],
        [[1, 1, 5, 1, 3, None]],
        [[1, 1, 5, 1, 3, "six"]],
        [[1, 1, 5, 1, 3]],
        [[1, 1, 5, 1, 3, 6j]],
        [[[1, 1, 1], [5, 1, 1], [3, 6, 1]]],
        [[[1], [5], [3]]],
        [np.zeros((3, 3))],
        [np.array(["a", "b"])],
        [np.zeros(6, complex)],
        [np.zeros(6, "M8[s]")],
    ],
    ids=repr,
)
def test_what_is_no_polygon(polygon):
    with pytest.raises(PolygonError, match="mask 1: ") as caught:
        RleArray.from_polygons([[SMALL], polygon], (5, 6))
    assert caught.value.item == 1


def test_lengths_must_agree():
    with pytest.raises(RleError, match="sizes"):
        RleArray.from_polygons([[SMALL]], [(5, 6), (5, 6)])


def test_a_list_that_changes_while_it_is_read():
    """Numbers may be any objects; theirs is code that runs while rings are read."""
    ring: list[object] = [0.0, 0.0, 4.0, 0.0, 4.0, 4.0]

    class Number:
        def __float__(self) -> float:
            ring.clear()
            rings.clear()
            return 1.0

    rings: list[object] = [ring, ring]
    ring[0] = Number()
    got = RleArray.from_polygons([rings, [SMALL]], (5, 6))
    assert unbatch(got[1]) == [reference.ring(SMALL, 5, 6)]


def test_threads_change_nothing_where_there_is_work():
    random = np.random.default_rng(5)
    cases = list(make_polygons(random, "real", 3000))
    polygons, sizes = [rings for rings, _, _ in cases], [(h, w) for _, h, w in cases]
    alone = RleArray.from_polygons(polygons, sizes, threads=1)
    for threads in (0, 2, 7):
        same(RleArray.from_polygons(polygons, sizes, threads=threads), alone)


def test_the_first_bad_mask_is_named_whatever_the_threads():
    polygons = [[SMALL]] * 500
    for index in (17, 130, 480):
        polygons[index] = [[0, 0, np.nan, 1, 1, 1]]
    for threads in (1, 2, 7):
        with pytest.raises(PolygonError) as caught:
            RleArray.from_polygons(polygons, (5, 6), threads=threads)
        assert caught.value.item == 17


@given(own.polygons())
def test_a_polygon_is_the_union_of_its_rings(case):
    polygon, height, width = case
    assume(not any(are_runs(ring, height, width) for ring in polygon))  # they are refused
    parts = RleArray.from_polygons([[ring] for ring in polygon], (height, width))
    whole = RleArray.from_polygons([polygon], (height, width))
    same(parts.union(), whole)
    assert whole.to_coco("bytes")[0] == oracle.merge(oracle.from_rings(polygon, height, width))
