"""Every argument of every public function, given what it is not: a sentence that says which it is.

Each function is called as it should be, and then once for each argument and each odd value. What
comes back is an answer, or an error of Python's or ours whose text is written for a reader: none
that speaks of attributes, subscripts, or the types of a binding.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
import cocodec.bulk
import cocodec.formats
import cocodec.reshaping
from cocodec import CocodecError, Document, RleArray
from cocodec.masks import operations

ODD: list[Any] = [
    *(None, 5, -1, 1.5, float("nan"), True, 2**70),
    *("x", "", b"x", "no/such/file", "\ud800"),
    *([], {}, [None], ["x"], [[1]], [1.5], (1, "a"), {1: 2}),
    *(object(), len, np.zeros((2, 2, 2, 2)), np.array("x")),
]
# What Python, numpy and pybind11 say by themselves.
RAW = re.compile(
    r"incompatible (function|constructor) arguments|has no attribute|not supported between|"
    r"unsupported operand|is not (iterable|subscriptable|callable)|cannot be interpreted|"
    r"argument must be|expected str, bytes|could not convert|invalid literal|must be real number|"
    r"non-iterable|values to unpack|truth value|inhomogeneous|has no len|to Python scalar|"
    r"cannot convert|surrogates not allowed|unhashable|not understood|broadcast|ufunc|"
    r"indices must be|index out of range$|index-sized|can't multiply|buffer"
)
BARE = (AttributeError, KeyError, UnicodeError, OverflowError, AssertionError, ZeroDivisionError)

DOCUMENT = {
    "images": [
        {"id": i, "height": 20, "width": 30, "file_name": f"{i}.jpg", "license": 1} for i in (1, 2)
    ],
    "annotations": [
        {
            "id": i,
            "image_id": 1 + i % 2,
            "category_id": 1,
            "iscrowd": 0,
            "area": 50.0,
            "bbox": [1, 1, 10, 5],
            "segmentation": [[1, 1, 11, 1, 11, 6, 1, 6]],
        }
        for i in range(1, 4)
    ],
    "categories": [{"id": 1, "name": "a"}],
}
RESULTS = [{"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [1, 1, 10, 5]}]

IMAGES = np.zeros((3, 20, 30), np.uint8)
IMAGES[:, 2:8, 3:9] = 1
MASKS = RleArray.encode(IMAGES)

# The arguments that a function needs, or that lead to more of its code; all others have defaults.
MAKERS: dict[str, dict[str, Any]] = {
    "encode": {"masks": IMAGES},
    "from_coco": {"segmentations": MASKS.to_coco()},
    "from_polygons": {"polygons": [[[1, 1, 5, 1, 5, 5]]], "sizes": (20, 30)},
    "from_geometries": {
        "geometries": [{"type": "Polygon", "coordinates": [[[1, 1], [5, 1], [5, 5]]]}],
        "sizes": (20, 30),
    },
    "from_boxes": {"boxes": [[1, 1, 5, 5]], "sizes": (20, 30)},
    "from_runs": {"counts": [600], "offsets": [0, 1], "sizes": (20, 30)},
    "from_label_map": {"labels": np.arange(12).reshape(3, 4)},
    "concatenate": {"batches": [MASKS, MASKS]},
}
METHODS: dict[str, dict[str, Any]] = {
    **{
        name: {} for name in operations.__all__ if hasattr(RleArray, name) and name != "convex_hull"
    },
    "to_label_map": {"ids": [1, 2, 3]},
    "iou": {"other": MASKS},
    "union": {"groups": [0, 0, 1]},
    "intersection": {"groups": [0, 0, 1]},
    "difference": {"other": MASKS},
    "symmetric_difference": {"other": MASKS},
    "flip": {"direction": "horizontal"},
    "crop": {"boxes": [1, 1, 5, 5]},
    "shift": {"dx": 1, "dy": 1},
    "resize": {"sizes": (10, 10)},
    "uncrop": {"boxes": [0, 0, 30, 20], "sizes": (40, 50)},
    "remove_small": {"min_area": 3},
    **{name: {"size": 3} for name in ("dilate", "erode", "open", "close")},
    "contains": {"points": [[1, 1]]},
    "overlap": {"other": MASKS},
    "warp_affine": {"matrix": [[1, 0, 0], [0, 1, 0]], "sizes": (20, 30)},
    "nms": {"scores": [0.1, 0.2, 0.3]},
    **{name: {} for name in ("decode", "to_coco", "to_polygons", "trace", "to_geojson", "bbox")},
}
DOORS: dict[str, dict[str, Any]] = {
    "field": {"key": "images"},
    "fields": {},
    "set_field": {"key": "info", "value": {}},
    "set_column": {"key": "x", "values": [1, 2, 3]},
    "add_annotations": {"rows": [{"id": 9, "image_id": 1}]},
    "add_images": {"rows": [{"id": 9}]},
    "add_categories": {"rows": [{"id": 9}]},
    "remove": {"rows": [0]},
    "image_rows": {},
    "category_rows": {},
    "masks": {},
    "set_masks": {"rows": [0], "masks": MASKS[:1]},
    "recompute": {"area": "pixels"},
    "to_panoptic": {},
    "write": {"target": "w.json"},
}
TABLES: dict[str, dict[str, Any]] = {
    "raw": {"i": 0},
    "rows_of": {"part": 0},
    "keys": {},
    "column": {"key": "id"},
    "kinds": {"key": "id"},
    "find": {"keys": ["id"]},
    "positions": {"id": 1},
    "set_column": {"key": "x", "values": [1, 2, 3]},
    "extend": {"rows": [{"id": 9, "image_id": 1}]},
    "remove": {"rows": [0]},
}
RESHAPING: dict[str, dict[str, Any]] = {
    "crop": {"box": (0, 0, 10, 10)},
    "pad": {"left": 1},
    "flip": {},
    "rotate90": {},
    "resize": {"size": (10, 10)},
    "tile": {"size": (10, 10)},
    "untile": {},
    "names_to_ids": {},
    "remap": {"mapping": {"a": "b"}},
    "set_columns": {"values": {"area": "bbox[2]"}},
    "strip": {"keys": ["area"]},
    "split": {"fractions": [0.5, 0.5]},
    "sample": {"count": 1},
    "stats": {},
    "subset": {},
}


def doors(document: Document) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """Name, function, and the arguments of a call that succeeds."""
    yield "RleArray", RleArray, {"masks": IMAGES}
    for name, given in MAKERS.items():
        yield f"RleArray.{name}", getattr(RleArray, name), given
    scores = {"masks": IMAGES.astype(np.float32), "threshold": 0.5}
    yield "RleArray.encode of scores", RleArray.encode, scores
    for name, given in METHODS.items():
        yield f"masks.{name}", getattr(MASKS, name), given
    yield "as_rle", cocodec.as_rle, {"segmentation": [[1, 1, 5, 1, 5, 5]], "height": 20, "width": 9}
    yield "set_num_threads", _counted(cocodec.set_num_threads, "n"), {"n": 0}
    for name, limit in cocodec.get_limits().items():
        yield f"set_limits {name}", _counted(cocodec.set_limits, name), {name: limit}
    for name, given in DOORS.items():
        yield f"Document.{name}", _of_a_copy(name), given
    for name, given in TABLES.items():
        yield f"Table.{name}", _of_a_copy(name, "annotations"), given
    for name, given in RESHAPING.items():
        yield f"reshaping.{name}", getattr(cocodec.reshaping, name), {"source": "a.json", **given}
    yield "from_rows", Document.from_rows, {"images": [{"id": 1}]}
    yield "read", cocodec.read, {"source": "a.json"}
    yield "check", cocodec.check, {"document": "a.json"}
    yield "repair", cocodec.repair, {"document": document}
    yield "convert", cocodec.convert, {"source": "a.json", "target": "b.json"}
    official = {"source": "a.json", "target": "c.json", "to": "official"}
    yield "convert_dialect", cocodec.convert_dialect, official
    yield "diff", cocodec.diff, {"first": "a.json", "second": "a.json"}
    yield "merge", cocodec.merge, {"sources": ["a.json"]}
    yield "merge_groups", cocodec.merge_groups, {"document": document}
    yield "frame_masks", cocodec.frame_masks, {"document": document}
    yield "sniff", cocodec.sniff, {"document": document}
    yield "MaskDataset", cocodec.MaskDataset, {"path": "a.json"}
    empty: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    yield "panoptic_quality", cocodec.panoptic_quality, {"gt": empty, "dt": empty}
    boxes = {"gt": "a.json", "dt": RESULTS, "iou_type": "bbox"}
    yield "evaluate", cocodec.evaluate, boxes
    columns = {"image_ids": [1], "category_ids": [1], "scores": [0.5], "boxes": [[1, 1, 5, 5]]}
    yield "evaluate columns", cocodec.evaluate, {"gt": "a.json", "iou_type": "bbox", **columns}
    yield "Evaluator", cocodec.Evaluator, {"gt": "a.json", "iou_type": "bbox"}
    evaluator = cocodec.Evaluator("a.json", iou_type="bbox")
    yield "Evaluator.add", evaluator.add, {"dt": RESULTS}
    yield (
        "Evaluator.merge",
        evaluator.merge,
        {"other": cocodec.Evaluator("a.json", iou_type="bbox")},
    )
    yield "Evaluator.result", evaluator.result, {}
    yield "bulk.convert", cocodec.bulk.convert, {"paths": ["a.json"], "out_dir": "out", "jobs": 1}
    yield "bulk.describe", cocodec.bulk.describe, {"paths": ["a.json"], "jobs": 1}
    yield "detect_format", cocodec.formats.detect_format, {"path": "a.json"}


def _counted(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that changes the process: it is put back."""

    def call(**given: Any) -> None:
        before = cocodec.get_limits()
        try:
            function(given[name]) if name == "n" else function(**given)
        finally:
            cocodec.set_limits(**before)
            cocodec.set_num_threads(0)

    return call


