"""One idea of a segmentation, of a crowd and of an image's side, through every door.

A spelling means what `reference.segmentations` says, whether it comes as an object or as a file,
and through whichever function: the same mask, or a refusal.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cocodec
from cocodec import CocodecError, Document, DocumentError, RleArray, as_rle, evaluate
from cocodec._core import Crowd
from cocodec.cli import main
from cocodec.documents.crowds import crowd_of, crowds_at
from cocodec.documents.places import Places
from cocodec.inspection.info import describe
from cocodec.pycocotools.coco import COCO
from cocodec.pycocotools.cocoeval import COCOeval
from reference.masks import Mask, area, decode, to_string
from reference.segmentations import RefusedError, meaning
from support import strategies as own  # noqa: F401  (loads the Hypothesis profile)

H, W = 9, 11
RING = [1, 1, 5, 1, 5, 4.5]
RUNS = [10, 5, 4, 5, 75]
COUNTS = to_string(RUNS).decode()
BASE64 = base64.b64encode(COUNTS.encode()).decode()


def document(value: Any, **more: Any) -> bytes:
    image = {"id": 1, "height": H, "width": W, "file_name": "a.png"}
    row = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1, "bbox": [0, 0, 1, 1]}
    root = {
        "images": [image],
        "annotations": [row | {"segmentation": value} | more],
        "categories": [{"id": 1, "name": "a"}],
    }
    return json.dumps(root).encode()


def pixels(masks: RleArray) -> np.ndarray:
    """Of one mask; what has none has no pixel."""
    if masks.sizes.tolist() == [[0, 0]]:
        return np.zeros((H, W), np.uint8)
    return masks.decode(layout="HW")


# Doors: a segmentation -> its pixels; CocodecError where it is refused.


def through_as_rle(value: Any) -> np.ndarray:
    return np.zeros((H, W), np.uint8) if value is None else pixels(as_rle(value, H, W))


def through_from_coco_or_polygons(value: Any) -> np.ndarray:
    if value is None:
        return np.zeros((H, W), np.uint8)
    if isinstance(value, list):
        return pixels(RleArray.from_polygons([value], (H, W)))
    return pixels(RleArray.from_coco([value], (H, W)))


def through_a_document(value: Any) -> np.ndarray:
    return pixels(cocodec.read(document(value)).masks().masks)


def through_convert(value: Any) -> np.ndarray:
    out = io.BytesIO()
    report = cocodec.convert(document(value), out, to="rle")
    row = json.loads(out.getvalue())["annotations"][0]
    if report.converted + report.unchanged == 0:
        assert row["segmentation"] == value
        return np.zeros((H, W), np.uint8)
    return pixels(RleArray.from_coco([row["segmentation"]]))


def through_polygons(value: Any) -> np.ndarray:
    """Rings that other readers take: flat lists of numbers, never read as objects again."""
    out = io.BytesIO()
    report = cocodec.convert(document(value), out, to="polygons")
    rings = json.loads(out.getvalue())["annotations"][0]["segmentation"]
    if report.converted + report.unchanged == 0:
        return np.zeros((H, W), np.uint8)
    assert all(isinstance(n, (int, float)) for ring in rings for n in ring)
    return pixels(RleArray._wrap(cocodec._core.from_polygons([rings], np.array([[H, W]]))))


def through_a_dialect(value: Any) -> np.ndarray:
    out = io.BytesIO()
    options = cocodec.DialectOptions(boxes="keep")
    cocodec.convert_dialect(
        document(value), out, to="official", dialect="official", options=options
    )
    row = json.loads(out.getvalue())["annotations"][0]
    if row["segmentation"] in (None, []):
        return np.zeros((H, W), np.uint8)
    return through_as_rle(row["segmentation"])


def through_evaluate(value: Any, *, as_text: bool) -> np.ndarray:
    """Whether a detection of the expected mask is a perfect one: that mask, or none."""
    expected = _expected(value)
    truth = document(value)
    mask = RleArray.encode(expected).to_coco("str")[0]
    results = [{"image_id": 1, "category_id": 1, "segmentation": mask, "score": 1.0}]
    source: Any = truth if as_text else json.loads(truth)
    result = evaluate(source, results, iou_type="segm")
    ap = result.stats["AP"] if isinstance(result.stats, dict) else result.stats[0]
    assert ap == pytest.approx(1.0 if expected.any() else ap)
    return expected


# Doors that need files, or other packages.


def through_the_dataset(value: Any) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.json")
        path.write_bytes(document(value))
        masks: np.ndarray = cocodec.MaskDataset(path)[0]["masks"]
        return masks[0]


def through_columns(value: Any) -> np.ndarray:
    """Arrow tables and back; their column of masks holds what is read."""
    arrow = pytest.importorskip("cocodec.arrow")
    back = arrow.document_of(arrow.tables_of(cocodec.read(document(value))))
    assert back.annotations[0]["segmentation"] == value
    return pixels(back.masks().masks)


def through_parquet(value: Any) -> np.ndarray:
    arrow = pytest.importorskip("cocodec.arrow")
    with tempfile.TemporaryDirectory() as folder:
        arrow.write_columns(cocodec.read(document(value)), Path(folder, "columns"))
        return pixels(arrow.read_columns(Path(folder, "columns")).masks().masks)


def through_groups(value: Any) -> np.ndarray:
    """A group of two that have the same mask has that mask; what has none is a box to it."""
    if not cocodec.read(document(value)).masks().has_mask[0]:
        return np.zeros((H, W), np.uint8)
    root = json.loads(document(value, attributes={"group": 1}))
    root["annotations"].append({**root["annotations"][0], "id": 2})
    whole = cocodec.read(json.dumps(root).encode())
    cocodec.merge_groups(whole, to="rle")
    assert len(whole.annotations) == 1
    return pixels(whole.masks().masks)


def through_panoptic(value: Any) -> np.ndarray:
    """Painted into a PNG, and read from it."""
    pytest.importorskip("PIL.Image")
    if not cocodec.read(document(value)).masks().has_mask[0]:
        with pytest.raises(DocumentError, match="no mask to paint"):
            cocodec.read(document(value)).to_panoptic()
        return np.zeros((H, W), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        made = cocodec.read(document(value)).to_panoptic(folder)
        back = Document.from_panoptic(b"".join(made.render_source()), folder)
        masks = back.masks().masks
        return pixels(masks) if len(masks) > 0 else np.zeros((H, W), np.uint8)


def through_the_command_line(value: Any) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.json"), Path(folder, "b.json")
        source.write_bytes(document(value))
        if main(["convert", str(source), str(target), "--to", "rle", "-q"]) != 0:
            raise CocodecError("refused")
        return through_a_document(json.loads(target.read_bytes())["annotations"][0]["segmentation"])


def through_bulk(value: Any) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        source.mkdir()
        (source / "a.json").write_bytes(document(value))
        if main(["convert", str(source), str(target), "--to", "rle", "-q", "--jobs", "1"]) != 0:
            raise CocodecError("refused")
        text = (target / "a.json").read_bytes()
        return through_a_document(json.loads(text)["annotations"][0]["segmentation"])


def _expected(value: Any) -> np.ndarray:
    mask = meaning(value, H, W)
    return np.zeros((H, W), np.uint8) if mask is None else decode(mask).astype(np.uint8)


DOORS: list[Callable[[Any], np.ndarray]] = [
    through_as_rle,
    through_from_coco_or_polygons,
    through_a_document,
    through_convert,
    through_polygons,
    through_a_dialect,
]


OTHERS: list[Callable[[Any], np.ndarray]] = [
    through_the_dataset,
    through_columns,
    through_parquet,
    through_groups,
    through_panoptic,
    through_the_command_line,
    through_bulk,
]


def agree(value: Any, doors: list[Callable[[Any], np.ndarray]] = DOORS) -> None:
    try:
        expected = _expected(value)
    except RefusedError:
        for door in doors:
            with pytest.raises(CocodecError):
                door(value)
        return
    for door in doors:
        np.testing.assert_array_equal(door(value), expected, err_msg=door.__name__)


PAIRS = [[1, 1], [5, 1], [5, 4.5]]
SPELLINGS: list[Any] = [
    None,
    [],
    [[]],
    [[], []],
    [RING],
    RING,
    PAIRS,
    [PAIRS],
    [PAIRS, RING, []],
    [RING, [6, 6, 9, 6, 9, 8, 6, 8]],
    [RING, [1, 2], [1, 2, 3, 4]],
    [[1, 2]],
    [[1, 2], [3, 4]],
    [[[1, 2], [3, 4]]],
    [1, 2],
    [1, 1, 8, 6],
    [[1, 1, 8, 6]],
    [[1, 1, 8, 6], [2, 2, 3, 3]],
    [["1", "1", "5", 1, "5", "4.5"]],
    ["1", "1", "5", 1, "5", "4.5"],
    [["1", "1"], ["5", 1], ["5", "4.5"]],
    [[PAIRS]],
    [[RING]],
    [[1, 1, 2], [5, 1, 2], [5, 4, 2]],
    [[[1, 1, 2], [5, 1, 2], [5, 4, 2]]],
    [RUNS],
    RUNS,
    [[10, 5, 4, 5, 70, 5]],
    [[10, 5, 4, 5, 70, 5], RING],
    [[1, 1, 5, 1, 5, None]],
    [[1, 1, 5, 1, 5, "x"]],
    [[1, 1, 5, 1, 5, True]],
    [RING, 5],
    [[1e15, 1, 5, 1, 5, 4]],
    {"size": [H, W], "counts": COUNTS},
    {"size": [float(H), float(W)], "counts": RUNS},
    {"size": [H, W], "counts": ["10", "5", 4, 5.0, "75"]},
    {"size": [H, W], "counts": BASE64},
    {"size": [H, W], "counts": BASE64.rstrip("=")},
    COUNTS,
    {"size": [H, W], "counts": f"b'{COUNTS}'"},
    {"size": [H, W], "counts": "10 5 19 5"},
    {"size": [H, W], "counts": [10, 5, 19, 5]},
    {"size": [H, W], "counts": [99.5]},
    {"size": [H, W]},
    {"counts": COUNTS},
    {},
    {"exterior": PAIRS, "interiors": []},
    [{"exterior": PAIRS, "interiors": []}],
    [{"size": [H, W], "counts": COUNTS}],
]


@pytest.mark.parametrize("door", [*DOORS, *OTHERS], ids=lambda door: door.__name__)
@pytest.mark.parametrize("value", SPELLINGS, ids=repr)
def test_every_spelling_through_every_door(value: Any, door: Callable[[Any], np.ndarray]) -> None:
    agree(value, [door])


@pytest.mark.parametrize("value", SPELLINGS, ids=repr)
def test_a_file_is_evaluated_as_its_content_is(value: Any) -> None:
    refused = value is None
    try:
        _expected(value)
    except RefusedError:
        refused = True
    for as_text in (False, True):
        if refused:
            with pytest.raises(CocodecError):
                through_evaluate_or_raise(value, as_text=as_text)
        else:
            through_evaluate(value, as_text=as_text)


def through_evaluate_or_raise(value: Any, *, as_text: bool) -> None:
    truth = document(value)
    mask = RleArray.encode(np.ones((H, W), bool)).to_coco("str")[0]
    results = [{"image_id": 1, "category_id": 1, "segmentation": mask, "score": 1.0}]
    evaluate(truth if as_text else json.loads(truth), results, iou_type="segm")


NUMBERS = st.one_of(
    st.integers(-3, 14), st.integers(-3, 14).map(str), st.floats(-3, 14).map(lambda v: round(v, 1))
)
FLAT = st.lists(NUMBERS, max_size=9)
POINTS = st.lists(st.lists(NUMBERS, min_size=1, max_size=3), max_size=5)
EVEN = st.lists(NUMBERS, min_size=6, max_size=10).map(lambda r: r[: len(r) // 2 * 2])
TRUE_PAIRS = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1, max_size=5)
VALUES = st.one_of(
    FLAT,
    POINTS,
    TRUE_PAIRS,
    st.lists(st.one_of(EVEN, TRUE_PAIRS, FLAT, POINTS), max_size=3),
    st.lists(st.one_of(EVEN, TRUE_PAIRS), min_size=1, max_size=3),
    st.lists(st.lists(TRUE_PAIRS, max_size=2), max_size=2),
    st.lists(st.integers(0, 30), min_size=1, max_size=5).map(lambda r: [*r, H * W - sum(r)]),
)
# A dialect repairs half points, and says so.
STRICT = [door for door in DOORS if door is not through_a_dialect]


@settings(max_examples=300)
@given(VALUES)
def test_any_nest_of_lists(value: Any) -> None:
    agree(value, STRICT)


def test_reasons_say_what_to_do() -> None:
    for value, words in (
        ([RUNS], r'sum to height x width.*"size": \[9, 11\]'),
        ([[RING]], "nested one level too deep"),
        ([[1, 1, 2], [5, 1, 2], [5, 4, 2]], "triples, as keypoints"),
        ([[1, 1, 5, 1, 5]], "ring 0 has 5 numbers, an odd number"),
        ({"size": [H, W], "counts": f"b'{COUNTS}'"}, "Python bytes object"),
        ({"size": [H, W], "counts": "10 5 19 5"}, "pairs of start and length"),
        ({"size": [H, W], "counts": [10, 5, 19, 5]}, "pairs of start and length"),
        ({"exterior": PAIRS, "interiors": []}, "kwcoco"),
    ):
        with pytest.raises(DocumentError, match=words):
            cocodec.read(document(value)).masks()


def test_doubled_backslashes_are_told() -> None:
    runs = [460]
    text = to_string(runs).decode()
    assert "\\" in text
    with pytest.raises(CocodecError, match="every backslash is doubled"):
        as_rle({"size": [46, 10], "counts": text.replace("\\", "\\\\")})


# Crowds

CROWDS = {
    Crowd.YES: [True, 1, 1.0, "1", "true", "True", "TRUE"],
    Crowd.NO: [False, 0, 0.0, None, "0", "false", "False", ""],
    Crowd.UNCLEAR: [2, 0.5, -1, "yes", "2", [], {}, "1.0"],
}
EVERY_CROWD = [(value, crowd) for crowd, values in CROWDS.items() for value in values]


@pytest.mark.parametrize(("value", "crowd"), EVERY_CROWD, ids=repr)
def test_one_idea_of_a_crowd(value: Any, crowd: Crowd) -> None:
    assert crowd_of(value) == crowd
    text = json.dumps(value).encode()
    spans = np.array([[0, len(text)]])
    assert crowds_at(Places([text], np.zeros(1, np.int32), spans)).tolist() == [crowd]


@pytest.mark.parametrize(("value", "crowd"), EVERY_CROWD, ids=repr)
def test_a_crowd_is_one_to_every_command(value: Any, crowd: Crowd) -> None:
    text = document([RING], iscrowd=value)
    info = describe(text)
    assert info.crowds == (crowd == Crowd.YES)
    assert any("iscrowd" in note for note in info.notes) == (crowd == Crowd.UNCLEAR)
    results = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1.0}]

    def official() -> int:
        out = io.BytesIO()
        cocodec.convert_dialect(text, out, to="official", dialect="official")
        return int(json.loads(out.getvalue())["annotations"][0]["iscrowd"])

    def grouped() -> int:
        root = json.loads(text)
        root["annotations"] = [{**root["annotations"][0], "id": i} for i in (1, 2)]
        whole = cocodec.read(json.dumps(root).encode())
        cocodec.merge_groups(whole, by="crowd")
        return int(len(whole.annotations) == 1)

    def evaluated(source: Any) -> int:
        # A crowd is no ground truth to be found: there is no precision.
        result = evaluate(source, results, iou_type="bbox")
        ap = result.stats["AP"] if isinstance(result.stats, dict) else result.stats[0]
        return int(ap == -1)

    doors: list[Callable[[], int]] = [
        official,
        grouped,
        lambda: evaluated(text),
        lambda: evaluated(json.loads(text)),
    ]
    for door in doors:
        if crowd == Crowd.UNCLEAR:
            with pytest.raises(CocodecError, match="row 0"):
                door()
        else:
            assert door() == crowd


# An image's side


@pytest.mark.parametrize("side", [H, float(H)], ids=repr)
def test_whole_floats_are_sides(side: Any) -> None:
    root = json.loads(document([RING]))
    root["images"][0]["height"] = side
    text = json.dumps(root).encode()
    expected = _expected([RING])
    np.testing.assert_array_equal(pixels(cocodec.read(text).masks().masks), expected)
    out = io.BytesIO()
    cocodec.convert_dialect(text, out, to="official", dialect="official")
    np.testing.assert_array_equal(pixels(cocodec.read(out.getvalue()).masks().masks), expected)
    assert area(Mask(RUNS, H, W)) == 10


def test_a_side_that_is_none_is_refused() -> None:
    for side in (9.5, "9", -1, True, None):
        root = json.loads(document([RING]))
        root["images"][0]["height"] = side
        text = json.dumps(root).encode()
        with pytest.raises(CocodecError):
            cocodec.read(text).masks()
        if side == "9":
            continue  # see below
        with pytest.raises(CocodecError):
            cocodec.convert_dialect(text, io.BytesIO(), to="official", dialect="official")


def test_official_makes_a_number_of_a_side_that_is_a_text_and_says_so() -> None:
    root = json.loads(document([RING]))
    root["images"][0]["height"] = str(H)
    out = io.BytesIO()
    report = cocodec.convert_dialect(
        json.dumps(root).encode(), out, to="official", dialect="official"
    )
    assert report.changes["heights and widths of images made integers"].count == 1
    assert json.loads(out.getvalue())["images"][0]["height"] == H
    masks = cocodec.read(out.getvalue()).masks().masks
    np.testing.assert_array_equal(pixels(masks), _expected([RING]))


# Where the references' ideas are kept, and nowhere else


def as_references_do(coco: Any, evaluation: Any, root: dict[str, Any]) -> tuple[float, Any]:
    """AP of a perfect box, and the pixels of the first annotation."""
    truth = coco()
    truth.dataset = root
    box = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5}
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        done = evaluation(truth, truth.loadRes([box]), "bbox")
        done.evaluate()
        done.accumulate()
        done.summarize()
    return float(done.stats[0]), truth.annToMask(root["annotations"][0]).tolist()


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # the reference's own
@pytest.mark.parametrize(
    ("changed", "ours"),
    [
        ({"iscrowd": 2}, None),
        ({"iscrowd": 0.5}, None),
        ({"iscrowd": "0"}, 1.0),  # a text that is not empty: to the reference a crowd
        ({"segmentation": [[1, 1, 5, 1, 5]]}, "mask"),
        ({"height": 9.5}, "mask"),
    ],
    ids=repr,
)
def test_the_drop_in_alone_keeps_its_references_ideas(changed: dict[str, Any], ours: Any) -> None:
    coco = pytest.importorskip("pycocotools.coco").COCO
    evaluation = pytest.importorskip("pycocotools.cocoeval").COCOeval
    root = json.loads(document([RING]))
    root["images" if "height" in changed else "annotations"][0].update(changed)
    reference = as_references_do(coco, evaluation, copy.deepcopy(root))
    assert as_references_do(COCO, COCOeval, copy.deepcopy(root)) == reference
    box = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5}]
    if ours == "mask":
        with pytest.raises(DocumentError):
            cocodec.read(json.dumps(root).encode()).masks()
    elif ours is None:
        with pytest.raises(DocumentError, match="row 0"):
            evaluate(root, box, iou_type="bbox")
    else:
        stats: Any = evaluate(root, box, iou_type="bbox").stats
        assert stats["AP"] == pytest.approx(ours)
        assert reference[0] == -1


@pytest.mark.parametrize(
    "said", [{"attributes": {"group": 1, "is_crowd": 1}}, {"iscrowd": 1}, {"is_crowd": True}]
)
def test_strict_cvat_alone_keeps_its_idea_of_a_crowd(said: dict[str, Any]) -> None:
    def written(*, strict: bool) -> type:
        root = json.loads(document([RING], **{"attributes": {"group": 1}, **said}))
        root["annotations"].append({**root["annotations"][0], "id": 2})
        whole = cocodec.read(json.dumps(root).encode())
        cocodec.merge_groups(whole, cvat_strict=strict)
        return type(whole.annotations[0]["segmentation"])

    assert written(strict=False) is dict
    assert written(strict=True) is list


@pytest.mark.parametrize(("value", "crowd"), EVERY_CROWD, ids=repr)
def test_a_crowd_is_one_in_columns_and_in_panoptic_rows(value: Any, crowd: Crowd) -> None:
    arrow = pytest.importorskip("cocodec.arrow")
    back = arrow.document_of(arrow.tables_of(cocodec.read(document([RING], iscrowd=value))))
    assert describe(b"".join(back.render_source())).crowds == (crowd == Crowd.YES)
    if crowd == Crowd.UNCLEAR:
        with pytest.raises(DocumentError, match="expected 0 or 1") as caught:
            back.to_panoptic()
        assert (caught.value.table, caught.value.id) == ("annotations", 1)
    else:
        segments = back.to_panoptic().annotations[0]["segments_info"]
        assert [segment["iscrowd"] for segment in segments] == [crowd]


@pytest.mark.parametrize("value", [v for v in SPELLINGS if v is not None], ids=repr)
def test_panoptic_quality_knows_the_same_masks(value: Any) -> None:
    perfect = json.loads(document(None))
    try:
        expected = _expected(value)
    except RefusedError:
        expected = np.ones((H, W), np.uint8)
        refused = True
    else:
        refused = False
    perfect["annotations"][0]["segmentation"] = RleArray.encode(expected).to_coco("str")[0]
    for source in (document(value), json.loads(document(value))):
        if refused:
            with pytest.raises(CocodecError):
                cocodec.panoptic_quality(source, perfect)
        elif expected.any():
            found = cocodec.panoptic_quality(source, perfect)
            assert found.tallies[1].tp == 1
