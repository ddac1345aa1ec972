"""Whether somebody has put something of their own in the place of one of ours.

A step may be overridden by a subclass, patched in its class, set on an object, or replaced in a
module (``pycocotools.mask.iou = ...``). Whatever is not the very function that was here is somebody
else's: a wrapper that copies names (`functools.wraps`) is noticed too.
"""

from __future__ import annotations

import builtins
import io
import sys
from types import FunctionType
from typing import Any

import cocodec._core as _core

__all__ = ["has_own_masks", "is_own", "reads_own", "remember"]

_own: dict[str, list[Any]] = {}

_MASKS = {
    "area": _core.mask_area,
    "decode": _core.mask_decode,
    "encode": _core.mask_encode,
    "toBbox": _core.mask_toBbox,
    "frPyObjects": _core._mask_frPyObjects,
    "iou": _core._mask_iou,
    "merge": _core._mask_merge,
}


def remember(kind: type) -> type:
    """Keep the methods that a class of ours has from the start; a decorator."""
    for name, value in vars(kind).items():
        if isinstance(value, FunctionType):
            _own.setdefault(name, []).append(value)
    return kind


def is_own(thing: Any, *names: str) -> bool:
    """Whether all these methods are this package's: not overridden, not patched, not set."""
    own = getattr(thing, "__dict__", {})
    return all(
        name not in own and _is_ours(name, getattr(type(thing), name, None)) for name in names
    )


def _is_ours(name: str, method: Any) -> bool:
    return any(method is one for one in _own.get(name, ()))


def has_own_masks(module: Any, *names: str) -> bool:
    """Whether these functions of a ``maskUtils`` are those of `cocodec.pycocotools.mask`."""
    return all(getattr(module, name, None) is _MASKS[name] for name in names)


def reads_own(names: dict[str, Any]) -> bool:
    """Whether a module of these names would read JSON with Python's own ``json`` and ``open``."""
    return _json_is_own(names) and names.get("open", builtins.open) is io.open


def _json_is_own(names: dict[str, Any]) -> bool:
    json = sys.modules.get("json")  # not imported: nobody can have put anything into it
    if "json" in names and names["json"] is not json:
        return False
    functions = [getattr(json, name, None) for name in ("load", "loads")] if json else []
    return all(getattr(one, "__globals__", None) is vars(json) for one in functions)
