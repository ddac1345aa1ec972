"""`cocodec.evaluate` against the slow evaluation, its ways in, its refusals, and its merging."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocodec import DocumentError, Evaluator, RleArray, as_rle, evaluate
from cocodec.evaluation.indexing import positions
from cocodec.evaluation.parameters import COCO_SIGMAS
from cocodec.evaluation.result import Result
from reference import evaluation as slow
from support import evaluation_strategies as own
from support import oracle
from support.evaluation_strategies import HIT, SIDE, SMALL, Case


def same(a: Result, b: Result) -> None:
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert a.stats == b.stats
    assert str(a) == str(b)


def similarity(case: Case) -> Any:
    def boxes(dt: dict[str, Any], gt: dict[str, Any]) -> float:
        return float(oracle.iou([dt["bbox"]], [gt["bbox"]], [gt["iscrowd"]])[0, 0])

    def masks(dt: dict[str, Any], gt: dict[str, Any]) -> float:
        a, b = (as_rle(row["segmentation"], SIDE, SIDE) for row in (dt, gt))
        return float(a.iou(b, [gt["iscrowd"]])[0, 0])

    def keypoints(dt: dict[str, Any], gt: dict[str, Any]) -> float:
        return slow.keypoint_similarity(dt, gt, COCO_SIGMAS.tolist())

    return {"bbox": boxes, "segm": masks, "keypoints": keypoints}[case.iou_type]


def with_areas(case: Case) -> list[dict[str, Any]]:
    """Results as they are understood: with an area."""
    rows = []
    for row in case.results:
        if "bbox" in row:
            area = row["bbox"][2] * row["bbox"][3]
        elif "segmentation" in row:
            area = float(as_rle(row["segmentation"]).area()[0])
        else:
            x, y = row["keypoints"][0::3], row["keypoints"][1::3]
            area = (max(x) - min(x)) * (max(y) - min(y))
        rows.append(dict(row, area=area))
    return rows


@given(own.cases())
@settings(max_examples=60)
def test_the_slow_evaluation(case):
    ids = [row["id"] for row in case.gt["annotations"]]
    if len(set(ids)) < len(ids):
        return  # what repeated ids mean, the parity tests say
    got = evaluate(case.gt, case.results, iou_type=case.iou_type, **case.options())
    parameters = got.parameters
    asked = slow.Asked(
        got.image_ids,
        got.category_ids
        if parameters.use_categories
        else case.params.get("catIds") or [c["id"] for c in case.gt["categories"]],
        similarity(case),
        parameters.iou_thresholds.tolist(),
        parameters.recall_thresholds.tolist(),
        list(parameters.area_ranges.values()),
        parameters.max_detections,
        parameters.use_categories,
    )
    gts = [
        dict(row, ignore=row["iscrowd"] or row.get("num_keypoints") == 0)
        for row in case.gt["annotations"]
    ]
    expected = slow.evaluate(gts, with_areas(case), asked)
    for array, wanted in zip((got.precision, got.recall, got.scores), expected, strict=True):
        assert np.array_equal(array, wanted)


@given(own.cases(), st.integers(0, 5))
@settings(max_examples=30)
def test_threads_change_nothing(case, threads):
    alone = evaluate(case.gt, case.results, iou_type=case.iou_type, threads=1)
    same(evaluate(case.gt, case.results, iou_type=case.iou_type, threads=threads), alone)


@given(case=own.cases())
@settings(max_examples=40)
def test_ways_in(case, tmp_path_factory):
    expected = evaluate(case.gt, case.results, iou_type=case.iou_type)
    gt, dt = json.dumps(case.gt).encode(), json.dumps(case.results).encode()
    same(evaluate(gt, dt, iou_type=case.iou_type), expected)
    same(evaluate(io.BytesIO(gt), io.BytesIO(dt), iou_type=case.iou_type), expected)
    folder = tmp_path_factory.mktemp("ways")
    for name, data in (("gt.json", gt), ("dt.json", b"\xef\xbb\xbf" + dt)):
        (folder / name).write_bytes(data)
    same(evaluate(folder / "gt.json", str(folder / "dt.json"), iou_type=case.iou_type), expected)
    same(evaluate(case.gt, **columns(case), iou_type=case.iou_type), expected)


def columns(case: Case) -> dict[str, Any]:
    rows, n = case.results, len(case.results)
    out: dict[str, Any] = {
        "image_ids": [row["image_id"] for row in rows],
        "category_ids": [row["category_id"] for row in rows],
        "scores": [row["score"] for row in rows],
    }
    if case.iou_type == "bbox":
        out["boxes"] = np.array([row["bbox"] for row in rows]).reshape(n, 4)
    elif case.iou_type == "segm":
        out["masks"] = RleArray.from_coco([row["segmentation"] for row in rows])
    else:
        out["keypoints"] = np.array([row["keypoints"] for row in rows]).reshape(n, 17, 3)
    return out


@given(own.cases(), st.data())
@settings(max_examples=60)
def test_pieces_of_several_processes_merge_exactly(case, data):
    expected = evaluate(case.gt, case.results, iou_type=case.iou_type, **case.options())
    workers = [
        Evaluator(case.gt, iou_type=case.iou_type, **case.options())
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    for image in data.draw(st.permutations([row["id"] for row in case.gt["images"]])):
        worker = data.draw(st.sampled_from(workers))
        worker.add([row for row in case.results if row["image_id"] == image])
    first, *others = data.draw(st.permutations(workers))
    for other in others:
        first.merge(other.to_bytes() if data.draw(st.booleans()) else other)
    same(first.result(), expected)


PERFECT = float(np.mean(np.full(1010, 1 / (1 + 2.0**-52))))  # the reference divides by a bit more


def test_what_a_result_says():
    result = evaluate(SMALL, [HIT], iou_type="bbox")
    assert result.stats["AP"] == PERFECT
    assert result.stats["APm"] == -1
    assert list(result.stats) == [
        *("AP", "AP50", "AP75", "APs", "APm", "APl"),
        *("AR1", "AR10", "AR100", "ARs", "ARm", "ARl"),
    ]
    cat, dog = result.per_category()
    assert (cat["id"], cat["name"], cat["AP"], cat["AR100"]) == (1, "cat", PERFECT, 1)
    assert (dog["id"], dog["name"], dog["AP"]) == (2, "dog", -1)
    content = json.loads(json.dumps(result.to_dict()))
    assert content["stats"] == result.stats
    assert content["per_category"] == [cat, dog]
    assert content["images"] == 1
    assert str(result).splitlines()[0] == (
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000"
    )


def test_own_ranges_and_limits():
    result = evaluate(
        SMALL,
        [HIT],
        iou_type="bbox",
        area_ranges={"all": (0, 100), "tiny": (0, 9)},
        max_detections=[5],
    )
    assert list(result.stats) == ["AP", "AP50", "AP75", "AP[tiny]", "AR5", "AR[tiny]"]
    assert (result.stats["AP"], result.stats["AP[tiny]"]) == (PERFECT, -1)


def test_gaps_are_filled():
    """No iscrowd, no area, no id, no list of images or categories."""
    row = {"image_id": 7, "category_id": 1, "bbox": [1, 1, 4, 4]}
    for gt in ([row], {"annotations": [row]}, dict(SMALL, annotations=[row])):
        assert evaluate(gt, [HIT], iou_type="bbox").stats["AP"] == PERFECT


def test_crowds_in_any_spelling():
    for crowd, expected in (
        (1, -1),
        (True, -1),
        ("true", -1),
        ("1", -1),
        ("false", PERFECT),
        (0, PERFECT),
    ):
        rows = [dict(SMALL["annotations"][0], iscrowd=crowd)]
        gt = dict(SMALL, annotations=rows)
        assert evaluate(gt, [HIT], iou_type="bbox").stats["AP"] == expected
        text = json.dumps(gt).encode()
        assert evaluate(text, [HIT], iou_type="bbox").stats["AP"] == expected


def test_a_document_of_detections():
    """Its ids count: what an unnamed detection matches stays free."""
    rows = [dict(HIT, id=id_, area=16, score=1 - id_ / 10) for id_ in (0, 1)]
    result = evaluate(SMALL, dict(SMALL, annotations=rows), iou_type="bbox")
    assert result.recall[0, 0, 0, -1] == 2


@pytest.mark.parametrize(
    "rows, words",
    [
        ([{k: v for k, v in HIT.items() if k != "score"}], "row 0.*: has no score"),
        ([HIT, dict(HIT, bbox=[1, 2, 3])], "row 1.*: has 3 numbers for bbox, expected 4"),
        ([{k: v for k, v in HIT.items() if k != "bbox"}], "row 0.*: has no numbers for bbox"),
        ([HIT, dict(HIT, image_id=8)], "detection 1 is in image 8, .*lists .*1 of 2"),
        ([dict(HIT, score="high")], "score"),
        ([dict(HIT, bbox=[1, 2, "x", 4])], "bbox"),
    ],
)
def test_wrong_results_are_named(rows, words):
    for dt in (rows, json.dumps(rows).encode()):
        with pytest.raises(DocumentError, match=words):
            evaluate(SMALL, dt, iou_type="bbox")


@pytest.mark.parametrize(
    "segmentation, words",
    [
        (None, "row 0.* has no segmentation"),
        ({"size": [10, 10], "counts": [5]}, "row 0"),
        ({"size": [10, 10], "counts": "~~"}, "row 0"),
        ("what", "row 0"),
    ],
)
def test_wrong_masks_are_named(segmentation, words):
    row = dict(SMALL["annotations"][0], segmentation=segmentation)
    gt = dict(SMALL, annotations=[row])
    for source in (gt, json.dumps(gt).encode()):
        with pytest.raises(DocumentError, match=words):
            evaluate(source, [HIT])
    dt = [{k: v for k, v in dict(HIT, segmentation=segmentation).items() if k != "bbox"}]
    good = dict(SMALL, annotations=[dict(row, segmentation=[[1, 1, 5, 1, 5, 5]])])
    for results in (dt, json.dumps(dt).encode()):
        with pytest.raises(DocumentError, match=words):
            evaluate(good, results)


def test_rings_in_results_take_the_size_of_their_image():
    ring = [[1, 1, 5, 1, 5, 5, 1, 5]]
    gt = dict(SMALL, annotations=[dict(SMALL["annotations"][0], segmentation=ring)])
    row = {"image_id": 7, "category_id": 1, "score": 1, "segmentation": ring}
    for dt in ([row], json.dumps([row]).encode()):
        assert evaluate(gt, dt).stats["AP"] == PERFECT


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_one_document_in_whatever_holds_it(tmp_path):
    text, row = json.dumps(SMALL).encode(), json.dumps(HIT).encode()
    path = tmp_path / "gt.zip"
    path.write_bytes(zipped({"annotations/gt.json": text, "image.png": b"no"}))
    for gt in (
        path,
        zipped({"gt.json": text}),
        b"[" + text + b"]",
        bytearray(text),
        memoryview(text),
    ):
        for dt in (b"[" + row + b"]", row + b"\n" + row, zipped({"dt.json": b"[" + row + b"]"})):
            assert evaluate(gt, dt, iou_type="bbox").stats["AP"] == PERFECT
    for several in (b"[" + text + b"," + text + b"]", zipped({"a.json": text, "b.json": text})):
        with pytest.raises(DocumentError, match="2 documents"):
            evaluate(several, [HIT], iou_type="bbox")


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"image_id": [7]}, r"row 1: has \[7\] for image_id, expected an id"),
        ({"category_id": True}, "row 1: has true for category_id, expected an id"),
        ({"score": "1"}, "row 1.*: has '1' for score"),
        ({"score": False}, "row 1.*: has False for score"),
        ({"bbox": 7}, "row 1.*: has 7 for bbox, expected 4 numbers"),
        ({"bbox": [1, 2, 3, "4"]}, "row 1.*: has '4' in bbox"),
    ],
)
def test_wrong_values_in_a_file_are_named(changed, words):
    for rows in ([HIT, dict(HIT, **changed)], [HIT, dict(HIT, **changed), HIT]):
        with pytest.raises(DocumentError, match=words):
            evaluate(SMALL, json.dumps(rows).encode(), iou_type="bbox")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"iou_type": "box"}, "iou_type is 'box'"),
        ({"protocol": "voc"}, "protocol is 'voc'"),
        ({"iou_type": "keypoints", "protocol": "lvis"}, "LVIS has no keypoints"),
        ({"iou_type": "bbox", "protocol": "crowdpose"}, "CrowdPose"),
        ({"max_detections": []}, "max_detections"),
        ({"max_detections": [-1]}, "max_detections"),
        ({"protocol": "lvis", "max_detections": [1, 2]}, "LVIS has one limit"),
        ({"iou_thresholds": [[0.5]]}, "iou_thresholds has shape"),
        ({"area_ranges": {"all": [1, 2, 3]}}, "area range 'all' has 3 numbers"),
    ],
)
def test_wrong_options_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        evaluate(SMALL, [], **options)


@pytest.mark.parametrize(
    "given, error, words",
    [
        ({"image_ids": [7]}, TypeError, "give either dt"),
        ({"dt": [HIT], "image_ids": [7], "category_ids": [1], "scores": [1]}, TypeError, "either"),
        ({"image_ids": [7], "category_ids": [1, 2], "scores": [1]}, DocumentError, "category_ids"),
        ({"image_ids": [7], "category_ids": [1], "scores": [1, 2]}, DocumentError, "scores"),
        ({"image_ids": [7], "category_ids": [1], "scores": [1]}, DocumentError, "nothing to"),
        (
            {"image_ids": [7], "category_ids": [1], "scores": [1], "boxes": [[1, 2, 3]]},
            DocumentError,
            r"boxes has shape \(1, 3\)",
        ),
    ],
)
def test_wrong_columns_are_named(given, error, words):
    with pytest.raises(error, match=words):
        Evaluator(SMALL, iou_type="bbox").add(**given)


@pytest.mark.parametrize(
    "text, words",
    [
        (b"", "the file is empty"),
        (b"[{]", "not valid JSON.*line 1"),
        (b'[{"score": NaN}]', "NaN is no JSON number"),
        (b"\xff\xfe[", "UTF-16"),
        (b'{"a": 1}', "expected 'annotations'"),
        (b"7", "a number"),
        (b"[" * 100_000, "nested|JSON"),
        (b"[7]", "number|int"),
    ],
)
def test_files_that_are_no_documents(text, words, tmp_path):
    path = tmp_path / "odd.json"
    path.write_bytes(text)
    for gt, dt in ((SMALL, path), (path, [HIT])):
        with pytest.raises(DocumentError, match=words) as caught:
            evaluate(gt, dt, iou_type="bbox")
        assert "odd.json" in str(caught.value)


@pytest.mark.parametrize(
    "ids", [[3, 1, 2], [-7, 2**60, 0], [2**24, 5], ["b", "a"], [1, "a", 2.5], [2**70, 5], [True, 3]]
)
def test_positions_of_ids(ids):
    wanted = [*ids, 99, "z", *ids]
    expected = [ids.index(id_) if id_ in ids else -1 for id_ in wanted]
    assert positions(wanted, ids).tolist() == expected
    assert positions(ids[::-1], ids).tolist() == list(range(len(ids)))[::-1]
    assert positions(ids, []).tolist() == [-1] * len(ids)
    assert positions([], ids).tolist() == []


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x80", b"not msgpack at all"])
def test_foreign_bytes_are_refused(data):
    with pytest.raises(DocumentError, match="bytes"):
        Evaluator(SMALL, iou_type="bbox").merge(data)


def test_damaged_bytes_are_refused():
    evaluator = Evaluator(SMALL, iou_type="bbox")
    evaluator.add([HIT, HIT])
    data = evaluator.to_bytes()
    with pytest.raises(DocumentError, match="'bbox', this evaluation for 'segm'"):
        Evaluator([], iou_type="segm").merge(data)
    for damaged in (data[:-1], data.replace(b"scores", b"sc0res"), data.replace(b"\x93", b"\x92")):
        if damaged != data:
            with pytest.raises(DocumentError):
                Evaluator(SMALL, iou_type="bbox").merge(damaged)
