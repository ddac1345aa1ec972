"""The fault matrix: for every rule, a document with exactly that fault beside its sound twin.

A fault is a function that spoils a sound document (plain dicts), and what a check has to say of it.
"""

from __future__ import annotations

import base64
import copy
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cocodec import RleArray

Json = dict[str, Any]

HEIGHT, WIDTH = 60, 80


def counts_of(pixels: Any, spelling: str = "str") -> Any:
    """Return the counts of a mask."""
    return RleArray.encode(np.asarray(pixels, np.uint8)[None]).to_coco(spelling)[0]["counts"]


def blob() -> Any:
    """A mask that is no box: two rectangles, in height and in width unlike."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[10:30, 40:46] = 1
    pixels[25:30, 40:70] = 1
    return pixels


def pixel_list(lines: str) -> Any:
    """All pixels of a box as the points of one ring, by rows or by columns (`numpy.argwhere`)."""
    ys, xs = np.mgrid[5:15, 5:25]
    points = np.stack([xs, ys], axis=-1)
    return [(points if lines == "rows" else points.transpose(1, 0, 2)).ravel().tolist()]


BLOB_BOX = [40, 10, 30, 20]
BLOB_AREA = int(blob().sum())


def sound() -> Json:
    """A document that no rule objects to: rings, runs of both kinds, a box, keypoints, a crowd."""
    return {
        "info": {"description": "made by hand"},
        "licenses": [],
        "images": [
            {"id": 1, "file_name": "a.jpg", "height": HEIGHT, "width": WIDTH},
            {"id": 2, "file_name": "b.jpg", "height": HEIGHT, "width": WIDTH},
        ],
        "categories": [
            {"id": 1, "name": "cat"},
            {"id": 2, "name": "dog", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]},
        ],
        "annotations": [
            row(11, [[5, 5, 25, 5, 25, 15, 5, 15]], [5, 5, 20, 10], 200),
            row(
                12,
                {"size": [HEIGHT, WIDTH], "counts": counts_of(blob())},
                BLOB_BOX,
                BLOB_AREA,
            ),
            row(
                13,
                {"size": [HEIGHT, WIDTH], "counts": counts_of(blob(), "list")},
                BLOB_BOX,
                BLOB_AREA,
                image_id=2,
                iscrowd=1,
            ),
            row(14, [], [50, 40, 8, 8], 64),
            row(
                15,
                [],
                [1, 20, 30, 30],
                900,
                category_id=2,
                keypoints=[5, 25, 2, 0, 0, 0],
                num_keypoints=1,
            ),
        ],
    }


def row(id_: int, segmentation: Any, bbox: list[float], area: float, **others: Any) -> Json:
    """An annotation."""
    return {
        "id": id_,
        "image_id": 1,
        "category_id": 1,
        "segmentation": segmentation,
        "bbox": bbox,
        "area": area,
        "iscrowd": 0,
        **others,
    }


def results() -> list[Json]:
    """Results of the sound document."""
    return [
        {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 10], "score": 0.5},
        {"image_id": 2, "category_id": 2, "bbox": [5, 5, 10, 10], "score": 0.25},
    ]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    code : str
    spoil : callable
        Takes the sound document, and returns the faulty one (or changes it).
    row : int or None
        Of the table, that is named; None for what is in no row.
    value : str or None
        What the example has to show, or a part of it.
    table : str
    fixed : callable or None
        What the repair has to make of the faulty document; None where there is no repair.
    along : set of str
        Codes that the same fault cannot but raise.
    select : tuple of str
        For repairs on request.
    options : dict
        For `check`.
    """

    code: str
    spoil: Callable[[Any], Any]
    row: int | None = 0
    value: str | None = None
    table: str = "annotations"
    fixed: Callable[[Any], Any] | None = None
    along: frozenset[str] = frozenset()
    select: tuple[str, ...] = ()
    options: Json = field(default_factory=dict)
    base: Callable[[], Any] = sound
    name: str = ""

    def documents(self) -> tuple[Any, Any]:
        """Return the sound document and the faulty one."""
        good = self.base()
        bad = copy.deepcopy(good)
        made = self.spoil(bad)
        return good, bad if made is None else made

    def expected(self) -> Any:
        """Return what the repair has to arrive at."""
        assert self.fixed is not None
        _, bad = self.documents()
        made = self.fixed(bad)
        return bad if made is None else made


