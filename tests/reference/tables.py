"""Tables, slowly: what a column, a key or an edit is, said of plain Python rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from cocodec import MISSING


def keys(rows: list[dict[str, Any]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for row in rows:
        for key in row:
            out[key] = out.get(key, 0) + 1
    return out


def kind_of(value: Any) -> int:
    if value is MISSING:
        return 0
    if isinstance(value, bool):
        return 3 if value else 2
    kinds = {type(None): 1, int: 4, float: 5, str: 6, list: 7, dict: 8}
    return kinds[type(value)]


def is_exact(value: Any) -> bool:
    """A float, or an integer of 64 bits that a double holds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, float) or (-(2**63) <= value < 2**63 and int(float(value)) == value)


def column(rows: list[dict[str, Any]], key: str, missing: Any = MISSING) -> np.ndarray:
    values = [row.get(key, missing) for row in rows]
    lists = [v for v in values if isinstance(v, list)]
    if is_exact(missing) and lists and all(len(v) == len(lists[0]) > 0 for v in lists):
        filled = [[missing] * len(lists[0]) if key not in row else row[key] for row in rows]
        if all(isinstance(v, list) and all(map(is_exact, v)) for v in filled):
            return np.array(filled, np.float64).reshape(len(rows), -1)
    if values and all(isinstance(v, bool) for v in values):
        return np.array(values, bool)
    if values and all(type(v) is int and -(2**63) <= v < 2**63 for v in values):
        return np.array(values, np.int64)
    if all(map(is_exact, values)) and any(isinstance(v, float) for v in values):
        return np.array(values, np.float64)
    if values and all(isinstance(v, list) and len(v) == len(values[0]) > 0 for v in values):
        flat = [x for v in values for x in v]
        if all(map(is_exact, flat)):
            return np.array(flat, np.float64).reshape(len(values), -1)
    return np.fromiter(values, object, len(values))


def shoelace(rings: list[list[float]]) -> float:
    total = 0.0
    for ring in rings:
        x, y = ring[0::2], ring[1::2]
        doubled = 0.0
        for i in range(len(x)):
            doubled += x[i - 1] * y[i] - x[i] * y[i - 1]
        total += abs(doubled) / 2
    return total


def vertex_box(rings: list[list[float]]) -> list[float]:
    x = [value for ring in rings for value in ring[0::2]]
    y = [value for ring in rings for value in ring[1::2]]
    return [min(x), min(y), max(x) - min(x), max(y) - min(y)]
