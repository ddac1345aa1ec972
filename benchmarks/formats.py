"""COCO to YOLO rows: time, objects kept, and masks under both rules, beside other tools.

``python -m benchmarks.formats INSTANCES.json [--copies N] [--peers PYTHON ...]``. Every tool writes
the same document in a process of its own, whose processor time is counted, imports and all. Its
rows are then filled by OpenCV's rule (what a trainer does) and by COCO's, and each object of the
document gets the best row of its image that is left. With copies, the document is written and read
back N times as large.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import cocodec
import cocodec._core as _core
from cocodec import RleArray
from cocodec.formats import yolo

_OURS = """
import cocodec
from cocodec.formats import yolo
yolo.write(cocodec.read({source!r}), {target!r}, rule="RULE")
"""
# What each tool is told: its module, and a script whose {source} (the file), {images} (a folder
# with images and the file), {root} (images/train and annotations/) and {target} are filled in.
TOOLS = {
    "cocodec --rule opencv": ("cocodec", _OURS.replace("RULE", "opencv")),
    "cocodec --rule coco": ("cocodec", _OURS.replace("RULE", "coco")),
    "ultralytics": ("ultralytics", """
from ultralytics.data.converter import convert_coco
convert_coco({root!r} + "/annotations", {target!r} + "/out", use_segments=True, cls91to80=False)
"""),
    "supervision": ("supervision", """
import supervision as sv
data = sv.DetectionDataset.from_coco({images!r}, {source!r}, force_masks=True)
data.as_yolo(annotations_directory_path={target!r} + "/labels")
"""),
    "labelformat": ("labelformat", """
from pathlib import Path
from labelformat.formats import COCOInstanceSegmentationInput
from labelformat.formats import YOLOv8InstanceSegmentationOutput
out = YOLOv8InstanceSegmentationOutput(Path({target!r}) / "data.yaml", "train")
out.save(COCOInstanceSegmentationInput(Path({source!r})))
"""),
    "datumaro": ("datumaro", """
