"""What a fresh installation must be able to do with nothing but what it requires: a script.

    python tests/smoke.py

For wheels, in an environment without pytest. test_wheel.py runs it too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import cocodec
from cocodec.pycocotools import mask

SAMPLE = Path(cocodec.__file__).parent / "data" / "sample.json"


def main() -> None:
    masks = np.zeros((2, 40, 50), np.uint8)
    masks[0, 5:20, 5:30] = 1
    masks[1, 10:30, 10:40] = 1
    rles = cocodec.RleArray.encode(masks)
    assert (rles.decode() == masks).all()
    assert cocodec.RleArray.from_polygons(rles.to_polygons(), rles.sizes) == rles
    assert mask.area(mask.encode(np.asfortranarray(masks[0]))) == 375
    assert Path(cocodec.get_include(), "cocodec", "cocodec.h").is_file()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.json"
        for arguments in (["--version"], ["convert", str(SAMPLE), str(target), "--to", "rle"]):
            subprocess.run([sys.executable, "-m", "cocodec", *arguments], check=True)
        assert len(cocodec.read(target).annotations) == 480


if __name__ == "__main__":
    main()
