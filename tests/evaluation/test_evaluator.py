"""An evaluator in a training loop: constant calls, copies of its own, any spelling of a mask."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

from cocodec import DocumentError, Evaluator, RleArray, evaluate
from support.evaluation_strategies import HIT, SMALL

MANY = {
    "images": [{"id": i, "height": 8, "width": 9} for i in range(300)],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [
        {"id": i + 1, "image_id": i, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16}
        for i in range(300)
    ],
}


def piece(image: int, score: float = 0.5) -> dict[str, Any]:
    ids = {"image_ids": [image], "category_ids": [1], "scores": [score]}
    return {**ids, "boxes": [[1.0, 1, 4, 4]]}


def same(a: Any, b: Any) -> None:
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("step", ["add", "merge", "merge bytes"])
def test_a_call_costs_what_it_adds(step: str, monkeypatch: pytest.MonkeyPatch):
    """No call looks at all images, or at what was added before."""
    seen: list[int] = []

    class Counted(dict[Any, int]):
        def __iter__(self) -> Any:
            raise AssertionError("somebody walks over all images")

        def get(self, *arguments: Any) -> Any:
            seen.append(1)
            return super().get(*arguments)

    evaluator, other = (Evaluator(MANY, iou_type="bbox") for _ in range(2))
    assert evaluator._known is not None
    known, evaluator._known = evaluator._known, Counted(evaluator._known)
    for image in range(300):
        if step == "add":
            evaluator.add(**piece(image))
            continue
        other.reset()
        other.add(**piece(image))
        evaluator.merge(other if step == "merge" else other.to_bytes())
    assert len(seen) == 300
    evaluator._known = known
    whole = Evaluator(MANY, iou_type="bbox")
    whole.add(
        image_ids=range(300), category_ids=[1] * 300, scores=[0.5] * 300, boxes=[[1, 1, 4, 4]] * 300
    )
    same(evaluator.result(), whole.result())


@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_a_copy_is_an_evaluator_of_its_own(twin_of: Any, kind: str):
    rle = RleArray.encode(np.ones((1, 8, 9), bool)).to_coco()[0]
    truth = copy.deepcopy(MANY)
    for ann in truth["annotations"]:
        ann["segmentation"] = rle

    def added(evaluator: Evaluator, image: int) -> None:
        given = piece(image)
        if kind == "segm":
            given["masks"] = [rle]
        evaluator.add(**given)

    evaluator = Evaluator(truth, iou_type=kind)  # type: ignore[arg-type]
    added(evaluator, 1)
    before = evaluator.result()
    twin = twin_of(evaluator)
    added(twin, 2)
    same(evaluator.result(), before)
    added(evaluator, 2)
    same(evaluator.result(), twin.result())
    twin.reset()
    assert len(evaluator._parts) == 2
    added(twin, 1)
    same(twin.result(), before)


def test_reset_forgets_the_detections_only():
    evaluator = Evaluator(SMALL, iou_type="bbox")
    evaluator.add([HIT, dict(HIT, bbox=[5, 5, 1, 1], score=1.0)])
    evaluator.reset()
    evaluator.add([HIT])
    same(evaluator.result(), evaluate(SMALL, [HIT], iou_type="bbox"))


def test_what_was_given_may_be_written_over():
    """A loop that reuses its buffers gets what was in them when it called."""
    boxes, scores, images = np.array([[1.0, 1, 4, 4]]), np.array([0.9]), np.array([7])
    evaluator = Evaluator(SMALL, iou_type="bbox")
    evaluator.add(image_ids=images, category_ids=[1], scores=scores, boxes=boxes)
    boxes[:], scores[:], images[:] = 0, 0, 0
    same(evaluator.result(), evaluate(SMALL, [HIT], iou_type="bbox"))


def test_corners():
    given = {"image_ids": [7], "category_ids": [1], "scores": [0.9], "boxes": [[1, 1, 5, 5]]}
    expected = evaluate(SMALL, [HIT], iou_type="bbox")
    same(evaluate(SMALL, iou_type="bbox", boxes_format="xyxy", **given), expected)
    with pytest.raises(ValueError, match="boxes_format is 'cxcywh'"):
        evaluate(SMALL, iou_type="bbox", boxes_format="cxcywh", **given)  # type: ignore[arg-type]


DENSE = np.zeros((1, 10, 10), bool)
DENSE[0, 1:5, 1:5] = True


def spellings() -> dict[str, Any]:
    return {
        "batch": RleArray.encode(DENSE),
        "array": DENSE,
        "bytes": DENSE.astype(np.uint8),
        "list of dict": RleArray.encode(DENSE).to_coco(),
        "list of runs": RleArray.encode(DENSE).to_coco("list"),
    }


@pytest.mark.parametrize("spelling", [*spellings(), "tensor"])
def test_masks_in_any_spelling(spelling: str):
    if spelling == "tensor":
        masks = pytest.importorskip("torch").from_numpy(DENSE)
    else:
        masks = spellings()[spelling]
    rle = RleArray.encode(DENSE).to_coco()[0]
    truth = copy.deepcopy(SMALL)
    truth["annotations"][0]["segmentation"] = rle
    result = evaluate(truth, image_ids=[7], category_ids=[1], scores=[0.9], masks=masks)
    expected = evaluate(
        truth, [{"image_id": 7, "category_id": 1, "score": 0.9, "segmentation": rle}]
    )
    same(result, expected)
    assert result.stats["AP"] > 0.999
    assert result.warnings == []
    with pytest.raises(DocumentError, match="masks has length 1, expected 2"):
        evaluate(truth, image_ids=[7, 7], category_ids=[1, 1], scores=[0.9, 1], masks=masks)


def test_tensors_that_require_a_gradient():
    torch = pytest.importorskip("torch")
    boxes = torch.tensor([[1.0, 1, 4, 4]], requires_grad=True)
    given = {"image_ids": torch.tensor([7]), "category_ids": torch.tensor([1])}
    result = evaluate(SMALL, iou_type="bbox", scores=torch.tensor([0.9]), boxes=boxes, **given)
    assert result.stats["AP"] > 0.999


def test_options_are_real_parameters():
    for call in (evaluate, Evaluator.__init__):
        parameters = inspect.signature(call).parameters.values()
        assert all(p.kind != p.VAR_KEYWORD for p in parameters)
    with pytest.raises(TypeError, match="iou_thresholds_"):
        evaluate(SMALL, [HIT], iou_thresholds_=[0.5])  # type: ignore[call-arg]
    names = [set(inspect.signature(call).parameters) for call in (Evaluator, evaluate)]
    assert names[0] <= names[1]


def test_what_they_look_like():
    evaluator = Evaluator(SMALL, iou_type="bbox")
    evaluator.add([HIT])
    assert repr(evaluator) == "<Evaluator: coco bbox, 1 annotation, 1 detection in 1 piece>"
    assert evaluator._repr_html_() == f"<code>&lt;{repr(evaluator)[1:-1]}&gt;</code>"
    result = evaluator.result()
    assert repr(result) == "<Result: coco bbox, 1 image, 2 categories, AP 1.000>"
    assert "<td>1.000</td>" in result._repr_html_()


class Slow(dict[str, Any]):
    """A dict of a kind of its own is read key by key."""


ODD: dict[str, dict[str, Any]] = {
    "usual": {},
    "no score": {"score": None},
    "a score that is whole": {"score": 1},
    "a score that is a text": {"score": "0.5"},
    "a score that is true": {"score": True},
    "an image that is a text": {"image_id": "4"},
    "an image that is true": {"image_id": True},
    "an image beyond 64 bits": {"image_id": 1 << 70},
    "a box that is a tuple": {"bbox": (1, 1, 4, 4.5)},
    "a box that is an array": {"bbox": np.array([1, 1, 4, 4.5])},
    "a box of texts": {"bbox": ["1", 1, 4, 4]},
    "a box of three": {"bbox": [1, 1, 4]},
    "a box that is a set": {"bbox": {1, 2, 3, 4}},
    "a number beyond doubles": {"bbox": [10**400, 1, 4, 4]},
    "no box": {"bbox": None},
}


@pytest.mark.parametrize("odd", list(ODD))
@pytest.mark.parametrize("place", [0, 3, 9])
def test_dicts_are_read_at_once_as_key_by_key(odd: str, place: int):
    rows: list[dict[str, Any]] = [
        {"image_id": i, "category_id": 1, "score": i / 16, "bbox": [1, 1, 4, i / 4]}
        for i in range(10)
    ]
    rows[place] = {k: v for k, v in {**rows[place], **ODD[odd]}.items() if v is not None}

    def added(dicts: list[Any]) -> Any:
        evaluator = Evaluator(MANY, iou_type="bbox")
        try:
            evaluator.add(dicts)
        except (DocumentError, OverflowError) as error:
            return type(error), str(error)
        return evaluator._parts[0]

    found, expected = added(rows), added([Slow(row) for row in rows])
    if isinstance(expected, tuple):
        assert found == expected
        return
    for name in ("image_ids", "category_ids", "scores", "boxes", "areas", "unnamed"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    if odd == "usual":
        assert isinstance(found.image_ids, np.ndarray)
        assert isinstance(expected.image_ids, list)
