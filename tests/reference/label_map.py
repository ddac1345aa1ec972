"""Label maps once more: slow, obvious Python on `reference.Mask`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference import masks as reference
from reference.masks import Mask


def labels_of(image: np.ndarray) -> np.ndarray:
    """Three channels are red + 256 green + 65536 blue."""
    if image.ndim == 2:
        return image
    red, green, blue = (image[..., k].astype(np.uint32) for k in range(3))
    return red + 256 * green + 65536 * blue


def from_label_map(image: np.ndarray, background: int | None) -> tuple[list[Mask], list[int]]:
    """One mask for each label but the background, in ascending order."""
    labels = labels_of(image)
    found = sorted({int(label) for label in labels.ravel()} - {background})
    return [reference.encode(labels == label) for label in found], found


def to_label_map(
    masks: Sequence[Mask],
    ids: Sequence[int],
    size: tuple[int, int],
    background: int = 0,
    overlap: str = "last",
) -> np.ndarray:
    """Pixel by pixel; ValueError with the first pixel (column-major) that two masks claim."""
    dense = [reference.decode(mask) for mask in masks]
    out = np.full(size, background, dtype=object)
    for x in range(size[1]):
        for y in range(size[0]):
            owners = [i for i, mask in enumerate(dense) if mask[y, x]]
            if len(owners) > 1 and overlap == "error":
                raise ValueError((owners[0], owners[1], y, x))
            if owners:
                out[y, x] = ids[owners[0] if overlap == "first" else owners[-1]]
    return out
