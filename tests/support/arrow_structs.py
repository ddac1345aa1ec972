"""Arrow's C data interface in ctypes: producers that say whatever a test wants them to say."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

Pointer = ctypes.POINTER


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


ReleaseSchema = ctypes.CFUNCTYPE(None, Pointer(Schema))
ReleaseArray = ctypes.CFUNCTYPE(None, Pointer(Array))
Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", Pointer(Pointer(Schema))),
    ("dictionary", Pointer(Schema)),
    ("release", ReleaseSchema),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", Pointer(ctypes.c_void_p)),
    ("children", Pointer(Pointer(Array))),
    ("dictionary", Pointer(Array)),
    ("release", ReleaseArray),
    ("private_data", ctypes.c_void_p),
]


class Node:
    """One array with its type, and its children; all of it plain memory that the node owns."""

    def __init__(
        self, format_: bytes, name: bytes, length: int, buffers: list[bytes | None], *children: Node
    ) -> None:
        self.memory = [None if b is None else ctypes.create_string_buffer(b) for b in buffers]
        self.children = children
        self.released = 0
        count = len(children)
        self.schema_children = (Pointer(Schema) * count)(
            *(ctypes.pointer(child.schema) for child in children)
        )
        self.array_children = (Pointer(Array) * count)(
            *(ctypes.pointer(child.array) for child in children)
        )
        self.buffers = (ctypes.c_void_p * len(buffers))(
            *(None if m is None else ctypes.addressof(m) for m in self.memory)
        )
        self.release = (ReleaseSchema(lambda _: None), ReleaseArray(self._release))
        self.schema = Schema(format_, name, None, 2, count)
        self.schema.children = ctypes.cast(self.schema_children, Pointer(Pointer(Schema)))
        self.schema.release = self.release[0]
        self.array = Array(length, -1, 0, len(buffers), count)
        self.array.children = ctypes.cast(self.array_children, Pointer(Pointer(Array)))
        self.array.buffers = ctypes.cast(self.buffers, Pointer(ctypes.c_void_p))
        self.array.release = self.release[1]

    def _release(self, _: Any) -> None:
        self.released += 1

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return capsule(self.schema, b"arrow_schema"), capsule(self.array, b"arrow_array")


def capsule(structure: ctypes.Structure, name: bytes) -> Any:
    """A capsule that frees nothing: what is in it belongs to the test."""
    make: Callable[..., Any] = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object  # type: ignore[attr-defined]
    make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]  # type: ignore[attr-defined]
    names.append(name)
    return make(ctypes.addressof(structure), names[-1], None)


names: list[bytes] = []  # a capsule keeps the address of its name


def masks() -> Node:
    """Two empty masks of 2 x 1 pixels, in the plainest layout; the counts "2" are one run of 2."""
    sides = b"".join(n.to_bytes(8, "little") for n in (2, 1, 2, 1))
    item = Node(b"l", b"item", 4, [None, sides])
    size = Node(b"+w:2", b"size", 2, [None], item)
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, 1, 2))
    text = Node(b"z", b"counts", 2, [None, offsets, b"22"])
    return Node(b"+s", b"", 2, [None], size, text)
