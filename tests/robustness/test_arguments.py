"""Every argument of every public function, given what it is not: a sentence that says which it is.

Each function is called as it should be, and then once for each argument and each odd value. What
comes back is an answer, or an error of Python's or ours whose text is written for a reader: none
that speaks of attributes, subscripts, or the types of a binding.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import CocodecError, RleArray
from support.complaints import complaint
from support.public_calls import (
    DOCUMENT,
    IMAGES,
    MASKS,
    RESULTS,
    arguments_of,
    doors,
    public_names,
)

ODD: list[Any] = [
    *(None, 5, -1, 1.5, float("nan"), True, 2**70),
    *("x", "", b"x", "no/such/file", "\ud800"),
    *([], {}, [None], ["x"], [[1]], [1.5], (1, "a"), {1: 2}),
    *(object(), len, np.zeros((2, 2, 2, 2)), np.array("x")),
]
# Public, and called by cocodec itself: what a report is told; JSON text that was printed before.
OUR_OWN = {
    *(
        f"DialectReport.{name}"
        for name in (
            *("change", "change_rows", "lose", "lose_keys", "lose_keys_of_all", "lose_rows"),
            *("note", "refuse"),
        )
    ),
    *(f"FormatReport.{name}" for name in ("lose", "note")),
    "Table.splice",
}


def test_every_public_function_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A new one gets a row in tests/support/public_calls.py."""
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    rows = {name.split()[0] for name, _, _ in doors(cocodec.read("a.json"))}
    names = public_names()
    assert len(names) > 190
    assert names - rows - OUR_OWN == set()
    assert OUR_OWN - (names - rows) == set(), (
        "these have a row, or are gone: take them off the list"
    )
    classes = {"RleArray", "MaskDataset", "Evaluator", "Viewer"}
    assert rows - names == classes, "no public function has this name"


@pytest.mark.filterwarnings("ignore")
def test_every_argument_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    wrong, refused = [], 0
    for name, function, given in doors(cocodec.read("a.json")):
        function(**given)
        for argument in arguments_of(function, given):
            for odd in ODD:
                if isinstance(odd, float) and argument == "n":
                    continue
                if callable(odd) and argument.startswith("on_"):
                    continue  # a function of the caller's, who hears of its errors
                try:
                    function(**{**given, argument: odd})
                except Exception as error:
                    refused += 1
                    found = complaint(error)
                    if found is not None:
                        wrong.append(f"{name}({argument}={odd!r:.40}): {found:.200}")
    assert wrong == []
    assert refused > 3000


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: RleArray.encode(IMAGES, layout=5), TypeError, "layout is 5, expected 'NHW'"),
        (
            lambda: RleArray.encode(IMAGES, threads=1.5),
            TypeError,
            "threads is 1.5, expected a whole",
        ),
        (lambda: MASKS.to_coco(5), TypeError, "counts is 5, expected 'str' or 'bytes' or 'list'"),
        (lambda: cocodec.merge_groups("a.json"), TypeError, "document is 'a.json', expected a Doc"),
        (lambda: cocodec.frame_masks("a.json"), TypeError, "document is 'a.json', expected a Doc"),
        (lambda: cocodec.sniff("a.json"), TypeError, "document is 'a.json', expected a Document"),
        (lambda: cocodec.read(5), TypeError, "source is of type int, expected a path"),
        (
            lambda: RleArray.from_coco([{"size": ["2", 2], "counts": [4]}]),
            CocodecError,
            r"size is \('2', 2\); sides must be whole",
        ),
        (
            lambda: cocodec.set_limits(masks="x"),
            TypeError,
            "masks is 'x', expected a whole number",
        ),
        (lambda: cocodec.set_num_threads(1.5), TypeError, "threads is 1.5, expected 0"),
    ],
)
def test_what_is_said(call: Callable[[], object], kind: type[Exception], says: str):
    with pytest.raises(kind, match=says) as caught:
        call()
    assert complaint(caught.value) is None


def test_an_error_of_ones_own_code_passes():
    """A function that the caller gave fails by itself: no argument is to blame."""

    def transform(item: Any) -> Any:
        raise AttributeError("mine")

    document = json.dumps(DOCUMENT).encode()
    path = Path("own.json")
    with pytest.raises(FileNotFoundError):
        cocodec.MaskDataset(path, transform=transform)
    with pytest.raises(ZeroDivisionError):
        cocodec.check(document, progress=lambda done, of: 1 // 0)


@pytest.mark.parametrize("table", ["images", "categories"])
@pytest.mark.parametrize(("id_", "says"), [(None, "has no id"), ([1], "xpected"), ({}, "xpected")])
@pytest.mark.parametrize("as_file", [False, True])
def test_an_image_or_category_without_an_id(table: str, id_: Any, says: str, as_file: bool):
    document = json.loads(json.dumps(DOCUMENT))
    document[table][0]["id"] = id_
    source = json.dumps(document).encode() if as_file else document
    for iou_type in ("bbox", "segm"):
        with pytest.raises(cocodec.DocumentError, match=rf"{table}.*{says}|{says}.*{table}"):
            cocodec.evaluate(source, [], iou_type=iou_type)


@pytest.mark.parametrize(
    "odd", [{"annotations": [5]}, {"annotations": 5}, {"images": [5]}, {"images": {"id": 1}}]
)
def test_rows_that_are_no_objects(odd: dict[str, Any]):
    for source in ({**DOCUMENT, **odd}, json.dumps({**DOCUMENT, **odd}).encode()):
        with pytest.raises(cocodec.DocumentError, match=f"{next(iter(odd))}|row 0"):
            cocodec.evaluate(source, [], iou_type="bbox")


@pytest.mark.parametrize("key", ["image_id", "category_id"])
def test_ids_that_are_no_ids(key: str):
    rows = [{**RESULTS[0], key: [1]}]
    for source in (rows, json.dumps(rows).encode()):
        with pytest.raises(cocodec.DocumentError, match=r"row 0|\[0\]|id"):
            cocodec.evaluate(DOCUMENT, source, iou_type="bbox")
