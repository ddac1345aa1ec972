"""One test for each entry of DIFFERENCES.md, named like it. Where it is safe, both are asked."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from identical import identical

import oracle
import reference
from cocodec import PolygonError, RleArray, RleError
from cocodec.pycocotools import _mask, mask
from reference import Mask

H, W = 20, 30
TRIANGLE = [2.0, 2, 12, 3, 5, 15]
SIDE = 2**31


def rle(runs: list[int], h: int = 1, w: int = 1) -> dict[str, object]:
    return {"size": [h, w], "counts": reference.to_string(runs)}


GOOD = rle([100, 50, 450], H, W)
SHORT = rle([40, 7], H, W)
LONG = rle([600, 7], H, W)


def test_every_entry_has_its_test():
    text = Path(__file__).with_name("DIFFERENCES.md").read_text(encoding="utf-8")
    titles = re.findall(r"^### (.*)$", text, re.MULTILINE)
    wanted = ["test_" + re.sub(r"[^a-z0-9]+", "_", title.lower()) for title in titles]
    tests = [name for name in vars(sys.modules[__name__]) if name.startswith("test_")]
    assert sorted(wanted) == sorted(set(tests) - {"test_every_entry_has_its_test"})


# Runs and counts strings


def test_runs_that_do_not_cover_the_image():
    for given in (SHORT, [SHORT], [GOOD, SHORT]):
        with pytest.raises(ValueError, match="runs cover 47 of 600 pixels"):
            mask.decode(given)


def test_runs_that_cover_more_than_the_image():
    for given in (LONG, [GOOD, LONG]):
        with pytest.raises(ValueError, match="Invalid RLE"):
            oracle.decode(given)
        with pytest.raises(ValueError, match="runs cover 607 of 600 pixels"):
            mask.decode(given)
    assert oracle.decode([rle([2, 2], 1, 3), rle([2], 1, 3)]).shape == (1, 3, 2)
    with pytest.raises(ValueError, match="mask 0: runs cover 4 of 3 pixels"):
        mask.decode([rle([2, 2], 1, 3), rle([2], 1, 3)])


def test_broken_runs_elsewhere():
    assert oracle.area(SHORT) == 7
    assert oracle.frPyObjects({"size": [H, W], "counts": [40, 7]}, H, W) == SHORT
    for broken, total in [(SHORT, 47), (LONG, 607), (rle([], H, W), 0)]:
        runs = {"size": [H, W], "counts": reference.from_string(broken["counts"])}
        for call in (
            lambda b=broken: mask.area(b),
            lambda b=broken: mask.area([GOOD, b]),
            lambda b=broken: mask.toBbox(b),
            lambda b=broken: mask.merge([b]),
            lambda b=broken: mask.merge([GOOD, b], intersect=1),
            lambda b=broken: mask.iou([GOOD], [GOOD, b], [0, 0]),
            lambda b=broken: mask.iou([b], [GOOD], [1]),
            lambda r=runs: mask.frPyObjects(r, H, W),
            lambda r=runs: _mask.frUncompressedRLE([r], H, W),
        ):
            with pytest.raises(RleError, match=f"runs cover {total} of 600 pixels"):
                call()


@pytest.mark.parametrize(
    "text, message",
    [
        (b"34P", "ends inside the number that starts at index 2"),
        (b"o" * 50, "7 chars at index 0"),
        (b"34 ", "byte 0x20 at index 2"),
        (b"3\x004", "byte 0x00 at index 1"),
        (b"34p", "'p' at index 2"),
        (b"34/", "'/' at index 2"),
        (b"34\xff", "byte 0xFF at index 2"),
        ("34\u20ac", "index 2"),
        ("34\ud800", "."),
        (b"oooooooooo0", "7 chars at index 0"),
    ],
)
def test_broken_strings(text, message):
    for call in (mask.decode, mask.area, mask.toBbox, lambda r: mask.merge([r])):
        with pytest.raises(ValueError, match=message):
            call({"size": [H, W], "counts": text})


def test_runs_out_of_range():
    with pytest.raises(OverflowError):
        oracle.frPyObjects({"size": [H, W], "counts": [5, -5, 600]}, H, W)
    for runs, message in [([5, -5, 600], "run 1 is -5"), ([2**32], "run 0 is 4294967296")]:
        given = {"size": [H, W], "counts": runs}
        for call in (lambda g=given: mask.frPyObjects(g, H, W), lambda g=given: mask.decode(g)):
            with pytest.raises(RleError, match=message):
                call()
        for array in (np.array(runs), np.array(runs, "f8")):
            with pytest.raises((RleError, TypeError)):
                mask.frPyObjects({"size": [H, W], "counts": array}, H, W)
        with pytest.raises(RleError, match=message):
            mask.decode({"size": [H, W], "counts": reference.to_string(runs)})


def test_long_runs_in_strings():
    runs = [1, 2**31, 5, 0, 2**16 - 6]
    text = {"size": [2**31 + 2**16, 1], "counts": reference.to_string(runs)}
    identical(oracle.frPyObjects({**text, "counts": runs}, 1, 1), text)
    assert oracle.area(text) != 2**31
    identical(mask.frPyObjects({**text, "counts": runs}, 1, 1), text)
    assert RleArray.from_coco([text]).counts.tolist() == runs
    identical(mask.area(text), np.uint32(2**31))


def test_runs_that_are_no_whole_numbers():
    given = {"size": [4, 5], "counts": [3.7, 4, 13]}
    assert oracle.frPyObjects(given, 4, 5) == {"size": [4, 5], "counts": b"34="}
    with pytest.raises(RleError, match=r"3\.7"):
        mask.frPyObjects(given, 4, 5)


def test_empty_runs_in_the_middle():
    a, b = rle([1, 0, 0, 3], 1, 4), rle([4], 1, 4)
    identical(mask.merge([a, b]), oracle.merge([a, b]))
    assert mask.merge([a, b])["counts"] == b"1003"
    assert oracle.merge([a, a]) == rle([1], 1, 4)
    assert oracle.iou([a], [a], [0]).tolist() == [[0.0]]
    np.testing.assert_array_equal(mask.decode(mask.merge([a, a])), mask.decode(a))
    np.testing.assert_array_equal(mask.decode(mask.merge([a, a], 1)), mask.decode(a))
    assert mask.iou([a], [a], [0]).tolist() == [[1.0]]
    many = rle([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0], 1, 4)
    for operands in ([many, a], [a, many], [many, many]):
        np.testing.assert_array_equal(
            mask.decode(mask.merge(operands)), mask.decode(operands[0]) | mask.decode(operands[1])
        )


def test_only_empty_runs_of_foreground():
    given = rle([5, 0, 15], 4, 5)
    assert oracle.toBbox(given).max() > 4e9
    identical(mask.toBbox(given), np.zeros((1, 4))[0])


def test_uncompressed_and_compressed_runs_everywhere():
    listed = {"size": [H, W], "counts": reference.from_string(GOOD["counts"])}
    with pytest.raises(TypeError):
        oracle.decode(listed)
    with pytest.raises(ValueError, match="invalid literal"):
        oracle.frPyObjects(GOOD, H, W)
    identical(mask.decode(listed), mask.decode(GOOD))
    identical(mask.area([listed, GOOD]), mask.area([GOOD, GOOD]))
    identical(mask.toBbox(listed), mask.toBbox(GOOD))
    identical(mask.merge([listed, GOOD]), GOOD)
    identical(mask.iou([listed], [GOOD], [0]), oracle.iou([GOOD], [GOOD], [0]))
    identical(mask.frPyObjects(GOOD, 1, 1), GOOD)


# Batches


def test_decode_of_different_sizes():
    with pytest.raises(RleError, match=r"mask 1: .*\[30, 20\]"):
        mask.decode([GOOD, rle([600], W, H)])


def test_decode_of_nothing():
    got = mask.decode([])
    identical(got, np.zeros((0, 0, 0), np.uint8, order="F"))


def test_merge_of_different_sizes():
    operands = [GOOD, rle([600], W, H)]
    assert oracle.merge(operands)["size"] == [0, 0]
    for intersect in (0, 1):
        with pytest.raises(RleError, match=r"mask 1: .*\[30, 20\].*\[20, 30\]"):
            mask.merge(operands, intersect)


def test_empty_lists():
    identical(mask.merge([]), {"size": [0, 0], "counts": b""})
    identical(mask.merge([], intersect=1), {"size": [0, 0], "counts": b""})
    identical(mask.area([]), oracle.area([]))
    identical(mask.toBbox([]), oracle.toBbox([]))


def test_area_of_long_lists():
    identical(mask.area([GOOD] * 300), np.full(300, 50, np.uint32))


def test_areas_above_32_bits():
    given = rle([0, 2**31, 0, 2**31], 2**16, 2**16)
    assert oracle.area(given) == 0
    with pytest.raises(RleError, match="4294967296"):
        mask.area(given)
    assert RleArray.from_coco([given]).area().tolist() == [2**32]


def test_iscrowd_of_another_length():
    for iscrowd in ([], [0, 0]):
        for kind in (AssertionError, ValueError, RleError):
            with pytest.raises(kind, match="same length as gt"):
                mask.iou([GOOD], [GOOD], iscrowd)
        with pytest.raises(AssertionError, match="same length as gt"):
            oracle.iou([GOOD], [GOOD], iscrowd)


def test_boxes_as_tuples():
    boxes = [[0, 0, 2, 2], [1, 1, 2, 2]]
    expected = oracle.iou(boxes, boxes, [0, 0])
    rows = [tuple(box) for box in boxes]
    with pytest.raises(Exception, match="list input"):
        oracle.iou(rows, rows, [0, 0])
    identical(mask.iou(rows, rows, [0, 0]), expected)
    flat = np.array(boxes[0], "f8")
    with pytest.raises(TypeError):
        oracle.iou(flat, boxes, [0, 0])
    identical(mask.iou(flat, np.array(boxes), [0, 0]), oracle.iou(boxes[:1], boxes, [0, 0]))


# Dense masks


def test_values_other_than_0_and_1():
    array = np.array([[0, 1, 2, 0], [0, 3, 255, 0]], np.uint8, order="F")
    assert oracle.encode(array) != oracle.encode(np.asfortranarray(array != 0))
    identical(mask.encode(array), oracle.encode(np.asfortranarray(array != 0)))


def test_other_memory_orders_and_dtypes():
    array = (np.arange(24).reshape(4, 6) % 3 == 0).astype(np.uint8)
    expected = oracle.encode(np.asfortranarray(array))
    for other in (array, array[::-1, ::-1][::-1, ::-1], np.repeat(array, 2, 1)[:, ::2]):
        identical(mask.encode(other), expected)
    for odd in (array, np.asfortranarray(array.astype(np.int8))):
        with pytest.raises(ValueError, match=r"contiguous|dtype"):
            oracle.encode(odd)
        identical(mask.encode(odd), expected)
    identical(mask.encode(np.stack([array, array], 2)), [expected] * 2)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i2", "i8", "u4", "c16", "O"])
def test_masks_of_wide_numbers(dtype):
    array = np.zeros((4, 5), dtype, order="F")
    with pytest.raises(ValueError, match=r"mismatch|dtype"):
        oracle.encode(array)
    for given in (array, array[:, :, np.newaxis]):
        with pytest.raises(TypeError, match=r"cast it to .*\(mask > 0\.5\)"):
            mask.encode(given)


def test_masks_of_another_dimension():
    for array in (np.zeros(4, np.uint8), np.zeros((1, 2, 3, 4), np.uint8)):
        assert oracle.encode(array) is None
        with pytest.raises(ValueError, match="dimensions"):
            mask.encode(array)


def test_images_without_columns():
    [theirs] = oracle.frPyObjects([[0, 0, 2, 0, 2, 2, 0, 2]], 4, 0)
    assert sum(reference.from_string(theirs["counts"])) != 0
    for given in ([[0, 0, 2, 0, 2, 2, 0, 2]], np.array([[0.0, 0, 2, 2]])):
        assert mask.frPyObjects(given, 4, 0) == [{"size": [4, 0], "counts": b"0"}]
        identical(mask.frPyObjects(given, 0, 4), oracle.frPyObjects(given, 0, 4))
        identical(mask.frPyObjects(given, 0, 0), oracle.frPyObjects(given, 0, 0))


def test_absurd_sizes():
    runs = [2**32 - 1] * 3
    for size in ([2**32 - 1, 3], [3, 2**32 - 1]):
        rows = [{"size": size, "counts": reference.to_string(runs)}] * (2**20)
        with pytest.raises((MemoryError, RleError)):
            mask.decode(rows)
    for size in ([2**32, 2**32], [2**63, 1], [10**30, 10**30], [-1, -1], [-(10**30), 1]):
        with pytest.raises((MemoryError, ValueError)):
            mask.decode({"size": size, "counts": b"0"})
        with pytest.raises((MemoryError, ValueError, OverflowError)):
            mask.frPyObjects([TRIANGLE], *size)


def test_runs_above_32_bits():
    whole = reference.ring(TRIANGLE, H, W)
    given = mask.frPyObjects([TRIANGLE], 2**16, 2**15)[0]
    assert mask.area(given) == reference.area(whole)
    assert mask.toBbox(given).tolist() == reference.bbox(whole)
    for size in ((2**16, 2**17), (2**17, 2**16), (SIDE, SIDE)):
        with pytest.raises(RleError, match="32 bits"):
            mask.frPyObjects([TRIANGLE], *size)


# Polygons and boxes


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_coordinates_that_are_not_finite(value):
    with pytest.raises(PolygonError, match=r"ring 0 .* index 3"):
        mask.frPyObjects([[0, 0, 5, value, 5, 5]], H, W)
    with pytest.raises(PolygonError, match="mask 1"):
        mask.frPyObjects([TRIANGLE, [0, 0, 5, value, 5, 5]], H, W)
    with pytest.raises(PolygonError, match="coordinate"):
        mask.frPyObjects(np.array([[0, 0, value, 5]]), H, W)


@pytest.mark.parametrize("far", [1e8, 1e9, 1e14])
def test_far_coordinates(far):
    ring = [-far, -far, 7, -far, 7, far, -far, far]
    expected = reference.ring_sparse(ring, H, W)
    assert mask.frPyObjects([ring], H, W) == [oracle.rle(expected)]
    assert mask.area(oracle.rle(expected)) == 7 * H
    slanted = [-far, 3, far, 11, far, far, -far, far]
    expected = reference.ring_sparse(slanted, H, W)
    assert mask.frPyObjects([slanted], H, W) == [oracle.rle(expected)]
    with pytest.raises(PolygonError):
        mask.frPyObjects([[1e300, *ring[1:]]], H, W)


def test_odd_numbers_of_coordinates():
    given = [[*TRIANGLE, 99.0]]
    identical(mask.frPyObjects(given, H, W), oracle.frPyObjects(given, H, W))
    identical(mask.frPyObjects(given, H, W), mask.frPyObjects([TRIANGLE], H, W))


def test_rings_that_cover_nothing():
    empty = oracle.rle(Mask([H * W], H, W))
    for nothing in ([[]], [[1, 1]], [[1, 1, 2]], []):
        with pytest.raises(Exception, match=r"not supported|out of range"):
            oracle.frPyObjects(nothing, H, W)
        assert mask.frPyObjects(nothing, H, W) == [empty]
    assert mask.frPyObjects([[], TRIANGLE], H, W)[0] == empty
    identical(mask.frPyObjects([[], TRIANGLE], H, W)[1:], oracle.frPyObjects([TRIANGLE], H, W))


def test_boxes_as_lists():
    boxes = [[1, 2, 3, 4], [0, 0, 5.5, 6]]
    expected = oracle.frPyObjects(np.array(boxes, "f8"), H, W)
    with pytest.raises(TypeError):
        oracle.frPyObjects(boxes, H, W)
    identical(mask.frPyObjects(boxes, H, W), expected)
    identical(mask.frPyObjects(boxes[:1], H, W), expected[:1])
    identical(mask.frPyObjects([tuple(box) for box in boxes], H, W), expected)
    identical(_mask.frBbox(boxes, H, W), expected)
    mixed = [TRIANGLE, [1, 2, 3, 4]]  # the second row: two points, which cover nothing
    identical(mask.frPyObjects(mixed, H, W), oracle.frPyObjects(mixed, H, W))
    identical(mask.frPyObjects(mixed[::-1], H, W), oracle.frPyObjects(mixed, H, W)[::-1])


@pytest.mark.parametrize("dtype", ["f4", "i8", "u1"])
def test_boxes_of_any_dtype(dtype):
    boxes = np.array([[1, 2, 3, 4], [0, 0, 5, 6]])
    with pytest.raises(ValueError, match="mismatch"):
        oracle.frPyObjects(boxes.astype(dtype), H, W)
    expected = oracle.frPyObjects(boxes.astype("f8"), H, W)
    identical(mask.frPyObjects(boxes.astype(dtype), H, W), expected)


def test_flat_lists():
    for flat in ([1, 2, 3, 4], TRIANGLE):
        with pytest.raises(TypeError, match="len"):
            oracle.frPyObjects(flat, H, W)
    expected = oracle.frPyObjects([TRIANGLE], H, W)[0]
    identical(mask.frPyObjects(TRIANGLE, H, W), expected)
    expected = oracle.frPyObjects(np.array([[1.0, 2, 3, 4]]), H, W)[0]
    identical(mask.frPyObjects([1, 2, 3, 4], H, W), expected)


def test_rings_of_points():
    points = np.array(TRIANGLE).reshape(-1, 2)
    expected = oracle.frPyObjects([TRIANGLE], H, W)
    for ring in (points, points.tolist(), [tuple(point) for point in points.tolist()]):
        with pytest.raises(Exception, match=r"not supported|dimensions"):
            oracle.frPyObjects([ring], H, W)
        identical(mask.frPyObjects([ring], H, W), expected)


# Around the functions


def test_types_of_exceptions():
    for call in (
        lambda m: m.frPyObjects(None, H, W),
        lambda m: m.iou((GOOD,), [GOOD], [0]),
        lambda m: m.iou([GOOD], [[0, 0, 1, 1]], [0]),
    ):
        with pytest.raises(Exception) as theirs:  # noqa: PT011 - no type of its own
            call(oracle)
        assert type(theirs.value) is Exception
        with pytest.raises((TypeError, ValueError)):
            call(mask)


def test_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mask.decode(GOOD).sum() == 50


def test_private_helpers():
    for name in ("RLEs", "Masks", "_frString", "_toString"):
        assert hasattr(oracle._mask, name)
        assert not hasattr(_mask, name)