def _of_a_copy(name: str, table: str = "") -> Callable[..., Any]:
    """A method of a document that is read anew for each call, with the method's signature."""

    def call(**given: Any) -> Any:
        document: Any = cocodec.read("a.json")
        return getattr(getattr(document, table) if table else document, name)(**given)

    kind: Any = type(cocodec.read("a.json").annotations) if table else Document
    call.__signature__ = inspect.signature(getattr(kind, name))  # type: ignore[attr-defined]
    return call


def arguments_of(function: Callable[..., Any], given: dict[str, Any]) -> Iterator[str]:
    yield from given
    for name, parameter in inspect.signature(function).parameters.items():
        plain = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if plain and name not in given and name not in ("self", "executor"):
            yield name


def complaint(error: Exception) -> str | None:
    """What is wrong with an error; None for one that was written for a reader."""
    text = str(error)
    if isinstance(error, BARE):
        return f"{type(error).__name__}: {text}"
    if len(text) > 4100 or not text:
        return f"{type(error).__name__} of {len(text)} characters"
    if not isinstance(error, CocodecError) and RAW.search(text):
        return f"{type(error).__name__}: {text}"
    return None


@pytest.mark.filterwarnings("ignore")
def test_every_argument_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    wrong, refused = [], 0
    for name, function, given in doors(cocodec.read("a.json")):
        function(**given)
        for argument in arguments_of(function, given):
            for odd in ODD:
                if isinstance(odd, float) and argument == "n":
                    continue
                try:
                    function(**{**given, argument: odd})
                except Exception as error:
                    refused += 1
                    found = complaint(error)
                    if found is not None:
                        wrong.append(f"{name}({argument}={odd!r:.40}): {found:.200}")
    assert wrong == []
    assert refused > 3000


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: RleArray.encode(IMAGES, layout=5), TypeError, "layout is 5, expected 'NHW'"),
        (
            lambda: RleArray.encode(IMAGES, threads=1.5),
            TypeError,
            "threads is 1.5, expected a whole",
        ),
        (lambda: MASKS.to_coco(5), TypeError, "counts is 5, expected 'str' or 'bytes' or 'list'"),
        (lambda: cocodec.merge_groups("a.json"), TypeError, "document is 'a.json', expected a Doc"),
        (lambda: cocodec.frame_masks("a.json"), TypeError, "document is 'a.json', expected a Doc"),
        (lambda: cocodec.sniff("a.json"), TypeError, "document is 'a.json', expected a Document"),
        (lambda: cocodec.read(5), TypeError, "source is of type int, expected a path"),
        (
            lambda: RleArray.from_coco([{"size": ["2", 2], "counts": [4]}]),
            CocodecError,
            r"size is \('2', 2\); sides must be whole",
        ),
        (
            lambda: cocodec.set_limits(masks="x"),
            TypeError,
            "masks is 'x', expected a whole number",
        ),
        (lambda: cocodec.set_num_threads(1.5), TypeError, "threads is 1.5, expected 0"),
    ],
)
def test_what_is_said(call: Callable[[], object], kind: type[Exception], says: str):
    with pytest.raises(kind, match=says) as caught:
        call()
    assert complaint(caught.value) is None


