"""RleArray.to_polygons and RleArray.trace: rings that are the mask, and what options change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import PolygonError, RleArray
from cocodec.documents.parts import read_raw
from reference import trace as reference_trace
from support import oracle, strategies
from support.bridge import batch

HOLES = ["bridge", "separate", "drop"]
wide = st.tuples(st.integers(1, 40), st.integers(1, 40))


def draw(*rows: str) -> RleArray:
    """One mask; '#' is foreground."""
    return RleArray.encode(np.array([[c == "#" for c in row] for row in rows]))


def drawn(polygons: list[list[list[int]]], masks: RleArray) -> RleArray:
    return RleArray.from_polygons(polygons, masks.sizes)


RING = draw("....", ".###", ".#.#", ".###")
NESTED = draw("#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######")


# ---------------------------------------------------------------- the same mask


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("simplify", ["exact", "corners"])
@given(stack=strategies.stacks(minimum=1))
def test_rings_are_the_mask(stack, simplify, connectivity):
    masks = RleArray.encode(np.stack(stack))
    polygons = masks.to_polygons(simplify=simplify, connectivity=connectivity)
    assert drawn(polygons, masks) == masks


@given(dense=strategies.dense(wide))
def test_the_reference_sees_the_same_mask(dense):
    masks = RleArray.encode(dense)
    (rings,) = masks.to_polygons()
    if rings:
        parts = oracle.from_rings([np.array(ring, float) for ring in rings], *dense.shape)
        assert masks.to_coco("bytes") == [oracle.merge(parts)]


@given(mask=strategies.cut_masks())
def test_empty_runs_do_not_show(mask):
    cut = batch([mask])
    assert cut.to_polygons() == RleArray.encode(cut.decode()).to_polygons()


def blob(random: np.random.Generator, side: int) -> np.ndarray:
    """Round, with holes that are round, like real objects."""
    y, x = np.mgrid[:side, :side] + 0.5
    angle = np.arctan2(y - side / 2, x - side / 2)
    radius = 0.3 + 0.1 * np.sin(angle * random.integers(2, 6) + random.random() * 6)
    inside = np.hypot(y - side / 2, x - side / 2) < side * radius
    for _ in range(random.integers(0, 4)):
        center, size = random.random(2) * side, random.random() * side / 6
        inside &= np.hypot(y - center[0], x - center[1]) > size
    return inside


def test_round_objects_take_few_points():
    random = np.random.default_rng(0)
    masks = RleArray.encode(np.stack([blob(random, 160) for _ in range(40)]))
    exact, corners = masks.trace(), masks.trace(simplify="corners")
    assert drawn(masks.to_polygons(), masks) == masks
    assert exact.points.sum() < corners.points.sum() / 2


def test_real_masks(dialects):
    found = 0
    for path in sorted(dialects.rglob("*.json")):
        try:
            (part,) = read_raw(str(path)).parts
        except ValueError:
            continue  # not a document of annotations
        masks = RleArray._wrap(part.records().read(part.table("annotations"))[0])
        for options in ({}, {"connectivity": 8}, {"simplify": "corners"}):
            assert drawn(masks.to_polygons(**options), masks) == masks, path
        found += int(np.count_nonzero(masks.area()))
    assert found > 3000


def test_a_huge_image_with_few_runs_is_cheap():
    size = (3_000_000_000, 1)
    tall = RleArray.from_runs([1_000_000_000, 1_500_000_000, 500_000_000], [0, 3], size)
    (rings,) = tall.to_polygons()
    assert rings == [[0, 10**9, 1, 10**9, 1, 25 * 10**8, 0, 25 * 10**8]]
    full = RleArray.from_runs([0, 2**32 - 1], [0, 2], (1, 2**32 - 1))
    assert full.to_polygons() == [[[0, 0, 2**32 - 1, 0, 2**32 - 1, 1, 0, 1]]]
    large = RleArray.from_runs([7, 20_000 * 19_990, 20_000 * 10 - 7], [0, 3], (20_000, 20_000))
    assert drawn(large.to_polygons(), large) == large


# ---------------------------------------------------------------- the same rings as the reference


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("holes", ["bridge", "drop"])
@given(dense=strategies.dense())
def test_corner_rings(dense, holes, connectivity):
    got = RleArray.encode(dense).to_polygons(
        simplify="corners", holes=holes, connectivity=connectivity
    )
    assert got == [reference_trace.polygons(dense, holes, connectivity)]


@pytest.mark.parametrize("connectivity", [4, 8])
@given(dense=strategies.dense())
def test_rings_of_holes(dense, connectivity):
    rings = reference_trace.unit_rings(dense, connectivity)
    flat = [reference_trace.corners([(p, False) for p in ring]) for ring in rings]
    expected = sorted(zip(flat, map(reference_trace.is_hole, rings), strict=True))
    polygons = RleArray.encode(dense).trace(
        simplify="corners", holes="separate", connectivity=connectivity
    )
    got = [ring.astype(int).ravel().tolist() for ring in polygons.rings(0)]
    assert sorted(zip(got, polygons.is_hole.astype(bool).tolist(), strict=True)) == expected
    assert polygons.gained.tolist() == polygons.lost.tolist() == [0]


@pytest.mark.parametrize("options", [{}, {"tolerance": 2}, {"connectivity": 8}], ids=str)
@given(dense=strategies.dense(wide))
def test_bridges_stay_whole(dense, options):
    (rings,) = RleArray.encode(dense).to_polygons(**options)
    edges = set()
    for ring in rings:
        points = list(reference_trace.pairs(ring))
        edges |= set(zip(points, [*points[1:], points[0]], strict=True))
    for hole in reference_trace.unit_rings(dense, options.get("connectivity", 4)):
        if not reference_trace.is_hole(hole):
            continue
        (x, foot), (_, head) = hole[0], reference_trace.bridge_head(dense, hole)
        assert ((x, foot), (x, head)) in edges
        assert any(a == (x, head) and b[0] == x and b[1] > foot for a, b in edges)


@given(dense=strategies.dense(wide))
def test_fewer_points_are_some_of_the_corners(dense):
    masks = RleArray.encode(dense)
    (exact,), (corners,) = masks.to_polygons(), masks.to_polygons(simplify="corners")
    assert len(exact) == len(corners)
    for few, all_of_them in zip(exact, corners, strict=True):
        rest = iter(reference_trace.pairs(all_of_them))
        assert few[:2] == all_of_them[:2]
        assert all(point in rest for point in reference_trace.pairs(few))  # in the same order


# ---------------------------------------------------------------- options


def test_a_rectangle():
    polygons = draw("....", ".##.", ".##.").to_polygons(simplify="corners")
    assert polygons == [[[1, 1, 3, 1, 3, 3, 1, 3]]]
    assert all(type(value) is int for value in polygons[0][0])


def test_an_empty_mask_has_no_ring():
    assert draw("..", "..").to_polygons() == [[]]
    assert RleArray().to_polygons() == []
    assert RleArray().trace().points.tolist() == []
    assert RleArray.from_runs([0], [0, 1], (0, 5)).to_polygons() == [[]]
    assert draw("..").trace(tolerance=1).iou.tolist() == [1]


def test_a_bridge_is_an_edge_there_and_back():
    (((*ring,),),) = RING.to_polygons(simplify="corners")
    assert ring == [1, 1, 2, 1, 2, 3, 3, 3, 3, 2, 2, 2, 2, 1, 4, 1, 4, 4, 1, 4]


def test_holes_by_themselves():
    outer, hole = [1, 1, 4, 1, 4, 4, 1, 4], [2, 2, 2, 3, 3, 3, 3, 2]
    assert RING.to_polygons(simplify="corners", holes="separate") == [[outer, hole]]
    assert RING.to_polygons(simplify="corners", holes="drop") == [[outer]]
    assert RING.trace(holes="separate").is_hole.tolist() == [0, 1]
    assert RING.trace(holes="separate").iou.tolist() == [1]
    assert RING.trace(holes="drop").gained.tolist() == [1]


def test_a_hole_follows_its_part():
    polygons = NESTED.trace(simplify="corners", holes="separate", tolerance=0)
    starts = [ring[0].tolist() for ring in polygons.rings(0)]
    assert starts == [[0, 0], [1, 1], [2, 2], [3, 3]]
    assert polygons.is_hole.tolist() == [0, 1, 0, 1]
    assert drawn(NESTED.to_polygons(), NESTED) == NESTED


def test_holes_refused():
    with pytest.raises(PolygonError, match="mask 1: the mask has 1 hole") as caught:
        RleArray.concatenate([draw("#"), RING]).to_polygons(holes="error")
    assert (caught.value.code, caught.value.item) == ("has_holes", 1)
    assert draw("#").to_polygons(holes="error", simplify="corners") == [[[0, 0, 1, 0, 1, 1, 0, 1]]]


def test_connectivity():
    diagonal = draw("#.", ".#")
    four = diagonal.to_polygons(simplify="corners")
    eight = diagonal.to_polygons(simplify="corners", connectivity=8)
    assert four == [[[0, 0, 1, 0, 1, 1, 0, 1], [1, 1, 2, 1, 2, 2, 1, 2]]]
    assert eight == [[[0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1]]]


def test_small_parts_go_on_request_only():
    masks = draw("##..#", "##...", "....#", "#...#")
    assert [ring[:2] for ring in masks.to_polygons()[0]] == [[0, 0], [0, 3], [4, 0], [4, 2]]
    assert [ring[:2] for ring in masks.to_polygons(min_area=2)[0]] == [[0, 0], [4, 2]]
    assert masks.trace(min_area=2).lost.tolist() == [2]
    # The pixels of a part, not those of its holes.
    assert NESTED.to_polygons(min_area=9) == NESTED.to_polygons(min_area=24)
    assert len(NESTED.to_polygons(min_area=8)[0]) == 2
    assert NESTED.to_polygons(min_area=25) == [[]]


@pytest.mark.parametrize(
    "options",
    [
        {"simplify": "no"},
        {"holes": 1},
        {"connectivity": 6},
        {"tolerance": -1},
        {"tolerance": float("nan")},
        {"min_area": -1.0},
        {"min_area": float("inf")},
    ],
)
def test_options_that_mean_nothing(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        RING.to_polygons(**options)
    with pytest.raises(ValueError, match=next(iter(options))):
        RING.trace(**options)


def test_threads_do_not_show():
    random = np.random.default_rng(5)
    masks = RleArray.encode(random.random((60, 20, 30)) < 0.6)
    for options in ({}, {"holes": "separate"}, {"tolerance": 1}):
        one, many = masks.trace(threads=1, **options), masks.trace(threads=3, **options)
        for name in ("xy", "ring_offsets", "mask_offsets", "is_hole", "gained", "lost", "iou"):
            np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
        assert masks.to_polygons(threads=3, **options) == masks.to_polygons(threads=1, **options)


def test_the_arrays_say_what_the_lists_say():
    masks = RleArray.concatenate([RING, draw(".."), NESTED])
    polygons = masks.trace()
    lists = [[r.ravel().tolist() for r in polygons.rings(i)] for i in range(len(polygons))]
    assert lists == masks.to_polygons()
    assert polygons.points.tolist() == [sum(len(r) // 2 for r in rings) for rings in lists]
    assert repr(polygons).startswith("<Polygons: 3 masks, 3 rings, ")
    with pytest.raises(IndexError):
        polygons.rings(3)


# ---------------------------------------------------------------- with a tolerance


def distance(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    along = np.clip((point - a) @ (b - a) / max((b - a) @ (b - a), 1e-300), 0, 1)
    return float(np.hypot(*(a + along * (b - a) - point)))


@pytest.mark.parametrize("holes", HOLES)
@given(dense=strategies.dense(wide), tolerance=st.sampled_from([0.25, 0.5, 1, 1.5, 3, 100]))
def test_within_a_tolerance(dense, tolerance, holes):
    masks = RleArray.encode(dense)
    exact, loose = masks.trace(holes=holes), masks.trace(holes=holes, tolerance=tolerance)
    np.testing.assert_array_equal(exact.ring_offsets.shape, loose.ring_offsets.shape)
    assert loose.points.sum() <= exact.points.sum()
    for true, ring in zip(exact.rings(0), loose.rings(0), strict=True):
        edges = list(zip(ring, np.roll(ring, -1, 0), strict=True))
        for point in true:
            assert min(distance(point, a, b) for a, b in edges) <= tolerance + 1e-9


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("holes", HOLES)
@given(dense=strategies.dense(wide), tolerance=st.sampled_from([0.5, 1, 2, 5]))
def test_rings_stay_valid(dense, tolerance, holes, connectivity):
    options = {"holes": holes, "connectivity": connectivity}
    masks = RleArray.encode(dense)
    polygons = masks.trace(tolerance=tolerance, **options)
    for ring, hole in zip(polygons.rings(0), polygons.is_hole, strict=True):
        assert len(ring) >= 3
        assert reference_trace.area(ring) < 0 if hole else reference_trace.area(ring) > 0
        assert not reference_trace.cross_each_other(ring)
        assert RleArray.from_polygons([[ring]], dense.shape).area()[0] > 0


@pytest.mark.parametrize("tolerance", [1, 5, 20])
def test_many_holes_side_by_side(tolerance):
    """Thin walls between holes, which a careless simplification would cut through."""
    random = np.random.default_rng(0)
    masks = RleArray.encode(random.random((20, 30, 30)) < 0.88)
    polygons = masks.trace(tolerance=tolerance)
    assert polygons.points.sum() < masks.trace().points.sum()
    for i in range(len(masks)):
        for ring in polygons.rings(i):
            assert not reference_trace.cross_each_other(ring)


@given(dense=strategies.dense(wide), tolerance=st.sampled_from([0.5, 1, 2, 5]))
def test_the_loss_is_counted(dense, tolerance):
    masks = RleArray.encode(dense)
    polygons = masks.trace(tolerance=tolerance)
    lossy = RleArray.from_polygons(masks.to_polygons(tolerance=tolerance), masks.sizes)
    assert polygons.gained.tolist() == (lossy - masks).area().tolist()
    assert polygons.lost.tolist() == (masks - lossy).area().tolist()
    if dense.any():
        assert polygons.iou.tolist() == masks.iou(lossy)[0].tolist()


def test_a_tolerance_saves_points():
    random = np.random.default_rng(1)
    masks = RleArray.encode(np.stack([blob(random, 160) for _ in range(20)]))
    points = [masks.trace(tolerance=t).points.sum() for t in (0, 0.8, 1, 2, 4)]
    assert points == sorted(set(points), reverse=True)
    assert points[2] < points[0] / 2
    assert masks.trace(tolerance=1).iou.min() > 0.95


def test_a_tolerance_has_a_largest_image():
    mask = RleArray.from_runs([5, 10, 2**31], [0, 3], (1, 2**31 + 15))
    with pytest.raises(ValueError, match="sides of more than"):
        mask.to_polygons(tolerance=1)
