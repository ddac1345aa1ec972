"""Every operation in images of 20000 x 20000: what it makes of the same pixels in a small image.

What images of that size hold in full is tested where each operation is; here nothing may depend on
where in the image a mask lies, or on how much background there is around it.
"""

from __future__ import annotations

import numpy as np
import pytest

from cocodec import RleArray
from cocodec.masks import operations, overlaps
from support.bridge import same
from support.twins import TWINS, encoded

SIDE = 20000
SMALL = 140
X, Y = 17000, 12346  # where the small image lies in the large one


@pytest.fixture(scope="module")
def small() -> RleArray:
    """Noise, blobs with holes, one pixel, nothing, a row and a column; far from the sides."""
    random = np.random.default_rng(5)
    stack = np.zeros((8, SMALL, SMALL), bool)
    inside = stack[:, 40:100, 40:100]
    inside[:3] = random.random((3, 60, 60)) < np.array([0.1, 0.5, 0.9])[:, None, None]
    inside[3, 5:50, 9:40], inside[3, 20:30, 15:22] = True, False
    inside[4, 30, 31] = True
    inside[6, 7], inside[7, :, 9] = True, True
    return encoded(stack)


def placed(masks: RleArray, x: int = X, y: int = Y, side: int = SIDE) -> RleArray:
    return masks.uncrop([x, y], (side, side))


