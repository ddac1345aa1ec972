"""`split` and `sample`: every image in one of them, shares kept, groups whole, chance repeated."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocodec import Document, DocumentError
from cocodec.reshaping import sample, split
from reference.reshaping import find, kept
from support.reshaping_documents import bytes_of, document_of, json_of, raw_rows, roots, styles

Root = dict[str, Any]
shares = st.sampled_from([[1.0], [0.5, 0.5], [0.8, 0.2], [0.7, 0.2, 0.1], [0.0, 1.0]])


@given(roots(), styles, shares, st.booleans(), st.booleans(), st.integers(0, 99))
def test_every_row_goes_somewhere(
    root: Root, style: Any, fractions: list[float], stratify: bool, grouped: bool, seed: int
) -> None:
    document = document_of(root, style)
    if not root["images"] and root["annotations"]:
        with pytest.raises(DocumentError, match="has no images"):
            split(document, fractions=fractions)
        return
    options: dict[str, Any] = {"stratify": stratify, "group_by": "video" if grouped else None}
    parts = split(document, fractions=fractions, seed=seed, **options)
    assert len(parts) == len(fractions)
    for table in ("images", "annotations"):
        rows = [row for part in parts for row in raw_rows(part, table)]
        assert Counter(rows) == Counter(raw_rows(document, table))
    for number, part in enumerate(parts):
        here = json_of(part)["images"]
        last = number == len(parts) - 1

        def stays(row: Row, here: Any = here, last: bool = last) -> bool:
            image = find(root["images"], row["image_id"])
            return last if image is None else image in here

        expected = kept(root, None, stays)
        assert json_of(part) == {**expected, "images": here}
    again = split(document, fractions=fractions, seed=seed, **options)
    assert [*map(bytes_of, again)] == [*map(bytes_of, parts)]
    if grouped:
        for video in range(3):
            homes = {k for k, p in enumerate(parts) for r in p.images if r.get("video") == video}
            assert len(homes) <= 1
    else:
        sizes = [len(part.images) for part in parts]
        for size, fraction in zip(sizes, fractions, strict=True):
            assert abs(size - fraction * len(root["images"])) < 1


Row = dict[str, Any]


def plenty(images: int = 400, categories: int = 6) -> Document:
    chance = np.random.RandomState(5)
    rows = [
        {"id": k, "image_id": int(i), "category_id": int(c)}
        for k, (i, c) in enumerate(
            zip(
                chance.randint(images, size=4 * images),
                np.minimum(chance.geometric(0.5, 4 * images), categories),
                strict=True,
            )
        )
    ]
    return Document.from_rows(
        images=[{"id": i, "video": i // 10} for i in range(images)],
        categories=[{"id": c + 1, "name": f"c{c}"} for c in range(categories)],
        annotations=rows,
    )


def spread(parts: list[Document], fractions: list[float]) -> float:
    """How far the most uneven category is from its shares."""
    totals = sum(np.bincount(part.annotations.column("category_id"), minlength=7) for part in parts)
    worst = 0.0
    for part, fraction in zip(parts, fractions, strict=True):
        here = np.bincount(part.annotations.column("category_id"), minlength=7)
        worst = max(worst, float(np.abs(here - fraction * totals).max()))
    return worst


def test_stratified_is_even() -> None:
    fractions = [0.7, 0.2, 0.1]
    document = plenty()
    even = split(document, fractions=fractions, stratify=True)
    assert [len(part.images) for part in even] == [280, 80, 40]
    assert spread(even, fractions) < 30
    by_chance = [spread(split(document, fractions=fractions, seed=s), fractions) for s in range(5)]
    assert spread(even, fractions) < min(by_chance)


def test_groups_are_whole_and_shares_close() -> None:
    for stratify in (False, True):
        parts = split(plenty(), fractions=[0.75, 0.25], group_by="video", stratify=stratify)
        assert [len(part.images) for part in parts] == [300, 100]
        homes = [set(part.images.column("video").tolist()) for part in parts]
        assert not homes[0] & homes[1]
    parts = split(plenty(), fractions=[0.5, 0.5], group_by="video % 4")
    assert [len(part.images) for part in parts] == [200, 200]


def test_counts_and_order() -> None:
    parts = split(plenty(10), counts=[3, None, 2], shuffle=False)
    assert [part.images.column("id").tolist() for part in parts] == [
        [0, 1, 2],
        [3, 4, 5, 6, 7],
        [8, 9],
    ]
    a, b = (split(plenty(50), counts=[25, 25], seed=seed)[0] for seed in (1, 2))
    assert bytes_of(a) != bytes_of(b)


def test_chance_is_the_same_everywhere() -> None:
    parts = split(Document.from_rows(images=[{"id": i} for i in range(8)]), fractions=[0.5, 0.5])
    assert parts[0].images.column("id").tolist() == [1, 2, 6, 7]


def test_lists_of_documents_stay_lists() -> None:
    root = {"images": [{"id": 1}, {"id": 2}], "annotations": [{"id": 1, "image_id": 2}]}
    parts = split(document_of([root, root]), counts=[1, 3])
    assert [len(part.parts) for part in parts] == [2, 2]
    assert [len(part.images) for part in parts] == [1, 3]


@pytest.mark.parametrize(
    "options, message",
    [
        ({}, "give fractions or counts"),
        ({"fractions": [0.5], "counts": [1]}, "give fractions or counts"),
        ({"fractions": [0.5, 0.4]}, "fractions are 0.9 in all, expected 1"),
        ({"fractions": [1.5, -0.5]}, "expected numbers from 0 to 1"),
        ({"fractions": [float("nan"), 1.0]}, "expected numbers from 0 to 1"),
        ({"counts": [3, 4]}, "counts are 7 in all, but there are 10 images"),
        ({"counts": [11, None]}, "counts are 11 in all"),
        ({"counts": [None, None]}, "one rest at most"),
        ({"counts": [-1, None]}, "expected numbers"),
        ({"counts": [5, 5], "seed": -1}, "the seed is -1, expected 0 to 4294967295"),
    ],
)
def test_wishes_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(plenty(10), **options)


@given(roots(), st.integers(0, 9))
def test_a_sample_is_a_part(root: Root, seed: int) -> None:
    document = document_of(root)
    count = len(root["images"]) // 2
    if not root["images"] and root["annotations"]:
        return
    some = sample(document, count=count, seed=seed)
    assert len(some.images) == count
    here = some.images[:]
    wanted = kept(root, lambda row: row in here, lambda row: True)
    assert json_of(some) == wanted
    assert bytes_of(sample(document, count=count, seed=seed)) == bytes_of(some)


def test_samples() -> None:
    document = plenty(50)
    assert len(sample(document, fraction=0.25).images) == 13
    assert len(sample(document, count=20, group_by="video").images) == 20
    for options in ({}, {"count": 1, "fraction": 0.5}):
        with pytest.raises(ValueError, match="give a count or a fraction"):
            sample(document, **options)
    with pytest.raises(ValueError, match="the count is 51, but there are 50 images"):
        sample(document, count=51)
    with pytest.raises(ValueError, match="the fraction is 1"):
        sample(document, fraction=1.5)
