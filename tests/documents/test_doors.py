"""The doors of a document lead to the wings that do the work, and nothing is done on the way."""

from __future__ import annotations

import io

import pytest

import cocodec
from cocodec import Document, reshaping


def written(document: Document) -> bytes:
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


@pytest.fixture
def document() -> Document:
    return Document.from_rows(
        images=[{"id": i, "file_name": f"{i}.jpg", "height": 8, "width": 9} for i in (1, 2)],
        categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        annotations=[
            {
                "id": i,
                "image_id": 1 + i % 2,
                "category_id": 1 + i % 2,
                "segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]],
                "area": 12,
                "bbox": [1, 1, 4, 3],
                "iscrowd": 0,
            }
            for i in (1, 2, 3)
        ],
    )


CALLS = {
    "subset": ((), {"categories": ["cat"]}),
    "sample": ((), {"count": 1, "seed": 3}),
    "remap": (({"dog": "cat"},), {}),
    "strip": ((["area"],), {}),
    "set_columns": (({"iscrowd": "1"},), {}),
    "crop": (([0, 0, 4, 4],), {}),
    "pad": ((1, 2), {"right": 3, "bottom": 4}),
    "flip": (("vertical",), {}),
    "rotate90": ((1,), {}),
    "resize": ((), {"scale": 2.0}),
    "tile": (([4, 4],), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_door_leads_to_its_function(document: Document, name: str) -> None:
    arguments, options = CALLS[name]
    before = written(document)
    got = written(getattr(document, name)(*arguments, **options))
    assert got == written(getattr(reshaping, name)(document, *arguments, **options))
    assert got != before
    assert written(document) == before


def test_doors_that_give_no_document(document: Document) -> None:
    parts = document.split(fractions=[0.5, 0.5])
    assert [len(part.images) for part in parts] == [1, 1]
    assert not document.diff(document)
    assert document.diff(document.flip())
    assert document.stats().as_dict() == reshaping.stats(document).as_dict()
    assert document.check().as_dict() == cocodec.check(document).as_dict()
    assert written(document.tile([4, 4]).untile()) != b""
