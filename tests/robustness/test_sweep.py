"""A good document with one odd value, through the public functions: an answer, or our own error.

A bare KeyError, IndexError, TypeError, AttributeError or AssertionError of bad data is a defect:
whoever reads it learns nothing of where the file is wrong.
"""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import CocodecError, Document, RleArray, reshaping
from cocodec.dialects import WRITERS
from cocodec.inspection.info import describe

POINTS = [1, 1, 2, 3, 3, 1] + [0] * 45
ROW: dict[str, Any] = {
    **{"id": 1, "image_id": 1, "category_id": 1, "area": 8.0, "bbox": [1, 1, 4, 3.5]},
    **{"iscrowd": 0, "keypoints": POINTS, "num_keypoints": 2, "score": 0.5},
    "segmentation": [[1, 1, 5, 1, 5, 4.5]],
}
RLE = {"size": [9, 11], "counts": [10, 5, 4, 5, 75]}
DOCUMENT: dict[str, Any] = {
    "info": {"year": 2020},
    "licenses": [{"id": 1, "name": "x"}],
    "images": [
        {"id": i, "height": 9, "width": 11, "file_name": f"{i}.png", "license": 1} for i in (1, 2)
    ],
    "annotations": [ROW, {**ROW, "id": 2, "image_id": 2, "segmentation": RLE, "iscrowd": 1}],
    "categories": [
        {"id": 1, "name": "a", "supercategory": "s", "keypoints": [*"abcdefghijklmnopq"]}
    ],
}
TABLES = ("images", "annotations", "categories", "licenses")
ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e300, 10**30, "", "x", "\ud800", [], [None], ["x"], [1], [[1]]),
    *([[[1]]], [{}], {}, {"a": 1}, {"size": 1, "counts": 2}, [1, 2, 3, 4], [1e300] * 4),
    *([None] * 4, {"size": [9, 11], "counts": "~~~"}, {"id": 1}),
]


def odd_documents() -> Iterator[Any]:
    for value in ODD:
        yield value
        yield {**DOCUMENT, "info": value}
        for table in TABLES:
            yield {**DOCUMENT, table: value}
            yield {**DOCUMENT, table: [value, *DOCUMENT[table][1:]]}
            for key in DOCUMENT[table][0]:
                first = {**DOCUMENT[table][0], key: value}
                yield {**DOCUMENT, table: [first, *DOCUMENT[table][1:]]}
    for table in TABLES:
        yield {key: rows for key, rows in DOCUMENT.items() if key != table}
        yield {**DOCUMENT, table: [DOCUMENT[table][0]] * 2}
        for key in DOCUMENT[table][0]:
            first = {k: v for k, v in DOCUMENT[table][0].items() if k != key}
            yield {**DOCUMENT, table: [first, *DOCUMENT[table][1:]]}


GOOD = json.dumps(DOCUMENT).encode()
DETECTIONS: dict[str, dict[str, Any]] = {
    "bbox": {"bbox": ROW["bbox"]},
    "segm": {"segmentation": RLE},
    "boundary": {"segmentation": RLE},
    "keypoints": {"keypoints": POINTS},
}


def results(iou_type: str) -> list[dict[str, Any]]:
    return [{"image_id": 1, "category_id": 1, "score": 0.5} | DETECTIONS[iou_type]]


def edited(data: bytes) -> object:
    document = cocodec.read(data)
    document.set_masks(None, document.masks().masks)
    document.add_annotations([{"image_id": 1}])
    return b"".join(document.render_source())


def itemwise(data: bytes, path: Path) -> object:
    path.write_bytes(data)
    return list(cocodec.MaskDataset(path))


def tabular(data: bytes) -> object:
    arrow = pytest.importorskip("cocodec.arrow")
    return arrow.document_of(arrow.tables_of(cocodec.read(data)))


def dialect(to: str) -> Callable[[bytes], object]:
    return lambda data: cocodec.convert_dialect(data, io.BytesIO(), to=to)


