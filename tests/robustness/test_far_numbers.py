"""Numbers that overflow when they are added or multiplied: judged, and no warning of numpy's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec.cli import main

BOXES = [[0, 0, 1e300, 1e300], [1e308, 1e308, 1e308, 1e308], [-1e300, 2, 1e200, 3], [1, 2, 3, 4]]
RINGS: list[list[Any]] = [
    [[0, 0, 1e300, 0, 1e300, 1e300]],
    [],
    [[-1e200, 0, 5, 5, 5, 1]],
    [[1, 2, 4, 2, 4, 6, 1, 6]],
]
COMMANDS = [
    "info IN",
    "check IN",
    "check IN --fix OUT",
    "stats IN",
    "stats IN --html page.html",
    "diff IN IN",
    "subset IN OUT --where area>1",
    "convert IN OUT --to rle --on-error skip",
    *(
        f"convert IN OUT --dialect {name} --on-error skip"
        for name in ("official", "cvat", "encord", "hasty", "trainingdata")
    ),
    *(f"convert IN made --to {name}" for name in ("yolo", "voc", "labelme", "cvat-xml", "via")),
    "crop IN OUT --box 0 0 5 5",
    "resize IN OUT --scale 0.5",
    "flip IN OUT",
    "rotate90 IN OUT",
    "pad IN OUT --left 3",
    "tile IN OUT --size 5 5",
    "view IN --out page.html --results DT",
    "draw IN drawn",
    "merge-groups IN OUT",
    *(f"eval IN DT --type {kind}" for kind in ("bbox", "segm")),
    "eval IN IN --type segm",
    "eval IN DT --type bbox --html page.html",
]


def document() -> dict[str, Any]:
    rows = [
        {"id": i + 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": box[2], "bbox": box,
         "segmentation": ring}
        for i, (box, ring) in enumerate(zip(BOXES, RINGS, strict=True))
    ]  # fmt: skip
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 10, "width": 10}],
        "categories": [{"id": 1, "name": "x"}],
        "annotations": rows,
    }


def results() -> list[dict[str, Any]]:
    return [{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.5} for box in BOXES]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.json").write_text(json.dumps(document()))
    Path("dt.json").write_text(json.dumps(results()))
    names = {"IN": "in.json", "DT": "dt.json", "OUT": "out.json"}
    with np.errstate(all="warn"):  # and warnings are errors here
        code = main([names.get(word, word) for word in command.split()])
    assert code in (0, 1)


def test_what_overflows_is_judged() -> None:
    assert "bbox-outside" in {finding.code for finding in cocodec.check(document())}
    result = cocodec.evaluate(document(), results(), iou_type="bbox")
    assert result.stats["AP"] > 0.99
