"""What people hold in their hands: one dict, a tensor, corners of boxes, logits of (n, 1, h, w)."""

from __future__ import annotations

import numpy as np
import pytest

from cocodec import RleArray

DENSE = np.random.default_rng(3).random((5, 7, 9)) < 0.4
MASKS = RleArray.encode(DENSE)


def test_the_constructor_takes_what_says_what_it_is() -> None:
    assert RleArray(DENSE) == MASKS
    assert RleArray(MASKS) == MASKS
    assert RleArray(MASKS.to_coco()) == MASKS
    assert RleArray(MASKS.to_coco()[2]) == MASKS[2]
    assert RleArray([one["counts"] for one in MASKS.to_coco()], sizes=(7, 9)) == MASKS
    assert len(RleArray()) == len(RleArray([])) == 0


def test_one_spelled_mask_is_a_batch_of_one() -> None:
    spelled = MASKS.to_coco()[1]
    assert RleArray.from_coco(spelled) == RleArray.from_coco([spelled]) == MASKS[1]
    assert RleArray.from_coco(spelled["counts"], (7, 9)) == MASKS[1]
    assert RleArray.from_coco(spelled["counts"].encode(), [(7, 9)]) == MASKS[1]


def test_an_axis_of_length_one_is_dropped() -> None:
    logits = np.random.default_rng(4).normal(size=(4, 1, 6, 8)).astype(np.float32)
    assert RleArray.encode(logits, threshold=0.0) == RleArray.encode(logits[:, 0] > 0)
    assert RleArray.encode(logits > 0) == RleArray.encode(logits[:, 0] > 0)


def test_corners_of_boxes() -> None:
    corners = MASKS.bbox(format="xyxy")
    boxes = MASKS.bbox()
    np.testing.assert_array_equal(corners[:, :2], boxes[:, :2])
    np.testing.assert_array_equal(corners[:, 2:] - corners[:, :2], boxes[:, 2:])
    assert RleArray.from_boxes(corners, (7, 9), format="xyxy") == RleArray.from_boxes(boxes, (7, 9))
    with pytest.raises(ValueError, match="expected 'xywh' or 'xyxy'"):
        MASKS.bbox(format="yxyx")  # type: ignore[arg-type]


def test_areas_can_be_subtracted() -> None:
    assert MASKS.area().dtype == np.int64
    assert MASKS.area().tolist() == DENSE.sum((1, 2)).tolist()
    assert np.diff(MASKS.area()).tolist() == np.diff(DENSE.sum((1, 2))).tolist()
    assert MASKS.trace().gained.dtype == np.int64


def test_two_batches_unite_as_the_operator_does() -> None:
    other = RleArray(DENSE[::-1])
    assert MASKS.union(other) == MASKS | other
    assert MASKS.intersection(other) == MASKS & other
    assert MASKS.union(other[0]) == MASKS | other[0]
    assert MASKS.union(groups=[1, 0, 1, 0, 0]) == RleArray(
        np.stack([DENSE[[1, 3, 4]].any(0), DENSE[[0, 2]].any(0)])
    )
    with pytest.raises(TypeError, match="groups are given as groups="):
        MASKS.union([0, 0, 1, 1, 1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not both"):
        MASKS.union(other, groups=[0] * 5)


def test_a_tensor_is_written_where_it_lies() -> None:
    torch = pytest.importorskip("torch")
    out = torch.zeros(5, 7, 9, dtype=torch.uint8)
    assert MASKS.decode(out) is out
    assert (out.numpy() == DENSE).all()
    assert RleArray(torch.from_numpy(DENSE)) == MASKS


def test_a_copy_is_not_written_in_silence() -> None:
    class Copies:
        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            return np.zeros((5, 7, 9), np.uint8)

    with pytest.raises(TypeError, match="a copy of its memory"):
        MASKS.decode(Copies())
