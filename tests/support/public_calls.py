"""A call that succeeds of every public function and method: what tests of arguments start from.

`doors` yields them, `tried` says which public name each is of, and `public_names` which there are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

import cocodec
import cocodec.bulk
import cocodec.formats
import cocodec.reshaping
from cocodec import Document, RleArray
from cocodec.masks import operations
from support.public_calls_of_files import file_doors

__all__ = ["DOCUMENT", "IMAGES", "MASKS", "RESULTS", "arguments_of", "doors", "public_names"]

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
    "from_positions": {"positions": [1, 2, 3], "offsets": [0, 3], "sizes": (20, 30)},
    "paste": {
        "scores": np.ones((1, 4, 4), np.float32),
        "boxes": [[1, 1, 5, 5]],
        "sizes": (20, 30),
    },
    "from_label_png": {"png": MASKS[:1].to_label_png()},
    "concatenate": {"batches": [MASKS, MASKS]},
}
METHODS: dict[str, dict[str, Any]] = {
    **{
        name: {} for name in operations.__all__ if hasattr(RleArray, name) and name != "convex_hull"
    },
    "to_label_map": {"ids": [1, 2, 3]},
    "to_label_png": {"ids": [1, 2, 3]},
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
    **{name: {"scores": [0.1, 0.2, 0.3]} for name in ("nms", "soft_nms", "merge_nms")},
    "contains": {"points": [[1, 1]]},
    "overlap": {"other": MASKS},
    "warp_affine": {"matrix": [[1, 0, 0], [0, 1, 0]], "sizes": (20, 30)},
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
    "render": {"part": 0},
    "render_source": {"name": None},
    "remap": {"mapping": {"a": "b"}},
    "strip": {"keys": ["area"]},
    "set_columns": {"values": {"area": "bbox[2]"}},
    "diff": {"other": "a.json"},
    "stats": {},
    "crop": {"box": (0, 0, 10, 10)},
    "pad": {"left": 1},
    "flip": {},
    "rotate90": {},
    "tile": {"size": (10, 10)},
    "draw": {"image_id": 1},
    **{
        # what they take is in `options`
        "subset": {"categories": ["a"]},
        "split": {"fractions": [0.5, 0.5]},
        "sample": {"count": 1},
        "resize": {"size": (10, 10)},
        "untile": {"threads": 0},
        "check": {"threads": 0},
    },
}
TABLES: dict[str, dict[str, Any]] = {
    "raw": {"i": 0},
    "rows_of": {"part": 0},
    "keys": {},
    "column": {"key": "id"},
    "kinds": {"key": "id"},
    "find": {"keys": ["id"]},
    "rows": {"rows": [0]},
    "places": {"rows": [0]},
    "state_of": {"part": 0},
    "is_single": {"part": 0},
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
    """Name, function, and the arguments of a call that succeeds.

    The name is the public one, and what is special about the call behind a blank.
    """
    yield "RleArray", RleArray, {"masks": IMAGES}
    for name, given in MAKERS.items():
        yield f"RleArray.{name}", getattr(RleArray, name), given
    scores = {"masks": IMAGES.astype(np.float32), "threshold": 0.5}
    yield "RleArray.encode of scores", RleArray.encode, scores
    for name, given in METHODS.items():
        yield f"RleArray.{name}", getattr(MASKS, name), given
    yield "as_rle", cocodec.as_rle, {"segmentation": [[1, 1, 5, 1, 5, 5]], "height": 20, "width": 9}
    yield "set_num_threads", _counted(cocodec.set_num_threads, "n"), {"n": 0}
    for name, limit in cocodec.get_limits().items():
        yield f"set_limits {name}", _counted(cocodec.set_limits, name), {name: limit}
    for name, given in DOORS.items():
        yield f"Document.{name}", _of_a_copy(name), given
    for name, given in TABLES.items():
        yield f"Table.{name}", _of_a_copy(name, "annotations"), given
    for name, given in RESHAPING.items():
        home = "" if name in cocodec.__all__ else "reshaping."
        yield f"{home}{name}", getattr(cocodec.reshaping, name), {"source": "a.json", **given}
    yield "Document.from_rows", Document.from_rows, {"images": [{"id": 1}]}
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
    yield from _evaluations()
    yield "bulk.convert", cocodec.bulk.convert, {"paths": ["a.json"], "out_dir": "out", "jobs": 1}
    yield "bulk.describe", cocodec.bulk.describe, {"paths": ["a.json"], "jobs": 1}
    yield "formats.detect_format", cocodec.formats.detect_format, {"path": "a.json"}
    yield from file_doors(document, MASKS)


def _evaluations() -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
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


def public_names() -> set[str]:
    """Public functions and methods that take arguments, as the pages of the reference name them."""
    found: dict[int, str] = {}
    for name in MODULES:
        module = import_module(f"cocodec.{name}" if name else "cocodec")
        for own in module.__all__:
            thing = getattr(module, own)
            if id(thing) in found:
                continue
            found[id(thing)] = ""
            if inspect.isclass(thing):
                for method, value in vars(thing).items():
                    function = getattr(value, "__func__", value)
                    if not method.startswith("_") and inspect.isfunction(function):
                        found[id(value)] = f"{own}.{method}" if _takes(function, 1) else ""
            elif inspect.isroutine(thing) and _takes(thing):
                found[id(thing)] = f"{name}.{own}" if name else own
    for name, form in cocodec.formats.FORMATS.items():
        module = form.load()
        ways = (way for way in ("read", "write") if hasattr(module, way))
        found |= {id(getattr(module, way)): f"formats.{name}.{way}" for way in ways}
    return set(found.values()) - {""}


# Whose pages the reference has; without pyarrow there are no columns.
MODULES = (
    *("", "reshaping", "bulk", "drawing", "evaluation", "formats", "groups"),
    *(["arrow"] if find_spec("pyarrow") is not None else []),
)


def _takes(function: Any, bound: int = 0) -> bool:
    """Whether there is an argument, beside the object itself."""
    try:
        return len(inspect.signature(function).parameters) > bound
    except ValueError:  # a function of the core, whose documentation begins with its arguments
        return "()" not in function.__doc__.splitlines()[0]
