"""Detections as bytes, for another process to merge."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
import numpy as np

from cocodec.errors import DocumentError
from cocodec.evaluation.columns import Detections
from cocodec.masks.rle_array import RleArray

__all__ = ["pack", "require_same_type", "unpack"]

_FORMAT = "cocodec detections 1"
_DTYPES = {
    "counts": "<u4",
    "offsets": "<i8",
    "sizes": "<i8",
    "unnamed": "|u1",
    "image_ids": "<i8",
    "category_ids": "<i8",
}


def pack(iou_type: str, parts: list[Detections]) -> bytes:
    """Return all columns of all parts, bit for bit."""
    rows = [{f.name: _packed(getattr(part, f.name)) for f in fields(part)} for part in parts]
    return msgspec.msgpack.encode({"format": _FORMAT, "iou_type": iou_type, "parts": rows})


def unpack(data: bytes, iou_type: str) -> list[Detections]:
    """Read what `pack` wrote.

    Raises
    ------
    DocumentError
        If it did not write this, or for another kind of evaluation.
    """
    try:
        content = msgspec.msgpack.decode(data)
        if content["format"] != _FORMAT:
            raise DocumentError(f"the bytes are {content['format']!r}, expected {_FORMAT!r}")
        require_same_type(content["iou_type"], iou_type)
        return [_part(row) for row in content["parts"]]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"the bytes are no detections of an evaluator: {error}") from None


def require_same_type(theirs: str, ours: str) -> None:
    """Refuse detections for another kind of evaluation."""
    if theirs != ours:
        raise DocumentError(f"the detections are for {theirs!r}, this evaluation for {ours!r}")


def _packed(value: Any) -> Any:
    if value is None or isinstance(value, list):
        return value
    if isinstance(value, RleArray):
        return {name: _packed(getattr(value, name)) for name in ("counts", "offsets", "sizes")}
    dtype = "<f8" if value.dtype.kind == "f" else value.dtype.newbyteorder("<").str
    return {"shape": list(value.shape), "data": value.astype(dtype).tobytes()}


def _part(row: dict[str, Any]) -> Detections:
    values = {f.name: _unpacked(f.name, row[f.name]) for f in fields(Detections)}
    part = Detections(**values)
    columns = [v for v in values.values() if v is not None]
    if {len(column) for column in columns} != {len(part)}:
        raise DocumentError("the columns of the detections differ in length")
    return part


def _unpacked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, list):
        return value
    if "counts" in value:
        return RleArray.from_runs(*(_unpacked(k, value[k]) for k in ("counts", "offsets", "sizes")))
    array = np.frombuffer(value["data"], _DTYPES.get(name, "<f8"))
    return array.astype(array.dtype.newbyteorder("=")).reshape(value["shape"])
