"""What people pass first: it works, or says what to write."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import RleArray, as_rle, read
from cocodec.errors import DocumentError, PolygonError, RleError

RLE = {"size": [30, 40], "counts": [125, 8, 1067]}
ROOT: dict[str, Any] = {
    "images": [{"id": 1, "width": 40, "height": 30, "file_name": "a.jpg"}],
    "categories": [{"id": 1, "name": "leaf"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "area": 8, "bbox": [4, 5, 1, 8], "iscrowd": 0}
    ],
}
ROOT["annotations"][0]["segmentation"] = RLE


def dense() -> np.ndarray:
    out = np.zeros((30, 40), np.uint8)
    out[5:13, 4:14] = 1
    return out


def test_read_takes_what_json_holds() -> None:
    document = read(ROOT)
    assert document.masks().masks.area().tolist() == [8]
    assert read([ROOT, ROOT]).layout == "list"
    assert read([{"image_id": 1, "segmentation": RLE}]).root == "results"
    numbers = {**ROOT, "images": [{"id": np.int64(1), "width": np.int32(40), "height": 30}]}
    assert read(numbers).images[0]["width"] == 40
    with pytest.raises(DocumentError, match="is nan, which is no JSON number"):
        read({"images": [{"id": float("nan")}]})
    with pytest.raises(DocumentError, match="the file holds an object"):
        read({"a": 1})


def test_a_slip_in_a_key_is_named() -> None:
    table = read(ROOT).annotations
    for slip, meant in (("catgeory_id", "category_id"), ("segmentaton", "segmentation")):
        with pytest.raises(DocumentError, match=f"no row has '{slip}'; is '{meant}' meant"):
            table.column(slip)
    # What rows may lack is no slip, nor is what is like nothing.
    for key in ("score", "keypoints", "colour", "is_crowd"):
        assert table.column(key, missing=None).tolist() == [None]
    assert read({"annotations": []}).annotations.column("catgeory_id").tolist() == []


@pytest.mark.parametrize("shape", [(30, 40), (1, 30, 40), (1, 1, 30, 40)])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8])
def test_as_rle_takes_dense_masks_with_axes_in_front(shape: Any, dtype: Any) -> None:
    mask = dense().astype(dtype).reshape(shape)
    expected = RleArray.encode(dense()[None])
    assert as_rle(mask) == expected
    assert as_rle(mask, 30, 40) == expected
    torch = pytest.importorskip("torch")
    assert as_rle(torch.from_numpy(mask)) == expected


def test_as_rle_takes_one_mask_and_scores_need_a_threshold() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(RleError, match="expected one mask, got an array of shape"):
        as_rle(np.zeros((2, 30, 40), np.uint8))
    for scores in (torch.zeros(30, 40), torch.zeros(1, 30, 40), np.zeros((30, 40))):
        with pytest.raises(TypeError, match=r"mask > 0\.5"):
            as_rle(scores, 30, 40)
    assert RleArray.encode(torch.ones(2, 1, 30, 40), threshold=0.5).area().tolist() == [1200, 1200]
    assert RleArray(dense()[None].astype(bool)) == RleArray.encode(dense()[None])


def test_contours_of_cv2_are_rings() -> None:
    points = [[4, 5], [14, 5], [14, 13], [4, 13]]
    contour = np.array(points, np.int32)[:, None]
    assert contour.shape == (4, 1, 2)
    expected = as_rle([points], 30, 40)
    assert as_rle(contour, 30, 40) == expected
    assert as_rle([contour], 30, 40) == as_rle((contour,), 30, 40) == expected
    other = np.array([[20, 5], [25, 5], [25, 9]], np.int32)[:, None]
    both = RleArray.from_polygons([(contour, other), [other]], (30, 40))
    assert both.area().tolist()[0] == expected.area()[0] + both.area().tolist()[1]
    cv2 = pytest.importorskip("cv2")
    found, _ = cv2.findContours(dense(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    assert as_rle(found, 30, 40).area()[0] > 0


def test_polygons_of_shapely_and_geojson_are_masks() -> None:
    square = {"type": "Polygon", "coordinates": [[[4, 5], [14, 5], [14, 13], [4, 13], [4, 5]]]}
    feature = {"type": "Feature", "geometry": square, "properties": {}}
    expected = RleArray.encode(dense()[None])
    assert as_rle(square, 30, 40) == as_rle(feature, 30, 40) == expected
    with pytest.raises(TypeError, match="height and width are needed"):
        as_rle(square)
    shapely = pytest.importorskip("shapely.geometry")
    assert as_rle(shapely.box(4, 5, 14, 13), 30, 40) == expected
    with pytest.raises((TypeError, PolygonError)):
        as_rle(shapely.Point(1, 1), 30, 40)


def test_a_brush_of_label_studio_says_what_it_is() -> None:
    for value in ({"format": "rle", "rle": [0, 1]}, {"rle": [0, 1]}):
        row = {**ROOT["annotations"][0], "segmentation": value}
        data = json.dumps({**ROOT, "annotations": [row]}).encode()
        with pytest.raises(DocumentError, match="brushes of Label Studio"):
            cocodec.convert(data, io.BytesIO())


def test_what_is_shown_in_a_notebook(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROOT))
    document = read(ROOT)
    dataset = cocodec.MaskDataset(path)
    assert repr(document.masks()) == "<Masks: 1 row, 1 with a mask>"
    assert repr(dataset) == "<MaskDataset: 1 image, 1 annotation, a.json>"
    for shown in (document.masks(), document.annotations, dataset, document):
        html = shown._repr_html_()
        assert html.startswith("<code>&lt;")
    assert "<th>image_id</th>" in document.annotations._repr_html_()
    odd = read({"annotations": [{"id": "<b>"}, {"other": [1] * 99}]}).annotations._repr_html_()
    assert "<b>" not in odd
    assert len(odd) < 1000


def test_annotations_in_no_image_are_a_sentence() -> None:
    rows = [{**ROOT["annotations"][0], "image_id": "1"}, ROOT["annotations"][0]]
    found = [{"image_id": 1, "category_id": 1, "score": 0.5, "segmentation": RLE}]
    (line,) = cocodec.evaluate({**ROOT, "annotations": rows}, found, iou_type="segm").warnings
    assert line.startswith("1 of 2 annotations are in images that the ground truth does not list")
    assert "it is a text here and a number there: coerce_ids=True" in line
    rows[0]["image_id"] = 5
    (line,) = cocodec.evaluate({**ROOT, "annotations": rows}, found, iou_type="segm").warnings
    assert "coerce" not in line


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("iou_thrs", "is 'iou_thresholds' meant?"),
        ("iouThrs", "is 'iou_thresholds' meant?"),
        ("recThrs", "is 'recall_thresholds' meant?"),
        ("maxDets", "is 'max_detections' meant?"),
        ("areaRng", "is 'area_ranges' meant?"),
        ("useCats", "is 'use_categories' meant?"),
        ("kpt_oks_sigmas", "is 'sigmas' meant?"),
        ("x", "it has gt, "),
    ],
)
def test_arguments_by_another_name_say_which_is_meant(slip: str, meant: str) -> None:
    truth: Any = {"images": [], "categories": [], "annotations": []}
    for function in (cocodec.evaluate, cocodec.Evaluator):
        with pytest.raises(TypeError, match=f"has no argument '{slip}'; ") as error:
            function(truth, **{slip: [0.5]})
        assert meant in str(error.value)


def test_types_know_the_names_of_dialects() -> None:
    from typing import get_args

    from cocodec.dialects import DIALECTS, WRITERS
    from cocodec.documents.dialect_names import Readable, Writable

    assert set(get_args(Readable)) == {"auto", *DIALECTS}
    assert set(get_args(Writable)) == set(WRITERS)


def test_what_functions_return_is_public() -> None:
    assert type(read(ROOT).masks()) is cocodec.Masks
    assert type(read(ROOT).annotations) is cocodec.Table
    assert type(cocodec.evaluate(ROOT, [], iou_type="segm")) is cocodec.Result
