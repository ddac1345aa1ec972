"""What odd input costs: four times as much of it takes about four times as much work, everywhere.

Work is counted, not timed: calls of functions and lines that run. Each door is
given each kind of oddity, n times and 4 n times.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cocodec
import cocodec.reshaping
from cocodec import CocodecError
from cocodec.cli import main
from cocodec.inspection.info import describe

RING = [1, 1, 11, 1, 11, 6, 1, 6]
SMALL = 120


def rows(n: int, **changes: Any) -> list[dict[str, Any]]:
    plain = {"image_id": 1, "category_id": 1, "iscrowd": 0, "area": 50, "bbox": [1, 1, 10, 5]}
    return [{"id": i + 1, **plain, "segmentation": [RING], **changes} for i in range(n)]


def document(annotations: Any, **changes: Any) -> dict[str, Any]:
    images = [{"id": 1, "height": 20, "width": 30, "file_name": "a.jpg"}]
    categories = [{"id": 1, "name": "a"}]
    return {"images": images, "annotations": annotations, "categories": categories, **changes}


def images(n: int, **changes: Any) -> list[dict[str, Any]]:
    plain = {"height": 20, "width": 30}
    return [{"id": i + 1, "file_name": f"{i}.jpg", **plain, **changes} for i in range(n)]


ODDITIES: dict[str, Callable[[int], Any]] = {
    "plain": lambda n: document(rows(n)),
    "images that are not there": lambda n: document(rows(n, image_id=2)),
    "categories that are not there": lambda n: document(rows(n, category_id=7)),
    "ids that repeat": lambda n: document(rows(n, id=1)),
    "no ids": lambda n: document([{"image_id": 1, "segmentation": [RING]}] * n),
    "images without a size": lambda n: document(rows(n), images=[{"id": 1}]),
    "many images": lambda n: document(rows(1), images=images(n)),
    "images of one id": lambda n: document(rows(n), images=images(n, id=1)),
    "images of one name": lambda n: document(rows(1), images=images(n, file_name="a.jpg")),
    "many categories": lambda n: document(
        rows(n), categories=[{"id": i, "name": f"c{i}"} for i in range(n)]
    ),
    "categories of one name": lambda n: document(
        rows(n), categories=[{"id": i, "name": "a"} for i in range(n)]
    ),
    "broken counts": lambda n: document(rows(n, segmentation={"size": [20, 30], "counts": "3Pn"})),
    "no segmentation": lambda n: document(rows(n, segmentation=None)),
    "rows that are no objects": lambda n: document([5] * n),
    "many rings": lambda n: document(rows(1, segmentation=[RING] * n)),
    "many points": lambda n: document(rows(1, segmentation=[RING * n])),
    "many keys": lambda n: document([{**rows(1)[0], **{f"k{i}": i for i in range(n)}}]),
    "keys that differ": lambda n: document([{**row, f"k{row['id']}": 1} for row in rows(n)]),
    "a long text": lambda n: document(rows(1, note="x" * (10 * n))),
    "lists in lists": lambda n: document(rows(1, note=json.loads("[" * (n // 8) + "]" * (n // 8)))),
    "many root keys": lambda n: document(rows(1), **{f"k{i}": i for i in range(n)}),
    "crowds": lambda n: document(rows(n, iscrowd=1)),
    "many boxes that are no boxes": lambda n: document(rows(n, bbox=[1, 2])),
    "groups": lambda n: document([{**row, "group_id": row["id"] // 2} for row in rows(n)]),
    "one group": lambda n: document(rows(n, group_id=1)),
    "many parts": lambda n: [document(rows(1)) for _ in range(n // 4)],
    "an empty document": lambda n: document([], images=images(n)),
}


def _evaluate(path: str) -> Any:
    return cocodec.evaluate(path, path, iou_type="bbox")


def _converted(to: str) -> Callable[[str], Any]:
    return lambda path: cocodec.convert_dialect(path, io.BytesIO(), to=to, on_error="skip")


def _in_a_row(path: str) -> Any:
    found = cocodec.read(path)
    return [found.annotations[i] for i in range(len(found.annotations))]


DOORS: dict[str, Callable[[str], Any]] = {
    "read": cocodec.read,
    "rows, one by one": _in_a_row,
    "masks": lambda path: cocodec.read(path).masks(on_error="skip", threads=1),
    "info": lambda path: describe(path, threads=1),
    "check": lambda path: cocodec.check(path, threads=1).as_json(),
    "repair": lambda path: cocodec.repair(cocodec.read(path), threads=1),
    "dangling": lambda path: cocodec.read(path).dangling(),
    "duplicates": lambda path: cocodec.read(path).annotations.duplicates(),
    "stats": lambda path: cocodec.stats(path, threads=1),
    "subset": lambda path: cocodec.subset(path, images=[1], threads=1),
    "split": lambda path: cocodec.split(path, fractions=[0.5, 0.5]),
    "merge": lambda path: cocodec.merge([path, path], on_conflict="new"),
    "diff": lambda path: cocodec.diff(path, path, threads=1).text(),
    "crop": lambda path: cocodec.reshaping.crop(path, (0, 0, 10, 10), threads=1),
    "merge_groups": lambda path: cocodec.merge_groups(cocodec.read(path), threads=1),
    "recompute": lambda path: cocodec.read(path).recompute(area="pixels", bbox="mask", threads=1),
    "convert to rle": lambda path: cocodec.convert(path, io.BytesIO(), to="rle", on_error="skip"),
    "convert to official": _converted("official"),
    "convert to cvat": _converted("cvat"),
    "evaluate": _evaluate,
    "MaskDataset": lambda path: len(cocodec.MaskDataset(path)),
    "eval, the command": lambda path: main(["eval", path, path, "--type", "bbox"]),
}


def work(call: Callable[[], object]) -> int:
    """How many functions are called, and how many lines run."""
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        with (
            contextlib.suppress(CocodecError, ValueError, SystemExit),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            call()
    finally:
        sys.settrace(None)
    return count


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_cost_is_linear(oddity: str, tmp_path: Path):
    paths = []
    for n in (SMALL, 4 * SMALL):
        path = tmp_path / f"{n}.json"
        path.write_text(json.dumps(ODDITIES[oddity](n)), encoding="utf-8")
        paths.append(str(path))
    quadratic = {}
    for name, door in DOORS.items():
        work(lambda door=door: door(paths[0]))  # type: ignore[misc]  # what is done once only
        less, more = (work(lambda path=path, door=door: door(path)) for path in paths)
        if more > 6 * less + 2000:
            quadratic[name] = (less, more)
    assert quadratic == {}


def test_the_count_notices_what_is_quadratic():
    def squared(n: int) -> int:
        return sum(1 for i in range(n) for j in range(n) if i < j)

    assert work(lambda: squared(80)) > 12 * work(lambda: squared(20))
