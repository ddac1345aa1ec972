"""COCO to YOLO rows: time, objects kept, and masks under both rules, beside other tools.

``python -m benchmarks.formats INSTANCES.json [--copies N] [--peers PYTHON]``. Every tool writes the
same document; its rows are then filled by OpenCV's rule (what a trainer does) and by COCO's, and
each object of the document gets the best row of its image and class that is left. With copies, the
document is written and read back N times as large.
"""

from __future__ import annotations

import argparse
import json
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

# What each tool is told, in a process of its own: {source} {images} {target} are filled in.
PEERS = {
    "ultralytics": """
from ultralytics.data.converter import convert_coco
import pathlib
convert_coco({folder!r}, {target!r}, use_segments=True, cls91to80=False)
""",
    "supervision": """
import supervision as sv
data = sv.DetectionDataset.from_coco({images!r}, {source!r}, force_masks=True)
data.as_yolo(annotations_directory_path={target!r} + "/labels")
""",
    "labelformat": """
from pathlib import Path
from labelformat.formats import COCOInstanceSegmentationInput
from labelformat.formats import YOLOv8InstanceSegmentationOutput
out = YOLOv8InstanceSegmentationOutput(Path({target!r}) / "data.yaml", "train")
out.save(COCOInstanceSegmentationInput(Path({source!r})))
""",
    "datumaro": """
import datumaro as dm
data = dm.Dataset.import_from({source!r}, "coco_instances")
data.export({target!r}, "yolo_ultralytics")
""",
}


def main() -> None:
    """Print a table of all tools, and the time of the large document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--copies", type=int, default=0)
    parser.add_argument("--peers", default=sys.executable, help="a Python that has the other tools")
    arguments = parser.parse_args()
    document = cocodec.read(arguments.source)
    print(f"{len(document.annotations)} objects, {len(document.images)} images")
    print("| tool | s | objects | exact, OpenCV | IoU, OpenCV | exact, COCO | IoU, COCO |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rule in ("opencv", "coco"):
            begin = time.perf_counter()
            yolo.write(cocodec.read(arguments.source), folder / rule, rule=rule)  # type: ignore[arg-type]
            _print_row(
                f"cocodec --rule {rule}", time.perf_counter() - begin, folder / rule, document
            )
        for tool, script in PEERS.items():
            _run_peer(tool, script, arguments, folder, document)
        if arguments.copies:
            _large(arguments.source, arguments.copies, folder)


def _run_peer(
    tool: str, script: str, arguments: Any, folder: Path, document: cocodec.Document
) -> None:
    target, images = folder / tool, folder / "images"
    if not images.exists():
        _make_images(document, images)
        shutil.copy(arguments.source, images / "instances_train.json")
    filled = script.format(
        source=str(arguments.source), images=str(images), target=str(target), folder=str(images)
    )
    target.mkdir(exist_ok=True)
    begin = time.perf_counter()
    done = subprocess.run(
        [arguments.peers, "-c", filled], capture_output=True, text=True, check=False, timeout=300
    )
    seconds = time.perf_counter() - begin
    if not any(target.rglob("*.txt")):
        why = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        print(f"| {tool} | - | {why[:70]} | | | | |")
        return
    _print_row(tool + ("" if done.returncode == 0 else " (stopped)"), seconds, target, document)


def _make_images(document: cocodec.Document, folder: Path) -> None:
    from PIL import Image

    folder.mkdir()
    for row in document.images[:]:
        Image.new("L", (row["width"], row["height"])).save(folder / row["file_name"])


def _print_row(tool: str, seconds: float, folder: Path, document: cocodec.Document) -> None:
    masks = document.masks()
    images = document.images[:]
    image_of = document.image_rows()
    files = {path.stem: path for path in folder.rglob("*.txt")}
    kept, scores = 0, {"opencv": np.zeros(len(masks.masks)), "coco": np.zeros(len(masks.masks))}
    for number, row in enumerate(images):
        path = files.get(Path(row["file_name"]).stem)
        lines = [] if path is None else path.read_text().splitlines()
        rings = [np.array(line.split()[1:], float) for line in lines if len(line.split()) > 6]
        kept += len(rings)
        mine = np.flatnonzero(image_of == number)
        if len(rings) == 0 or len(mine) == 0:
            continue
        size = (row["height"], row["width"])
        for rule in scores:
            scores[rule][mine] = _best(_filled(rings, size, rule), masks.masks[mine])
    total = len(masks.masks)
    cells = [f"{seconds:.2f}", f"{kept}"]
    for rule in ("opencv", "coco"):
        exact = int((scores[rule] == 1).sum())
        cells += [f"{exact} of {total}", f"{scores[rule].mean():.4f}"]
    print(f"| {tool} | {' | '.join(cells)} |")


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
    for rule in ("opencv", "coco"):
        begin = time.perf_counter()
        yolo.write(cocodec.read(path), folder / f"large_{rule}", rule=rule)  # type: ignore[arg-type]
        middle = time.perf_counter()
        yolo.read(folder / f"large_{rule}").write(folder / "back.json")
        end = time.perf_counter()
        print(
            f"{copies * len(annotations)} objects, --rule {rule}: "
            f"{middle - begin:.1f} s to YOLO, {end - middle:.1f} s back"
        )


if __name__ == "__main__":
    main()
