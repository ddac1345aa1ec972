"""`cimport cocodec.cython`: modules in Cython on the classes that the wheel carries."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cocodec import RleArray
from cocodec.cython import Masks

HERE = Path(__file__).resolve().parent

PIXELS = np.zeros((2, 9, 12), np.uint8)
PIXELS[0, 1:6, 2:8] = 1
PIXELS[0, 3, 4] = 0
PIXELS[0, 8, 11] = 1
PIXELS[1, 4:9, 6:10] = 1


@pytest.fixture(scope="module")
def modules(installation: Path, run: Callable[..., str], tmp_path_factory) -> Path:
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools")
    root = tmp_path_factory.mktemp("cython_module")
    shutil.copytree(HERE / "cython_module", root / "project")
    run(
        *(sys.executable, "setup.py", "-q", "build_ext", "--build-lib", root / "modules"),
        cwd=root / "project",
    )
    return root / "modules"


def test_ten_lines(modules: Path, python: Callable[..., str]) -> None:
    code = f"""
import numpy as np, consumer
pixels = np.frombuffer(bytes.fromhex({PIXELS.tobytes().hex()!r}), np.uint8).reshape(2, 9, 12)
print(consumer.united(pixels))
"""
    union = RleArray.encode(PIXELS).union()
    expected = (union.to_coco("bytes")[0]["counts"], int(union.area()[0]))
    assert python(code, modules).strip() == repr(expected)


def test_every_kind_of_method(modules: Path, python: Callable[..., str]) -> None:
    """Compared in the other process, which has both."""
    code = f"""
import cocodec, numpy as np, operations
from cocodec import RleArray
from cocodec.cython import Masks
pixels = np.frombuffer(bytes.fromhex({PIXELS.tobytes().hex()!r}), np.uint8).reshape(2, 9, 12)
rles = RleArray.encode(pixels)
masks = Masks(rles, threads=1)
got = {{name: result.to_rles() for name, result in operations.changed(masks).items()}}
expected = dict(
    dilate=rles.dilate((3, 5)), erode=rles.erode(3), pad=rles.pad(1, 2, 3, 4),
    shift=rles.shift(-1, 2), flip=rles.flip("vertical"), transpose=rles.transpose(),
    rotate90=rles.rotate90(3), resize=rles.resize((5, 30), rule="area"),
    fill_holes=rles.fill_holes(10), remove_small=rles.remove_small(3),
    largest_component=rles.largest_component(connectivity=4), complement=~rles,
    combine=rles ^ rles.dilate((3, 5)), boundary=rles.boundary(0.1),
)
assert list(got) == list(expected)
for name in got:
    assert got[name] == expected[name], name
assert masks.to_rles() == rles

scores = np.array([0.3, 0.7])
boxes, centroids, shares, parents, kept, again = operations.measured(masks, scores)
np.testing.assert_array_equal(boxes, rles.bbox())
np.testing.assert_array_equal(centroids, rles.centroid())
np.testing.assert_array_equal(shares, rles.overlap(rles, measure="dice"))
assert parents == rles.connected_components().parent.tolist() == [0, 0, 1]
assert kept == rles.nms(scores, 0.1, measure="dice").tolist()
assert again == rles

merged, kept, taken, lowered = operations.suppressed(masks, scores)
expected, stay = rles.merge_nms(scores, 0.1, measure="dice")
assert merged == expected and kept == stay.tolist() == [1]
soft = rles.soft_nms(scores, decay="linear", threshold=0.05, min_score=0.1)
assert taken == soft[0].tolist() == [1, 0]
np.testing.assert_array_equal(lowered, soft[1])

flat = pixels.transpose(0, 2, 1).reshape(2, -1).astype(np.int8)
mask, positions = map(np.ascontiguousarray, np.nonzero(np.diff(flat, prepend=np.int8(0))))
offsets = mask.searchsorted([0, 1, 2])
runs, changes, outlines, directions = operations.told(masks, positions, offsets)
assert runs == changes == rles and outlines == rles.outline(connectivity=8)
np.testing.assert_array_equal(directions, rles.orientation())
try:
    operations.told(masks, positions[::-1].copy(), offsets)
except cocodec.RleError as error:
    assert "mask 0: positions must rise" in str(error)

labels = np.zeros((7, 8), np.uint8)
labels[2:4, 3:6], labels[5, 5] = 9, 4
found, painted = operations.labelled(labels)
assert found == [4, 9]
np.testing.assert_array_equal(painted, labels)
print("done")
"""
    assert python(code, modules) == "done\n"


def test_from_python() -> None:
    rles = RleArray.encode(PIXELS)
    masks = Masks(rles)
    assert len(masks) == 2
    assert masks.strings() == [one["counts"] for one in rles.to_coco("bytes")]
    assert masks.to_rles() == rles
    rings = masks.traced()
    assert len(rings) == 2
    assert rings.to_list() == rles.to_polygons()
    again = Masks()
    assert len(again) == 0
    assert again.to_rles() == RleArray()
    again.rasterise(rings)
    assert again.to_rles() == rles
    again.rasterise(again.traced())
    del rles, masks  # nothing is borrowed from what is gone
    assert again.to_rles() == RleArray.encode(PIXELS)


def test_runs_outlive_their_rles() -> None:
    masks = Masks(RleArray.encode(PIXELS))
    assert masks.to_rles() == RleArray.encode(PIXELS)


def test_refusals() -> None:
    with pytest.raises(TypeError, match="expected an RleArray, not list"):
        Masks([1])
    with pytest.raises(TypeError, match="Polygons"):
        Masks().rasterise(3)
    with pytest.raises(TypeError, match="Polygons"):
        Masks().rasterise(None)