def put(where: int, table: str = "annotations", **values: Any) -> Callable[[Any], None]:
    """Set values of a row; None... is null, `GONE` takes the key away."""

    def change(document: Any) -> None:
        rows = document[table] if isinstance(document, dict) else document
        for key, value in values.items():
            if value is GONE:
                rows[where].pop(key, None)
            else:
                rows[where][key] = value

    return change


GONE = object()


def rle(counts: Any, size: Any = (HEIGHT, WIDTH)) -> Json:
    """An object of run lengths."""
    return {"size": list(size), "counts": counts}


def append(table: str, *rows: Any) -> Callable[[Any], None]:
    """Add rows."""
    return lambda document: document[table].extend(rows)


def both(first: Callable[[Any], None], second: Callable[[Any], None]) -> Callable[[Any], None]:
    """Do two things to a document."""

    def change(document: Any) -> None:
        first(document)
        second(document)

    return change


def boxes(ring: list[float], runs: list[float]) -> Callable[[Any], None]:
    """Set the boxes of all three masks: those that are meant otherwise are so in all rows."""
    return both(put(0, bbox=ring), both(put(1, bbox=runs), put(2, bbox=runs)))


def again(where: int, **values: Any) -> Callable[[Any], None]:
    """Add a row like another one."""

    def change(document: Any) -> None:
        document["annotations"].append({**document["annotations"][where], **values})

    return change


def remove_last(document: Any) -> None:
    """Take the last annotation away."""
    document["annotations"].pop()


def remove_table(name: str) -> Callable[[Any], None]:
    """Take a list away."""

    def change(document: Any) -> None:
        del document[name]

    return change


def set_all(**values: Any) -> Callable[[Any], None]:
    """Set values of all annotations."""

    def change(document: Any) -> None:
        for i in range(len(document["annotations"])):
            put(i, **values)(document)

    return change


PIXELS = blob()
TEXT, LIST = counts_of(PIXELS), counts_of(PIXELS, "list")
WIDE_RING = [[40, 10, 78, 10, 78, 50, 40, 50]]
SQUARE = [[5, 5, 25, 5, 25, 15, 5, 15]]
ROW_MAJOR = counts_of(PIXELS.T, "list")
SHORT = LIST[:-1]  # without the background at the end
# A string with a backslash in it, which sloppy writers print twice.
SLASHED = next(
    text
    for width in range(1, WIDTH)
    for height in range(1, HEIGHT)
    if "\\"
    in (
        text := counts_of(
            np.pad(np.ones((height, width)), ((0, HEIGHT - height), (7, WIDTH - 7 - width)))
            if width + 7 <= WIDTH
            else np.zeros((HEIGHT, WIDTH))
        )
    )
)
SLASHED_MASK = RleArray.from_coco([rle(SLASHED)])


def slashed(document: Any) -> None:
    """Give row 1 a mask whose string has a backslash."""
    box, area = SLASHED_MASK.bbox()[0].tolist(), int(SLASHED_MASK.area()[0])
    put(1, segmentation=rle(SLASHED), bbox=box, area=area)(document)


def slashed_base() -> Json:
    """The sound document with a backslash in a counts string."""
    document = sound()
    slashed(document)
    return document


BOXES_ONLY = frozenset({"area-missing", "bbox-missing"})


