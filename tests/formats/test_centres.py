"""Walks over pixel centres, OpenCV's filling, runs along rows, patches and brushes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.reference.formats import brush_bits, fill_ring, trainer_pixels

import cocodec._core as _core
from cocodec import CocodecError, Document, RleArray, RleError
from cocodec.formats import yolo
from support.format_documents import masks, official

RNG = np.random.default_rng(7)


def fill(points: Any, height: int, width: int) -> Any:
    xy = np.array(points, np.int32).reshape(-1)
    runs = _core.fill_centres(xy, np.array([0, len(xy) // 2]), np.array([[height, width]]))
    mask = RleArray._wrap(runs)
    dense = mask.decode(layout="HW")
    assert mask.counts.tolist() == RleArray.encode(dense).counts.tolist()
    return dense


def test_fill_is_the_reference() -> None:
    for _ in range(1500):
        height, width, n = RNG.integers(1, 25, 3).tolist()
        points = [(int(RNG.integers(width)), int(RNG.integers(height))) for _ in range(n)]
        assert (fill(points, height, width) == fill_ring(points, height, width)).all(), points


@pytest.mark.skipif(importlib.util.find_spec("cv2") is None, reason="OpenCV is not installed")
def test_fill_is_opencv_also_outside_of_the_image() -> None:
    import cv2  # type: ignore[import-not-found, unused-ignore]

    for k in range(3000):
        height, width = RNG.integers(1, 60, 2).tolist()
        n = int(RNG.integers(1, 9))
        far = 5 if k % 2 else 200
        xs = RNG.integers(-far, width + far, n)
        ys = RNG.integers(-far, height + far, n)
        points = np.stack([xs, ys], axis=1).astype(np.int32)
        expected = np.zeros((height, width), np.uint8)
        cv2.fillPoly(expected, [points], 1)
        assert (fill(points, height, width) == expected).all(), points.tolist()


def lattice_walk(random: Any, height: int, width: int, length: int) -> list[tuple[int, int]]:
    """A closed walk of level and upright edges, and of steps over corners; it crosses itself."""
    x, y = int(random.integers(width)), int(random.integers(height))
    points = [(x, y)]
    for _ in range(length):
        kind = random.integers(5)
        if kind == 4:
            to = x + int(random.choice([-1, 1])), y + int(random.choice([-1, 1]))
            if not (0 <= to[0] < width and 0 <= to[1] < height):
                continue
        elif kind % 2:
            to = int(random.integers(width)), y
        else:
            to = x, int(random.integers(height))
        points.append(to)
        x, y = to
    return [*points, (points[0][0], y)]


def test_walks_on_the_lattice_are_the_reference() -> None:
    for _ in range(3000):
        height, width, length = RNG.integers(1, 15, 3).tolist()
        points = lattice_walk(RNG, height, width, length)
        assert (fill(points, height, width) == fill_ring(points, height, width)).all(), points


def test_walks_on_the_lattice_and_others_are_filled_alike() -> None:
    """Also behind the right and the lower edge, and with links: an edge there and back that is
    neither level nor upright, and far outside, is all that the slow way needs.
    """
    for _ in range(3000):
        height, width, length = RNG.integers(1, 15, 3).tolist()
        points = lattice_walk(RNG, height + 1, width + 1, length)
        points = [one for one in points if one[0] <= width and one[1] <= height]
        links = np.zeros(len(points), np.uint8)
        if RNG.random() < 0.5:  # to somewhere, and back
            at = int(RNG.integers(len(points)))
            there = int(RNG.integers(width)), int(RNG.integers(height))
            points = [*points[: at + 1], there, *points[at:]]
            links = np.zeros(len(points), np.uint8)
            links[at : at + 2] = 1
        size = np.array([[height, width]])

        def filled(walk: Any, flags: Any, size: Any = size) -> RleArray:
            xy = np.array(walk, np.int32).ravel()
            return RleArray._wrap(_core.fill_centres(xy, np.array([0, len(walk)]), size, flags))

        around = [points[-1], (-500, -1000), points[-1]]
        flags = np.concatenate([links[:-1], [0, 0, links[-1]]]).astype(np.uint8)
        one, other = filled(points, links), filled([*points[:-1], *around], flags)
        spur = filled(around, None)  # what it paints on its way out
        assert (one.decode() | spur.decode() == other.decode() | spur.decode()).all(), points


def test_links_that_do_not_come_back_are_no_pair() -> None:
    """What a file makes look like a link, and is none, is filled as the slow way fills it."""
    points = [(1, 1), (6, 1), (6, 6), (1, 6)]
    xy, size = np.array(points, np.int32).ravel(), np.array([[9, 9]])
    flags = np.array([0, 1, 0, 0], np.uint8)
    found = RleArray._wrap(_core.fill_centres(xy, np.array([0, 4]), size, flags))
    expected = np.zeros((9, 9), np.uint8)
    expected[[1, 6], 1:7] = expected[1:7, 1] = 1
    assert (found.decode(layout="HW") == expected).all()


def test_shares_are_filled_as_a_trainer_fills_them() -> None:
    for _ in range(500):
        height, width = RNG.integers(1, 60, 2).tolist()
        n = int(RNG.integers(3, 9))
        shares = RNG.random(2 * n) * 1.2 - 0.1
        at = RNG.random(n) < 0.3
        quarter = (RNG.integers(0, [width, height], (n, 2)) + 0.25) / [width, height]
        shares = np.where(at[:, None], quarter, shares.reshape(-1, 2)).ravel()
        xy, links = trainer_pixels(shares, width, height)
        size = np.array([[height, width]])
        expected = _core.fill_centres(xy.ravel(), np.array([0, n]), size, links)
        values = np.concatenate([[7.0], shares, [9.0]])
        found = _core.fill_shares(values, np.array([1]), np.array([2 * n]), size)
        assert RleArray._wrap(found) == RleArray._wrap(expected), shares.tolist()


def walks(batch: RleArray, threads: int = 0) -> tuple[Any, Any, Any]:
    return _core.trace_centres(batch._runs, threads)[:3]


def test_a_walk_fills_to_its_mask() -> None:
    for k in range(3000):
        height, width = RNG.integers(1, 14, 2).tolist()
        mask = RleArray.encode((RNG.random((height, width)) < RNG.random()).astype(np.uint8))
        xy, offsets, links = walks(mask)
        back = RleArray._wrap(_core.fill_centres(xy, offsets, mask.sizes, links))
        assert back == mask, k
        painted = RleArray._wrap(_core.fill_centres(xy, offsets, mask.sizes))
        assert int(mask.difference(painted).area()[0]) == 0
        beyond = _core.trace_centres(mask._runs)[3]
        assert beyond.tolist() == painted.difference(mask).area().tolist()
        if not links.any():
            assert painted == mask


def test_only_parts_that_do_not_touch_are_linked() -> None:
    hole, parts, corner, pixel, line, _ = (RleArray.encode(mask) for mask in masks()[:6])
    for mask in (hole, corner, pixel, line):
        assert not walks(mask)[2].any()
    assert walks(parts)[2].sum() == 2  # there and back
    xy, offsets, _ = walks(parts)
    painted = RleArray._wrap(_core.fill_centres(xy, offsets, parts.sizes))
    gap = max(10 - 4, 8 - 3) - 1
    assert int(painted.area()[0] - parts.area()[0]) == gap


def test_threads_change_nothing() -> None:
    batch = RleArray.concatenate([RleArray.encode(mask) for mask in masks() * 20])
    one, many = walks(batch, 1), walks(batch, 3)
    assert all((a == b).all() for a, b in zip(one, many, strict=True))


def test_the_official_file() -> None:
    found = official().masks().masks
    xy, offsets, links = walks(found)
    assert RleArray._wrap(_core.fill_centres(xy, offsets, found.sizes, links)) == found
    painted = RleArray._wrap(_core.fill_centres(xy, offsets, found.sizes))
    beyond = painted.symmetric_difference(found).area()
    assert _core.trace_centres(found._runs)[3].tolist() == beyond.tolist()
    wrong = beyond > 0
    assert int((~wrong).sum()) == 758
    assert wrong.tolist() == [pieces(mask) > 1 for mask in found]


def pieces(mask: RleArray) -> int:
    """How many pieces a mask has for a walk that may leave the image to the right and below.

    A walk goes round all of them and paints the pixels on its way, so with two pieces or more no
    walk at all is filled to the mask.
    """
    from scipy.ndimage import label

    beyond = np.pad(np.asarray(mask.decode(layout="HW")), ((0, 1), (0, 1)), constant_values=1)
    labels, _ = label(beyond, np.ones((3, 3)))
    return len(np.unique(labels[:-1, :-1][beyond[:-1, :-1] != 0]))


def test_a_walk_is_exact_wherever_one_can_be() -> None:
    outside = 0
    for k in range(2000):
        height, width = RNG.integers(1, 14, 2).tolist()
        mask = RleArray.encode((RNG.random((height, width)) < RNG.random() / 2).astype(np.uint8))
        xy, offsets, links = walks(mask)
        points = xy.reshape(-1, 2)
        assert (points >= 0).all()
        assert (points <= (width, height)).all()
        painted = RleArray._wrap(_core.fill_centres(xy, offsets, mask.sizes))
        assert (painted == mask) == (pieces(mask) <= 1), k
        assert links.any() == (pieces(mask) > 1)
        outside += int(not links.any() and (points >= (width, height)).any())
    assert outside > 50


def test_parts_at_the_rim_are_joined_behind_it(tmp_path: Path) -> None:
    dense = np.zeros((20, 31), np.uint8)
    dense[2:6, 20:31] = dense[9:12, 28:31] = dense[15:20, 3:9] = 1
    mask = RleArray.encode(dense)
    row = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": mask.to_coco()[0]}
    document = Document.from_rows(
        images=[{"id": 1, "file_name": "a.jpg", "height": 20, "width": 31}],
        annotations=[row],
        categories=[{"id": 1, "name": "a"}],
    )
    assert yolo.write(document, tmp_path / "a").is_lossless
    text = (tmp_path / "a/labels/train/a.txt").read_text()
    shares = np.array(text.split()[1:], np.float32).reshape(-1, 2)
    assert shares.min() >= 0
    assert shares.max() == 1
    points = (shares * np.array([31, 20], np.float32)).astype(np.int32).tolist()
    filled = fill_ring([(x, y) for x, y in points], 21, 32)  # with what is behind the rim
    assert (filled[:20, :31] == dense).all()
    assert yolo.read(tmp_path / "a").masks().masks == mask


def test_very_many_parts_are_linked_too() -> None:
    dots = np.zeros((300, 300), np.uint8)
    dots[::2, ::2] = 1
    mask = RleArray.encode(dots)
    xy, offsets, links = walks(mask)
    assert RleArray._wrap(_core.fill_centres(xy, offsets, mask.sizes, links)) == mask


@pytest.mark.parametrize(
    ("xy", "offsets", "sizes"),
    [([0, 0, 1], [0, 1], [[2, 2]]), ([0, 0], [0, 2], [[2, 2]]), ([0, 0], [1, 1], [[2, 2]]),
     ([0, 0], [0, 1], [[2, 2], [2, 2]]), ([0, 0], [0, 1], [[-1, 2]]),
     ([2**31 - 1, 0], [0, 1], [[2, 2]])],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(xy: Any, offsets: Any, sizes: Any) -> None:
    with pytest.raises(ValueError, match=r"pairs|offsets|sizes|points|beyond|size|length"):
        _core.fill_centres(np.array(xy, np.int32), np.array(offsets), np.array(sizes))


@pytest.mark.parametrize("share", [np.nan, -np.nan])
def test_a_share_that_is_no_number_is_refused(share: float) -> None:
    shares = np.array([0.1, 0.1, share, 0.5, 0.5, 0.5])
    where = (np.array([0]), np.array([6]), np.array([[9, 11]]))
    with pytest.raises(CocodecError, match="beyond"):
        _core.fill_shares(shares, *where)


def test_a_walk_of_too_many_pixels_is_refused() -> None:
    side = 1 << 20
    points = np.array([[0, 0], [side - 1, side - 1]] * 200, np.int32)
    with pytest.raises(ValueError, match="2\\^26"):
        _core.fill_centres(points.ravel(), np.array([0, 400]), np.array([[side, side]]))


def test_transpose_place_and_crop_are_numpys() -> None:
    for _ in range(500):
        height, width = RNG.integers(1, 30, 2).tolist()
        dense = (RNG.random((height, width)) < RNG.random()).astype(np.uint8)
        mask = RleArray.encode(dense)
        turned = mask.transpose()
        assert (turned.decode(layout="HW") == dense.T).all()
        assert (
            turned.counts.tolist() == RleArray.encode(np.ascontiguousarray(dense.T)).counts.tolist()
        )
        left, top = RNG.integers(-8, 8, 2).tolist()
        placed = mask.crop((-left, -top, 20, 25))
        padded = np.zeros((100, 100), np.uint8)
        padded[40 + top : 40 + top + height, 40 + left : 40 + left + width] = dense
        assert (placed.decode(layout="HW") == padded[40:65, 40:60]).all()
        x, y = int(RNG.integers(width)), int(RNG.integers(height))
        w, h = int(RNG.integers(1, width - x + 1)), int(RNG.integers(1, height - y + 1))
        cut = mask.crop((x, y, w, h))
        assert (cut.decode(layout="HW") == dense[y : y + h, x : x + w]).all()


def test_transpose_of_sparse_and_of_dense_masks_agree() -> None:
    sparse = np.zeros((400, 300), np.uint8)
    sparse[5:200, 7:150] = 1
    noise = (RNG.random((400, 300)) < 0.5).astype(np.uint8)
    for dense in (sparse, noise):
        turned = RleArray.encode(dense).transpose()
        assert (turned.decode(layout="HW") == dense.T).all()


def test_rows_that_would_fill_the_memory_are_refused() -> None:
    side = 1 << 20  # every other row full: 2 * 2^19 * 2^20 changes
    counts = np.full(1 << 10, side)
    rows = RleArray.from_runs(counts, [0, len(counts)], [(side, len(counts))])
    with pytest.raises(ValueError, match='the limit "columns"'):
        rows.transpose()


def brush(mask: RleArray) -> bytes:
    return _core.encode_brushes(mask._runs)[0]


def test_brush_streams_are_the_references() -> None:
    for _ in range(200):
        height, width = RNG.integers(1, 20, 2).tolist()
        dense = (RNG.random((height, width)) < RNG.random()).astype(np.uint8)
        mask = RleArray.encode(dense)
        stream = brush(mask)
        count, values = brush_bits(stream)
        assert count == 4 * height * width
        rgba = np.array(values).reshape(height, width, 4)
        assert (rgba == dense[:, :, None] * 255).all()
        back = _core.decode_brushes([stream], mask.sizes)
        assert RleArray._wrap(back) == mask


def test_brushes_with_literals_and_soft_alpha() -> None:
    bits = f"{8:032b}{7:05b}" + "".join(f"{n - 1:04b}" for n in (3, 4, 8, 16))
    bits += "0" + "00" + f"{7:03b}" + "".join(f"{v:08b}" for v in (9, 9, 9, 0, 1, 1, 1, 77))
    stream = int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")
    for threshold, expected in ((1, [0, 1]), (78, [0, 0])):
        runs = _core.decode_brushes([stream], np.array([[1, 2]]), threshold)
        assert RleArray._wrap(runs).decode(layout="HW").tolist() == [expected]


def spelled_brush(values: list[int], word: int, lengths: list[int]) -> bytes:
    """A stream of these values, in chunks of either kind and any length."""
    bits = f"{len(values):032b}{word - 1:05b}" + "".join(f"{n - 1:04b}" for n in lengths)
    at = 0
    while at < len(values):
        kind, is_literal = int(RNG.integers(4)), bool(RNG.random() < 0.3)
        most = min(1 << lengths[kind], len(values) - at)
        alike = next((k for k in range(1, most) if values[at + k] != values[at]), most)
        n = int(RNG.integers(1, most + 1)) if is_literal else alike
        bits += f"{0 if is_literal else 1}{kind:02b}{n - 1:0{lengths[kind]}b}"
        bits += "".join(f"{one:0{word}b}" for one in values[at : at + (n if is_literal else 1)])
        at += n
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8, "big")


def test_brushes_of_any_words_and_lengths() -> None:
    for k in range(300):
        height, width = RNG.integers(1, 90 if k < 20 else 12, 2).tolist()
        word = int(RNG.choice([1, 3, 8, 16, 32]))
        lengths = [3, 4, 8, 16] if k % 2 else RNG.integers(1, 17, 4).tolist()
        alpha = RNG.integers(0, 1 << word, (height, width)) * (RNG.random((height, width)) < 0.6)
        values = np.repeat(alpha.ravel(), 4).tolist()
        stream = spelled_brush(values, word, lengths)
        assert brush_bits(stream) == (len(values), values)
        threshold = int(RNG.integers(0, min(255, 1 << word)))
        found = RleArray._wrap(_core.decode_brushes([stream], np.array([alpha.shape]), threshold))
        assert found == RleArray.encode((alpha >= threshold).astype(np.uint8))


def test_truncated_and_lying_brushes_are_refused() -> None:
    mask = RleArray.encode(masks()[5])
    stream = brush(mask)
    for cut in range(len(stream) - 1):
        with pytest.raises(RleError, match=r"too early|values"):
            _core.decode_brushes([stream[:cut]], mask.sizes)
    with pytest.raises(RleError, match="four a pixel"):
        _core.decode_brushes([stream], mask.sizes + 1)
    for k in range(200):  # no crash, whatever the bits
        broken = bytearray(stream)
        broken[int(RNG.integers(4, len(stream)))] ^= 1 << int(RNG.integers(8))
        try:
            runs = _core.decode_brushes([bytes(broken)], mask.sizes)
        except RleError:
            continue
        assert RleArray._wrap(runs).sizes.tolist() == mask.sizes.tolist(), k
