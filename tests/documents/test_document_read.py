"""Documents: parts, fields, joins and masks."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocodec import Document, DocumentError, RleArray, read, sniff

RING = [[1, 1, 5, 1, 5, 5, 1, 5]]
BOX = [1, 1, 3, 2]


def part(images: list[Any], annotations: list[Any], **fields: Any) -> dict[str, Any]:
    return {
        "info": {"year": 2024},
        "images": [{"id": i, "height": 6, "width": 7 + k} for k, i in enumerate(images)],
        "categories": [{"id": 1, "name": "a"}],
        **fields,
        "annotations": [
            {"id": k, "image_id": i, "category_id": 1, "segmentation": RING}
            for k, i in enumerate(annotations)
        ],
    }


def load(root: Any, **options: Any) -> Document:
    return read(json.dumps(root).encode(), **options)


def test_a_document_of_one_part(tmp_path: Path) -> None:
    root = part([1, 2], [2, 1, 2], type="instances", licenses=None)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(root))
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        document = read(source)
        assert (document.layout, document.root) == ("single", "document")
        assert [*document.images] == root["images"]
        assert [*document.annotations] == root["annotations"]
        assert [*document.categories] == root["categories"]
        assert len(document.licenses) == 0
        assert document.info == {"year": 2024}
        assert document.info is not document.info
        assert document.fields() == {
            "info": {"year": 2024},
            "type": "instances",
            "licenses": None,
        }
        assert document.field("type") == "instances"
        assert document.field("nothing", None) is None
        assert repr(document) == "<Document: 2 images, 3 annotations, 1 category>"


def test_a_list_of_documents() -> None:
    document = load([part([1], [1, 1]), part([1, 2], [2]), part([], [])])
    assert (document.layout, document.root) == ("list", "documents")
    assert len(document.parts) == 3
    assert document.annotations.part.tolist() == [0, 0, 1]
    assert document.images.part.tolist() == [0, 1, 1]
    assert [p.rows("annotations") for p in document.parts] == [
        range(0, 2),
        range(2, 3),
        range(3, 3),
    ]
    assert document.parts[1].info == {"year": 2024}
    assert document.parts[1].name is None
    # Ids are those of a part alone.
    assert document.image_rows().tolist() == [0, 0, 2]
    assert document.image_rows([2, 0]).tolist() == [2, 0]
    assert document.category_rows().tolist() == [0, 0, 1]
    assert document.images.positions(1).tolist() == [0, 1]
    assert document.images.positions(1, part=1).tolist() == [1]
    assert document.images.duplicates() == []
    masks = document.masks()
    assert masks.masks.sizes.tolist() == [[6, 7], [6, 7], [6, 8]]
    assert document.masks([2, 0, 2]).masks == masks.masks[[2, 0, 2]]
    assert document.masks([1, 0]).masks == masks.masks[[1, 0]]


@pytest.mark.parametrize(
    ("text", "layout", "root", "rows"),
    [
        ('[{"image_id": 1, "bbox": []}, {"image_id": 2}]', "single", "results", 2),
        ('{"image_id": 1, "bbox": []}\n{"image_id": 2}\n', "lines", "results", 2),
        ('{"images": [], "annotations": [{}]}\n{"images": []}\n', "lines", "documents", 1),
        ('{"segmentation": []}', "single", "annotation", 1),
        ('{"image": {"id": 3}, "annotations": [{"id": 1}]}', "single", "document", 1),
    ],
)
def test_roots(text: str, layout: str, root: str, rows: int) -> None:
    document = read(text.encode())
    assert (document.layout, document.root) == (layout, root)
    assert len(document.annotations) == rows


def test_a_single_image_is_a_row() -> None:
    document = read(b'{"image": {"id": 3, "height": 2}, "annotations": [{"image_id": 3}], "x": 1}')
    assert [*document.images] == [{"id": 3, "height": 2}]
    assert document.image_rows().tolist() == [0]
    assert document.fields() == {"x": 1}


def test_joins_and_what_dangles() -> None:
    images = [{"id": 1}, {"id": "1"}, {"id": 1}, {}, {"id": 10**30}]
    ids = [1, "1", 1.0, True, None, 2, 10**30]
    rows = [{"image_id": i} for i in ids] + [{}]
    document = load({"images": images, "annotations": rows})
    assert document.image_rows().tolist() == [2, 1, 2, -1, -1, -1, 4, -1]
    dangling = document.dangling()
    assert dangling.images.tolist() == [3, 4, 5]
    assert dangling.categories.tolist() == []
    assert [(d.id, d.rows.tolist()) for d in document.images.duplicates()] == [(1, [0, 2])]
    assert load([{"image_id": 1, "category_id": 7}]).dangling().images.tolist() == []


def test_masks_of_every_spelling() -> None:
    rle = RleArray.from_polygons([RING], (6, 7))
    values: list[Any] = [
        None,
        [],
        [[]],
        [[1, 2]],
        RING,
        RING[0],
        BOX,
        *rle.to_coco("str"),
        *rle.to_coco("list"),
        5,
        {"size": [6, 7], "counts": [1]},
    ]
    rows = [{"id": k, "image_id": 1, "segmentation": v} for k, v in enumerate(values)]
    document = load({"images": [{"id": 1, "height": 6, "width": 7}], "annotations": [{}, *rows]})
    with pytest.raises(DocumentError, match=r"2 annotations are refused:\n  row 10, id 9: it is"):
        document.masks()
    found = document.masks(on_error="skip")
    assert found.kinds.tolist() == [*range(7), 4, 8, 9, 10, 10]
    assert found.has_mask.tolist() == [False] * 5 + [True] * 2 + [False, True, True] + [False] * 2
    for i in (5, 6, 8, 9):
        assert found.masks[i] == rle
    assert (found.masks.sizes[~found.has_mask] == 0).all()
    assert [row.row for row in found.refused] == [10, 11]
    some = document.masks([11, 8, 0], on_error="skip")
    assert some.kinds.tolist() == [10, 8, 0]
    assert [row.row for row in some.refused] == [11]
    assert some.masks[1] == rle
    with pytest.raises(ValueError, match="on_error is 'no'"):
        document.masks(on_error="no")


def test_no_rows() -> None:
    document = load({"images": []})
    assert len(document.masks().masks) == 0
    assert document.image_rows().tolist() == []
    assert document.annotations.column("id").tolist() == []
    assert document.annotations.keys() == {}
    assert [*document.annotations] == []
    assert document.dangling().images.tolist() == []


def test_real_files_say_what_json_says(dialects: Path) -> None:
    seen = 0
    for path in sorted(dialects.rglob("*.json")):
        try:
            document = read(path)
        except DocumentError:
            continue
        root = json.loads(path.read_bytes())
        if isinstance(root, dict) and "annotations" in root:
            for name in ("images", "annotations", "categories", "licenses"):
                if isinstance(root.get(name), list):
                    assert [*getattr(document, name)] == root[name], path
            rows = root["annotations"]
            ids = [row["id"] for row in rows if "id" in row]
            column = document.annotations.column("id", missing=None)
            assert [i for i in column.tolist() if i is not None] == ids
            seen += 1
    assert seen > 20


def test_many_threads_say_the_same(sample: Path) -> None:
    document = read(sample)
    for key in document.annotations.keys(threads=3):
        one, many = (document.annotations.column(key, threads=n) for n in (1, 3))
        assert np.array_equal(one, many)
    assert document.masks(threads=1).masks == document.masks(threads=3).masks
    assert (document.image_rows(threads=3) == document.image_rows(threads=1)).all()


def test_a_document_of_rows() -> None:
    images = [{"id": 1, "height": 6, "width": 7}]
    rows = [{"id": 2, "image_id": np.int64(1), "segmentation": RING, "bbox": np.arange(4.0)}]
    document = Document.from_rows(images=images, annotations=rows, info={"year": 2025})
    assert list(document.parts[0].fields) == ["info"]
    assert document.annotations[0]["bbox"] == [0.0, 1.0, 2.0, 3.0]
    assert document.image_rows().tolist() == [0]
    assert document.masks().masks == RleArray.from_polygons([RING], (6, 7))
    out = io.BytesIO()
    document.write(out)
    order = ["info", "licenses", "images", "annotations", "categories"]
    assert list(json.loads(out.getvalue())) == order
    with pytest.raises(DocumentError, match=r"annotations\[0\]\['area'\] is nan"):
        Document.from_rows(annotations=[{"area": float("nan")}])


def test_dialects_are_reached_through_the_document(tmp_path: Path) -> None:
    document = load({"annotations": []})
    assert document.dialect == document.dialect == sniff(document)
    assert load({"annotations": []}, dialect="cvat").dialect.name == "cvat"
    with pytest.raises(ValueError, match="'nobody'"):
        load({"annotations": []}, dialect="nobody")
    report = document.write(tmp_path / "x.json", dialect="hasty")
    assert report.annotations == 0
    assert (tmp_path / "x.json").exists()
    with pytest.raises(TypeError, match="without a dialect there is no option 'a'"):
        document.write(tmp_path / "y.json", a=1)