def test_an_error_of_ones_own_code_passes():
    """A function that the caller gave fails by itself: no argument is to blame."""

    def transform(item: Any) -> Any:
        raise AttributeError("mine")

    document = json.dumps(DOCUMENT).encode()
    path = Path("own.json")
    with pytest.raises(FileNotFoundError):
        cocodec.MaskDataset(path, transform=transform)
    with pytest.raises(ZeroDivisionError):
        cocodec.check(document, progress=lambda done, of: 1 // 0)


@pytest.mark.parametrize("table", ["images", "categories"])
@pytest.mark.parametrize(("id_", "says"), [(None, "has no id"), ([1], "xpected"), ({}, "xpected")])
@pytest.mark.parametrize("as_file", [False, True])
def test_an_image_or_category_without_an_id(table: str, id_: Any, says: str, as_file: bool):
    document = json.loads(json.dumps(DOCUMENT))
    document[table][0]["id"] = id_
    source = json.dumps(document).encode() if as_file else document
    for iou_type in ("bbox", "segm"):
        with pytest.raises(cocodec.DocumentError, match=rf"{table}.*{says}|{says}.*{table}"):
            cocodec.evaluate(source, [], iou_type=iou_type)


@pytest.mark.parametrize(
    "odd", [{"annotations": [5]}, {"annotations": 5}, {"images": [5]}, {"images": {"id": 1}}]
)
def test_rows_that_are_no_objects(odd: dict[str, Any]):
    for source in ({**DOCUMENT, **odd}, json.dumps({**DOCUMENT, **odd}).encode()):
        with pytest.raises(cocodec.DocumentError, match=f"{next(iter(odd))}|row 0"):
            cocodec.evaluate(source, [], iou_type="bbox")


@pytest.mark.parametrize("key", ["image_id", "category_id"])
def test_ids_that_are_no_ids(key: str):
    rows = [{**RESULTS[0], key: [1]}]
    for source in (rows, json.dumps(rows).encode()):
        with pytest.raises(cocodec.DocumentError, match=r"row 0|\[0\]|id"):
            cocodec.evaluate(DOCUMENT, source, iou_type="bbox")
