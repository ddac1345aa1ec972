"""What little input asks for: a stated limit on what one call makes of it, through every door.

Each door is tried in a process that may not have the memory that the input wants, so that a limit
which is looked at too late is a MemoryError, or the end of the process.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

import cocodec._core as core

resource = pytest.importorskip("resource")

ROOM = 4 << 30  # bytes beside what the libraries need; without a limit, 16 GB are asked for

SETUP = f"""
import json, resource, sys, tempfile, os
import numpy as np
import cocodec, cocodec._core as core
from cocodec import RleArray
import cocodec.evaluation, cocodec.conversion.mask_spelling, cocodec.inspection
from cocodec.pycocotools import mask as M
from cocodec.pycocotools.coco import COCO

wide = 10**8
ring = [0, 1, wide, 1, wide, 3, 0, 3]
images = [{{"id": 1, "height": 10, "width": wide}}]
rows = [{{"id": i, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1.0,
          "bbox": [0, 1, wide, 2], "segmentation": [ring]}} for i in range(20)]
document = {{"images": images, "annotations": rows, "categories": [{{"id": 1, "name": "a"}}]}}
text = json.dumps(document).encode()
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + {ROOM}, -1))
"""

DOORS = {
    "document": "cocodec.read(text).masks(threads=1)",
    "from_polygons": "RleArray.from_polygons([[ring]] * 20, (10, wide), threads=1)",
    "from_polygons, all rings of one mask": "RleArray.from_polygons([[ring] * 20], (10, wide))",
    "from_boxes": "RleArray.from_boxes([[0, 1, wide, 2]] * 20, (10, wide))",
    "frPyObjects": "M.frPyObjects([ring] * 20, 10, wide)",
    "frPyObjects of boxes": "M.frPyObjects(np.array([[0, 1, wide, 2.0]] * 20), 10, wide)",
    "encode": "RleArray.encode(np.zeros((2**31, 0, 4), 'u1'))",
    "encode of what has no height": "RleArray.encode(np.zeros((2**31, 4, 0), 'u1'))",
    "mask.encode": "M.encode(np.zeros((0, 4, 2**31), 'u1', order='F'))",
}


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SETUP + script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("door", DOORS)
def test_little_input_does_not_take_all_memory(door):
    ended = run(f"""
try:
    {DOORS[door]}
except MemoryError as error:
    sys.exit("no memory: " + repr(error))
except Exception as error:
    print(error)
""")
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "the limit" in ended.stdout, ended.stdout + ended.stderr[-2000:]
    assert "set_limits" in ended.stdout


def test_limits_can_be_set_and_are_kept_to():
    ring = [0, 1, 10**5, 1, 10**5, 3, 0, 3]
    from cocodec import RleArray

    before = core.get_limits()
    try:
        core.set_limits(columns=10**5)
        with pytest.raises(ValueError, match=r'mask 0.* 100000 .*"columns"'):
            RleArray.from_polygons([[ring]], (10, 10**5))
        # What failed is given back, and a mask's first columns are free.
        core.set_limits(columns=2 * 10**5)
        assert len(RleArray.from_polygons([[ring]], (10, 10**5))) == 1
        core.set_limits(columns=0)
        assert len(RleArray.from_polygons([[[0, 0, 9, 0, 9, 9]]] * 500, (1000, 1000))) == 500
    finally:
        core.set_limits(**before)
    assert core.get_limits() == before
    with pytest.raises(ValueError, match="masks is -1"):
        core.set_limits(masks=-1)


def test_the_limit_is_one_for_all_threads_and_blocks():
    from cocodec import RleArray

    ring = [0, 1, 10**4, 1, 10**4, 3, 0, 3]
    before = core.get_limits()
    each = 20000 - 8192
    try:
        for threads in (1, 2, 3):
            core.set_limits(columns=5000 * each)
            assert len(RleArray.from_polygons([[ring]] * 5000, (10, 10**4), threads=threads))
            core.set_limits(columns=5000 * each - 1)
            with pytest.raises(ValueError, match='"columns"'):
                RleArray.from_polygons([[ring]] * 5000, (10, 10**4), threads=threads)
    finally:
        core.set_limits(**before)
