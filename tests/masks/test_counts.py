"""The counts string, both ways, through `RleArray.from_coco` and `to_coco`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import CocodecError, RleArray, RleError
from reference import masks as reference
from reference.masks import MAX_RUN, Mask
from support import oracle
from support import strategies as own
from support.bridge import batch, same, unbatch


def column(runs: list[int]) -> Mask:
    """Runs of any length as a legal mask: one column, or one row where that is too high."""
    total = sum(runs)
    if total <= MAX_RUN:
        return Mask(runs, total, 1)
    return Mask([*runs, -total % MAX_RUN], MAX_RUN, -(-total // MAX_RUN))


@given(own.run_lists)
def test_runs_of_any_length_survive(runs):
    mask = column(runs)
    rles = batch([mask])
    text = rles.to_coco("bytes")[0]["counts"]
    assert text == reference.to_string(mask.runs)
    assert unbatch(RleArray.from_coco([{"size": list(mask.size), "counts": text}])) == [mask]


@given(st.lists(own.cut_masks(), max_size=6))
def test_all_three_spellings_hold_the_same(masks):
    rles = batch(masks)
    for spelling, kind in [("str", str), ("bytes", bytes), ("list", list)]:
        coco = rles.to_coco(spelling)
        assert all(type(entry["counts"]) is kind for entry in coco)
        assert [list(entry) for entry in coco] == [["size", "counts"]] * len(masks)
        same(RleArray.from_coco(coco), rles)
    assert rles.to_coco() == rles.to_coco("str")


@given(st.lists(own.masks(own.solid_sizes), min_size=1, max_size=6))
def test_strings_are_the_references(masks):
    for entry, mask in zip(batch(masks).to_coco("bytes"), masks, strict=True):
        assert entry == oracle.encode(np.asfortranarray(reference.decode(mask).astype(np.uint8)))


@given(own.counts_strings, st.sampled_from([bytes, str]))
def test_any_string_is_read_as_specified_or_refused(text, spelling):
    try:
        runs = reference.from_string(text)
        mask = column(runs)
    except ValueError:
        runs, mask = None, Mask([], 1, 1)
    counts = text if spelling is bytes else text.decode("latin-1")
    given_rle = {"size": list(mask.size), "counts": counts}
    if runs is None or sum(runs) != mask.height * mask.width:
        with pytest.raises(RleError):
            RleArray.from_coco([given_rle])
    else:
        assert unbatch(RleArray.from_coco([given_rle])) == [mask._replace(runs=runs)]


@given(st.lists(own.segmentations(), max_size=5), st.booleans())
def test_any_mix_of_spellings(cases, with_sizes):
    given_rles = [segmentation for segmentation, _ in cases]
    sizes = [mask.size for _, mask in cases] if with_sizes else None
    assert unbatch(RleArray.from_coco(given_rles, sizes)) == [mask for _, mask in cases]


@pytest.mark.parametrize("spelling", [str, bytes])
def test_bare_strings_with_sizes(spelling):
    texts = [spelling("34=", "ascii") if spelling is bytes else "34=", "6"]
    rles = RleArray.from_coco(texts, [(4, 5), (2, 3)])
    assert unbatch(rles) == [Mask([3, 4, 13], 4, 5), Mask([6], 2, 3)]
    same(RleArray.from_coco(["34="] * 2, (4, 5)), RleArray.from_coco([texts[0]] * 2, (4, 5)))
    with pytest.raises(RleError, match=r"mask 0: .*size"):
        RleArray.from_coco(texts)


@pytest.mark.parametrize(
    "counts",
    [[3, 4, 13], (3, 4, 13), [3.0, 4, 13], np.array([3, 4, 13]), np.array([3, 4, 13], np.uint8)],
    ids=repr,
)
def test_lists_in_all_their_types(counts):
    rles = RleArray.from_coco([{"size": [4, 5], "counts": counts}])
    assert unbatch(rles) == [Mask([3, 4, 13], 4, 5)]


def test_other_keys_do_not_matter():
    given_rle = {"score": 1, "counts": "34=", "size": (4, 5), "id": None}
    assert unbatch(RleArray.from_coco([given_rle])) == [Mask([3, 4, 13], 4, 5)]


def test_a_given_size_must_agree():
    with pytest.raises(RleError, match=r"mask 1: .*\[4, 5\].*\[5, 4\]") as caught:
        RleArray.from_coco(
            [{"size": [5, 4], "counts": "d0"}, {"size": [4, 5], "counts": "d0"}], (5, 4)
        )
    assert caught.value.code == "size_mismatch"
    assert caught.value.item == 1


@pytest.mark.parametrize("bad", [None, 7, [1, 2]])
def test_what_is_no_rle_is_a_type_error(bad):
    with pytest.raises(TypeError):
        RleArray.from_coco([bad], (1, 1))


@pytest.mark.parametrize("counts", [None, 1.5, 7, True])
def test_counts_that_are_none_are_named(counts):
    good = {"size": [1, 1], "counts": [1]}
    with pytest.raises(RleError, match=f"mask 1: counts is {counts}, expected a string or a list"):
        RleArray.from_coco([good, {"size": [1, 1], "counts": counts}])


@pytest.mark.parametrize("size", [None, 5, "5"])
def test_sizes_that_are_none_are_named(size):
    good = {"size": [1, 1], "counts": [1]}
    with pytest.raises(RleError, match=f"mask 1: size is {size!r}, expected .height, width."):
        RleArray.from_coco([good, {"size": size, "counts": [1]}])


@pytest.mark.parametrize("key", ["size", "counts"])
def test_a_missing_key_is_named(key):
    given_rle = {"size": [4, 5], "counts": "34="}
    del given_rle[key]
    with pytest.raises((KeyError, CocodecError), match=key):
        RleArray.from_coco([given_rle])


def test_an_unknown_spelling_is_refused():
    with pytest.raises(ValueError, match="bytes"):
        RleArray.from_coco([]).to_coco("text")
