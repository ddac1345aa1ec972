"""What only code of our own should hand to the core is checked there all the same."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import numpy as np
import pytest

import cocodec._core as _core
from cocodec import CocodecError, RleArray

# The members of an enum are made with it.
CLASSES = [
    item
    for item in vars(_core).values()
    if isinstance(item, type) and not hasattr(item, "__members__")
]
TEXT = b'{"a":1} {"a":2}'


def rows_at(*spans: tuple[int, int]) -> _core.Rows:
    return _core.Rows([TEXT], np.zeros(len(spans), np.int32), np.array(spans))


@pytest.mark.parametrize("cls", [c for c in CLASSES if not issubclass(c, Exception)])
def test_no_object_is_empty(cls):
    """In a process of its own: the methods of empty objects crashed."""
    script = f"""
import cocodec._core as core
cls = core.{cls.__name__}
base = cls.__mro__[1]
class Derived(cls): pass
for make in (lambda: cls.__new__(cls), lambda: base.__new__(cls), lambda: object.__new__(cls),
             lambda: Derived.__new__(Derived)):
    try:
        empty = make()
    except TypeError:
        continue
    for name in dir(cls):
        getattr(empty, name)
    raise SystemExit("an empty object was made")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_objects_are_made_by_calling_the_class():
    rows = rows_at((0, 7), (8, 15))
    assert len(rows) == 2
    with pytest.raises(TypeError):
        _core.Rows()
    with pytest.raises(TypeError, match=r"Rows\(\.\.\.\)"):
        _core.Rows.__new__(_core.Rows)
    with pytest.raises(TypeError):
        _core.Runs()
    assert len(_core.IdIndex(rows, None).duplicates()) == 0


@pytest.mark.parametrize(
    "span", [(-1, 5), (-3, -3), (-(2**63), 2**63 - 1), (0, 2**63 - 1), (5, 4), (-1, 2**63 - 1)]
)
def test_spans_lie_in_their_text(span):
    with pytest.raises(CocodecError, match="span 0"):
        rows_at(span)
    with pytest.raises(CocodecError, match="span 0"):
        _core.Records(TEXT, np.empty((0, 2), np.int64)).read(np.array([span]))
    with pytest.raises(CocodecError, match="span 0"):
        _core.edit_records(rows_at((0, 7)), ["a"], [(b"1", 0)], np.array([[span]]))


@pytest.mark.parametrize("span", [(-1, -1), (-1, 3), (0, 99), (8, 7)])
def test_a_range_lies_in_its_text(span):
    records = _core.Records(TEXT, np.empty((0, 2), np.int64))
    with pytest.raises(CocodecError):
        records.convert(np.array([(0, 7)]), span, _core.Spelling.list())


def test_records_that_are_converted_come_in_order():
    records = _core.Records(TEXT, np.empty((0, 2), np.int64))
    with pytest.raises(CocodecError, match="span 1"):
        records.convert(np.array([(8, 15), (0, 7)]), (0, 15), _core.Spelling.list())


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (np.zeros((1, 4, 4), np.uint8), "float64"),
        (np.zeros((1, 4, 4), np.float16), "float32"),
        (np.zeros((1, 4, 4), np.int32), "float32"),
        (np.zeros((1, 4, 4), np.uint8), "bfloat16"),
        (np.zeros((1, 4, 4), ">f4"), "float32"),
    ],
)
def test_scores_are_of_their_type(array, name):
    with pytest.raises(TypeError, match="dtype"):
        _core.encode_scores(array, name, 0.5, "NHW")


class Device(ctypes.Structure):
    _fields_ = (("type", ctypes.c_int32), ("id", ctypes.c_int32))


class Type(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("dtype", Type),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("offset", ctypes.c_uint64),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    )


class Producer:
    """A DLPack tensor of one byte an item, as somebody else filled it in."""

    NAME = ctypes.create_string_buffer(b"dltensor")

    def __init__(self, data, shape, strides=None, axes=None):
        self.data = data
        self.shape = None if shape is None else (ctypes.c_int64 * 4)(*shape)
        self.strides = None if strides is None else (ctypes.c_int64 * 4)(*strides)
        address = None if data is None else ctypes.addressof(data)
        axes = len(shape or ()) if axes is None else axes
        self.tensor = Tensor(
            address, Device(1, 0), axes, Type(1, 8, 1), self.shape, self.strides, 0, None, None
        )

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, **options):
        if options:
            raise TypeError
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
        return new(ctypes.addressof(self.tensor), self.NAME, None)


@pytest.mark.parametrize(
    ("shape", "strides", "axes"),
    [
        ((64, 64), None, None),
        ((64, 64), (2**30, 1), None),
        ((4, 64, 64), None, None),
    ],
)
def test_dlpack_without_memory(shape, strides, axes):
    with pytest.raises((CocodecError, ValueError), match="data pointer is NULL"):
        RleArray.encode(Producer(None, shape, strides, axes))


@pytest.mark.parametrize(
    ("shape", "strides", "axes"),
    [
        ((2**62, 4), None, None),
        ((2**32, 2**32), None, None),
        ((4, 4), (2**62, 2**62), None),
        ((4, 4), (-(2**63), 1), None),
        ((-1, 4), None, None),
        (None, None, 2),
        ((4, 4), None, -1),
        ((4, 4), None, 10**6),
    ],
)
def test_dlpack_that_no_memory_can_be(shape, strides, axes):
    data = (ctypes.c_uint8 * 64)()
    with pytest.raises((CocodecError, ValueError), match="DLPack tensor"):
        RleArray.encode(Producer(data, shape, strides, axes))


def test_dlpack_with_memory():
    data = (ctypes.c_uint8 * 64)(*([1] * 64))
    assert RleArray.encode(Producer(data, (8, 8))).area().tolist() == [64]
    assert RleArray.encode(Producer(None, (0, 8, 8))).area().tolist() == []
