"""YOLO's labels are read and written some at a time, side by side; nobody may see the cuts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec._core as _core
from cocodec import Document, DocumentError
from cocodec.formats import FormatReport, yolo, yolo_labels
from cocodec.formats import yolo as writing
from support.counting import work
from support.format_documents import document

OPTIONS: list[dict[str, Any]] = [
    {}, {"rule": "coco"}, {"task": "obb"}, {"task": "detect"}, {"rows": "rle"},
]  # fmt: skip


def shuffled(seed: int) -> Document:
    """Objects of several images, in no order; some images have none."""
    doc = document()
    rows, images = doc.annotations[:], doc.images[:]
    first = len(images)
    for k in range(12):
        images.append({**images[0], "id": 1000 + k, "file_name": f"more{k}.png"})
        rows += [
            {**row, "id": 10_000 + 100 * k + row["id"], "image_id": 1000 + k}
            for row in rows[: k % 4]
            if row["image_id"] == images[0]["id"]
        ]
    assert len(images) == first + 12
    random.Random(seed).shuffle(rows)
    return Document.from_rows(images=images, annotations=rows, categories=doc.categories[:])


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_where_batches_end_changes_nothing(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doc = shuffled(5)
    whole = yolo.write(doc, tmp_path / "whole", threads=1, **options)
    first = FormatReport("yolo")
    back = yolo.read(tmp_path / "whole", report=first, threads=1)
    monkeypatch.setattr(writing, "_BATCH", 2)
    monkeypatch.setattr(yolo_labels, "_FILES", 2)
    monkeypatch.setattr(yolo_labels, "_BATCH", 3)
    cut = yolo.write(doc, tmp_path / "cut", threads=3, **options)
    second = FormatReport("yolo")
    again = yolo.read(tmp_path / "cut", report=second, threads=3)
    assert files_of(tmp_path / "cut") == files_of(tmp_path / "whole")
    assert cut == whole
    assert b"".join(again.render_source()) == b"".join(back.render_source())
    assert second == first
    assert first.objects == len(doc.annotations)


def test_the_first_bad_row_of_all_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yolo_labels, "_FILES", 1)
    yolo.write(shuffled(5), tmp_path / "set")
    labels = sorted((tmp_path / "set/labels/train").iterdir())
    for label in labels[3:]:
        label.write_text("0 0.5 0.5\n")
    with pytest.raises(DocumentError, match=f"{labels[3].name}, line 1: 3 numbers"):
        yolo.read(tmp_path / "set", threads=3)


def test_nothing_is_there_after_a_bad_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches before it are written already, to a folder that goes."""
    monkeypatch.setattr(writing, "_BATCH", 2)
    written = writing.write_new

    def fail(path: Path, content: bytes) -> None:
        if path.name == "more9.txt":
            raise OSError(28, "No space left on device", str(path))
        written(path, content)

    monkeypatch.setattr(writing, "write_new", fail)
    with pytest.raises(OSError, match="No space left"):
        yolo.write(shuffled(5), tmp_path / "set", threads=2)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- numbers


def printed(value: float, decimals: int) -> str:
    """Slow and obvious: rounded as Python rounds to even nowhere, but half away from zero."""
    scaled = value * 10.0**decimals
    digits = int(np.floor(abs(scaled) + 0.5))
    text = f"{digits:0{decimals + 1}d}"
    whole, part = (text, "") if decimals == 0 else (text[:-decimals], text[-decimals:])
    part = part.rstrip("0")
    sign = "-" if scaled < 0 and digits else ""
    return sign + whole + (f".{part}" if part else "")


def test_numbers_are_printed_as_the_reference_prints_them() -> None:
    random_numbers = np.random.default_rng(3)
    values = np.concatenate(
        [
            random_numbers.random(2000),
            random_numbers.random(500) * 100 - 50,
            np.arange(101) / 100,
            [0.0, 1.0, 0.1, 0.000001, 0.999999, 0.9999999, 12.5, -0.25, 1e-9, 123456.5],
        ]
    )
    for decimals in range(10):
        offsets = 2 * np.arange(len(values) + 1)
        rows = np.stack([np.zeros(len(values)), values], axis=1).ravel()
        text, ends = _core.print_number_lines(
            rows, offsets, np.full(len(values), decimals, np.uint8)
        )
        assert text.decode().splitlines() == [f"0 {printed(v, decimals)}" for v in values.tolist()]
        assert ends[-1] == len(text)


def test_numbers_are_read_as_python_reads_them() -> None:
    source = random.Random(4)
    digits = ["".join(source.choices("0123456789", k=k)) for k in range(1, 25) for _ in range(60)]
    texts = [f"0.{one}" for one in digits] + [f"1.{one}" for one in digits[:200]]
    texts += ["0", "1", "0.0", "0.1e-3", "0.5E2", "-0.25", "+0.5", ".5", "-.25", "+.5", "1.",
              "0.1234567890123456"]  # fmt: skip
    begins = np.array([0, len("\n".join(texts))])
    values = _core.read_number_lines("\n".join(texts).encode(), begins, "rle")[0]
    assert values.tolist() == [float(text) for text in texts]


@pytest.mark.parametrize("text", ["-.", "0.1.2", "0.12x", "0./", "0.:", "0x1", ".", "0.1_0"])
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        _core.read_number_lines(f"0 {text}\n".encode(), np.array([0, len(text) + 3]), "rle")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_batch_costs_what_its_own_images_do(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All batches share the list of images: each must look at its own only."""
    monkeypatch.setattr(writing, "_BATCH", 1)
    monkeypatch.setattr(yolo_labels, "_FILES", 1)
    monkeypatch.setattr(yolo_labels, "_BATCH", 1)

    def cost(n: int) -> tuple[int, int]:
        ring = [1, 1, 11, 1, 11, 6, 1, 6]
        rows = [{"id": k, "height": 20, "width": 30, "file_name": f"{k}.jpg"} for k in range(n)]
        objects = [
            {"id": k, "image_id": k, "category_id": 1, "bbox": [1, 1, 10, 5], "iscrowd": 0}
            | {"area": 50, "segmentation": [ring]}
            for k in range(n)
        ]
        categories = [{"id": 1, "name": "a"}]
        doc = Document.from_rows(images=rows, annotations=objects, categories=categories)
        folder = tmp_path / f"set{n}"
        there = work(lambda: yolo.write(doc, folder, threads=1, **options))
        return there, work(lambda: yolo.read(folder, threads=1))

    cost(4)  # what is done once for all
    few, many = cost(100), cost(400)
    assert many[0] < 5 * few[0]
    assert many[1] < 5 * few[1]