def doors(folder: Path) -> dict[str, Callable[[bytes], object]]:
    read, here = cocodec.read, folder / "a.json"
    named: dict[str, Callable[[bytes], object]] = {
        "info": describe,
        "check": lambda data: str(cocodec.check(data)),
        "repair": lambda data: cocodec.repair(read(data)),
        "masks": lambda data: read(data).masks(),
        "rows": lambda data: (list(read(data).annotations), read(data).image_rows()),
        "dangling": lambda data: read(data).dangling(),
        "duplicates": lambda data: read(data).annotations.duplicates(),
        "recompute": lambda data: read(data).recompute(area="pixels", bbox="mask"),
        "edits": edited,
        "dataset": lambda data: itemwise(data, here),
        "sniff": lambda data: cocodec.sniff(read(data)),
        "frame_masks": lambda data: cocodec.frame_masks(read(data)),
        "to_panoptic": lambda data: read(data).to_panoptic(),
        "merge_groups": lambda data: cocodec.merge_groups(read(data), by="crowd"),
        "arrow": tabular,
        "convert": lambda data: cocodec.convert(data, io.BytesIO(), to="rle"),
        "polygons": lambda data: cocodec.convert(data, io.BytesIO(), to="polygons"),
        "subset": lambda data: reshaping.subset(data, categories=["a"], where="area > 3"),
        "split": lambda data: reshaping.split(data, fractions=[0.5, 0.5], stratify=True),
        "sample": lambda data: reshaping.sample(data, count=1),
        "remap": lambda data: reshaping.remap(data, {"a": "b"}),
        "names_to_ids": reshaping.names_to_ids,
        "strip": lambda data: reshaping.strip(data, ["score"]),
        "set_columns": lambda data: reshaping.set_columns(data, {"x": "area * 2"}),
        "diff": lambda data: reshaping.diff(data, GOOD).text(),
        "stats": lambda data: str(reshaping.stats(data)),
        "merge": lambda data: reshaping.merge([data, GOOD]),
        "crop": lambda data: reshaping.crop(data, [1, 1, 5, 5]),
        "flip": reshaping.flip,
        "rotate90": reshaping.rotate90,
        "resize": lambda data: reshaping.resize(data, scale=2.0),
        "tile": lambda data: reshaping.untile(reshaping.tile(data, [5, 5])),
    }
    if _has_pillow():
        named["from_panoptic"] = lambda data: Document.from_panoptic(data, folder)
    named |= {f"dialect {to}": dialect(to) for to in WRITERS}
    for kind in DETECTIONS:
        named[f"truth {kind}"] = lambda data, kind=kind: cocodec.evaluate(  # type: ignore[misc]
            data, results(kind), iou_type=kind
        )
        named[f"detections {kind}"] = lambda data, kind=kind: cocodec.evaluate(  # type: ignore[misc]
            DOCUMENT, data, iou_type=kind
        )
    return named


def _has_pillow() -> bool:
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_an_odd_value_is_borne_or_refused_in_our_words(tmp_path: Path) -> None:
    rng = random.Random(7)
    everything = list(odd_documents())
    named = doors(tmp_path)
    for name, door in named.items():
        if name != "from_panoptic":
            door(GOOD)  # else what is refused below says nothing
    refused = 0
    for value in everything:
        data = json.dumps(value).encode()
        for name in rng.sample(sorted(named), 6):
            try:
                named[name](data)
            except (CocodecError, OSError):
                refused += 1
            except Exception as error:
                pytest.fail(f"{name}: {type(error).__name__}: {error}\n{data.decode()[:2000]}")
    assert refused > len(everything) // 4


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize("kind", DETECTIONS)
def test_objects_are_judged_as_their_file_is(kind: str) -> None:
    """Truth and detections, as Python objects and as JSON: the same numbers, or both refused."""
    rng = random.Random(3)
    # Half a character makes a file no JSON wherever it stands; of objects only what is compared
    # is looked at.
    everything = [
        one
        for one in odd_documents()
        if isinstance(one, (dict, list)) and "\\ud800" not in json.dumps(one)
    ]

    def verdict(truth: Any, found: Any) -> object:
        try:
            return cocodec.evaluate(truth, found, iou_type=kind).stats  # type: ignore[arg-type]
        except CocodecError:
            return "refused"

    told = set()
    for value in rng.sample(everything, 120):
        data = json.dumps(value).encode()
        pairs = [
            (verdict(copy.deepcopy(value), results(kind)), verdict(data, results(kind))),
            (verdict(DOCUMENT, copy.deepcopy(value)), verdict(DOCUMENT, data)),
        ]
        for plain, text in pairs:
            told.add(plain == "refused")
            assert (plain == "refused") == (text == "refused"), data[:1500]
            if plain != "refused":
                np.testing.assert_equal(plain, text, err_msg=str(data[:1500]))
    assert told == {True, False}


@pytest.mark.parametrize(
    "call",
    [
        lambda: cocodec.read(5),  # type: ignore[arg-type]
        lambda: cocodec.read(None),  # type: ignore[arg-type]
        lambda: cocodec.check(5),  # type: ignore[arg-type]
        lambda: describe(5),  # type: ignore[arg-type]
        lambda: reshaping.flip(5),  # type: ignore[arg-type]
        lambda: reshaping.merge([5, 6]),  # type: ignore[list-item]
        lambda: cocodec.evaluate(5, [], iou_type="bbox"),  # type: ignore[arg-type]
        lambda: cocodec.read(io.StringIO("{}")),  # type: ignore[arg-type]
        lambda: cocodec.convert(5, io.BytesIO(), to="rle"),  # type: ignore[arg-type]
        lambda: cocodec.convert_dialect(5, io.BytesIO(), to="cvat"),  # type: ignore[arg-type]
    ],
)
def test_a_source_of_a_wrong_type_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"expected (a path|one that is open in binary)"):
        call()


def test_half_a_character_in_counts() -> None:
    with pytest.raises(cocodec.RleError, match="half a character"):
        RleArray.from_coco([{"size": [9, 11], "counts": "\ud800"}])
