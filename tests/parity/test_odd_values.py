"""Odd arguments that the reference defines: what C's and Cython's conversions make of them."""

from __future__ import annotations

import array
import collections
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pycocotools.mask
import pytest

import cocodec.pycocotools.mask
from cocodec.errors import RleError
from cocodec.masks.rle_array import RleArray
from cocodec.pycocotools.coco import COCO
from support.coco_pairs import ReferenceCOCO, filled, quiet
from support.identical import identical

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the reference

R = pycocotools.mask.encode(np.asfortranarray(np.eye(4, dtype=np.uint8)))
S = pycocotools.mask.encode(np.asfortranarray(np.eye(4, dtype=np.uint8)[::-1]))
RING: list[Any] = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0]
RUNS = {"size": [4, 4], "counts": [3, 2, 11]}


class Items:
    """A mapping as OmegaConf's: no dict, and of no class that is registered anywhere."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def keys(self) -> Any:
        return self.values.keys()

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __len__(self) -> int:
        return len(self.values)


class MadeArray:
    """An array of another library: it has a length, and numpy can make its own of it."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)


def ring(*changed: Any) -> list[list[Any]]:
    return [[*changed, *RING[len(changed) :]]]


SIZES = [[4.7, 4.2], np.array([4.0, 4.0], "f4"), [np.float64(4.9), 4], (4, 4), [4, 4, 1]]
SIZES += [np.array([4, 4, 9], "i2"), [True, 16], [4.0, np.float16(4)]]
CASES: dict[str, Callable[[Any], Any]] = {
    **{
        f"merge, intersect={flag!r}": lambda m, flag=flag: m.merge([R, S], flag)
        for flag in (0.5, -0.5, 1.5, -1, 2, True, np.True_, np.float32(0.9), np.int8(3))
    },
    **{
        f"{name} of a {kind.__name__}": lambda m, name=name, kind=kind: getattr(m, name)(kind(R))
        for name in ("area", "decode", "toBbox")
        for kind in (collections.UserDict, types.MappingProxyType, Items)
    },
    "merge of mappings": lambda m: m.merge([Items(R), types.MappingProxyType(S)]),
    "decode of mappings": lambda m: m.decode([Items(R), collections.UserDict(S)]),
    **{
        f"size {size!r}, {name}": lambda m, size=size, name=name: getattr(m, name)(
            [{**R, "size": size}]
        )
        for size in SIZES
        for name in ("area", "decode", "toBbox")
    },
    **{
        f"runs of size {size!r}": lambda m, size=size: m.frPyObjects({**RUNS, "size": size}, 9, 9)
        for size in SIZES
        if len(size) == 2 and size[0] is not True
    },
    "ring of 0-d arrays": lambda m: m.frPyObjects([[np.array(v) for v in RING]], 4, 4),
    "ring of some 0-d arrays": lambda m: m.frPyObjects(ring(1.0, np.array(1.0)), 4, 4),
    **{
        f"ring as {kind}": lambda m, make=make: m.frPyObjects([make(RING)], 4, 4)
        for kind, make in {
            "array.array": lambda ring: array.array("d", ring),
            "array.array of whole numbers": lambda ring: array.array("i", map(int, ring)),
            "memoryview": lambda ring: memoryview(np.array(ring)),
            "memoryview of every second": lambda ring: memoryview(np.repeat(ring, 2))[::2],
            "deque": collections.deque,
            "UserList": collections.UserList,
            "an object that makes an array": MadeArray,
        }.items()
    },
    "ring as range": lambda m: m.frPyObjects([range(1, 7)], 9, 9),
    "ring of numpy's numbers": lambda m: m.frPyObjects(ring(np.float16(1), np.uint8(1)), 4, 4),
    "ring with texts": lambda m: m.frPyObjects(ring(1.0, "1"), 4, 4),
    "ring with texts of floats": lambda m: m.frPyObjects(ring(" 1", "1e0", "3.0"), 4, 4),
    "sides with fractions": lambda m: m.frPyObjects([RING], 4.7, 4.2),
    **{
        f"iou of {what!r}": lambda m, what=what: [
            m.iou(what, [], []),
            m.iou(what, [R], [0]),
            m.iou([R], what, []),
        ]
        for what in ((), {}, "", set(), np.zeros((0, 4)))
    },
}


@pytest.mark.parametrize("call", CASES.values(), ids=CASES)
def test_as_the_reference(call: Callable[[Any], Any]):
    identical(call(cocodec.pycocotools.mask), call(pycocotools.mask))


def test_a_ring_of_torch_numbers():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    numbers = list(torch.tensor(RING))
    mine, theirs = (
        m.frPyObjects([numbers], 4, 4) for m in (cocodec.pycocotools.mask, pycocotools.mask)
    )
    identical(mine, theirs)


@pytest.mark.parametrize("segmentation", [Items(R), collections.UserDict(R)])
def test_annotations_with_mappings(segmentation: Any):
    ann = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": segmentation}
    image = {"id": 1, "height": 4, "width": 4}
    document = {"images": [image], "annotations": [], "categories": [{"id": 1}]}
    masks = [quiet(lambda k=k: filled(k, document).annToMask(ann)) for k in (COCO, ReferenceCOCO)]
    identical(*masks)


@pytest.mark.parametrize("bad", ["x", "", "1,5", None, "½"])
def test_texts_that_are_no_numbers_are_named(bad: Any):
    with pytest.raises(TypeError, match="ring 0, coordinate 1 is"):
        cocodec.pycocotools.mask.frPyObjects(ring(1.0, bad), 4, 4)


@pytest.mark.parametrize("size", [[4], [], [4.0, -1.0], [4, "4"], [float("nan"), 4]])
def test_sizes_that_mean_nothing_are_refused(size: list[Any]):
    with pytest.raises((ValueError, TypeError)):
        cocodec.pycocotools.mask.area({**R, "size": size})


@pytest.mark.parametrize("size", [[4.5, 4], [4, 4, 1]])
def test_the_house_takes_whole_sides_only(size: list[Any]):
    with pytest.raises(RleError, match="size"):
        RleArray.from_coco([{**R, "size": size}])
    assert len(RleArray.from_coco([{**R, "size": np.array([4.0, 4.0], "f4")}])) == 1


@pytest.mark.parametrize("counts", [[3, 2], [0, 5, 6, 1], np.array([3, 2])])
def test_a_last_run_that_was_left_out_is_named(counts: Any):
    left = 16 - int(np.sum(counts))
    for objects in ({**RUNS, "counts": counts}, [{**RUNS, "counts": counts}]):
        with pytest.raises(RleError, match=f"the last run, {left} of background, seems to have"):
            cocodec.pycocotools.mask.frPyObjects(objects, 4, 4)
    with pytest.raises(RleError, match=r"runs cover 3 of 16 pixels$"):
        cocodec.pycocotools.mask.frPyObjects({**RUNS, "counts": [3]}, 4, 4)
