"""Documents reshaped: taken apart, put together, compared, counted, moved about."""

from __future__ import annotations

from cocodec.reshaping.columns import set_columns, strip
from cocodec.reshaping.comparing import Difference, diff
from cocodec.reshaping.counting import Stats, stats
from cocodec.reshaping.geometry import crop, flip, pad, resize, rotate90
from cocodec.reshaping.merging import Merged, merge
from cocodec.reshaping.relabelling import names_to_ids, remap
from cocodec.reshaping.selecting import subset
from cocodec.reshaping.splitting import sample, split
from cocodec.reshaping.tiling import tile, untile

__all__ = [
    "Difference",
    "Merged",
    "Stats",
    "crop",
    "diff",
    "flip",
    "merge",
    "names_to_ids",
    "pad",
    "remap",
    "resize",
    "rotate90",
    "sample",
    "set_columns",
    "split",
    "stats",
    "strip",
    "subset",
    "tile",
    "untile",
]
