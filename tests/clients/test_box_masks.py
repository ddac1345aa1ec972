"""Masks kept in their boxes, as other tools keep them, and back: docs/howto/mask-operations.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cocodec import RleArray
from support.bridge import same
from support.clients import require_clients, run_client

# Runs and boxes as we have them become a CompactMask; its dense masks, and what it makes of those.
SUPERVISION = """
import sys
import numpy as np
from supervision.detection.compact_mask import CompactMask

given = np.load(sys.argv[1])
runs = np.split(given["counts"].astype(np.int32), given["offsets"][1:-1])
boxes, shape = given["boxes"], tuple(given["shape"].tolist())
crops = boxes[:, [3, 2]].astype(np.int32)
compact = CompactMask(runs, crops, boxes[:, :2].astype(np.int32), shape)
dense = compact.to_dense()
corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:] - 1])
again = CompactMask.from_dense(dense, corners, shape)
whole = {f"crop{i}": again.crop(i) for i in range(len(boxes))}
np.savez(sys.argv[2], dense=dense, offsets=again.offsets, **whole)
"""

# A detection for each mask, and its label painted on the image. FiftyOne cuts shares of the image
# to whole pixels, so that those of whole pixels need a little more: 29 / 61 * 61 is less than 29.
FIFTYONE = """
import sys
import numpy as np
from fiftyone.core.labels import Detection

given = np.load(sys.argv[1])
height, width = given["shape"].tolist()
full = []
for i, (x, y, w, h) in enumerate(given["boxes"].tolist()):
    box = [(x + 1 / 256) / width, (y + 1 / 256) / height, w / width, h / height]
    one = Detection(mask=given[f"crop{i}"].astype(bool), bounding_box=box)
    mask = one.to_segmentation(frame_size=(width, height), target=1).mask
    full.append(mask != 0)
np.savez(sys.argv[2], dense=np.array(full))
"""


@pytest.fixture
def masks() -> RleArray:
    random = np.random.default_rng(3)
    stack = np.zeros((30, 47, 61), bool)
    for mask, (y, x, h, w) in zip(
        stack, random.integers(1, [30, 40, 17, 21], (30, 4)), strict=True
    ):
        mask[y : y + h, x : x + w] = random.random((h, w)) < 0.6
        mask[y, x] = True
    return RleArray.encode(stack)


def test_supervision(masks: RleArray, tmp_path: Path) -> None:
    require_clients("import supervision.detection.compact_mask")
    cut, boxes = masks.crop_to_bbox()
    given, made = tmp_path / "given.npz", tmp_path / "made.npz"
    shape = masks.sizes[0]
    np.savez(given, counts=cut.counts, offsets=cut.offsets, boxes=boxes, shape=shape)
    run_client(SUPERVISION, given, made)
    theirs = np.load(made)
    same(RleArray.encode(theirs["dense"]), masks)
    crops = RleArray.concatenate(RleArray.encode(theirs[f"crop{i}"]) for i in range(len(masks)))
    same(crops, cut)
    same(crops.uncrop(theirs["offsets"], shape), masks)


def test_fiftyone(masks: RleArray, tmp_path: Path) -> None:
    require_clients("import fiftyone")
    cut, boxes = masks.crop_to_bbox()
    given, made = tmp_path / "given.npz", tmp_path / "made.npz"
    crops = {f"crop{i}": mask.decode(layout="HW") for i, mask in enumerate(cut)}
    np.savez(given, boxes=boxes, shape=masks.sizes[0], **crops)
    run_client(FIFTYONE, given, made)
    same(RleArray.encode(np.load(made)["dense"]), masks)


def test_shares_of_the_image(masks: RleArray) -> None:
    """FiftyOne's boxes by hand: shares of the image, which rounding makes pixels again."""
    cut, boxes = masks.crop_to_bbox()
    height, width = masks.sizes[0]
    scale = np.array([width, height, width, height])
    shares = boxes / scale
    same(cut.uncrop(np.rint(shares * scale), (height, width)), masks)


def test_cvat(masks: RleArray) -> None:
    """CVAT's runs go along the rows of the box: those of the transposed mask."""
    cut, boxes = masks.crop_to_bbox()
    rows = cut.transpose()
    for i, (x, y, w, h) in enumerate(boxes.tolist()):
        runs = rows[i].counts.tolist()
        flat = np.repeat(np.arange(len(runs)) % 2, runs).reshape(h, w)
        box = masks[i].decode(layout="HW")[y : y + h, x : x + w]
        np.testing.assert_array_equal(flat, box)
    again = RleArray.from_runs(rows.counts, rows.offsets, boxes[:, 2:]).transpose()
    same(again.uncrop(boxes, masks.sizes[0]), masks)
