"""Documents reshaped: taken apart, put together, compared, counted, moved about."""

from __future__ import annotations

from cocodec.reshaping.comparing import Difference, diff
from cocodec.reshaping.counting import Stats, stats
from cocodec.reshaping.merging import Merged, merge
from cocodec.reshaping.selecting import subset
from cocodec.reshaping.splitting import sample, split

__all__ = ["Difference", "Merged", "Stats", "diff", "merge", "sample", "split", "stats", "subset"]