FAULTS = [
    # ids and references
    Fault("row-type", append("annotations", 7), 5),
    Fault("row-type", append("images", "a"), 2, table="images"),
    Fault("id-missing", put(0, id=GONE), 0),
    Fault(
        "id-missing",
        append("images", {"file_name": "c.jpg", "height": 5, "width": 5}),
        2,
        table="images",
    ),
    Fault("id-missing", append("categories", {"name": "cow"}), 2, table="categories"),
    Fault("id-type", put(0, id=None), 0, "null"),
    Fault("id-type", put(0, id=1.5), 0, "1.5"),
    Fault("id-type", put(0, id=True), 0, "true"),
    Fault(
        "id-type",
        append("images", {"id": [1], "file_name": "c.jpg", "height": 5, "width": 5}),
        2,
        table="images",
    ),
    Fault("id-text", put(0, id="a1"), 0, '"a1"'),
    Fault("id-duplicate", put(3, id=11), 3, "11", fixed=put(3, id=16)),
    Fault(
        "id-duplicate",
        append("images", {"id": 1, "file_name": "c.jpg", "height": HEIGHT, "width": WIDTH}),
        2,
        "1",
        table="images",
    ),
    Fault(
        "id-duplicate", append("categories", {"id": 1, "name": "cow"}), 2, "1", table="categories"
    ),
    Fault("id-zero", put(0, id=0), 0, "0"),
    Fault("list-missing", remove_table("images"), None, along=frozenset({"segmentation-size"})),
    Fault("list-missing", remove_table("categories"), None),
    Fault("image-id-missing", put(3, image_id=GONE), 3),
    Fault("image-id-unknown", put(3, image_id=99), 3, "99"),
    Fault("image-id-unknown", put(3, image_id="1"), 3, '"1"', fixed=put(3, image_id=1)),
    Fault("category-id-missing", put(3, category_id=GONE), 3),
    Fault("category-id-unknown", put(3, category_id=9), 3, "9"),
    Fault("category-id-unknown", put(3, category_id="1"), 3, '"1"', fixed=put(3, category_id=1)),
    Fault(
        "category-id-unknown", put(3, category_id="cat"), 3, '"cat"', fixed=put(3, category_id=1)
    ),
    # images
    Fault(
        "image-size-missing",
        append("images", {"id": 3, "file_name": "c.jpg", "width": 9}),
        2,
        table="images",
    ),
    Fault(
        "image-size-missing",
        put(1, "images", height=None),
        1,
        "null",
        table="images",
        along=frozenset(),
    ),
    Fault(
        "image-size-type",
        put(1, "images", height="60"),
        1,
        '"60"',
        table="images",
        fixed=put(1, "images", height=60),
    ),
    Fault("image-size-type", put(1, "images", height=60.5), 1, "60.5", table="images"),
    Fault(
        "image-size-zero",
        append("images", {"id": 3, "file_name": "c.jpg", "height": 0, "width": 9}),
        2,
        "0",
        table="images",
    ),
    Fault(
        "image-size-swapped",
        both(
            append("images", {"id": 3, "file_name": "c.jpg", "height": 80, "width": 60}),
            append(
                "annotations",
                row(16, [[40, 10, 78, 10, 78, 50, 40, 50]], [40, 10, 38, 40], 1520, image_id=3),
            ),
        ),
        2,
        "60",
        table="images",
        along=frozenset({"ring-outside", "bbox-outside", "area-unlike"}),
    ),
    Fault("file-name-missing", put(1, "images", file_name=GONE), 1, table="images"),
    Fault("file-name-missing", put(1, "images", file_name=7), 1, "7", table="images"),
    Fault(
        "file-name-backslash",
        put(1, "images", file_name=r"b\c\\d.jpg"),
        1,
        r'"b\\c\\\\d.jpg"',
        table="images",
        fixed=put(1, "images", file_name="b/c/d.jpg"),
        select=("file-name-backslash",),
    ),
    *(
        Fault("file-name-outside", put(1, "images", file_name=name), 1, name, table="images")
        for name in ("/home/me/a.jpg", "C:/b.jpg", "../c.jpg", "d/../../e.jpg")
    ),
    Fault("file-name-duplicate", put(1, "images", file_name="a.jpg"), 1, '"a.jpg"', table="images"),
    # categories
    Fault("category-name-missing", put(0, "categories", name=GONE), 0, table="categories"),
    Fault("category-name-missing", put(0, "categories", name=""), 0, '""', table="categories"),
    Fault(
        "category-name-duplicate", put(1, "categories", name="cat"), 1, '"cat"', table="categories"
    ),
    Fault(
        "category-name-duplicate",
        put(1, "categories", name="Cat "),
        1,
        '"Cat "',
        table="categories",
    ),
    Fault(
        "category-id-gap",
        append("categories", {"id": 9, "name": "cow"}),
        2,
        "9",
        table="categories",
    ),
    Fault(
        "category-id-zero",
        append("categories", {"id": 0, "name": "cow"}),
        2,
        "0",
        table="categories",
    ),
    Fault(
        "skeleton-range", put(1, "categories", skeleton=[[0, 1]]), 1, "[[0, 1]]", table="categories"
    ),
    Fault(
        "skeleton-range", put(1, "categories", skeleton=[[1, 3]]), 1, "[[1, 3]]", table="categories"
    ),
    Fault("skeleton-range", put(1, "categories", skeleton=[1, 2]), 1, "[1, 2]", table="categories"),
    # segmentations that are lists
    Fault("segmentation-null", put(3, segmentation=None), 3, "null", fixed=put(3, segmentation=[])),
    Fault("segmentation-missing", put(3, segmentation=GONE), 3),
    Fault("segmentation-type", put(3, segmentation="polygon"), 3, '"polygon"'),
    Fault("segmentation-type", put(3, segmentation=[[1, 2, "a", 4, 5, 6]]), 3, '"a"'),
    Fault(
        "segmentation-flat",
        put(0, segmentation=SQUARE[0]),
        0,
        "[5, 5, 25",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault(
        "segmentation-nested",
        put(0, segmentation=[[[5, 5], [25, 5], [25, 15], [5, 15]]]),
        0,
        "[[[5, 5]",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault(
        "segmentation-nested",
        put(0, segmentation=[[5, 5], [25, 5], [25, 15], [5, 15]]),
        0,
        "[[5, 5]",
        fixed=put(0, segmentation=SQUARE),
        name="pairs",
    ),
    Fault(
        "segmentation-nested",
        put(0, segmentation=[SQUARE]),
        0,
        "[[[5, 5, 25",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault(
        "segmentation-counts",
        put(1, segmentation=[LIST]),
        1,
        "[[",
        fixed=put(1, segmentation=rle(LIST)),
    ),
    Fault(
        "segmentation-counts",
        put(1, segmentation=LIST),
        1,
        "[",
        fixed=put(1, segmentation=rle(LIST)),
    ),
    Fault(
        "ring-odd",
        put(0, segmentation=[[*SQUARE[0], 5]]),
        0,
        "5]",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault(
        "ring-short",
        put(0, segmentation=[*SQUARE, [7, 7]]),
        0,
        "[7, 7]",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault("ring-short", put(0, segmentation=[[5, 5]]), 0, "[[5, 5]]"),
    Fault("ring-short", put(3, segmentation=[[]]), 3, "[[]]", fixed=put(3, segmentation=[])),
    Fault(
        "ring-of-four",
        put(0, segmentation=[[5, 5, 20, 10]]),
        0,
        "[[5, 5, 20, 10]]",
        fixed=put(0, segmentation=SQUARE),
    ),
    Fault(
        "ring-of-four",
        put(0, segmentation=[[5, 5, 25, 15]]),
        0,
        "[[5, 5, 25, 15]]",
        fixed=put(0, segmentation=SQUARE),
        along=frozenset({"bbox-unlike", "area-unlike", "ring-outside"}),
    ),
    Fault(
        "ring-of-four",
        put(0, segmentation=[[60, 40, 18, 18]]),
        0,
        "[[60,",
        along=frozenset({"bbox-unlike", "area-unlike"}),
    ),
    Fault(
        "ring-outside",
        put(0, segmentation=[[60, 5, 90, 5, 90, 15, 60, 15]], bbox=[60, 5, 20, 10]),
        0,
        "[[60,",
    ),
    Fault(
        "ring-overshoot",
        put(0, segmentation=[[60, 5, 80.5, 5, 80.5, 15, 60, 15]], bbox=[60, 5, 20, 10]),
        0,
        "80.5",
    ),
    Fault("ring-of-pixels", put(0, segmentation=pixel_list("rows")), 0, "[[5, 5, 6, 5"),
    Fault("ring-of-pixels", put(0, segmentation=pixel_list("columns")), 0, "[[5, 5, 5, 6"),
    Fault(
        "ring-cancelled",
        put(0, segmentation=[SQUARE[0] * 2]),
        0,
        "[[5, 5",
        along=frozenset({"mask-empty"}),
    ),
    Fault(
        "ring-cancelled",
        put(0, segmentation=[[5, 5, 25, 15, 5, 5, 25, 15]], bbox=[5, 5, 20, 10]),
        0,
        "[[5, 5",
        along=frozenset({"mask-empty", "area-unlike", "bbox-unlike"}),
    ),
    # run lengths
    Fault("counts-missing", put(1, segmentation={"size": [HEIGHT, WIDTH]}), 1),
    Fault(
        "counts-short",
        put(1, segmentation=rle(SHORT)),
        1,
        "runs cover",
        fixed=put(1, segmentation=rle(LIST)),
    ),
    Fault(
        "counts-short",
        put(1, segmentation=rle([LIST[0] - 1])),
        1,
        "runs cover",
        fixed=put(1, segmentation=rle([HEIGHT * WIDTH])),
        along=frozenset({"mask-empty"}),
    ),
    Fault("counts-long", put(1, segmentation=rle([*LIST[:-1], LIST[-1] + 5])), 1, "4805 of 4800"),
    Fault("counts-run", put(1, segmentation=rle([-1, HEIGHT * WIDTH + 1])), 1, "-1"),
    Fault("counts-characters", put(1, segmentation=rle(TEXT + "~")), 1, "~"),
    Fault(
        "counts-characters",
        put(1, segmentation=rle(SLASHED.replace("\\", "\\\\"))),
        1,
        fixed=slashed,
        base=slashed_base,
    ),
    Fault(
        "counts-base64",
        put(1, segmentation=rle(base64.b64encode(TEXT.encode()).decode())),
        1,
        fixed=put(1, segmentation=rle(TEXT)),
    ),
    Fault(
        "counts-base64",
        put(1, segmentation=rle(base64.b64encode(zlib.compress(TEXT.encode())).decode())),
        1,
        fixed=put(1, segmentation=rle(TEXT)),
        name="packed",
    ),
    Fault(
        "counts-bytes",
        put(1, segmentation=rle(repr(TEXT.encode()))),
        1,
        "'",
        fixed=put(1, segmentation=rle(TEXT)),
    ),
    Fault(
        "rle-size",
        put(1, segmentation={"counts": LIST}),
        1,
        fixed=put(1, segmentation={"counts": LIST, "size": [HEIGHT, WIDTH]}),
    ),
    Fault(
        "rle-size",
        put(1, segmentation=rle(LIST, ("a", 2))),
        1,
        fixed=put(1, segmentation=rle(LIST)),
    ),
    Fault(
        "rle-size-swapped",
        put(1, segmentation=rle(LIST, (WIDTH, HEIGHT))),
        1,
        "80 x 60, the image is 60 x 80",
        fixed=put(1, segmentation=rle(LIST)),
        along=frozenset({"bbox-unlike"}),
    ),
    Fault(
        "rle-size-unlike",
        put(1, segmentation=rle([0, *[61 * 80]], (61, 80)), bbox=[0, 0, 80, 60], area=4800),
        1,
        "61 x 80",
        fixed=put(1, segmentation=rle([0, *[60 * 80]])),
        select=("rle-size-unlike",),
    ),
    Fault(
        "rle-row-major",
        put(1, segmentation=rle(ROW_MAJOR)),
        1,
        fixed=put(1, segmentation=rle(LIST)),
        along=frozenset({"bbox-unlike"}),
    ),
    Fault(
        "segmentation-size",
        both(append("images", {"id": 3, "file_name": "c.jpg"}), put(0, image_id=3)),
        0,
        "no image size",
        along=frozenset({"image-size-missing"}),
    ),
    Fault(
        "segmentation-unreadable",
        put(0, segmentation=[[1e300, 5, 25, 5, 25, 15]]),
        0,
        "1e+300",
        along=frozenset({"ring-outside", "image-size-swapped"}),
    ),
    # what annotations say of their masks
    Fault("bbox-missing", put(0, bbox=GONE), 0, fixed=put(0, bbox=[5, 5, 20, 10])),
    Fault("bbox-missing", put(1, bbox=[]), 1, "[]", fixed=put(1, bbox=BLOB_BOX)),
    Fault("bbox-missing", put(1, bbox=None), 1, "null", fixed=put(1, bbox=BLOB_BOX)),
    Fault("bbox-type", put(3, bbox=[1, 2, 3]), 3, "[1, 2, 3]"),
    Fault("bbox-type", put(3, bbox="1 2 3 4"), 3, '"1 2 3 4"'),
    Fault("bbox-rotated", put(3, bbox=[50, 40, 8, 8, 30]), 3, "30]"),
    Fault("bbox-negative", put(3, bbox=[50, 40, -8, 8]), 3, "-8"),
    Fault("bbox-empty", put(3, bbox=[50, 40, 0, 8]), 3, "[50, 40, 0, 8]"),
    Fault("bbox-short", put(1, bbox=[40, 10, 29, 19]), 1, "29"),
    Fault(
        "bbox-corners",
        boxes([5, 5, 25, 15], [40, 10, 70, 30]),
        1,
        "70",
        fixed=boxes([5, 5, 20, 10], BLOB_BOX),
    ),
    Fault(
        "bbox-relative",
        put(1, bbox=[0.5, 1 / 6, 0.375, 1 / 3]),
        1,
        "0.5",
        fixed=put(1, bbox=BLOB_BOX),
    ),
    Fault(
        "bbox-centre",
        boxes([15, 10, 20, 10], [55, 20, 30, 20]),
        1,
        "55",
        fixed=boxes([5, 5, 20, 10], BLOB_BOX),
    ),
    Fault(
        "bbox-unlike",
        put(1, bbox=[2, 3, 5, 7]),
        1,
        "the mask has [40, 10, 30, 20]",
        fixed=put(1, bbox=BLOB_BOX),
        select=("bbox-unlike",),
    ),
    Fault("bbox-outside", put(3, bbox=[70, 40, 20, 8]), 3, "[70,"),
    Fault("bbox-overshoot", put(3, bbox=[70, 40, 10.5, 8]), 3, "10.5"),
    Fault("area-missing", put(0, area=GONE), 0, fixed=put(0, area=200.0)),
    Fault("area-missing", put(1, area=None), 1, "null", fixed=put(1, area=BLOB_AREA)),
    Fault("area-type", put(3, area="64"), 3, '"64"'),
    Fault("area-negative", put(3, area=-64), 3, "-64"),
    Fault("area-zero", put(1, area=0), 1, "0", fixed=put(1, area=BLOB_AREA)),
    Fault("area-box", put(1, area=600), 1, "600"),
    Fault(
        "area-unlike",
        put(1, area=4000),
        1,
        "4000, the mask has",
        fixed=put(1, area=BLOB_AREA),
        select=("area-unlike",),
    ),
    Fault("area-tiny", put(4, area=1), 4, "1"),
    Fault("mask-empty", put(1, segmentation=rle([HEIGHT * WIDTH])), 1, "["),
    Fault(
        "mask-one-pixel",
        put(1, segmentation=rle([41, 1, HEIGHT * WIDTH - 42]), bbox=[0, 41, 1, 1], area=1),
        1,
        "[",
    ),
    # flags
    Fault("crowd-text", put(0, iscrowd="0"), 0, '"0"', fixed=put(0, iscrowd=0)),
    Fault("crowd-text", put(0, iscrowd="true"), 0, '"true"', fixed=put(0, iscrowd=1)),
    Fault(
        "crowd-bool",
        put(0, iscrowd=False),
        0,
        "false",
        fixed=put(0, iscrowd=0),
        select=("crowd-bool",),
    ),
    Fault("crowd-value", put(0, iscrowd=2), 0, "2"),
    Fault("crowd-value", put(0, iscrowd=None), 0, "null"),
    Fault("crowd-value", put(0, iscrowd="maybe"), 0, '"maybe"'),
    Fault(
        "crowd-missing", put(0, iscrowd=GONE), 0, fixed=put(0, iscrowd=0), select=("crowd-missing",)
    ),
    Fault("crowd-missing", set_all(iscrowd=GONE), 0, fixed=set_all(iscrowd=0), select=("crowd",)),
    Fault("crowd-all", set_all(iscrowd=1), 0, "1"),
    Fault(
        "crowd-elsewhere",
        put(0, iscrowd=GONE, isGroupOf=1),
        0,
        "1",
        along=frozenset({"crowd-missing"}),
    ),
    # keypoints
    Fault("keypoints-type", put(4, keypoints=[5, 25]), 4, "[5, 25]"),
    Fault("keypoints-type", put(4, keypoints="none"), 4, '"none"'),
    Fault("keypoints-count", put(4, keypoints=[5, 25, 2]), 4, "1 point, the category has 2"),
    Fault("keypoints-nameless", put(4, category_id=1), 4, "1"),
    Fault("keypoints-visibility", put(4, keypoints=[5, 25, 3, 0, 0, 0]), 4, "3"),
    Fault("keypoints-hidden", put(4, keypoints=[5, 25, 2, 7, 7, 0]), 4, "7"),
    Fault("keypoints-outside", put(4, keypoints=[500, 25, 2, 0, 0, 0]), 4, "500"),
    Fault(
        "keypoints-number",
        put(4, num_keypoints=2),
        4,
        "2, visible are 1",
        fixed=put(4, num_keypoints=1),
    ),
    # duplicates
    Fault(
        "annotation-duplicate",
        again(0, id=16),
        5,
        "as row 0",
        fixed=remove_last,
        select=("annotation-duplicate",),
    ),
    Fault(
        "annotation-duplicate",
        again(3, id=16),
        5,
        "as row 3",
        fixed=remove_last,
        select=("annotation",),
    ),
    Fault("annotation-duplicate", again(1, id=16, segmentation=rle(LIST)), 5, "as row 1"),
    Fault(
        "annotation-near",
        again(
            0,
            id=16,
            segmentation=[[5, 5, 25, 5, 25, 14, 24, 14, 24, 15, 5, 15]],
        ),
        5,
        "with row 0",
    ),
    # results
    Fault("score-missing", put(0, score=GONE), 0, base=results),
    Fault("score-missing", put(0, score="0.5"), 0, '"0.5"', base=results),
    Fault("score-range", put(0, score=97.5), 0, "97.5", base=results),
    Fault("image-id-missing", put(0, image_id=GONE, file_name="a.jpg"), 0, '"a.jpg"', base=results),
    Fault(
        "image-id-unknown",
        put(0, image_id=77),
        0,
        "77",
        base=results,
        options={"ground_truth": True},
    ),
    Fault(
        "image-id-unknown",
        put(0, image_id="2"),
        0,
        '"2"',
        fixed=put(0, image_id=2),
        base=results,
        options={"ground_truth": True},
    ),
    Fault(
        "category-id-unknown",
        put(0, category_id=0),
        0,
        "0",
        base=results,
        options={"ground_truth": True},
    ),
    Fault(
        "category-id-unknown",
        put(0, category_id="dog"),
        0,
        '"dog"',
        fixed=put(0, category_id=2),
        base=results,
        options={"ground_truth": True},
    ),
]

# Rules whose fault is no change of rows: tests of their own have them.
ELSEWHERE = {
    "key-repeated",
    "text-mark",
    "zip-left-alone",
    "file-name-shared",
    "image-file-missing",
    "image-file-unreadable",
    "image-size-unlike",
    "image-turned",
}


def spelled(document: Any) -> bytes:
    """Print a document."""
    return json.dumps(document).encode()
