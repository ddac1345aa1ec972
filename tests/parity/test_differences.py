"""One test for each entry of DIFFERENCES.md, named like it: runs, counts strings and batches.

Where it is safe, the reference is asked too. `test_differences_shapes.py` has the other entries.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from cocodec import RleArray, RleError
from cocodec.pycocotools import _mask, mask
from reference import masks as reference
from support import oracle
from support.identical import identical

H, W = 20, 30
TRIANGLE = [2.0, 2, 12, 3, 5, 15]
SIDE = 2**31


def rle(runs: list[int], h: int = 1, w: int = 1) -> dict[str, object]:
    return {"size": [h, w], "counts": reference.to_string(runs)}


GOOD = rle([100, 50, 450], H, W)
SHORT = rle([40, 7], H, W)
LONG = rle([600, 7], H, W)


def test_every_entry_has_its_test():
    here = Path(__file__).parent
    text = (here / "DIFFERENCES.md").read_text(encoding="utf-8")
    titles = re.findall(r"^### (.*)$", text, re.MULTILINE)
    wanted = ["test_" + re.sub(r"[^a-z0-9]+", "_", title.lower()) for title in titles]
    tests = ["test_every_entry_has_its_test"]
    for path in here.glob("test_differences*.py"):
        tests += re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted([*wanted, "test_every_entry_has_its_test"]) == sorted(set(tests))
    assert len(set(wanted)) == len(wanted)


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


def test_counts_in_base64():
    packed = {**GOOD, "counts": base64.b64encode(str(GOOD["counts"]).encode()).decode()}
    if isinstance(GOOD["counts"], bytes):
        packed["counts"] = base64.b64encode(GOOD["counts"]).decode()
    with pytest.raises(ValueError, match="Invalid RLE"):
        oracle.decode(packed)
    assert (mask.decode(packed) == mask.decode(GOOD)).all()
    assert mask.area(packed) == mask.area(GOOD)
    with pytest.raises(ValueError, match="counts string"):
        mask.decode({**packed, "size": [H + 1, W]})


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
