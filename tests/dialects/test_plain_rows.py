"""Rows that stay columns: the same files and reports as of rows that are decoded, one and all."""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from typing import Any

import numpy as np
import pytest

import cocodec
import cocodec._core as _core
from cocodec import RleArray
from cocodec._core import MaskFit
from cocodec.conversion.dialect import convert_dialect
from cocodec.dialects import WRITERS
from cocodec.dialects.kept_rings import Texts
from cocodec.dialects.plain_rows import Annotations, read_annotations
from cocodec.documents.mask_fits import find_misfits

Row = dict[str, Any]

KEYS = ("segmentation", "area", "iscrowd", "image_id", "bbox", "category_id", "id")


def plain_row(number: int, **changes: Any) -> Row:
    """An official object: `number` chooses place, image and category."""
    x, y = 3.25 + number % 7, 4.5 + number % 5
    ring = [x, y, x + 9.75, y, x + 9.75, y + 8.5, x, y + 8.5]
    row = {
        "segmentation": [ring] if number % 4 else [ring, [value + 11.5 for value in ring]],
        "area": 82.875 + number,
        "iscrowd": 0,
        "image_id": 1 + number % 3,
        "bbox": [x, y, 9.75, 8.5],
        "category_id": 1 + number % 2,
        "id": 100 + number,
    }
    return {**row, **changes}


ODD: list[Row] = [
    {"iscrowd": True},
    {"iscrowd": 2},
    {"iscrowd": 1},
    {"attributes": {"seen": True}},
    {"attributes": None},
    {"bbox": [1, 2, 3, 4]},
    {"bbox": [1.5, 2.5, 3.5]},
    {"bbox": [1.5, 2.5, 3.5, 4.5, 30.0]},
    {"bbox": None},
    {"area": None},
    {"area": 1e-7},
    {"area": 7},
    {"area": 123456789012345680000.0},
    {"segmentation": []},
    {"segmentation": [[]]},
    {"segmentation": [1.5, 1.5, 9.5, 1.5, 9.5, 9.5]},
    {"segmentation": [[1.123456, 1.5, 9.5, 1.5, 9.5, 9.5]]},
    {"segmentation": [[1, 1, 9, 1, 9, 9]]},
    {"segmentation": [[400.0, 400.0, 400.0, 400.0, 0.0, 0.0]]},  # sums to the image's pixels
    {"segmentation": [[1.5, 1.5, 9.5, 1.5, 9.5, 9.5, 7.5]]},
    {"segmentation": {"size": [40, 40], "counts": [1500, 100]}},
    {"segmentation": {"size": [40, 40], "counts": "o0a0_a1"}},
    {"category_id": "2"},
    {"category_id": 77},
    {"category_id": None},
    {"image_id": 99},
    {"image_id": "1"},
    {"id": 2**64},
    {"id": "a"},
    {"id": 0},
    {"score": 0.5},
    {"keypoints": [1, 2, 2], "num_keypoints": 1},
]


def document(rows: list[Row], **changes: Any) -> Row:
    return {
        "info": {},
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "height": 40, "width": 40} for i in (1, 2, 3)
        ],
        "annotations": rows,
        "categories": [{"id": i, "name": f"ä {i}", "supercategory": ""} for i in (1, 2)],
        **changes,
    }


def spellings(root: Any) -> list[bytes]:
    return [
        json.dumps(root).encode(),
        json.dumps(root, separators=(",", ":")).encode(),
        json.dumps(root, indent="\t").encode(),
    ]


def written(source: bytes, to: str) -> tuple[Any, list[str]]:
    out = io.BytesIO()
    report = convert_dialect(source, out, to=to, on_error="skip")  # type: ignore[arg-type]
    if to != "cvat":
        return out.getvalue(), report.lines()
    with zipfile.ZipFile(out) as file:
        return {name: file.read(name) for name in file.namelist()}, report.lines()


