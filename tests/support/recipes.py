"""cocodec between other libraries' masks: short functions to copy. test_recipes.py runs them.

Each takes and gives what that library documents, for all masks of an image at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec import RleArray, as_rle


def corners(masks: RleArray) -> np.ndarray:
    """x0, y0, x1, y1 of each mask as float32, the last pixel inside, as torchvision counts."""
    x, y, width, height = masks.bbox().T
    return np.stack([x, y, x + np.maximum(width - 1, 0), y + np.maximum(height - 1, 0)], 1).astype(
        np.float32
    )


# ---------------------------------------------------------------- torchvision


def torchvision_target(annotations: list[dict[str, Any]], height: int, width: int) -> dict:
    """COCO annotations of one image -> the target that torchvision's detection models train on."""
    import torch

    masks = RleArray.concatenate(as_rle(a["segmentation"], height, width) for a in annotations)
    boxes = masks.bbox().astype(np.float32)
    boxes[:, 2:] += boxes[:, :2]  # the models want the far edges, not the last pixels
    return {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.tensor([a["category_id"] for a in annotations]),
        "masks": torch.from_numpy(masks.decode()) if annotations else torch.zeros(0, height, width),
        "area": torch.from_numpy(masks.area().astype(np.float32)),
        "iscrowd": torch.tensor([a.get("iscrowd", 0) for a in annotations]),
    }


def torchvision_masks(output: dict) -> RleArray:
    """What a Mask R-CNN returns, (N, 1, H, W) probabilities -> masks."""
    return RleArray.encode(output["masks"][:, 0].cpu(), threshold=0.5)


# ---------------------------------------------------------------- supervision


def supervision_detections(masks: RleArray, *, compact: bool = False, **fields: Any) -> Any:
    """Masks of one image (all of one size) -> `Detections`, with dense or compact masks."""
    import supervision

    boxes = corners(masks)
    if not compact:
        dense = masks.decode(dtype=bool)
        return supervision.Detections(xyxy=boxes, mask=dense, **fields)
    from supervision.detection.compact_mask import CompactMask

    size = tuple(masks.sizes[0].tolist())
    mask = CompactMask.from_coco_rle(masks.to_coco(), boxes, image_shape=size)
    return supervision.Detections(xyxy=boxes, mask=mask, **fields)


def supervision_masks(detections: Any) -> RleArray:
    """`Detections` with masks of either kind -> masks. Compact ones are unfolded one by one."""
    mask = detections.mask
    if isinstance(mask, np.ndarray):
        return RleArray.encode(mask)
    return RleArray.concatenate(RleArray.encode(mask[i]) for i in range(len(mask)))


# ---------------------------------------------------------------- Hugging Face


def hugging_face_masks(rles: list[list[int]], height: int, width: int) -> RleArray:
    """`post_process_..._segmentation(return_coco_annotation=True)`: its "segmentation" -> masks.

    Those are not COCO's runs: pairs of a start, counted from 1, and a length, row by row. There is
    one for each value of the map, background included, in ascending order.
    """
    counts, offsets = [], [0]
    for rle in rles:
        pairs = np.asarray(rle, np.int64).reshape(-1, 2)
        edges = np.stack([pairs[:, 0] - 1, pairs.sum(1) - 1], 1).ravel()
        counts.append(np.diff(np.concatenate([[0], edges, [height * width]])))
        offsets.append(offsets[-1] + len(counts[-1]))
    # Row by row is column by column of the transposed mask.
    runs = np.concatenate(counts) if counts else np.zeros(0, np.int64)
    across = RleArray.from_runs(runs, offsets, (width, height))
    return RleArray.encode(across.decode().transpose(0, 2, 1))


# ---------------------------------------------------------------- SAM


def sam_masks(records: list[dict[str, Any]]) -> RleArray:
    """What `SamAutomaticMaskGenerator.generate` returns, in any `output_mode` -> masks."""
    found = [record["segmentation"] for record in records]
    if found and isinstance(found[0], np.ndarray):
        return RleArray.encode(np.stack(found))
    return RleArray.from_coco(found)


# ---------------------------------------------------------------- ultralytics


def ultralytics_masks(result: Any) -> RleArray:
    """`Results.masks` -> masks, of the size of `masks.data`.

    That is the size of the image only if the model was called with `retina_masks=True`; otherwise
    `RleArray.from_polygons([[ring] for ring in result.masks.xy], result.orig_shape)` gives masks
    of the image's size, from their outlines.
    """
    data = result.masks.data
    if hasattr(data, "cpu"):
        data = data.cpu()
    return RleArray.encode(data, threshold=0.5 if "float" in str(data.dtype) else None)
