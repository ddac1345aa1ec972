"""What asks for a function of ``_mask`` that somebody has replaced, as the reference asks for it.

The functions of ``mask`` are the core's and ask nobody. As soon as a function of ``_mask`` that the
reference's would ask for is another one, these here stand in ``mask`` in their place.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import Any

import cocodec._core as _core

__all__ = ["MaskModule"]

# Of the reference's own memory: see DIFFERENCES.md, "Private helpers".
_NOT_HERE = ("Masks", "RLEs", "_frString", "_toString")


def _asked() -> Any:
    return sys.modules["cocodec.pycocotools._mask"]


def _encode(bimask: Any) -> Any:
    if len(bimask.shape) == 3:
        return _asked().encode(bimask)
    h, w = bimask.shape
    return _asked().encode(bimask.reshape((h, w, 1), order="F"))[0]


def _decode(rleObjs: Any) -> Any:
    if type(rleObjs) is list:
        return _asked().decode(rleObjs)
    return _asked().decode([rleObjs])[:, :, 0]


def _area(rleObjs: Any) -> Any:
    return _asked().area(rleObjs) if type(rleObjs) is list else _asked().area([rleObjs])[0]


def _toBbox(rleObjs: Any) -> Any:
    return _asked().toBbox(rleObjs) if type(rleObjs) is list else _asked().toBbox([rleObjs])[0]


def _frPyObjects(pyobj: Any, h: Any, w: Any) -> Any:
    import numpy as np

    if type(pyobj) is np.ndarray:
        return _asked().frBbox(pyobj, h, w)
    if type(pyobj) is dict:
        return _asked().frUncompressedRLE([pyobj], h, w)[0]
    if type(pyobj) is not list or len(pyobj) == 0:
        return _core._mask_frPyObjects(pyobj, h, w)  # which knows what to say
    if type(pyobj[0]) is dict:
        return _asked().frUncompressedRLE(pyobj, h, w)
    one = not hasattr(pyobj[0], "__len__")
    rows = [pyobj] if one else pyobj
    found = _asked().frBbox(rows, h, w) if len(rows[0]) == 4 else _asked().frPoly(rows, h, w)
    return found[0] if one else found


# Function of `mask` -> the core's, the one here, and the functions of `_mask` that it asks for.
_ASKING: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "encode": (_core.mask_encode, _encode, ("encode",)),
    "decode": (_core.mask_decode, _decode, ("decode",)),
    "area": (_core.mask_area, _area, ("area",)),
    "toBbox": (_core.mask_toBbox, _toBbox, ("toBbox",)),
    "frPyObjects": (
        _core._mask_frPyObjects,
        _frPyObjects,
        ("frPoly", "frBbox", "frUncompressedRLE"),
    ),
}


class MaskModule(ModuleType):
    """The module ``_mask``: notices what is put in the place of its functions."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _NOT_HERE:
            message = f"pycocotools._mask.{name} was set, but nothing of cocodec's asks for it"
            warnings.warn(message, stacklevel=2)
        _change_askers(self, name)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        _change_askers(self, name)


def _change_askers(asked: ModuleType, name: str) -> None:
    """Put the core's functions, or those that ask, where the other ones of these are."""
    mask = sys.modules.get("cocodec.pycocotools.mask")
    for asking, (own, other, names) in _ASKING.items():
        if name not in names:
            continue
        own_still = all(getattr(asked, n, None) is getattr(_core, f"_mask_{n}") for n in names)
        before, after = (other, own) if own_still else (own, other)
        for module in (mask, asked) if asking == "frPyObjects" else (mask,):
            if module is not None and vars(module).get(asking) is before:
                vars(module)[asking] = after
