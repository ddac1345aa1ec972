"""YOLO's labels are read and written some at a time, side by side; nobody may see the cuts."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.reference.formats import surviving_line

import cocodec._core as _core
from cocodec import CocodecError, Document, DocumentError
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

    def fail(path: str, content: bytes) -> None:
        if path.endswith("/more9.txt"):
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


# ---------------------------------------------------------------- rings as lines, and rows of text


def some_rings(n: int, seed: int) -> tuple[Any, Any, Any]:
    """Rings in pixels, as files and tracers have them: whole, with decimals, on the border."""
    random_numbers = np.random.default_rng(seed)
    counts = random_numbers.integers(0, 9, n)
    sizes = random_numbers.integers(1, 2000, (n, 2))
    sides = np.repeat(sizes[:, ::-1], counts, axis=0)
    points = random_numbers.random((int(counts.sum()), 2)) * sides
    digits = np.repeat(random_numbers.choice([0, 1, 2, 15], n), counts)[:, None]
    points = np.where(digits < 15, np.round(points * 10.0**digits) / 10.0**digits, points)
    points[random_numbers.random(len(points)) < 0.1] = 0
    return points, np.concatenate([[0], np.cumsum(counts)]), sizes


def test_rings_survive_being_multiplied() -> None:
    """As the reference prints them: some with the shortest numbers that are drawn the same."""
    points, offsets, sizes = some_rings(4000, 5)
    classes = np.arange(len(sizes)) % 91
    decimals = np.random.default_rng(6).integers(6, 12, len(sizes))
    text, ends = _core.print_ring_lines(
        classes, points, offsets, sizes, decimals.astype(np.uint8), True
    )
    lines = text.decode().split("\n")
    assert lines.pop() == ""
    expected = [
        surviving_line(int(classes[k]), points[a:b].ravel(), int(w), int(h), int(decimals[k]))
        for k, (a, b, (h, w)) in enumerate(zip(offsets, offsets[1:], sizes, strict=False))
    ]
    assert lines == expected
    assert (np.diff(ends, prepend=0) == [len(line) + 1 for line in expected]).all()
    many = _core.print_ring_lines(
        classes, points, offsets, sizes, decimals.astype(np.uint8), True, 3
    )
    assert many[0] == text
    longest = max(len(number) for line in lines for number in line.split())
    assert longest > 13  # some had to be printed anew


def test_rings_of_tiny_numbers_are_printed_whole() -> None:
    ring = np.array([5e-324, 0.1, 0.3, 2.3e-308, 2.7, 0.9])
    args = np.array([3]), ring, np.array([0, 3]), np.array([[3, 7]]), np.array([6], np.uint8)
    text = _core.print_ring_lines(*args, True)[0].decode()
    assert [float(one) for one in text.split()[1:]] == (ring / np.tile([7.0, 3.0], 3)).tolist()
    assert "e" not in text


def test_rings_in_shares_are_printed_as_their_numbers_are() -> None:
    points, offsets, sizes = some_rings(500, 7)
    decimals = np.full(len(sizes), 6, np.uint8)
    text, _ = _core.print_ring_lines(np.zeros(len(sizes), int), points, offsets, sizes, decimals)
    shares = points / np.repeat(sizes[:, ::-1], np.diff(offsets), axis=0)
    expected = [
        " ".join(["0", *(printed(one, 6) for one in shares[a:b].ravel().tolist())])
        for a, b in pairwise(offsets.tolist())
    ]
    assert text.decode().splitlines() == expected


def test_rows_are_woven_of_columns() -> None:
    source = random.Random(8)
    texts = ["".join(source.choices("ab ,é", k=source.randrange(5))) for _ in range(50)]
    ends = np.cumsum([len(one.encode()) for one in texts])
    spans = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    chosen = np.array([source.randrange(50) for _ in range(200)])
    columns = [(b"[", None), ("".join(texts).encode(), spans[chosen]), (b"]", None)]
    text, found = _core.weave_rows(columns, 200, b";")
    expected = [f"[{texts[k]}]".encode() for k in chosen.tolist()]
    assert text == b";".join(expected)
    assert [text[a:b] for a, b in found.tolist()] == expected
    assert _core.weave_rows(columns[:1], 0, b";")[0] == b""


@pytest.mark.parametrize("span", [[-1, 0], [0, 4], [2, 1], [4, 4]])
def test_spans_outside_of_their_text_are_refused(span: list[int]) -> None:
    with pytest.raises(ValueError, match="a span lies outside of its text"):
        _core.weave_rows([(b"abc", np.array([[0, 3], span]))], 2, b"")


@pytest.mark.parametrize("rows", [2**60, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("columns", [[], [(b"", None)], [(b"abcdefgh" * 4, None)]])
def test_more_rows_than_memory_are_refused(rows: int, columns: list[Any]) -> None:
    with pytest.raises((CocodecError, MemoryError)):
        _core.weave_rows(columns, rows, b",")


def test_a_row_has_the_shares_of_its_own() -> None:
    args = np.array([0.5] * 6), np.array([0]), np.array([8]), np.array([[4, 4]])
    with pytest.raises(ValueError, match="do not fit"):
        _core.fill_shares(*args)