import datumaro as dm
data = dm.Dataset.import_from({root!r}, "coco_instances")
data.export({target!r}, "yolo_ultralytics")
"""),
}  # fmt: skip


def main() -> None:
    """Print a table of all tools, and the time of the large document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--copies", type=int, default=0)
    parser.add_argument(
        "--peers", nargs="*", default=[], help="Pythons that have the other tools, the first counts"
    )
    arguments = parser.parse_args()
    document = cocodec.read(arguments.source)
    print(f"{len(document.annotations)} objects, {len(document.images)} images")
    print("| tool | s | objects | exact, OpenCV | IoU, OpenCV | exact, COCO | IoU, COCO |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images, root = folder / "images", folder / "root"
        _make_images(document, images)
        shutil.copytree(images, root / "images/train")
        (root / "annotations").mkdir()
        for copy in (images / "instances_train.json", root / "annotations/instances_train.json"):
            shutil.copy(arguments.source, copy)
        _add_empty_split(document, root)
        for tool, (module, script) in TOOLS.items():
            python = _python_with(module, [sys.executable, *arguments.peers])
            target = folder / "made" / tool.replace(" ", "_")
            (target if module != "cocodec" else target.parent).mkdir(parents=True, exist_ok=True)
            filled = script.format(
                source=str(arguments.source), images=str(images), root=str(root), target=str(target)
            )
            print(_row(tool, python, filled, target, document), flush=True)
        if arguments.copies:
            _large(arguments.source, arguments.copies, folder)


def _python_with(module: str, pythons: list[str]) -> str | None:
    for python in pythons:
        script = f"import importlib.util as i, sys; sys.exit(i.find_spec({module!r}) is None)"
        if subprocess.run([python, "-c", script], check=False).returncode == 0:
            return python
    return None


def _row(
    tool: str, python: str | None, script: str, target: Path, document: cocodec.Document
) -> str:
    """Run a tool; a row of the table."""
    if python is None:
        return f"| {tool} | | is not installed | | | | |"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [python, "-c", script], capture_output=True, text=True, check=False, timeout=300
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if not any(target.rglob("*.txt")):
        why = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        return f"| {tool} | | {why[:70]} | | | | |"
    name = tool + ("" if done.returncode == 0 else " (stopped)")
    return f"| {name} | {seconds:.1f} | {_cells(target, document)} |"


def _make_images(document: cocodec.Document, folder: Path) -> None:
    from PIL import Image

    folder.mkdir()
    for row in document.images[:]:
        Image.new("L", (row["width"], row["height"])).save(folder / row["file_name"])


def _add_empty_split(document: cocodec.Document, root: Path) -> None:
    """One image without objects, as datumaro writes nothing without a split "val"."""
    from PIL import Image

    (root / "images/val").mkdir()
    Image.new("L", (8, 8)).save(root / "images/val/empty.jpg")
    val = {
        "images": [{"id": 1, "file_name": "empty.jpg", "height": 8, "width": 8}],
        "annotations": [],
        "categories": document.categories[:],
    }
    (root / "annotations/instances_val.json").write_text(json.dumps(val))


def _cells(folder: Path, document: cocodec.Document) -> str:
    masks = document.masks()
    images = document.images[:]
    image_of = document.image_rows()
    files = {path.stem: path for path in folder.rglob("*.txt")}
    kept, scores = 0, {"opencv": np.zeros(len(masks.masks)), "coco": np.zeros(len(masks.masks))}
    for number, row in enumerate(images):
        path = files.get(Path(row["file_name"]).stem)
        lines = [] if path is None else path.read_text().splitlines()
        rings = [_ring(np.array(line.split()[1:], float)) for line in lines if line.strip()]
        kept += len(rings)
        mine = np.flatnonzero(image_of == number)
        if len(rings) == 0 or len(mine) == 0:
            continue
        size = (row["height"], row["width"])
        for rule in scores:
            scores[rule][mine] = _best(_filled(rings, size, rule), masks.masks[mine])
    total = len(masks.masks)
    cells = [f"{kept}"]
    for rule in ("opencv", "coco"):
        exact = int((scores[rule] == 1).sum())
        cells += [f"{exact} of {total}", f"{scores[rule].mean():.4f}"]
    return " | ".join(cells)


def _ring(numbers: Any) -> Any:
    """The ring of a row: a box has one too."""
    if len(numbers) != 4:
        return numbers
    x, y, w, h = numbers
    left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    return np.array([left, top, right, top, right, bottom, left, bottom])


def _filled(rings: list[Any], size: tuple[int, int], rule: str) -> RleArray:
    scale = np.array([size[1], size[0]])
    if rule == "coco":
        pixels = [[(ring.reshape(-1, 2) * scale).ravel().tolist()] for ring in rings]
        return RleArray.from_polygons(pixels, size)
    points = [
        (ring.astype(np.float32).reshape(-1, 2) * scale.astype(np.float32)).astype(np.int32)
        for ring in rings
    ]
    offsets = np.cumsum([0, *map(len, points)])
    sizes = np.array([size] * len(rings))
    return RleArray._wrap(_core.fill_centres(np.concatenate(points).ravel(), offsets, sizes))


def _best(found: RleArray, truth: RleArray) -> Any:
    """The IoU of each object with the best row that no better pair has taken."""
    ious = found.iou(truth)
    out = np.zeros(len(truth))
    for at in np.argsort(-ious, axis=None, kind="stable").tolist():
        row, column = divmod(at, len(truth))
        if ious[row, column] <= 0:
            break
        if out[column] == 0 and row >= 0:
            out[column] = ious[row, column]
            ious[row, :] = -1
    return out


def _large(source: Path, copies: int, folder: Path) -> None:
    root = json.loads(source.read_bytes())
    images, annotations = root["images"], root["annotations"]
    root["images"], root["annotations"] = [], []
    for k in range(copies):
        shift = k * 10_000_000
        root["images"] += [
            {**row, "id": row["id"] + shift, "file_name": f"{k:04d}_{row['file_name']}"}
            for row in images
        ]
        root["annotations"] += [
            {**row, "id": k * len(annotations) + i, "image_id": row["image_id"] + shift}
            for i, row in enumerate(annotations)
        ]
    path = folder / "large.json"
    path.write_text(json.dumps(root))
    del root
    # Nothing is deleted in between: file systems are slow to use again what was deleted just now.
    for rule in ("opencv", "coco"):
        times = [(time.perf_counter(), time.process_time())]
        yolo.write(cocodec.read(path), folder / f"large_{rule}", rule=rule)  # type: ignore[arg-type]
        times.append((time.perf_counter(), time.process_time()))
        yolo.read(folder / f"large_{rule}").write(folder / "back.json")
        times.append((time.perf_counter(), time.process_time()))
        (there, there_used), (back, back_used) = np.diff(np.array(times), axis=0)
        print(
            f"{copies * len(annotations)} objects, --rule {rule}: {there:.1f} s to YOLO, "
            f"{back:.1f} s back ({there_used:.1f} and {back_used:.1f} s of processors)"
        )


if __name__ == "__main__":
    main()
