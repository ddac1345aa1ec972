"""The ctypes recipe of the docs runs, and its numbers are those of the header."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np

from cocodec import RleArray

HERE = Path(__file__).resolve().parent
HEADER = HERE.parents[1] / "cpp" / "include" / "cocodec" / "cocodec.h"


def recipe():
    spec = importlib.util.spec_from_file_location("ctypes_recipe", HERE / "ctypes_recipe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_gives_what_python_gives() -> None:
    pixels = np.random.default_rng(1).random((5, 20, 30)) < 0.05
    rles = RleArray.encode(pixels).dilate(3)
    expected = [mask.counts.tolist() for mask in rles]
    assert recipe().dilated(pixels) == expected


def test_places_in_the_table() -> None:
    table = HEADER.read_text(encoding="utf-8").split("typedef struct cocodec_api {")[1]
    names = re.findall(r"\(\*(\w+)\)\(", table)
    module = recipe()
    for name in ("release_masks", "encode", "morphology"):
        assert names[getattr(module, name.upper())] == name
