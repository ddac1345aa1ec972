"""Every operation on masks beside the same in scipy.ndimage, OpenCV or numpy, on whole stacks.

A twin takes a source of random arguments, a stack of dense masks (n, h, w), its batch of runs and a
number of threads, and asserts that the operation gives the same. The names of the twins' functions
are those of the operations that they try; `TWINS` has them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.random import Generator
from scipy import ndimage

from cocodec import RleArray
from cocodec.masks import operations
from support.bridge import same

Twin = Callable[[Generator, np.ndarray, RleArray, int], None]

BORDERS = ["background", "foreground", "ignore"]
# In the plane of each mask of a stack alone.
SIDES = ndimage.generate_binary_structure(2, 1)[None]
CORNERS = np.ones((1, 3, 3), bool)
STRUCTURES = {4: SIDES, 8: CORNERS}


def encoded(stack: np.ndarray) -> RleArray:
    return RleArray.encode(np.ascontiguousarray(stack), layout="NHW")


def blobs(random: Generator, n: int, h: int, w: int) -> np.ndarray:
    """Noise, speckles and blobs, in the middle of the image or all over it."""
    stack = random.random((n, h, w)) < random.random((n, 1, 1)) ** 2
    grown = ndimage.binary_dilation(random.random((n, h, w)) < 0.01, np.ones((1, 9, 7)))
    stack = np.where(random.random((n, 1, 1)) < 0.7, stack & grown, stack)
    stack ^= random.random((n, 1, 1)) < 0.2
    return stack


# Moved and scaled


def flip(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    same(rles.flip("horizontal", threads=threads), encoded(stack[:, :, ::-1]))
    same(rles.flip("vertical", threads=threads), encoded(stack[:, ::-1]))


def transpose(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    same(rles.transpose(threads=threads), encoded(stack.transpose(0, 2, 1)))


def read_by_rows(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """Runs as numpy has the pixels, row by row, in images that say so of their sizes."""
    rows = encoded(stack.transpose(0, 2, 1))
    given = RleArray.from_runs(rows.counts, rows.offsets, rles.sizes)
    same(operations.read_by_rows(given, threads=threads), rles)


def rotate90(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    k = int(random.integers(-5, 6))
    same(rles.rotate90(k, threads=threads), encoded(np.rot90(stack, k, (1, 2))))


def shown(stack: np.ndarray, x: int, y: int, width: int, height: int) -> np.ndarray:
    """A window of each mask, background around the image."""
    n, h, w = stack.shape
    out = np.zeros((n, height, width), bool)
    left, right = max(x, 0), max(min(x + width, w), x, 0)
    top, bottom = max(y, 0), max(min(y + height, h), y, 0)
    part = stack[:, top:bottom, left:right]
    out[:, top - y : top - y + part.shape[1], left - x : left - x + part.shape[2]] = part
    return out


def crop(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    _, h, w = stack.shape
    x, y = random.integers(-5, w + 5), random.integers(-5, h + 5)
    width, height = random.integers(0, w + 9), random.integers(0, h + 9)
    box = [int(value) for value in (x, y, width, height)]
    same(rles.crop(box, threads=threads), encoded(shown(stack, *box)))


def pad(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    left, top, right, bottom = random.integers(0, 6, 4).tolist()
    expected = np.pad(stack, [(0, 0), (top, bottom), (left, right)])
    same(rles.pad(left, top, right, bottom, threads=threads), encoded(expected))


def shift(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    _, h, w = stack.shape
    dx, dy = int(random.integers(-w - 1, w + 2)), int(random.integers(-h - 1, h + 2))
    same(rles.shift(dx, dy, threads=threads), encoded(shown(stack, -dx, -dy, w, h)))


def crop_to_bbox(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    cut, boxes = rles.crop_to_bbox(threads=threads)
    for i, mask in enumerate(stack[:5]):
        y, x = np.nonzero(mask)
        expected = [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1] if len(x) > 0 else [0] * 4
        assert boxes[i].tolist() == expected
        same(cut[i], encoded(shown(mask[None], *map(int, expected))))
    same(cut.uncrop(boxes, stack.shape[1:], threads=threads), rles)


def uncrop(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    _, h, w = stack.shape
    x, y = int(random.integers(-9, 9)), int(random.integers(-9, 9))
    size = (int(random.integers(0, h + 9)), int(random.integers(0, w + 9)))
    got = rles.uncrop([x, y], size, threads=threads)
    same(got, encoded(shown(stack, -x, -y, size[1], size[0])))


def _shares(old: int, new: int) -> np.ndarray:
    """How many of `old` parts of new pixel i lie in old pixel k, each of `new` parts."""
    starts, ends = np.arange(new)[:, None] * old, np.arange(1, new + 1)[:, None] * old
    cells = np.arange(old) * new
    return np.clip(np.minimum(ends, cells + new) - np.maximum(starts, cells), 0, None)


def resize(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    _, h, w = stack.shape
    height, width = int(random.integers(1, 2 * h + 2)), int(random.integers(1, 2 * w + 2))
    rows = (2 * np.arange(height) + 1) * h // (2 * height)
    columns = (2 * np.arange(width) + 1) * w // (2 * width)
    got = rles.resize((height, width), threads=threads)
    same(got, encoded(stack[:, rows[:, None], columns]))
    covered = np.einsum(
        "ih,nhw,jw->nij", _shares(h, height), stack.astype(int), _shares(w, width), optimize=True
    )
    got = rles.resize((height, width), rule="area", threads=threads)
    same(got, encoded(2 * covered > h * w))


def warp_affine(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """The rule, in numpy's doubles; and OpenCV, where a 1024th of a pixel makes no difference."""
    _, h, w = stack.shape
    height, width = int(random.integers(1, 40)), int(random.integers(1, 40))
    inverse = random.normal(size=(2, 3)) * [1, 1, 15]
    got = rles.warp_affine(inverse, (height, width), inverse=True, threads=threads)
    y, x = np.mgrid[:height, :width].astype(float)
    place_x = (inverse[0, 0] * x + inverse[0, 2]) + inverse[0, 1] * y + 0.5
    place_y = (inverse[1, 0] * x + inverse[1, 2]) + inverse[1, 1] * y + 0.5
    columns, rows = np.floor(place_x).astype(int), np.floor(place_y).astype(int)
    inside = (columns >= 0) & (columns < w) & (rows >= 0) & (rows < h)
    expected = stack[:, rows.clip(0, h - 1), columns.clip(0, w - 1)] & inside
    same(got, encoded(expected))
    tie = np.minimum(abs(place_x - np.rint(place_x)), abs(place_y - np.rint(place_y))) < 3 / 1024
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    for mask, ours in zip(stack[:3], expected, strict=False):
        theirs = cv2.warpAffine(mask.astype(np.uint8), inverse, (width, height), flags=flags)
        np.testing.assert_array_equal(ours[~tie], theirs[~tie])


