"""What a conversion holds at its peak, beside the size of the file: no timing, no thread's luck."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROWS, IMAGES = 24_000, 3_400  # seven objects an image, as in val2017
# A process, its imports and the space of a batch are there for the smallest file too.
SCRIPT = """
import sys
import cocodec

def peak(key):
    text = open("/proc/self/status").read()
    return int(text.split(key)[1].split()[0]) * 1024

source, small, target, to = sys.argv[1:]
cocodec.convert_dialect(small, target, to=to)
before = peak("VmRSS:")
cocodec.convert_dialect(source, target, to=to)
print(peak("VmHWM:") - before)
"""
# They take 2.6 to 2.8 times the file beside what the imports take; before rows were made while they
# are written, and boxes kept as texts, it was 3.5 to 4.4.
MOST = 3.1


def write(path: Path, images: int, rows: int) -> int:
    """A file like the official ones; returns its size."""
    numbers = random.Random(13)
    sides = [(480, 640), (640, 480), (427, 640)]
    listed = [
        {
            "license": 1 + i % 8,
            "file_name": f"{i:012d}.jpg",
            "coco_url": f"http://images.cocodataset.org/val2017/{i:012d}.jpg",
            "height": sides[i % 3][0],
            "width": sides[i % 3][1],
            "date_captured": "2013-11-14 11:18:45",
            "flickr_url": f"http://farm7.staticflickr.com/6116/{i:010d}_02c000b_z.jpg",
            "id": 1000 + i,
        }
        for i in range(images)
    ]
    with path.open("w") as out:
        out.write(f'{{"info": {{}}, "licenses": [], "images": {json.dumps(listed)}, ')
        out.write('"annotations": [')
        for i in range(rows):
            x, y = numbers.uniform(60, 360), numbers.uniform(60, 360)
            points, radius = numbers.randint(6, 36), numbers.uniform(5, 60)
            ring = [
                round(middle + radius * turn(6.283 * k / points), 2)
                for k in range(points)
                for middle, turn in ((x, math.cos), (y, math.sin))
            ]
            row = {
                "segmentation": [ring],
                "area": round(numbers.uniform(10, 9000), 4),
                "iscrowd": 0,
                "image_id": 1000 + i % images,
                "bbox": [round(v, 2) for v in (x - radius, y - radius, 2 * radius, 2 * radius)],
                "category_id": 1 + i % 80,
                "id": 10_000 + i,
            }
            out.write((", " if i else "") + json.dumps(row))
        categories = [{"supercategory": "s", "id": k, "name": f"c{k}"} for k in range(1, 81)]
        out.write(f'], "categories": {json.dumps(categories)}}}')
    return path.stat().st_size


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    folder = tmp_path_factory.mktemp("memory")
    write(folder / "small.json", 200, 1400)
    return folder / "big.json", folder / "small.json", write(folder / "big.json", IMAGES, ROWS)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc/self/status")
@pytest.mark.skipif("COCODEC_SANITIZED" in os.environ, reason="sanitizers take memory themselves")
@pytest.mark.parametrize(
    "to", ["official", "cvat", "encord", "encord-list", "hasty", "trainingdata"]
)
def test_no_more_than_three_times_the_file(
    files: tuple[Path, Path, int], to: str, tmp_path: Path
) -> None:
    source, small, size = files
    command = [sys.executable, "-c", SCRIPT, str(source), str(small), str(tmp_path / "out"), to]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) / size < MOST
