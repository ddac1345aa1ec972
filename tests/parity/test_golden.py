"""A mask that a labelling tool exported, with the numbers that the tool wrote beside it.

Of Hasty/CloudFactory: the string comes from an encoder that is neither pycocotools nor this one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import RleArray, as_rle
from cocodec.pycocotools import mask
from support import oracle


@pytest.fixture(scope="module")
def annotation(dialects: Path) -> dict[str, Any]:
    path = dialects / "hasty-cloudfactory" / "annotation.json"
    if not path.exists():
        pytest.skip(f"{path.name} of hasty-cloudfactory is not there")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def test_what_the_file_says(annotation):
    rles = RleArray.from_coco([annotation["segmentation"]])
    assert rles.sizes.tolist() == [[2211, 2097]]
    assert rles.area().tolist() == [annotation["area"]] == [6718]
    assert rles.bbox().tolist() == [annotation["bbox"]] == [[504, 842, 117, 75]]
    assert rles == as_rle(annotation["segmentation"], 2211, 2097)


def test_every_way_round_gives_the_same_string(annotation):
    rles = RleArray.from_coco([annotation["segmentation"]])
    assert rles.to_coco() == [annotation["segmentation"]]
    runs = rles.to_coco("list")
    assert RleArray.from_coco(runs).to_coco() == [annotation["segmentation"]]
    for layout in ("NHW", "HWN"):
        dense = rles.decode(layout=layout)
        assert RleArray.encode(dense, layout=layout).to_coco() == [annotation["segmentation"]]
    assert (~~rles).to_coco() == rles.union().to_coco() == [annotation["segmentation"]]


def test_the_drop_in_says_what_pycocotools_says(annotation):
    given = annotation["segmentation"]
    np.testing.assert_array_equal(mask.decode(given), oracle.decode(given))
    assert mask.area(given) == oracle.area(given) == 6718
    assert mask.encode(mask.decode(given)) == {**given, "counts": given["counts"].encode("ascii")}
    runs = {**given, "counts": RleArray.from_coco([given]).to_coco("list")[0]["counts"]}
    assert mask.frPyObjects(runs, 1, 1) == oracle.frPyObjects(runs, 1, 1)