def compare(source: bytes, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_columns = written(source, to)
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["cocodec.conversion.dialect"], "_reads_columns", lambda _: False)
        assert by_columns == written(source, to)


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_of_decoded_rows(to: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = random.Random(seed)
    for module in ("dialects.plain_rows", "conversion.dialect"):
        monkeypatch.setattr(sys.modules[f"cocodec.{module}"], "_CHUNK", 16)
    rows = [plain_row(i) for i in range(60)]
    for i, odd in enumerate(ODD):
        at = numbers.randrange(len(rows))
        rows.insert(at, plain_row(1000 + i, **odd))
    if seed % 2:  # keys in many orders
        for i, row in enumerate(rows):
            keys = [*row]
            numbers.shuffle(keys)
            rows[i] = {key: row[key] for key in keys}
    for source in spellings(document(rows)):
        compare(source, to, monkeypatch)


@pytest.mark.parametrize("to", WRITERS)
@pytest.mark.parametrize(
    "changes",
    [
        {"categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}]},
        {"categories": [{"id": i, "name": f"{i}", "supercategory": "bitmask"} for i in (1, 2)]},
        {"categories": []},
        {"images": [{"id": i, "file_name": f"{i}"} for i in (1, 2, 3)]},
        {"images": [{"id": i, "height": "40", "width": 40.0} for i in (1, 2, 3)]},
        {"images": [{"id": 1, "height": 40, "width": 40, "subset": s} for s in ("a", "b")]},
        {"cocodec": {"dialect": "official", "source": "encord", "ids": {"images": []}}},
        {"cocodec": {"boxes": [105, 106], "tasks": {"stuff": [107]}}},
    ],
    ids=str,
)
def test_roots_that_mean_more(changes: Row, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = document([plain_row(i) for i in range(20)], **changes)
    compare(json.dumps(root).encode(), to, monkeypatch)


@pytest.mark.parametrize("to", WRITERS)
def test_several_documents(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = document([plain_row(i) for i in range(9)])
    second = document([{key: plain_row(i)[key] for key in reversed(KEYS)} for i in range(9)])
    second["categories"] = [{"id": 1, "name": "z"}, {"id": 2, "name": "ä 1"}]
    captions = document([{"id": 1, "image_id": 1, "caption": "of a list"}])
    compare(json.dumps([first, captions, second]).encode(), to, monkeypatch)


@pytest.mark.parametrize("to", WRITERS)
def test_plain_rows_are_not_decoded(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or else the fast way is not taken."""
    decoded = []

    def read_places(self: Texts, places: Any) -> list[Any]:
        decoded.append(len(places))
        return original(self, places)

    original = Texts.read_places
    monkeypatch.setattr(Texts, "read_places", read_places)
    written(json.dumps(document([plain_row(i) for i in range(20)])).encode(), to)
    assert sum(decoded) == 0
    written(json.dumps(document([plain_row(1), plain_row(2, score=1)])).encode(), to)
    assert sum(decoded) == 1
    written(json.dumps(document([*map(plain_row, range(20)), plain_row(20, id=0)])).encode(), to)
    assert sum(decoded) <= 2


@pytest.mark.parametrize(
    "odd", [*ODD[:2], *ODD[3:5], *ODD[6:10], *ODD[13:16], *ODD[22:23]], ids=str
)
def test_what_is_odd_is_decoded(odd: Row) -> None:
    rows = read(document([plain_row(1), plain_row(2, **odd), plain_row(3)]))
    assert rows.plain.tolist() == [True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        b'"id": 1, "id": 102',
        b'"\\u0069d": 102',
        b'"id": 102, "i;d": 1',
        b'"id": 1e2',
        b'"id": -102.0',
    ],
)
def test_keys_and_ids_that_are_odd_by_their_spelling(text: bytes) -> None:
    source = json.dumps(document([plain_row(2), plain_row(3)])).encode()
    assert source.count(b'"id": 102') == 1
    assert read(source.replace(b'"id": 102', text)).plain.tolist() == [False, True] or (
        b";" in text  # which marks the ends of rows: none of the chunk is plain then
    )


def test_numbers_that_are_printed_otherwise() -> None:
    source = json.dumps(document([plain_row(1), plain_row(2), plain_row(3)])).encode()
    other = source.replace(b'"area": 84.875', b'"area": 8.4875e1').replace(b"[5.25", b"[5.250")
    assert read(other).plain.tolist() == [True, False, True]


def read(root: Any) -> Annotations:
    source = root if isinstance(root, bytes) else json.dumps(root).encode()
    table = cocodec.read(source).annotations
    return read_annotations(table, range(len(table)), Texts())


FAR: list[Row] = [
    {"bbox": [30.5, 30.5, 1.5, 1.5]},
    {"bbox": [3.25, 4.5, 13.0, 13.0], "segmentation": [[3.25, 4.5, 13.0, 4.5, 13.0, 13.0]]},
    {"area": 100000.5},
    {"bbox": [60.5, 2.5, 30.5, 8.5], "segmentation": [[60.5, 2.5, 91.0, 2.5, 91.0, 11.0]]},
    {"bbox": [0.25, 0.25, 0.5, 0.5], "segmentation": [[0.25, 0.25, 0.75, 0.25, 0.75, 0.75]]},
]

REASONS = {MaskFit.UNLIKE, MaskFit.CORNERS, MaskFit.OTHER_AREA, MaskFit.OTHER_IMAGE}
REASONS |= {MaskFit.RELATIVE}


def test_doubtful_are_the_rows_of_which_the_core_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not looked at again fits, by the reader that makes no difference between rows."""
    monkeypatch.setattr(sys.modules["cocodec.dialects.plain_rows"], "_CHUNK", 4)
    rows = [plain_row(i, **change) for i, change in enumerate([{}, *FAR, *ODD, {"image_id": 1.0}])]
    for source in spellings(document(rows)):
        found = cocodec.read(source)
        part = found._file.parts[0]
        spans = part.table("annotations")
        own = read_annotations(found.annotations, range(len(rows)), Texts(), part.records())
        assert own.doubtful is not None
        fits = part.records().classify(spans)[3]
        assert not fits[~own.doubtful].any()
        assert {MaskFit(fit) for fit in fits[own.doubtful & own.plain]} >= REASONS
        assert (~own.doubtful & own.plain).any()
        assert find_misfits(found._file, doubtful=[own.doubtful]) == find_misfits(found._file)


def test_masks_of_plain_rows_are_those_of_their_text() -> None:
    rows = [plain_row(i) for i in range(30)]
    sizes = np.array([[40, 40]] * 30)
    for source in spellings(document(rows)):
        found = read(source)
        assert found.columns is not None
        inner = found.columns.inner_places(np.arange(30), closed=False)
        for threads in (1, 3):
            made = _core.rasterize_plain_rings(inner.rows(), sizes, threads)
            assert RleArray._wrap(made) == cocodec.read(source).masks().masks
    for refused in ("", "[1,2,3,4,5,6]]", "[[1,2,3,4,5,6]]", "[1,2,3,4]", "[1,2,3,4,5,6],"):
        text = _core.Rows([refused.encode()], [0], [[0, len(refused)]])
        with pytest.raises(cocodec.DocumentError, match="not plain"):
            _core.rasterize_plain_rings(text, sizes[:1])


def test_rows_as_a_list() -> None:
    given = [plain_row(i) for i in range(8)]
    rows = read(document(given))
    assert rows.plain.all()
    some = rows.take(np.array([6, 0, 4]))
    assert some.plain.all()
    assert [row["id"] for row in some] == [106, 100, 104]
    assert [row["area"] for row in some[1:]] == [82.875, 86.875]
    assert rows.plain.all()
    both = Annotations.concatenate([rows, Annotations([{"id": 1}]), some])
    assert both.plain.tolist() == [True] * 8 + [False] * 4
    assert [row["id"] for row in both] == [*range(100, 108), 1, 106, 100, 104]
    ids = Annotations.concatenate([read(document(given)), Annotations([{"id": 2**70}])])
    assert ids.ids() is None
