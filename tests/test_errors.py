"""What an exception says: its type, message, code, item and offset."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import CocodecError, DocumentError, PolygonError, RleArray, RleError

GOOD = {"size": [4, 5], "counts": "34="}


def coco(counts: object, size: object = (4, 5)) -> dict[str, object]:
    return {"size": size, "counts": counts}


# counts, message after "mask 1: ", code, offset
STRINGS = [
    ("34", "runs cover 7 of 20 pixels", "bad_sum", None),
    ("", "runs cover 0 of 20 pixels", "bad_sum", None),
    ("e0", "runs cover 21 of 20 pixels", "bad_sum", None),
    ("34=0Q1", "runs cover 70 of 20 pixels", "bad_sum", None),
    ("3 4", "counts string has byte 0x20 at index 1", "bad_counts", 1),
    ("34/", "counts string has '/' at index 2", "bad_counts", 2),
    ("34p", "counts string has 'p' at index 2", "bad_counts", 2),
    ("34=\0", "counts string has byte 0x00 at index 3", "bad_counts", 3),
    ("34=\n", "counts string has byte 0x0A at index 3", "bad_counts", 3),
    ("34\u00e9", "counts string has byte 0xC3 at index 2", "bad_counts", 2),
    ("34d", "ends inside the number that starts at index 2", "bad_counts", 2),
    ("34oooooooo0", "more than 7 chars at index 2", "bad_counts", 2),
    ("3N", "run 1 is -2 (counts string, index 1)", "bad_run", 1),
    ("O", "run 0 is -1 (counts string, index 0)", "bad_run", 0),
    ("34=K", "run 3 is -1 (counts string, index 3)", "bad_run", 3),
    ("PPPPPP4", "run 0 is 4294967296 (counts string, index 0)", "bad_run", 0),
]


@pytest.mark.parametrize("counts, message, code, offset", STRINGS)
@pytest.mark.parametrize("spelling", [str, bytes])
def test_counts_strings(spelling, counts, message, code, offset):
    text = counts if spelling is str else counts.encode("utf-8")
    with pytest.raises(RleError) as caught:
        RleArray.from_coco([GOOD, coco(text)])
    assert str(caught.value).startswith("mask 1: ")
    assert message in str(caught.value)
    assert (caught.value.code, caught.value.item, caught.value.offset) == (code, 1, offset)


# counts, message after "mask 1: ", code, offset
LISTS = [
    ([3, 4], "runs cover 7 of 20 pixels", "bad_sum", None),
    ([], "runs cover 0 of 20 pixels", "bad_sum", None),
    ([21], "runs cover 21 of 20 pixels", "bad_sum", None),
    ([2**32 - 1] * 5, "runs cover 21474836475 of 20 pixels", "bad_sum", None),
    ([3, -4, 21], "run 1 is -4", "bad_run", 1),
    ([20, 2**32], "run 1 is 4294967296", "bad_run", 1),
    ([10**30], f"run 0 is {10**30}", "bad_run", 0),
    ([20, -(10**30)], f"run 1 is {-(10**30)}", "bad_run", 1),
    (np.array([3, -4, 21]), "run 1 is -4", "bad_run", 1),
    (np.array([20, 2**64 - 1], np.uint64), f"run 1 is {2**64 - 1}", "bad_run", 1),
    (np.array([20, -128], np.int8), "run 1 is -128", "bad_run", 1),
]


@pytest.mark.parametrize("counts, message, code, offset", LISTS, ids=lambda v: repr(v)[:30])
def test_counts_lists(counts, message, code, offset):
    with pytest.raises(RleError) as caught:
        RleArray.from_coco([GOOD, coco(counts)])
    assert str(caught.value).startswith(f"mask 1: {message}")
    assert (caught.value.code, caught.value.item, caught.value.offset) == (code, 1, offset)


@pytest.mark.parametrize("counts", [[3.5, 16.5], [float("nan")], [float("inf")], [1e300], [-1e300]])
def test_runs_that_are_no_whole_numbers(counts):
    with pytest.raises(RleError, match=r"mask 1: .*run") as caught:
        RleArray.from_coco([GOOD, coco(counts)])
    assert caught.value.code == "bad_run"
    assert caught.value.offset == 0


@pytest.mark.parametrize("counts", [[None], [[20]], np.ones(20), np.array([[20]])])
def test_runs_that_are_no_numbers(counts):
    with pytest.raises(
        (TypeError, RleError), match=r"run 0 is|must be one-dimensional, of integers"
    ):
        RleArray.from_coco([GOOD, coco(counts)])


@pytest.mark.parametrize("size", [(4,), (4, 5, 1), (), (-4, -5), (2**32, 0), (10**30, 1), (4.5, 5)])
def test_sizes(size):
    with pytest.raises(RleError, match=r"mask 1: .*(size|height)") as caught:
        RleArray.from_coco([GOOD, coco("34=", size)])
    assert caught.value.code == "bad_size"
    assert caught.value.item == 1


@pytest.mark.parametrize("size", [("4", "5"), (None, None)])
def test_sizes_that_are_no_numbers(size):
    with pytest.raises(RleError, match=r"mask 1: size is \(.*; sides must be whole numbers"):
        RleArray.from_coco([GOOD, coco("34=", size)])


def test_the_family():
    for error in (RleError, PolygonError, DocumentError):
        assert issubclass(error, CocodecError)
    assert issubclass(CocodecError, ValueError)
    fresh = RleError("message")
    assert (fresh.code, fresh.item, fresh.offset) == (None, None, None)
    assert {"CocodecError", "RleError", "PolygonError", "DocumentError"} <= set(cocodec.__all__)


def test_errors_travel_between_processes():
    with pytest.raises(RleError) as caught:
        RleArray.from_coco([GOOD, coco("3N")])
    for other in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert type(other) is RleError
        assert str(other) == str(caught.value)
        assert (other.code, other.item, other.offset) == ("bad_run", 1, 1)


def test_an_error_leaves_nothing_behind():
    """After a refusal the same call with good masks gives what it always gives."""
    before = RleArray.from_coco([GOOD, GOOD])
    for bad in (coco("3N"), coco("34"), coco([1]), coco("34=", (1, 1))):
        with pytest.raises(RleError):
            RleArray.from_coco([GOOD, bad])
        assert RleArray.from_coco([GOOD, GOOD]) == before


def located_error(call: Callable[[], object]) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        call()
    return caught.value


def test_where_a_row_is_wrong_is_data(tmp_path: Path) -> None:
    image = {"id": 1, "height": 9, "width": 11, "file_name": "a.png"}
    row = {"id": 7, "image_id": 1, "segmentation": [[1, 1, 5, 1, 5, 4]], "bbox": [1, 1, 4, 3, 9]}

    def made(images: list[Any], rows: list[Any]) -> bytes:
        return json.dumps({"images": images, "annotations": rows, "categories": []}).encode()

    outside = {**image, "file_name": "../a.png"}
    for call, place in (
        (lambda: cocodec.reshaping.flip(made([image], [row])), ("annotations", 0, "bbox")),
        (lambda: cocodec.reshaping.flip(made([{"id": 1}], [])), ("images", 0, "height")),
        (lambda: cocodec.read(made([image, outside], [])).to_panoptic(), ("images", 1, None)),
        (
            lambda: cocodec.convert_dialect(made([5], []), tmp_path / "a.json", to="cvat"),
            ("images", 0, None),
        ),
        (
            lambda: cocodec.reshaping.set_columns(made([image], [row]), {"a.b": "1", "id.c": "2"}),
            ("annotations", 0, "id"),
        ),
    ):
        error = located_error(call)
        assert (error.table, error.row, error.key) == place
        assert f"{place[0]}, row {place[1]}" in str(error)
        assert "row" not in error.reason
