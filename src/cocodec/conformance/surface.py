"""Where a module keeps what pycocotools calls mask, COCO and COCOeval."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

__all__ = ["Surface", "find_surface"]


class Surface(NamedTuple):
    """What is tried.

    Attributes
    ----------
    mask : module
        With encode, decode, area, toBbox, merge, iou and frPyObjects.
    coco, cocoeval : classes
    """

    mask: Any
    coco: Any
    cocoeval: Any


_MASKS = ("{0}.mask", "{0}.core.mask", "{0}.mask_api")
_COCO = (("{0}.coco", "COCO"), ("{0}", "COCO"), ("{0}.core.coco", "COCO"))
_COCOEVAL = (
    ("{0}.cocoeval", "COCOeval"),
    ("{0}", "COCOeval"),
    ("{0}", "COCOeval_faster"),
    ("{0}.core.faster_eval_api", "COCOeval_faster"),
    ("{0}.core.cocoeval", "COCOeval"),
)


def find_surface(module: str) -> Surface:
    """Import what there is of pycocotools' surface; None for what is not there.

    Raises
    ------
    ImportError
        If there is no such module, or it has none of the three.
    """
    import_module(module)
    mask = next(filter(None, (_module(name.format(module)) for name in _MASKS)), None)
    if mask is None:
        mask = getattr(import_module(module), "mask", None)
    found = Surface(mask, _first(module, _COCO), _first(module, _COCOEVAL))
    if not any(found):
        raise ImportError(f"{module} has neither mask nor COCO nor COCOeval", name=module)
    return found


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _first(module: str, places: tuple[tuple[str, str], ...]) -> Any:
    for where, name in places:
        value = getattr(_module(where.format(module)), name, None)
        if value is not None:
            return value
    return None
