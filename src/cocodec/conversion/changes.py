"""What became of masks that are others now, in a line for both reports that count them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cocodec.errors import how_many

__all__ = ["describe_changes"]


class _Changed(Protocol):
    @property
    def gained(self) -> int: ...
    @property
    def lost(self) -> int: ...
    @property
    def iou(self) -> float: ...


def describe_changes(masks: Sequence[_Changed]) -> str:
    """Say how many masks were changed, and by how much."""
    text = f"{len(masks):,} changed"
    if masks:
        gained = how_many(sum(mask.gained for mask in masks), "pixel")
        lost, lowest = sum(mask.lost for mask in masks), min(mask.iou for mask in masks)
        text += f": {gained} gained, {lost:,} lost, lowest IoU {lowest:.4f}"
    return text
