"""Panoptic quality from label maps and from masks, against the slow one; what it refuses."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec import Document, DocumentError, RleArray, RleError, _core, panoptic_quality
from reference import panoptic as slow

CATEGORIES = [{"id": c, "name": f"c{c}", "isthing": c % 2} for c in (3, 1, 2, 7)]


def label_map(random: np.random.Generator) -> np.ndarray:
    """Blocks of labels over a background of 0 (void)."""
    out = np.zeros((17, 13), np.uint32)
    for label in range(1, int(random.integers(1, 7))):
        y, x = random.integers(0, 12, 2)
        h, w = random.integers(1, 12, 2)
        out[y : y + h, x : x + w] = label
    return out


def segments(random: np.random.Generator, labels: np.ndarray, crowds: bool) -> list[dict[str, Any]]:
    return [
        {
            "id": int(label),
            "category_id": CATEGORIES[random.integers(3)]["id"],
            "area": int((labels == label).sum()),
            "iscrowd": int(crowds and random.random() < 0.3),
        }
        for label in np.unique(labels[labels > 0])
    ]


Images = list[tuple[np.ndarray, list[dict[str, Any]], np.ndarray, list[dict[str, Any]]]]


@st.composite
def image_lists(draw: st.DrawFn) -> Images:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    out = []
    for _ in range(draw(st.integers(1, 3))):
        gt = label_map(random)
        dt = np.roll(gt, random.integers(-1, 2, 2), (0, 1)) if random.random() < 0.7 else None
        dt = label_map(random) if dt is None else dt
        gts, dts = segments(random, gt, True), segments(random, dt, False)
        same = {s["id"]: s["category_id"] for s in gts}
        for one in dts:
            if random.random() < 0.7:
                one["category_id"] = same.get(one["id"], one["category_id"])
        out.append((gt, gts, dt, dts))
    return out


def as_masks(images: Images, side: int) -> dict[str, Any]:
    """A row for every segment."""
    rows = []
    for image, parts in enumerate(images):
        labels, some = parts[2 * side], parts[2 * side + 1]
        for one in some:
            coded = RleArray.encode(labels == one["id"]).to_coco()[0]
            rows.append(dict(one, image_id=image, segmentation=coded))
    size = {"height": 17, "width": 13}
    listed = [{"id": image, **size} for image in range(len(images))]
    return {"images": listed, "categories": CATEGORIES, "annotations": rows}


def tallies(result: Any) -> dict[Any, list[float]]:
    return {id_: [t.iou, t.tp, t.fp, t.fn] for id_, t in result.tallies.items()}


@given(image_lists())
@settings(max_examples=60)
def test_masks(images):
    gt, dt = as_masks(images, 0), as_masks(images, 1)
    painted = {row["image_id"] for row in dt["annotations"]}
    if {row["image_id"] for row in gt["annotations"]} - painted:
        with pytest.raises(DocumentError, match="has no prediction"):
            panoptic_quality(gt, dt)
        return
    counted = [
        i for k, i in enumerate(images) if any(r["image_id"] == k for r in gt["annotations"])
    ]
    expected = slow.tally(counted, [c["id"] for c in CATEGORIES])
    assert tallies(panoptic_quality(gt, dt)) == expected
    text = json.dumps(gt).encode(), json.dumps(dt["annotations"]).encode()
    assert tallies(panoptic_quality(*text)) == expected


def write_maps(folder: Any, images: Images, side: int) -> Any:
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    rows = []
    maps = folder / "gt" if side == 0 else folder / "dt"
    maps.mkdir()
    for image, parts in enumerate(images):
        labels, some = parts[2 * side] * 70001, parts[2 * side + 1]
        colours = np.stack([labels % 256, labels // 256 % 256, labels // 65536], -1)
        image_module.fromarray(colours.astype(np.uint8)).save(maps / f"{image}.png")
        listed = [dict(one, id=one["id"] * 70001) for one in some]
        rows.append({"image_id": image, "file_name": f"{image}.png", "segments_info": listed})
    path = folder / f"{maps.name}.json"
    path.write_text(json.dumps({"categories": CATEGORIES, "annotations": rows}))
    return path


@given(images=image_lists())
@settings(max_examples=15)
def test_label_maps(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    gt, dt = (write_maps(folder, images, side) for side in (0, 1))
    expected = slow.tally(images, [c["id"] for c in CATEGORIES])
    assert tallies(panoptic_quality(gt, dt)) == expected
    result = panoptic_quality(
        gt.read_bytes(),
        json.loads(dt.read_text()),
        gt_folder=folder / "gt",
        dt_folder=folder / "dt",
    )
    assert tallies(result) == expected


def test_real_maps(dialects):
    """The ground truth against itself, as maps and as masks."""
    pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    folder = dialects / "panopticapi" / "sample_data"
    gt = folder / "panoptic_examples.json"
    result = panoptic_quality(gt, gt)
    assert (result.stats["PQ"], result.stats["SQ_th"], result.stats["RQ_st"]) == (1, 1, 1)
    content = json.loads(gt.read_text())
    segments = [s for row in content["annotations"] for s in row["segments_info"]]
    seen = len({s["category_id"] for s in segments if not s["iscrowd"]})
    assert str(result).splitlines()[2] == f"All       | 100.0  100.0  100.0 {seen:5d}"
    assert sum(t.tp for t in result.tallies.values()) == sum(not s["iscrowd"] for s in segments)
    masks = folder / "panoptic_coco_detection_format.json"
    by_masks = panoptic_quality(masks, masks)
    assert tallies(by_masks) == tallies(result)


def test_what_a_result_says():
    gt = np.zeros((4, 4), np.uint32)
    gt[:, :2], gt[:, 2:] = 1, 2
    dt = gt.copy()
    dt[0, 0] = 2
    some = [{"id": i, "category_id": i, "area": 8, "iscrowd": 0} for i in (1, 2)]
    images = [(gt, some, dt, some)]
    result = panoptic_quality(as_masks(images, 0), as_masks(images, 1))
    assert result.stats["PQ"] == (7 / 8 + 8 / 9) / 2
    assert (result.stats["PQ_th"], result.stats["PQ_st"]) == (7 / 8, 8 / 9)
    rows = {row["id"]: row for row in result.per_category()}
    assert (rows[1]["name"], rows[1]["isthing"], rows[1]["tp"], rows[1]["pq"]) == (
        "c1",
        True,
        1,
        7 / 8,
    )
    assert rows[7]["pq"] == 0
    assert json.loads(json.dumps(result.to_dict()))["stats"] == result.stats
    assert str(result).splitlines() == [
        "          |    PQ     SQ     RQ     N",
        "--------------------------------------",
        "All       |  88.2   88.2  100.0     2",
        "Things    |  87.5   87.5  100.0     1",
        "Stuff     |  88.9   88.9  100.0     1",
    ]


def rle(*pixels: int) -> dict[str, Any]:
    mask = np.zeros((2, 3), bool)
    mask.T.flat[list(pixels)] = True
    return RleArray.encode(mask).to_coco()[0]


def document(*segmentations: Any, category: int = 1) -> dict[str, Any]:
    rows = [
        {"image_id": 5, "category_id": category, "segmentation": one, "iscrowd": 0}
        for one in segmentations
    ]
    return {"images": [{"id": 5}], "categories": CATEGORIES, "annotations": rows}


@pytest.mark.parametrize(
    "gt, dt, words",
    [
        (
            document(rle(0, 1)),
            document(rle(0, 1), rle(1, 2)),
            "image 5: mask 1: .*overlaps with mask 0",
        ),
        (document(rle(0)), document(rle(0), rle()), "segment 2 is listed, but has no pixels"),
        (document(rle(0)), document(rle(0), category=9), "segment 1 has the unknown category 9"),
        (document(rle(0), category=9), document(rle(1)), "segment 1 has the unknown category 9"),
        (document(rle(0)), document({"size": [1, 1], "counts": [1]}), "size"),
        (document(rle(0)), {"annotations": []}, "image 5 has no prediction"),
        (document(rle(0)), {"annotations": [{"segments_info": []}]}, "one side has label maps"),
        (document(rle(0)), b"{", "not valid JSON"),
        (document(rle(0)), b"3", "expected a COCO document"),
    ],
)
def test_refusals(gt, dt, words):
    with pytest.raises(DocumentError, match=words):
        panoptic_quality(gt, dt)


def test_segments_that_are_not_listed(tmp_path):
    labels = np.ones((2, 2), np.uint32)
    some = [{"id": 1, "category_id": 1, "area": 4, "iscrowd": 0}]
    gt, dt = (write_maps(tmp_path, [(labels, some, labels, [])], side) for side in (0, 1))
    with pytest.raises(DocumentError, match="image 0: segment 70001 has pixels, but is not listed"):
        panoptic_quality(gt, dt)


def test_shared_pixels_of_maps():
    random = np.random.default_rng(3)
    gt, dt = random.integers(0, 3, (2, 9, 11)).astype(np.uint32) * (2**32 - 1) // 2
    got = _core.shared_pixels(gt, dt)
    pairs, counts = np.unique(np.stack([gt, dt], -1).reshape(-1, 2), axis=0, return_counts=True)
    assert np.array_equal(got, np.column_stack([pairs, counts]))
    assert _core.shared_pixels(gt[:0], dt[:0]).shape == (0, 3)
    with pytest.raises(RleError, match="length"):
        _core.shared_pixels(gt, dt[1:])


def one_map(folder, **row):
    image_module = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    colours = np.zeros((2, 3, 3), np.uint8)
    colours[:, 1:, 0] = 5
    maps = folder / "maps"
    maps.mkdir()
    image = image_module.fromarray(colours)
    image.save(maps / "a.png")
    image.save(folder / "outside.png")
    image.quantize(2).save(maps / "palette.png")
    image.convert("L").save(maps / "grey.png")
    segment = {"id": 5, "category_id": 1, "area": 4}
    said = {"image_id": 1, "file_name": "a.png", "segments_info": [segment], **row}
    said = {key: value for key, value in said.items() if value is not None}
    return {"categories": [{"id": 1}], "images": [{"id": 1}], "annotations": [said]}, maps


@pytest.mark.parametrize("zipped", [False, True])
def test_palettes_and_zips_are_read_as_from_panoptic_reads_them(tmp_path, zipped):
    root, maps = one_map(tmp_path, file_name="palette.png")
    source = json.dumps(root).encode()
    if zipped:
        source = tmp_path / "a.zip"
        with zipfile.ZipFile(source, "w") as file:
            file.writestr("annotations/panoptic.json", json.dumps(root))
    assert len(Document.from_panoptic(source, maps).annotations) == 1
    result = panoptic_quality(source, source, gt_folder=maps, dt_folder=maps)
    assert result.stats["PQ"] == 1.0


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"file_name": "../outside.png"}, r"annotations, row 0: .*leads out of its folder"),
        ({"file_name": 7}, r"annotations, row 0: the file name is 7"),
        ({"file_name": "grey.png"}, "pixels are of kind L, expected one of RGB, RGBA, P"),
        ({"segments_info": 3}, r"annotations, row 0: no list of segments_info"),
        ({"segments_info": [{"category_id": 1}]}, r"annotations, row 0: segment 0 has the id None"),
        ({"segments_info": [{"id": 5, "category_id": 1}] * 2}, "segments_info has twice 5"),
    ],
)
def test_both_readers_refuse_the_same(tmp_path, row, words):
    root, maps = one_map(tmp_path, **row)
    source = json.dumps(root).encode()
    with pytest.raises(DocumentError, match=words):
        Document.from_panoptic(source, maps)
    for given_ in (source, root):
        with pytest.raises(DocumentError, match=words):
            panoptic_quality(given_, given_, gt_folder=maps, dt_folder=maps)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"image_id": None}, "annotations, row 0, key 'image_id': is missing"),
        ({"image_id": []}, r"annotations, row 0, key 'image_id': is \[\]"),
        ({"segments_info": [{"id": 5, "category_id": []}]}, r"segment 5: category_id is \[\]"),
        ({"segments_info": [{"id": 5, "category_id": 1, "area": "4"}]}, "segment 5: area is '4'"),
    ],
)
def test_what_quality_needs_is_named(tmp_path, row, words):
    root, maps = one_map(tmp_path, **row)
    with pytest.raises(DocumentError, match=words):
        panoptic_quality(root, root, gt_folder=maps, dt_folder=maps)