HALF, TURN = (SIDE // 2, SIDE // 2), [[0, -1, SIDE - 1], [1, 0, 0]]
DISK = {"shape": "disk"}
CHANGED = {
    "dilate": lambda m: m.dilate((5, 9)),
    "erode": lambda m: m.erode(3),
    "open": lambda m: m.open(2.5, **DISK),
    "close": lambda m: m.close(7, shape="cross", iterations=2),
    "outline": lambda m: m.outline(connectivity=8),
    "fill_holes": lambda m: m.fill_holes(80),
    "remove_small": lambda m: m.remove_small(4, connectivity=4),
    "largest_component": lambda m: m.largest_component(),
    "connected_components": lambda m: m.connected_components(4).masks,
    "shift": lambda m: m.shift(9, -5),
    "merge_nms": lambda m: m.merge_nms(np.arange(len(m)), 0.1)[0],
    "set_operations": lambda m: ((m | m[::-1]) - m[:1]) ^ m[3],
}
MEASURED = {
    "orientation": lambda m: m[:4].orientation(),
    "perimeter": lambda m: m.perimeter(),
    "overlap": lambda m: m.overlap(m[::-1], measure="dice"),
    "nms": lambda m: m.nms(np.arange(len(m)), 0.2),
    "soft_nms": lambda m: m.soft_nms(np.arange(len(m)))[1],
}
PLACED = {
    "centroid": lambda m: m.centroid(),
    "extreme_points": lambda m: m.extreme_points()[m.area() > 0],
    "convex_hull": lambda m: np.concatenate(m.convex_hull()),
    "largest_inner_rectangle": lambda m: m.largest_inner_rectangle()[m.area() > 0][:, :2],
}


@pytest.mark.parametrize("name", CHANGED)
def test_masks(small, name):
    same(CHANGED[name](placed(small)), placed(CHANGED[name](small)))


@pytest.mark.parametrize("name", MEASURED)
def test_numbers(small, name):
    np.testing.assert_allclose(MEASURED[name](placed(small)), MEASURED[name](small), rtol=1e-9)


@pytest.mark.parametrize("name", PLACED)
def test_places(small, name):
    np.testing.assert_allclose(PLACED[name](placed(small)), PLACED[name](small) + np.array([X, Y]))


def flip(small):
    large = placed(small)
    same(large.flip("horizontal"), placed(small.flip("horizontal"), x=SIDE - SMALL - X))
    same(large.flip("vertical"), placed(small.flip("vertical"), y=SIDE - SMALL - Y))


def turns(small):
    large = placed(small)
    same(large.transpose(), placed(small.transpose(), Y, X))
    turned = large.rotate90()
    same(turned, placed(small.rotate90(), Y, SIDE - SMALL - X))
    rows = large.transpose()
    by_rows = RleArray.from_runs(rows.counts, rows.offsets, large.sizes)
    same(operations.read_by_rows(by_rows), large)
    same(large.warp_affine(TURN, (SIDE, SIDE)), large.rotate90(3))


def windows(small):
    large = placed(small)
    same(large.crop([X, Y, SMALL, SMALL]), small)
    same(large.pad(3, 4, 0, 0).crop([3, 4, SIDE, SIDE]), large)
    cut, boxes = large.crop_to_bbox()
    same(cut, small.crop_to_bbox()[0])
    same(cut.uncrop(boxes, (SIDE, SIDE)), large)


def sizes(small):
    for rule in ("nearest", "area"):
        half = small.resize((SMALL // 2, SMALL // 2), rule=rule)
        same(placed(small).resize(HALF, rule=rule), placed(half, X // 2, Y // 2, SIDE // 2))


def boundary(small):
    """As wide in both: a share of the diagonal."""
    large = placed(small).boundary(3 / np.hypot(SIDE, SIDE))
    same(large, placed(small.boundary(3 / np.hypot(SMALL, SMALL))))


def points(small):
    large, spots = placed(small), np.random.default_rng(1).random((200, 2)) * SMALL
    np.testing.assert_array_equal(large.contains(spots + np.array([X, Y])), small.contains(spots))
    assert large.moments()[:, 0].tolist() == small.area().tolist()
    x, y = (large.moments() - small.moments() * 1.0)[:, 1:3].T
    np.testing.assert_array_equal([x, y], [small.area() * X, small.area() * Y])


def ways_in(small):
    large = placed(small)
    ends = large.offsets[1:] - np.arange(1, len(large) + 1)  # without the last run of each
    changes = [np.cumsum(large[i].counts[:-1], dtype=np.int64) for i in range(len(large))]
    offsets = np.insert(ends, 0, 0)
    same(RleArray.from_positions(np.concatenate(changes), offsets, (SIDE, SIDE)), large)
    grid = np.random.default_rng(1).random((1, 28, 28))
    pasted = RleArray.paste(grid, [[X + 3, Y + 5, 99, 77]], (SIDE, SIDE))
    same(pasted, placed(RleArray.paste(grid, [[3, 5, 99, 77]], (SMALL, SMALL))))


OTHERS = {
    flip: ["flip"],
    turns: ["transpose", "rotate90", "warp_affine", "read_by_rows"],
    windows: ["crop", "pad", "crop_to_bbox", "uncrop"],
    sizes: ["resize"],
    boundary: ["boundary"],
    points: ["contains", "moments"],
    ways_in: ["from_positions", "paste"],
}


@pytest.mark.parametrize("check", OTHERS, ids=lambda check: check.__name__)
def test_others(small, check):
    check(small)


def test_every_operation_is_here():
    names = {*CHANGED, *MEASURED, *PLACED, *(name for own in OTHERS.values() for name in own)}
    # mend_runs is read_by_rows and uncrop, which are here
    assert {*operations.__all__, *overlaps.__all__} - {"Components", "mend_runs"} <= names
    assert set(TWINS) - names == {"from_label_map"}  # which has an image, of 400 MB


FULL = RleArray.from_boxes([[0, 0, SIDE, SIDE], [0, 0, 0, 0]], (SIDE, SIDE))
SAME = {
    "close": lambda m: m.close(9, border="ignore"),
    "open": lambda m: m.open(9, border="ignore"),
    "fill_holes": lambda m: m.fill_holes(),
    "remove_small": lambda m: m.remove_small(10**8),
    "largest_component": lambda m: m.largest_component(),
    "dilate": lambda m: m.dilate(25, shape="disk"),
    "flip": lambda m: m.flip("vertical"),
    "rotate90": lambda m: m.rotate90(),
    "warp_affine": lambda m: m.warp_affine(TURN, (SIDE, SIDE)),
    "crop_to_bbox": lambda m: m.crop_to_bbox()[0].uncrop([0, 0], (SIDE, SIDE)),
}


@pytest.mark.parametrize("name", SAME)
def test_full_and_empty_stay(name):
    same(SAME[name](FULL), FULL)


def test_frames_of_full_images():
    one = FULL.outline()
    frame = FULL[:1] - RleArray.from_boxes([[1, 1, SIDE - 2, SIDE - 2]], (SIDE, SIDE))
    same(one[:1], frame)
    same(FULL.boundary(1e-9)[:1], frame)
    assert one[1].area()[0] == 0
    assert FULL.orientation()[0] == 0
    assert np.isnan(FULL.orientation()[1])
    assert FULL.overlap(FULL).tolist() == [[1, 0], [0, 0]]
    assert FULL.nms([0.1, 0.9]).tolist() == [1, 0]
