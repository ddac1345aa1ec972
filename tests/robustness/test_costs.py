"""What odd input costs: four times as much of it takes about four times as much work, everywhere.

Work is counted, not timed: calls of functions and lines that run. Each door is
given each kind of oddity, n times and 4 n times.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cocodec
import cocodec.reshaping
from cocodec.cli import main
from cocodec.formats import FORMATS
from cocodec.inspection.info import describe
from support.counting import quietly, work

RING = [1, 1, 11, 1, 11, 6, 1, 6]
SMALL = 80
READ = ["yolo", "labelme", "voc", "cvat-xml", "via", "label-studio", "supervisely"]


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
    return cocodec.evaluate(path, _results(path), iou_type="bbox")


def _results(path: str) -> str:
    """The file beside a document that holds its rows as results: they have scores."""
    return str(Path(path).with_suffix(".results"))


def write(path: Path, document: Any) -> str:
    """Write a document, and its rows as results."""
    path.write_text(json.dumps(document), encoding="utf-8")
    parts = document if isinstance(document, list) else [document]
    rows = [row for part in parts for row in part["annotations"]]
    scored = [{**row, "score": 0.5} if isinstance(row, dict) else row for row in rows]
    Path(_results(str(path))).write_text(json.dumps(scored), encoding="utf-8")
    return str(path)


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
    "merge": lambda path: cocodec.merge([path, path], on_conflict="reindex"),
    "diff": lambda path: cocodec.diff(path, path, threads=1).text(),
    "crop": lambda path: cocodec.reshaping.crop(path, (0, 0, 10, 10), threads=1),
    "merge_groups": lambda path: cocodec.merge_groups(cocodec.read(path), threads=1),
    "recompute": lambda path: cocodec.read(path).recompute(area="pixels", bbox="mask", threads=1),
    "convert to rle": lambda path: cocodec.convert(path, io.BytesIO(), to="rle", on_error="skip"),
    "convert to official": _converted("official"),
    "convert to cvat": _converted("cvat"),
    "evaluate": _evaluate,
    "MaskDataset": lambda path: len(cocodec.MaskDataset(path)),
    "eval, the command": lambda path: main(["eval", path, _results(path), "--type", "bbox"]),
}
# Command lines: IN is the document, OUT a new file, FOLDER a new folder.
COMMANDS = [
    "pad IN OUT --left 3",
    "resize IN OUT --scale 0.5",
    "flip IN OUT",
    "rotate90 IN OUT",
    "tile IN OUT --size 10 10",
    "sample IN OUT --count 1",
    "strip IN OUT area",
    "set IN OUT area=1",
    "remap IN OUT --mapping MAPPING",
    "merge-groups IN OUT",
    "check IN --fix OUT",
    "shard IN FOLDER --images-per-shard 1",
    "shard IN FOLDER --images-per-shard 1 && join FOLDER OUT",
    "convert IN OUT.parquet && convert OUT.parquet OUT",
    "view IN --out OUT",
    "draw IN FOLDER",
    *(f"convert IN FOLDER --to {name} --on-error skip" for name in FORMATS),
    *(f"convert IN FOLDER --to {name} && convert FOLDER OUT --from {name}" for name in READ),
]


def command(line: str, path: str) -> None:
    """Run commands one after the other; those before the last must succeed."""
    folder = Path(path).parent / "out"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    mapping = folder / "mapping.json"
    mapping.write_text('{"a": "b"}', encoding="utf-8")
    names = {"IN": path, "OUT": str(folder / "out.json"), "MAPPING": str(mapping)}
    for part in line.split(" && "):
        words = [names.get(word, word) for word in part.split()]
        words = [word.replace("FOLDER", str(folder / "folder")) for word in words]
        words = [word.replace("OUT.", str(folder / "out.")) for word in words]
        code = main(words)
        if code:
            raise SystemExit(code)


DOORS |= {line: lambda path, line=line: command(line, path) for line in COMMANDS}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("door", DOORS)
def test_every_door_is_open(door: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An ordinary document goes through: else what is counted were the work of an error."""
    path = write(tmp_path / "plain.json", ODDITIES["plain"](3))
    try:
        code = DOORS[door](path)
    except SystemExit as ended:
        code = ended.code
    assert door == "MaskDataset" or not isinstance(code, int) or code == 0, capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_cost_is_linear(oddity: str, tmp_path: Path):
    paths = []
    for n in (SMALL, 4 * SMALL):
        paths.append(write(tmp_path / f"{n}.json", ODDITIES[oddity](n)))
    quadratic = {}
    for name, door in DOORS.items():
        quietly(lambda door=door: door(paths[0]))  # type: ignore[misc]  # what is done once only
        less, more = (work(lambda path=path, door=door: door(path)) for path in paths)
        if more > 5 * less + 2000:
            quadratic[name] = (less, more)
    assert quadratic == {}


def test_the_count_notices_what_is_quadratic():
    def squared(n: int) -> int:
        return sum(1 for i in range(n) for j in range(n) if i < j)

    assert work(lambda: squared(80)) > 12 * work(lambda: squared(20))