# Neighbourhoods


def neighbours(random: Generator) -> tuple[str, object, np.ndarray]:
    """Shape, size and the same as a structuring element."""
    kind = str(random.choice(["box", "cross", "disk"]))
    if kind == "disk":
        radius = random.integers(0, 15) / 2
        y, x = np.ogrid[-int(radius) : int(radius) + 1, -int(radius) : int(radius) + 1]
        return kind, radius, x * x + y * y <= radius * radius
    height, width = (2 * random.integers(0, 6, 2) + 1).tolist()
    element = np.ones((height, width), bool)
    if kind == "cross":
        element[:] = False
        element[height // 2], element[:, width // 2] = True, True
    return kind, (height, width), element


def _step(stack: np.ndarray, erosion: bool, element: np.ndarray, border: str) -> np.ndarray:
    step = ndimage.binary_erosion if erosion else ndimage.binary_dilation
    outside = erosion if border == "ignore" else border == "foreground"
    return step(stack, element[None], border_value=outside)


def _changed(name: str, erosions: list[bool]) -> Twin:
    def twin(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
        shape, size, element = neighbours(random)
        border, times = str(random.choice(BORDERS)), int(random.choice([1, 1, 2, 3]))
        given = {"shape": shape, "border": border, "iterations": times, "threads": threads}
        expected = stack
        for erosion in erosions:
            for _ in range(times):
                expected = _step(expected, erosion, element, border)
        same(getattr(rles, name)(size, **given), encoded(expected))
        code = getattr(cv2, f"MORPH_{name.upper()}")
        for i, mask in enumerate(stack[:3]):
            theirs = cv2.morphologyEx(mask.astype(np.uint8), code, element.astype(np.uint8))
            got = getattr(rles[i], name)(size, shape=shape, border="ignore")
            same(got, encoded(theirs[None]))

    twin.__name__ = name
    return twin


def outline(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    for connectivity, structure in STRUCTURES.items():
        got = rles.outline(connectivity=connectivity, threads=threads)
        same(got, encoded(stack & ~ndimage.binary_erosion(stack, structure)))


def boundary(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """`mask_to_boundary` of the boundary IoU API."""
    ratio = float(random.choice([0.02, 0.1, random.random() / 3]))
    _, h, w = stack.shape
    times = max(int(np.rint(ratio * np.sqrt(h**2 + w**2))), 1)
    kernel, expected = np.ones((3, 3), np.uint8), []
    for mask in stack.astype(np.uint8):
        padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        eroded = cv2.erode(padded, kernel, iterations=times)
        expected.append(mask - eroded[1 : h + 1, 1 : w + 1])
    same(rles.boundary(ratio, threads=threads), encoded(np.array(expected)))


# Parts


def labelled(stack: np.ndarray, connectivity: int) -> tuple[np.ndarray, int]:
    """Parts numbered from 1 on: mask by mask, and column by column of their first pixels."""
    in_plane = np.pad(STRUCTURES[connectivity], [(1, 1), (0, 0), (0, 0)])
    labels, n = ndimage.label(stack.transpose(0, 2, 1), in_plane)
    return labels.transpose(0, 2, 1), n


def _connectivity(random: Generator) -> int:
    return int(random.choice([4, 8]))


def connected_components(
    random: Generator, stack: np.ndarray, rles: RleArray, threads: int
) -> None:
    connectivity = _connectivity(random)
    labels, n = labelled(stack, connectivity)
    got = rles.connected_components(connectivity, threads=threads)
    parents = ndimage.maximum(np.arange(len(stack))[:, None, None], labels, np.arange(1, n + 1))
    assert got.parent.tolist() == np.asarray(parents).tolist()
    assert got.area.tolist() == np.bincount(labels.ravel(), minlength=n + 1)[1:].tolist()
    some = np.unique(random.integers(0, n, min(n, 40)))
    same(got.masks[some], encoded(labels[got.parent[some]] == some[:, None, None] + 1))


def remove_small(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    connectivity, least = _connectivity(random), int(random.integers(0, 30))
    labels, n = labelled(stack, connectivity)
    stays = np.bincount(labels.ravel(), minlength=n + 1) >= least
    got = rles.remove_small(least, connectivity=connectivity, threads=threads)
    same(got, encoded(stays[labels] & stack))


def largest_component(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    connectivity, expected = _connectivity(random), np.zeros_like(stack)
    labels, n = labelled(stack, connectivity)
    areas = np.bincount(labels.ravel(), minlength=n + 1)
    for i, own in enumerate(labels):
        numbers = np.unique(own[own > 0])
        if len(numbers) > 0:
            expected[i] = own == numbers[areas[numbers].argmax()]  # the first of those as large
    got = rles.largest_component(connectivity=connectivity, threads=threads)
    same(got, encoded(expected))


def fill_holes(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    filled = [ndimage.binary_fill_holes(mask) for mask in stack]
    same(rles.fill_holes(threads=threads), encoded(np.array(filled)))
    connectivity, most = _connectivity(random), int(random.integers(0, 30))
    labels, n = labelled(~stack, connectivity)
    small = np.bincount(labels.ravel(), minlength=n + 1) <= most
    for side in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        small[side] = False
    small[0] = False
    got = rles.fill_holes(most, connectivity=connectivity, threads=threads)
    same(got, encoded(stack | small[labels]))


# Measures


POWERS = np.array([(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)])


def sums(stack: np.ndarray) -> np.ndarray:
    """The ten moments of each mask."""
    _, h, w = stack.shape
    x = np.arange(w) ** POWERS[:, :1]
    y = np.arange(h) ** POWERS[:, 1:]
    return np.einsum("nhw,kh,kw->nk", stack.astype(int), y, x, optimize=True)


def moments(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    got = rles.moments(threads=threads)
    np.testing.assert_array_equal(got, sums(stack))
    names = ["m00", "m10", "m01", "m20", "m11", "m02", "m30", "m21", "m12", "m03"]
    for mask, row in zip(stack[:3], got, strict=False):
        theirs = cv2.moments(mask.astype(np.uint8), binaryImage=True)
        assert row.tolist() == [theirs[name] for name in names]


def centroid(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    areas, x, y = sums(stack)[:, :3].T
    with np.errstate(invalid="ignore"):
        expected = np.stack([x / areas, y / areas], 1)
    np.testing.assert_array_equal(rles.centroid(threads=threads), expected)


def orientation(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """The eigenvector of OpenCV's central moments that has the larger eigenvalue."""
    for mask, angle in zip(stack[:10], rles.orientation(threads=threads), strict=False):
        m = cv2.moments(mask.astype(np.uint8), binaryImage=True)
        if m["m00"] == 0:
            assert np.isnan(angle)
            continue
        spread = np.array([[m["mu20"], m["mu11"]], [m["mu11"], m["mu02"]]])
        axis = np.array([np.cos(angle), np.sin(angle)])
        largest = np.linalg.eigvalsh(spread)[-1]
        assert -np.pi / 2 <= angle <= np.pi / 2
        np.testing.assert_allclose(axis @ spread @ axis, largest, rtol=1e-9, atol=1e-6)


def perimeter(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    padded = np.pad(stack, [(0, 0), (1, 1), (1, 1)]).astype(np.int8)
    expected = sum(np.abs(np.diff(padded, axis=axis)).sum((1, 2), dtype=int) for axis in (1, 2))
    np.testing.assert_array_equal(rles.perimeter(threads=threads), expected)


def extreme_points(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    got = rles.extreme_points(threads=threads).tolist()
    for mask, points in zip(stack, got, strict=True):
        y, x = np.nonzero(mask)
        if len(x) == 0:
            assert points == [[-1, -1]] * 4
            continue
        left, right = x.min(), x.max()
        top, bottom = y.min(), y.max()
        assert points == [
            [left, y[x == left].min()],
            [x[y == top].min(), top],
            [right, y[x == right].min()],
            [x[y == bottom].min(), bottom],
        ]


def convex_hull(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    for mask, hull in zip(stack, rles.convex_hull(), strict=True):
        y, x = np.nonzero(mask)
        if len(x) == 0:
            assert len(hull) == 0
            continue
        points = np.stack([x, y], 1)
        corners = np.concatenate([points + np.array([i, j]) for i in (0, 1) for j in (0, 1)])
        expected = cv2.convexHull(corners.astype(np.int32), clockwise=True)[:, 0]
        assert sorted(hull.tolist()) == sorted(expected.tolist())


def largest_inner_rectangle(
    random: Generator, stack: np.ndarray, rles: RleArray, threads: int
) -> None:
    """Every pair of columns: the longest run of rows that are foreground between them."""
    n, h, w = stack.shape
    rows = np.arange(1, h + 1)
    best = np.zeros((n, 5), int)  # -area, x, y, width, height: the least wins
    for left in range(w):
        inside = np.ones((n, h), bool)
        for right in range(left, w):
            inside &= stack[:, :, right]
            if not inside.any():
                break
            gaps = np.maximum.accumulate(np.where(inside, 0, rows), axis=1)
            lengths = rows - gaps
            end = lengths.argmax(1)  # the topmost of those as long
            tall = lengths[np.arange(n), end]
            width = right - left + 1
            found = np.stack(
                [-tall * width, 0 * end + left, end + 1 - tall, 0 * end + width, tall], 1
            )
            before = found[:, 0] < best[:, 0]  # what comes first in our order stays
            equal = (found[:, 0] == best[:, 0]) & (found[:, 0] < 0) & (best[:, 1] == left)
            before |= equal & (found[:, 2] < best[:, 2])
            best[before] = found[before]
    np.testing.assert_array_equal(rles.largest_inner_rectangle(threads=threads), best[:, 1:])


def contains(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    _, h, w = stack.shape
    points = random.random((20, 2)) * [w + 4, h + 4] - 2
    points[:5] = np.floor(points[:5])
    x, y = np.floor(points).astype(int).T
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    expected = stack[:, y.clip(0, h - 1), x.clip(0, w - 1)] & inside
    np.testing.assert_array_equal(rles.contains(points, threads=threads), expected)


# Which of several


def _in_common(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = stack.reshape(len(stack), -1).astype(float)
    return flat @ flat.T, flat.sum(1)


def overlap(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    common, areas = _in_common(stack)
    a, b = areas[:, None], areas[None]
    whole = {"iou": a + b - common, "iomin": np.minimum(a, b), "dice": (a + b) / 2}
    for measure, divisor in whole.items():
        got = rles.overlap(rles, measure=measure, threads=threads)
        expected = np.divide(common, divisor, out=np.zeros_like(common), where=divisor > 0)
        np.testing.assert_array_equal(got, expected)
    got = rles.overlap(rles, measure="intersection", threads=threads)
    np.testing.assert_array_equal(got, common)


def _shares_of(random: Generator, stack: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """IoUs of those of one class (0 with others), scores of which some are equal, classes."""
    common, areas = _in_common(stack)
    union = areas[:, None] + areas - common
    shares = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    classes = random.integers(0, 2, len(stack))
    shares[classes[:, None] != classes] = 0
    return shares, random.integers(1, 30, len(stack)) / 30, classes


def _suppressed(shares: np.ndarray, scores: np.ndarray, threshold: float) -> dict[int, list[int]]:
    kept: dict[int, list[int]] = {}
    for i in np.argsort(-scores, kind="stable").tolist():
        keeper = next((k for k in kept if shares[i, k] > threshold), None)
        if keeper is None:
            kept[i] = [i]
        else:
            kept[keeper].append(i)
    return kept


def nms(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    shares, scores, classes = _shares_of(random, stack)
    kept = _suppressed(shares, scores, 0.2)
    got = rles.nms(scores, 0.2, classes=classes, threads=threads)
    assert got.tolist() == list(kept)


def merge_nms(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    shares, scores, classes = _shares_of(random, stack)
    kept = _suppressed(shares, scores, 0.2)
    merged, stay = rles.merge_nms(scores, 0.2, classes=classes, threads=threads)
    assert stay.tolist() == list(kept)
    same(merged, encoded(np.array([stack[own].any(0) for own in kept.values()])))


def soft_nms(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    shares, scores, classes = _shares_of(random, stack)
    left, alive, taken, lowered = scores.copy(), np.ones(len(scores), bool), [], []
    while alive.any():
        best = int(np.where(alive, left, -np.inf).argmax())
        if left[best] < 0.05:
            break
        alive[best] = False
        taken.append(best)
        lowered.append(left[best])
        left[alive] *= np.exp(-(shares[best, alive] ** 2) / 0.5)
    kept, got = rles.soft_nms(scores, classes=classes, min_score=0.05, threads=threads)
    if not np.array_equal(kept, taken):  # numpy's exp differs from ours in the last bit
        assert sorted(kept.tolist()) == sorted(taken)
    np.testing.assert_allclose(got, lowered, rtol=1e-12)


# In and out


def from_positions(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    flat = stack.transpose(0, 2, 1).reshape(len(stack), -1).astype(np.int8)
    mask, positions = np.nonzero(np.diff(flat, axis=1, prepend=np.int8(0)))
    offsets = mask.searchsorted(range(len(stack) + 1))
    same(RleArray.from_positions(positions, offsets, stack.shape[1:]), rles)


def paste(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """Bilinear interpolation by scipy, 0 around the grid; but where doubles differ by rounding."""
    _, h, w = stack.shape
    grids = random.random((5, int(random.integers(1, 9)), int(random.integers(1, 9))))
    grids = grids.astype(np.float32)
    corner, sides = random.random((5, 2)) * 40 - 9, random.random((5, 2)) * 40 + 0.1
    got = RleArray.paste(grids, np.hstack([corner, sides]), (h, w), threads=threads)
    y, x = np.mgrid[:h, :w] + 0.5
    for grid, (left, top), (wide, tall), ours in zip(
        grids, corner, sides, got.decode(layout="NHW"), strict=True
    ):
        # A frame of zeros: scipy has nothing between the last cell and what lies outside.
        places = [
            (y - top) / tall * grid.shape[0] - 0.5 + 1,
            (x - left) / wide * grid.shape[1] - 0.5 + 1,
        ]
        scores = ndimage.map_coordinates(
            np.pad(grid.astype(float), 1), places, order=1, mode="constant"
        )
        sure = abs(scores - 0.5) > 1e-9
        np.testing.assert_array_equal(ours[sure], (scores >= 0.5)[sure])


def from_label_map(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    """Painted by numpy, read back by equality; as an array and as a PNG by OpenCV."""
    labels = np.zeros(stack.shape[1:], np.uint16)
    for number, mask in enumerate(stack[:9]):
        labels[mask] = 7 + 300 * number
    numbers = np.unique(labels[labels > 0])
    expected = encoded((labels == numbers[:, None, None]).reshape(-1, *labels.shape))
    ok, png = cv2.imencode(".png", labels)
    assert ok
    for masks, found in (
        RleArray.from_label_map(labels, threads=threads),
        RleArray.from_label_png(png.tobytes()),
    ):
        assert found.tolist() == numbers.tolist()
        same(masks, expected)
    if len(numbers) > 0:
        back = np.frombuffer(expected.to_label_png(numbers), np.uint8)
        np.testing.assert_array_equal(cv2.imdecode(back, cv2.IMREAD_UNCHANGED), labels)


def set_operations(random: Generator, stack: np.ndarray, rles: RleArray, threads: int) -> None:
    other = np.roll(stack, 1, axis=0)
    others = encoded(other)
    same(rles | others, encoded(stack | other))
    same(rles & others, encoded(stack & other))
    same(rles - others, encoded(stack & ~other))
    same(rles ^ others, encoded(stack ^ other))
    same(~rles, encoded(~stack))


def _all() -> Iterable[Twin]:
    yield from (
        flip,
        transpose,
        read_by_rows,
        rotate90,
        crop,
        pad,
        shift,
        crop_to_bbox,
        uncrop,
        resize,
    )
    yield from (warp_affine, paste, outline, boundary)
    yield _changed("dilate", [False])
    yield _changed("erode", [True])
    yield _changed("open", [True, False])
    yield _changed("close", [False, True])
    yield from (connected_components, remove_small, largest_component, fill_holes)
    yield from (moments, centroid, orientation, perimeter, extreme_points, convex_hull)
    yield from (largest_inner_rectangle, contains, overlap, nms, merge_nms, soft_nms)
    yield from (from_positions, from_label_map, set_operations)


TWINS = {twin.__name__: twin for twin in _all()}
