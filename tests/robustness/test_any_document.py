"""Odd documents through every door: an answer, or our own error; never a bare KeyError."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import cocodec
from cocodec import CocodecError, Document
from cocodec.inspection.info import describe
from support.odd_files import odd_file


def doors(data: bytes, path: Path) -> list[Callable[[], object]]:
    def convert(to: str) -> object:
        return cocodec.convert_dialect(data, io.BytesIO(), to=to, on_error="skip")

    return [
        lambda: describe(data),
        lambda: cocodec.read(data).masks(),
        lambda: cocodec.read(data).dangling(),
        lambda: cocodec.read(data).annotations.duplicates(),
        lambda: cocodec.read(data).recompute(area="pixels", bbox="mask"),
        lambda: cocodec.read(data).to_panoptic(),
        lambda: Document.from_panoptic(data, path.parent),
        lambda: cocodec.merge_groups(cocodec.read(data)),
        lambda: convert("official"),
        lambda: convert("cvat"),
        lambda: convert("encord"),
        lambda: list(cocodec.MaskDataset(path)),
        lambda: cocodec.panoptic_quality(data, data, gt_folder=path.parent, dt_folder=path.parent),
    ]


def survive(doors: list[Callable[[], object]]) -> int:
    """Go through all of them; returns how many refuse."""
    refused = 0
    for door in doors:
        try:
            door()
        except (CocodecError, OSError):  # anything else fails the test
            refused += 1
    return refused


def test_odd_documents_are_answered_or_refused(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    path, read, refused = tmp_path / "a.json", 0, 0
    for seed in range(10_000, 10_300):
        data = odd_file(random.Random(seed))
        try:
            cocodec.read(data)
        except CocodecError:
            continue
        path.write_bytes(data)
        read += 1
        refused += survive(doors(data, path))
    assert read > 60
    assert refused > 0


def test_odd_documents_become_columns_or_are_refused() -> None:
    pytest.importorskip("pyarrow")
    from cocodec import arrow

    for seed in range(10_000, 10_300):
        data = odd_file(random.Random(seed))
        survive([lambda data=data: arrow.tables_of(cocodec.read(data))])  # type: ignore[misc]
