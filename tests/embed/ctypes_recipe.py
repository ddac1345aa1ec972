"""cocodec's C table from ctypes: masks dilated by 3 x 3 pixels. test_ctypes.py runs it."""

from __future__ import annotations

import ctypes as c

import numpy as np

import cocodec._core as _core


class Size(c.Structure):
    _fields_ = [("height", c.c_int64), ("width", c.c_int64)]


class Masks(c.Structure):
    _fields_ = [
        ("counts", c.POINTER(c.c_uint32)),
        ("counts_length", c.c_int64),
        ("offsets", c.POINTER(c.c_int64)),
        ("sizes", c.POINTER(Size)),
        ("length", c.c_int64),
        ("owner", c.c_void_p),
    ]


class Dense(c.Structure):
    _fields_ = [("data", c.c_void_p), ("length", c.c_int64), ("size", Size)]
    _fields_ += [(name, c.c_int64) for name in ("mask_stride", "row_stride", "column_stride")]


class Neighbourhood(c.Structure):
    _fields_ = [("shape", c.c_int32), ("outside", c.c_int32), ("rows", c.c_int64)]
    _fields_ += [("columns", c.c_int64), ("radius", c.c_double), ("iterations", c.c_int64)]


def member(number: int, *arguments: object) -> object:
    """The table's function of this number, the first being `status_name`."""
    pointer = c.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = c.c_void_p, [c.py_object, c.c_char_p]
    table = pointer(_core._C_API, b"cocodec._core._C_API")
    version, size = (c.c_uint32 * 2).from_address(table)
    assert version == 1
    assert 8 + (number + 1) * c.sizeof(c.c_void_p) <= size, "this cocodec is too old"
    address = c.c_void_p.from_address(table + 8 + number * c.sizeof(c.c_void_p)).value
    return c.CFUNCTYPE(c.c_int32, *arguments)(address)  # CFUNCTYPE gives up the lock


RELEASE_MASKS, ENCODE, MORPHOLOGY = 1, 4, 29  # their places in <cocodec/cocodec.h>
BATCH = c.POINTER(Masks)
release = member(RELEASE_MASKS, BATCH)
encode = member(ENCODE, c.POINTER(Dense), BATCH, c.c_void_p)
change = member(MORPHOLOGY, BATCH, c.c_int32, c.POINTER(Neighbourhood), BATCH, c.c_void_p)


def dilated(pixels: np.ndarray) -> list[list[int]]:
    """(n, h, w) of uint8 -> the runs of each mask after the dilation."""
    pixels = np.ascontiguousarray(pixels, np.uint8)
    n, h, w = pixels.shape
    dense = Dense(pixels.ctypes.data, n, Size(h, w), h * w, w, 1)
    masks, grown, box = Masks(), Masks(), Neighbourhood(0, 0, 1, 1, 0, 1)
    try:
        for status in (encode(dense, masks, None), change(masks, 0, box, grown, None)):
            if status != 0:
                raise ValueError(f"cocodec says {status}")
        return [grown.counts[grown.offsets[i] : grown.offsets[i + 1]] for i in range(n)]
    finally:
        release(grown)
        release(masks)
