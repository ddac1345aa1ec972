"""The JavaScript of docs/howto/browser.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import RleArray
from support.node import run_node

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "browser.md"
RUNS = "return script.runs(given.counts, given.size)"
PAINT = "return Array.from(script.paint(given, [9, 8, 7, 6]))"


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    code = "\n".join(re.findall(r"^```js\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M))
    path = tmp_path_factory.mktemp("browser") / "page.js"
    path.write_text(code + "\nmodule.exports = { runs, paint, show };", "utf-8")
    return str(path)


def random_masks() -> RleArray:
    rng = np.random.default_rng(7)
    shapes = [(1, 1), (1, 9), (7, 1), (5, 6), (40, 33), (300, 200), (0, 4)]
    dense = [rng.random(shape) < share for shape in shapes for share in (0, 0.01, 0.5, 0.99, 1)]
    return RleArray.from_coco([RleArray.encode(mask).to_coco()[0] for mask in dense])


def test_runs_and_pixels_are_those_of_the_mask(script: str) -> None:
    masks = random_masks()
    rows = masks.to_coco()
    expected = [row["counts"] for row in masks.to_coco("list")]
    assert [got.get("value") for got in run_node(script, RUNS, rows)] == expected
    listed: list[Any] = masks.to_coco("list")
    assert [got.get("value") for got in run_node(script, RUNS, listed)] == expected
    for mask, got in zip(masks, run_node(script, PAINT, rows), strict=True):
        pixels = mask.decode()[0][:, :, None] * np.array([9, 8, 7, 6])
        assert got.get("value") == pixels.ravel().tolist()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ("P", "the counts end inside a run"),
        ("!", "these are no counts"),
        ("PPPPPPPPPPP0", "these are no counts"),
        ("3", "cover 3 pixels"),
        ("5N5", "cover"),
        ("O>", "cover"),
    ],
)
def test_what_is_broken_is_refused(script: str, counts: str, said: str) -> None:
    (got,) = run_node(script, RUNS, [{"size": [2, 6], "counts": counts}])
    assert said in got["error"]
