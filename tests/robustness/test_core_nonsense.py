"""Every function and method of the extension, called with what nobody should hand to it.

The arguments are drawn at random, most of them of a kind that the signature in _core.pyi asks for,
but with contents that lie: negative spans, offsets that fall, sums beyond 64 bits, arrays of
another shape. An answer or an error is right; in a process of its own, because a crash is not. The
package itself is not asked: it checks what it hands on, and this is what stands behind its checks.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import cocodec._core as _core
from support.misuse import answered, called_apart

CALLS = 150  # of each function
GROUPS = 8  # processes
# They change what the others mean, or end only when they are told to.
LEFT_OUT = {"set_limits", "set_num_threads"}

JSON = (
    b'{"images": [{"id": 1, "height": 9, "width": 11}], "annotations": [{"id": 1, "image_id": 1}]}'
)
INTS = [0, 1, 2, 3, 7, -1, -(2**31), 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, 1.0, -1.5, 0.5, 1e300, -1e300, float("inf"), float("nan"), 5e-324]
SHAPES = [(0,), (1,), (2,), (3,), (4,), (0, 2), (1, 2), (2, 2), (3, 2), (1, 4), (2, 4), (1, 9, 11)]
SHAPES += [(), (2, 9, 11), (9, 11), (0, 9, 11), (2, 0, 11), (2, 3), (3, 3), (1, 1, 1, 1), (5, 3)]
STRINGS = ["", "x", "NHW", "HWN", "HW", "last", "first", "error", "str", "bytes", "list", "id"]
STRINGS += ["nearest", "bool", "uint8", "float32", "horizontal", "dilate", "\ud800", "é" * 300]
TEXTS = [
    b"",
    b"x",
    JSON,
    b"[1,2,3]",
    b"[[1,2],[3,4]]",
    b"{}",
    b"[",
    b'{"a":',
    b"\xff\xfe",
    b"0" * 300,
]
TEXTS += [b'{"size":[9,11],"counts":"0c1"}', b"\x89PNG\r\n\x1a\n", b"1,2\n3,4\n", b'"\\ud800"']
ANYTHING: list[Any] = [
    None,
    True,
    5,
    -1,
    2**70,
    1.5,
    "x",
    b"x",
    [],
    {},
    (1, "a"),
    [None],
    object(),
    len,
]


def signatures() -> dict[str, list[tuple[str, str]]]:
    """Name of each function and method in _core.pyi -> (parameter, annotation) of its arguments."""
    stub = Path(_core.__file__).parent / "_core.pyi"
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        of_class = isinstance(node, ast.ClassDef)
        for item in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(item, ast.FunctionDef) and not is_property(item):
                own = item.args.args[1:] if of_class and not is_static(item) else item.args.args
                name = f"{node.name}.{item.name}" if isinstance(node, ast.ClassDef) else item.name
                found[name] = [(a.arg, ast.unparse(a.annotation or ast.Name("Any"))) for a in own]
    return found


def is_property(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "property" for mark in function.decorator_list)


def is_static(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "staticmethod" for mark in function.decorator_list)


def array(draw: Random, dtype: Any) -> np.ndarray:
    """Of any shape, in any order, aligned or not: numbers that an honest array would not hold."""
    shape = draw.choice(SHAPES)
    count = int(np.prod(shape))
    kind = np.dtype(dtype).kind
    pool = FLOATS if kind == "f" else [v for v in INTS if kind != "u" or v >= 0]
    small = draw.random() < 0.6  # most calls should come further than the first check
    with np.errstate(all="ignore"):
        values = np.array(
            [draw.choice([0, 1, 2, 3]) if small else draw.choice(pool) for _ in range(count)],
            dtype=np.float64 if kind == "f" else object,
        )
        values = np.array([int(v) % 2**63 for v in values]) if kind in "ub" else values
        made = values.astype(np.int64 if kind != "f" else np.float64).astype(dtype).reshape(shape)
    twist = draw.random()
    if twist < 0.1:
        return made.T
    if twist < 0.2:
        return np.asfortranarray(made)
    if twist < 0.3 and made.ndim:
        return made[::-1]
    return made


def runs(draw: Random) -> _core.Runs:
    count, height, width = draw.choice([(0, 9, 11), (1, 9, 11), (2, 9, 11), (3, 1, 1), (2, 0, 5)])
    bits = np.array([draw.randrange(2) for _ in range(count * height * width)], np.uint8)
    return _core.encode(bits.reshape(count, height, width), "NHW")


def rows(draw: Random) -> _core.Rows:
    spans = np.array(draw.choice([[(0, 0)], [(13, 45)], [(13, 45), (64, 89)]]), np.int64)
    return _core.Rows([JSON], np.zeros(len(spans), np.int32), spans)


def argument(draw: Random, annotation: str) -> Any:
    """Something of the kind that is asked for, or anything."""
    if draw.random() < 0.15:
        return draw.choice(ANYTHING)
    if "None" in annotation and draw.random() < 0.4:
        return None
    for mark, make in MAKERS.items():
        if mark in annotation:
            return make(draw)
    return draw.choice([*ANYTHING, array(draw, np.uint8), runs(draw)])


def elements(make: Callable[[Random], Any]) -> Callable[[Random], Any]:
    return lambda draw: [make(draw) for _ in range(draw.choice([0, 1, 1, 2, 3]))]


def texts(draw: Random) -> bytes:
    return draw.choice(TEXTS)


# By what an annotation holds; the first that fits.
MAKERS: dict[str, Callable[[Random], Any]] = {
    "Sequence[Runs]": elements(runs),
    "Sequence[bytes]": elements(texts),
    "list[bytes]": elements(texts),
    "Sequence[str]": elements(lambda draw: draw.choice(STRINGS)),
    "list[str]": elements(lambda draw: draw.choice(STRINGS)),
    "Runs": runs,
    "Rows": rows,
    "Records": lambda draw: _core.Records(JSON, np.array([(13, 45)], np.int64)),
    "Spelling": lambda draw: _core.Spelling.list(),
    "np.int64": lambda draw: array(draw, np.int64),
    "np.int32": lambda draw: array(draw, np.int32),
    "np.uint32": lambda draw: array(draw, np.uint32),
    "np.uint64": lambda draw: array(draw, np.uint64),
    "np.uint8": lambda draw: array(draw, np.uint8),
    "np.bool": lambda draw: array(draw, np.bool_),
    "np.float32": lambda draw: array(draw, np.float32),
    "np.float64": lambda draw: array(draw, np.float64),
    "NDArray": lambda draw: array(draw, draw.choice([np.uint8, np.bool_, np.int64, np.float32])),
    "dtype": lambda draw: draw.choice([np.dtype(np.uint8), np.dtype(np.bool_), np.dtype("O")]),
    "bytes": texts,
    "str": lambda draw: draw.choice(STRINGS),
    "bool": lambda draw: draw.random() < 0.5,
    "float": lambda draw: draw.choice(FLOATS),
    "int": lambda draw: draw.choice(INTS),
    "Sequence": lambda draw: draw.choice([[], [1, 2], [[1.0, 2.0]], [{}], [{"size": [9, 11]}]]),
    "dict": lambda draw: draw.choice([{}, {"size": [9, 11], "counts": b"0c1"}, {"a": 1}]),
}


def made(draw: Random, cls: str) -> Any:
    """An object whose methods are called; None where this class has none."""
    if cls in ("Runs", "Rows"):
        return {"Runs": runs, "Rows": rows}[cls](draw)
    if cls == "IdIndex":
        return _core.IdIndex(rows(draw), None)
    if cls == "Records":
        return _core.Records(JSON, np.array([(13, 45)], np.int64))
    if cls == "Spelling":
        return _core.Spelling
    return None


def callables(draw: Random) -> Iterator[tuple[str, Callable[..., Any], list[tuple[str, str]]]]:
    """Every function of _core.pyi that is not left out, and every method of an object made here."""
    for name, parameters in signatures().items():
        cls, _, method = name.rpartition(".")
        if name in LEFT_OUT or cls in ("MaskFit", "SegmentationKind", "Outcome", "Crowd"):
            continue
        if method == "__init__" or not cls:
            yield name, getattr(_core, cls or method), parameters
        else:
            receiver = made(draw, cls)
            if receiver is not None and hasattr(receiver, method):
                yield name, getattr(receiver, method), parameters


def call_all(group: int) -> int:
    """Call this group's functions, in this process; the number of answers."""
    answers = 0
    for number, (name, function, parameters) in enumerate(callables(Random(group))):
        if number % GROUPS != group:
            continue
        print(name, flush=True)  # the last one is where it crashed
        draw = Random(name)
        for _ in range(CALLS):
            given = [argument(draw, annotation) for _, annotation in parameters]
            if draw.random() < 0.05:
                given = given[: draw.randrange(len(given) + 1)]
            answers += answered(function, *given)
    return answers


@pytest.mark.parametrize("group", range(GROUPS))
def test_an_answer_or_an_error(group: int, tmp_path: Path):
    lines, answers = called_apart("robustness.test_core_nonsense", group, tmp_path)
    assert answers > len(lines), "almost nothing was answered: what is drawn?"


def test_every_function_is_called():
    """A function that is new in the extension stands in _core.pyi, and is drawn from there."""
    called = {name.removesuffix(".__init__") for name, _, _ in callables(Random(0))}
    functions = {
        name
        for name, value in vars(_core).items()
        if callable(value) and not isinstance(value, type)
    }
    assert functions - called - LEFT_OUT == set()
