"""Matches -> precision and recall curves, and which detection counted how, as lvis has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cocodec.pycocotools.engine.curves import curves_of

__all__ = ["Pointers", "accumulate_cells", "pointers_of"]

Row = dict[str, Any]

_NAMES = {
    "gtIgnore": "gt_ignore",
    "dtScores": "dt_scores",
    "dtMatches": "dt_matches",
    "dtIgnore": "dt_ignore",
}


def accumulate_cells(cells: Any, p: Any) -> dict[str, Any]:
    """Make the curves of every category and area range.

    Parameters
    ----------
    cells : sequence of dict or None
        ``eval_imgs``: nested by category, area range and image.

    Returns
    -------
    dict
        precision of shape (T, R, K, A), recall of shape (T, K, A), -1 where there is nothing;
        dt_pointers.
    """
    K = len(p.cat_ids) if p.use_cats else 1
    T, R, A = len(p.iou_thrs), len(p.rec_thrs), len(p.area_rng)
    precision, recall = -np.ones((T, R, K, A)), -np.ones((T, K, A))
    for k, a, found in _groups(cells, p):
        renamed = [{ours: cell[theirs] for ours, theirs in _NAMES.items()} for cell in found]
        curves = curves_of(renamed, None, p.rec_thrs) if found else None
        if curves is not None:
            recall[:, k, a], precision[:, :, k, a] = curves[0], curves[1]
    return {"precision": precision, "recall": recall, "dt_pointers": pointers_of(cells, p)}


def pointers_of(cells: Any, p: Any) -> dict[int, dict[int, Row]]:
    """Say for every category and area range which detections are right and wrong, best first."""
    pointers: dict[int, dict[int, Row]] = {}
    for k, a, found in _groups(cells, p):
        pointers.setdefault(k, {})[a] = _pointers(found)
    return pointers


def _groups(cells: Any, p: Any) -> Iterator[tuple[int, int, list[Row]]]:
    images, areas = len(p.img_ids), len(p.area_rng)
    for k in range(len(p.cat_ids) if p.use_cats else 1):
        for a in range(areas):
            first = (k * areas + a) * images
            group = [cells[first + i] for i in range(images)]
            yield k, a, [cell for cell in group if cell is not None]


def _pointers(cells: list[Row]) -> Row:
    if not cells or np.all(np.concatenate([cell["gt_ignore"] for cell in cells]) != 0):
        return {}
    scores = np.concatenate([cell["dt_scores"] for cell in cells])
    order = np.argsort(-scores, kind="mergesort")
    matched = np.concatenate([cell["dt_matches"] for cell in cells], axis=1)[:, order] != 0
    ignored = np.concatenate([cell["dt_ignore"] for cell in cells], axis=1)[:, order] != 0
    ids = np.concatenate([cell["dt_ids"] for cell in cells])
    return {"dt_ids": ids[order], "tps": matched & ~ignored, "fps": ~matched & ~ignored}


class Pointers(dict[Any, Any]):
    """``dt_pointers``, which few read and which are big: made when somebody looks at them."""

    def __init__(self, make: Callable[[], dict[int, dict[int, Row]]]) -> None:
        super().__init__()
        self._make: Callable[[], dict[int, dict[int, Row]]] | None = make

    def _filled(self) -> Pointers:
        if self._make is not None:
            make, self._make = self._make, None
            self.update(make())
        return self

    def __getitem__(self, key: Any) -> Any:
        return dict.__getitem__(self._filled(), key)

    def __iter__(self) -> Iterator[Any]:
        return dict.__iter__(self._filled())

    def __len__(self) -> int:
        return dict.__len__(self._filled())

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self._filled(), key)

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._filled(), other)

    __hash__ = None

    def __repr__(self) -> str:
        return dict.__repr__(self._filled())

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self.items()),)

    def keys(self) -> Any:
        """Places of the categories."""
        return dict.keys(self._filled())

    def values(self) -> Any:
        """Pointers of each category, by area range."""
        return dict.values(self._filled())

    def items(self) -> Any:
        """Places and pointers."""
        return dict.items(self._filled())

    def get(self, key: Any, default: Any = None) -> Any:
        """Pointers of one category."""
        return dict.get(self._filled(), key, default)
