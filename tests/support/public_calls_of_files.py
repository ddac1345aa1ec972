"""Calls that succeed of what reads and writes files: formats, columns, many files, pictures.

The second half of `public_calls`; files are made in the working directory.
"""

from __future__ import annotations

import functools
import inspect
import io
import itertools
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cocodec
import cocodec.bulk
import cocodec.drawing
import cocodec.formats
from cocodec import Document, RleArray
from cocodec.evaluation import Statistic, make_parameters

__all__ = ["file_doors"]

Door = tuple[str, Callable[..., Any], dict[str, Any]]

ROWS = [{"image_id": 1, "category_id": 1, "score": 0.5, "bbox": [1, 1, 10, 5]}]
AP50 = Statistic("AP50", True, 0.5, "all", 100)
# Sizes of images, which these do not have.
NEEDED: dict[str, dict[str, Any]] = {"kaggle": {"size": (20, 30)}, "createml": {"images": "."}}
SUFFIXES = {
    **{"cvat-xml": ".xml", "label-studio": ".json", "createml": ".json", "kaggle": ".csv"},
    **{"npz": ".npz", "mots": ".txt", "via": ".json"},
}


def file_doors(document: Document, masks: RleArray) -> Iterator[Door]:
    """Name, function, and the arguments of a call that succeeds."""
    yield from _formats(document)
    yield from _drawing(document)
    yield from _many_files()
    if find_spec("pyarrow") is not None:
        yield from _columns(document, masks)
    yield from _reports(document)
    yield "evaluation.make_parameters", make_parameters, {"iou_type": "bbox", "protocol": "coco"}


def _fresh(name: str, function: Callable[..., Any], given: dict[str, Any]) -> Door:
    """A function whose target must not be there, or be empty: each call has another."""
    numbers = itertools.count()
    # Not in the working directory, which is what a reader of "" looks through.
    elsewhere = Path.cwd().parent / f"{Path.cwd().name}-written"
    elsewhere.mkdir(exist_ok=True)

    @functools.wraps(function)
    def call(**now: Any) -> Any:
        for key in ("path", "target", "out_dir"):
            if key in given and now[key] is given[key]:
                place = elsewhere / f"{name}-{next(numbers)}"
                now[key] = str(place) + Path(str(given[key])).suffix
        return function(**now)

    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return name, call, given


def _formats(document: Document) -> Iterator[Door]:
    if find_spec("PIL") is None:
        return
    from PIL import Image

    for name in ("1.jpg", "2.jpg"):
        Image.new("RGB", (30, 20)).save(name)
    for name, form in cocodec.formats.FORMATS.items():
        module = form.load()
        place = f"of-{name}{SUFFIXES.get(name, '')}"
        if not hasattr(module, "write"):
            continue
        module.write(document, place)
        yield _fresh(
            f"formats.{name}.write", module.write, {"document": document, "path": f"new{place}"}
        )
        yield f"formats.{name}.read", module.read, {"path": place, **NEEDED.get(name, {})}


def _drawing(document: Document) -> Iterator[Door]:
    if find_spec("PIL") is None:
        return
    draw = cocodec.drawing
    small = {"max_side": 20}
    yield "drawing.draw_image", draw.draw_image, {"document": document, "image_id": 1, **small}
    given = {"source": "a.json", "target": "pictures", **small}
    yield _fresh("drawing.draw_images", draw.draw_images, given)
    yield "drawing.write_page", draw.write_page, {"source": "a.json", "target": "page.html"}
    yield "drawing.stats_page", draw.stats_page, {"document": document}
    boxes = {"truth": document, "results": ROWS, "boxes": True}
    yield "drawing.compare", draw.compare, boxes
    result = cocodec.evaluate("a.json", ROWS, iou_type="bbox")
    yield "drawing.evaluation_page", draw.evaluation_page, {"result": result}
    yield "Result.mean", result.mean, {"statistic": AP50}
    yield "Result.curve", result.curve, {"threshold": 0.5}
    viewer = draw.Viewer(document)
    yield "Viewer", draw.Viewer, {"source": "a.json"}
    yield "Viewer.header", viewer.header, {"title": "a"}
    yield "Viewer.image", viewer.image, {"row": 0}
    yield "Viewer.scene", viewer.scene, {"row": 0}
    yield "drawing.page_server", _closed(draw.page_server), {"viewer": viewer}


def _closed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A server that gives back its port."""

    @functools.wraps(function)
    def call(**given: Any) -> None:
        function(**given).server_close()

    return call


def _many_files() -> Iterator[Door]:
    bulk = cocodec.bulk
    yield "bulk.convert_file", bulk.convert_file, {"source": "a.json", "target": "one.json"}
    yield "bulk.find_files", bulk.find_files, {"inputs": ["a.json"]}
    yield "bulk.is_many", bulk.is_many, {"inputs": ["a.json"]}
    tasks = bulk.find_files(["a.json"])
    given = {"function": str, "tasks": tasks, "on_result": lambda task, result: None, "jobs": 1}
    yield "bulk.run", bulk.run, given


def _columns(document: Document, masks: RleArray) -> Iterator[Door]:
    import cocodec.arrow as arrow

    yield "arrow.to_arrow", arrow.to_arrow, {"masks": masks}
    column = arrow.to_arrow(masks)
    yield "arrow.from_arrow", arrow.from_arrow, {"column": column}
    yield "RleArray.from_arrow", RleArray.from_arrow, {"column": column}
    yield "arrow.skeleton_of", arrow.skeleton_of, {"document": document}
    yield "arrow.tables_of", arrow.tables_of, {"document": document}
    yield "arrow.document_of", arrow.document_of, {"tables": arrow.tables_of(document)}
    given = {"document": document, "target": "columns.parquet"}
    yield _fresh("arrow.write_columns", arrow.write_columns, given)
    arrow.write_columns(document, "there.parquet")
    yield "arrow.read_columns", arrow.read_columns, {"source": "there.parquet"}
    given = {"source": "a.json", "target": "made.parquet"}
    yield _fresh("arrow.convert_columns", arrow.convert_columns, given)


def _reports(document: Document) -> Iterator[Door]:
    """What answers are asked for."""
    yield "Findings.of", cocodec.check(document).of, {"severity": "error"}
    yield "Difference.text", cocodec.diff("a.json", "a.json").text, {"limit": 5}
    yield "FormatReport.lines", cocodec.formats.FormatReport("yolo").lines, {"limit": 5}
    converted = cocodec.convert("a.json", io.BytesIO())
    yield "ConvertReport.describe_refused", converted.describe_refused, {"limit": 5}
    told = cocodec.convert_dialect("a.json", io.BytesIO(), to="official")
    yield "DialectReport.describe_refused", told.describe_refused, {"limit": 5}
    merged = cocodec.merge_groups(cocodec.read("a.json"))
    yield "MergeReport.describe_refused", merged.describe_refused, {"limit": 5}
    if find_spec("PIL") is not None:
        panoptic = cocodec.read("a.json").to_panoptic("pngs")
        panoptic.write("panoptic.json")
        given = {"source": "panoptic.json", "png_folder": "pngs"}
        yield "Document.from_panoptic", Document.from_panoptic, given
        yield "RleArray.overlay", masks_of(document).overlay, {"alpha": 0.5}
    if find_spec("matplotlib") is not None:
        result = cocodec.evaluate("a.json", ROWS, iou_type="bbox")
        yield "Result.plot", result.plot, {"threshold": 0.5}


def masks_of(document: Document) -> RleArray:
    """The masks of the first image."""
    return document.masks().masks[:1]
