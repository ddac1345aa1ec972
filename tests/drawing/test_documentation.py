"""The pictures of the documentation are those that docs/drawings.py makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"


def test_the_overlay_is_the_one_that_the_script_draws(tmp_path: Path) -> None:
    image_of = pytest.importorskip("PIL.Image")
    spec = importlib.util.spec_from_file_location("drawings", ROOT / "docs" / "drawings.py")
    assert spec is not None
    assert spec.loader is not None
    drawings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawings)
    kept = image_of.open(PICTURES / "overlay.png").convert("RGB")
    assert (np.asarray(drawings.overlay(tmp_path)) == np.asarray(kept)).all()


def test_pictures_are_small() -> None:
    names = ("overlay.png", "page.png", "report.png")
    sizes = [(PICTURES / name).stat().st_size for name in names]
    assert 10_000 < sum(sizes) < 200_000
