"""Documents as plain objects: what is converted, and the common form between two dialects.

A file is read into `PlainPart`s, as it says it; these are brought into one `Canon`: official rows,
integer ids, nested rings. Whoever writes a dialect starts from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np

from cocodec.dialects.kept_rings import Texts
from cocodec.dialects.plain_rows import Annotations, Row
from cocodec.dialects.report import DialectReport, Origins, Place

__all__ = [
    "SUBSET_KEYS",
    "TASKS",
    "Canon",
    "DialectOptions",
    "ListedDocument",
    "PlainPart",
    "Row",
    "Work",
]
__all__ += ["CROWD_SOURCES", "require_crowd_source"]

# Of an image, what names its subset.
SUBSET_KEYS = ("subset", "split")

# The tasks of CVAT's and datumaro's archives.
TASKS = ("instances", "person_keypoints", "captions", "panoptic", "labels", "image_info", "stuff")


CROWD_SOURCES = ("field", "rle", "attribute", "0")


@dataclass(frozen=True)
class DialectOptions:
    """What users may choose. What is there stays as it is unless an option says otherwise.

    Attributes
    ----------
    segmentation : {"keep", "rle", "rle-list", "polygons"}
        How the official file spells masks; "polygons" loses no pixel.
    boxes : {"ring", "keep"}
        Whether the official file gives objects that are only a box the ring of that box, without
        which pycocotools makes no mask of them, or leaves them their ``[]``.
    rings : {"union", "holes", "separate"}
        What several rings of an annotation mean: COCO's union, an outline and its holes (Kili,
        Supervisely), or objects of their own.
    broken_rings : {"trim", "drop"}
        Rings with half a point at their end lose that, as pycocotools reads them, or are left out.
    crowd : {"field", "rle", "attribute", "0"} or "attribute:NAME"
        Where iscrowd comes from: the field (or its alias is_crowd, of the row or its attributes),
        from the mask being RLE, from ``attributes.is_crowd`` alone, or from what the row or its
        attributes have under another name, such as "attribute:IsGroupOf"; "0": nothing is a crowd.
    attributes : {"keep", "lift", "lower"}
        Leave ``attributes``, lift its values to the row, or lower the row's unknown keys into it.
    image_rows : {"attributes", "drop"}
        Where answers about an image go.
    unite_parts : bool
        Make rows that say the same id, image and category (as TrainingData.io and SuperAnnotate
        write the parts of one object) one object.
    mask_keys : tuple of str, optional
        Where masks may stand but in `segmentation`: of each row the first of these keys that it
        has, such as "visible_mask", becomes its segmentation.
    tasks : tuple of str, optional
        Which tasks the zip for CVAT has: "instances", "person_keypoints", "stuff", "panoptic",
        "captions", "labels", "image_info". By default those that rows come from, or are.
    area : {"keep", "shoelace", "pixels", "box"}
        Missing ones are always filled in (shoelace of rings, pixels of RLE); another than "keep"
        computes all of those with a mask anew.
    bbox : {"keep", "vertex", "mask", "official_minus1"}
        The same (around the points of rings, around the pixels of RLE); "official_minus1" is what
        the official files have of crowds.
    coerce_ids : bool
        Take "1" and 1 for the same id where rows refer to images and categories.
    runs : {"columns", "rows"}
        Which way the counts of the source's RLE go: COCO's down the columns, or along the rows.
    fit_sizes : bool
        Cut RLE of another size than its image to that; background is added where it is smaller.
    reindex : bool
        Number everything from 1 on.
    digits : int or None
        Round the coordinates of rings and bboxes to that many decimals.
    ensure_ascii, sort_keys : bool
    indent : int, str or None
        As `json.dumps` has them; by default UTF-8 without white space.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> cocodec.DialectOptions(crowd='0').crowd
    '0'
    """

    segmentation: Literal["keep", "rle", "rle-list", "polygons"] = "keep"
    boxes: Literal["ring", "keep"] = "ring"
    rings: Literal["union", "holes", "separate"] = "union"
    broken_rings: Literal["trim", "drop"] = "trim"
    crowd: str = "field"
    attributes: Literal["keep", "lift", "lower"] = "keep"
    image_rows: Literal["attributes", "drop"] = "attributes"
    area: Literal["keep", "shoelace", "pixels", "box"] = "keep"
    bbox: Literal["keep", "vertex", "mask", "official_minus1"] = "keep"
    unite_parts: bool = False
    mask_keys: tuple[str, ...] | None = None
    tasks: tuple[str, ...] | None = None
    coerce_ids: bool = False
    runs: Literal["columns", "rows"] = "columns"
    fit_sizes: bool = False
    reindex: bool = False
    digits: int | None = None
    ensure_ascii: bool = False
    sort_keys: bool = False
    indent: int | str | None = None
    threads: int = 0

    def __post_init__(self) -> None:
        require_crowd_source(self.crowd)
        for field_, kind in get_type_hints(type(self)).items():
            value, choices = getattr(self, field_), get_args(kind)
            if get_origin(kind) is Literal and value not in choices:
                names = ", ".join(map(repr, choices))
                raise ValueError(f"{field_} is {value!r}, expected one of {names}")
        for task in self.tasks or ():
            if task not in TASKS:
                raise ValueError(f"tasks has {task!r}, expected some of: {', '.join(TASKS)}")


def require_crowd_source(crowd: str) -> None:
    """Refuse what is no choice of `DialectOptions.crowd`.

    >>> require_crowd_source("attribute:IsGroupOf")
    """
    named = crowd.startswith("attribute:") and crowd != "attribute:"
    if crowd not in CROWD_SOURCES and not named:
        names = ", ".join(map(repr, CROWD_SOURCES))
        raise ValueError(f"crowd is {crowd!r}, expected one of {names} or 'attribute:NAME'")


@dataclass
class PlainPart:
    """One document of a file, decoded.

    Attributes
    ----------
    name : str or None
        What people find it by: the member of a zip that it is, or its number in a list.
    subset : str
        What of the data set it is: "train", "default", ...
    task : str or None
        What of COCO its name says that it is: "instances", "captions", ...
    sharing : str or None
        Parts of an archive with the same one list the same images.
    fields : dict
        The keys of the root that are no table.
    tables : dict of str to list of dict
        Rows of ``images``, ``annotations`` (`Annotations`), ``categories`` and ``licenses``, where
        there are such.
    start : int
        The number of its first annotation in the whole file.
    origins : list of int or None
        Of each annotation the row that it was made from; None where they are as they were read.
    panoptic : bool
        Whether its annotations were segments of PNGs.
    subsets : dict of int to str
        Of images whose subset an earlier conversion kept, by their ids.
    tasks : dict of int to tuple of str
        The same of annotations, and the tasks that they are of.
    boxes : set of int
        Annotations that an earlier conversion gave the ring of their box, by their ids.
    one_image : bool
        Whether its root names the one image that it is of, so that its rows need not.
    is_listed : bool
        Whether it is a document of a list.
    """

    name: str | None = None
    subset: str = "default"
    task: str | None = None
    sharing: str | None = None
    fields: Row = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    start: int = 0
    made_images: bool = False
    origins: list[int] | None = None
    panoptic: bool = False
    subsets: dict[int, str] = field(default_factory=dict)
    tasks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    boxes: set[int] = field(default_factory=set)
    one_image: bool = False
    is_listed: bool = False

    def rows(self, table: str) -> list[Row]:
        """The rows of a table; empty where there is none."""
        return self.tables.get(table) or []

    def annotations(self) -> Annotations:
        """Its annotations."""
        rows = self.tables.get("annotations") or []
        return rows if isinstance(rows, Annotations) else Annotations(rows)

    def place(self, table: str, row: int) -> Place:
        """Where a row lies in the file, for messages."""
        values = self.rows(table)[row]
        if table == "annotations" and self.origins is not None:
            row = self.origins[row]
        return Place(self.name, table, row, values.get("id"))


class ListedDocument(NamedTuple):
    """A document of a list: its images, and its categories, each by its id there and its id now."""

    images: list[int]
    categories: tuple[tuple[Any, int], ...]


@dataclass
class Canon:
    """A data set in the form that all dialects are written from.

    Attributes
    ----------
    info : dict
    licenses : list of dict
    fields : dict
        Other keys of the root.
    images, categories : list of dict
    annotations : Annotations
        As in an official document: ids are integers and unique in their list, `image_id` and
        `category_id` refer to them, `iscrowd` is 0 or 1, `segmentation` is ``[]``, a list of flat
        rings (or of places of such, see `cocodec.dialects.kept_rings`), or an RLE dict; `bbox` may
        be the bytes of its text, see `cocodec.dialects.rows.box_of`. Keys that the official format
        does not know stay.
    subsets : list of str
        Of each image, what of the data set it belongs to.
    kinds : list of str
        Of each annotation, what it is: see `kind_of_row`.
    places : Origins
        Of each annotation, where it came from.
    sources : list of int
        Of each annotation, the number of the part that it came from.
    tasks : list of tuple of str
        Of each annotation, the tasks of COCO whose files had it; empty where no name said one.
    has_mask : list of bool
        Of each annotation. The masks themselves are read where they are needed, some at a time: see
        `cocodec.dialects.shapes.masks_of`.
    sizes : dict of int to (height, width)
        Of each image, once the masks have been looked at; None for what is no size.
    ids : dict of str to list of dict
        Per table, which ids changed: ``{"row": r, "was": old, "id": new}``, with the ``part`` in a
        file of several.
    mark : dict
        What a former conversion left under the root key "cocodec": old ids, and the dialect.
    renamed : dict of int to str
        Of images that official files call otherwise, by their ids, what they were called.
    boxes : list of int
        Ids of annotations that were given a ring, or a mask without a pixel, for official readers.
    repeats : set of (int, str)
        Images and names of answers that came more than once: the list in the image's attributes is
        of answers, not the answer.
    documents : list of ListedDocument
        What the documents of a list had, where this is not plain from images and categories.
    """

    info: Row = field(default_factory=dict)
    licenses: list[Row] = field(default_factory=list)
    fields: Row = field(default_factory=dict)
    images: list[Row] = field(default_factory=list)
    categories: list[Row] = field(default_factory=list)
    annotations: Annotations = field(default_factory=lambda: Annotations([]))
    subsets: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    places: Origins = field(default_factory=Origins)
    sources: list[int] = field(default_factory=list)
    tasks: list[tuple[str, ...]] = field(default_factory=list)
    has_mask: list[bool] = field(default_factory=list)
    sizes: dict[Any, tuple[int | None, int | None]] = field(default_factory=dict)
    ids: dict[str, list[Row]] = field(default_factory=dict)
    mark: Row = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    boxes: list[int] = field(default_factory=list)
    repeats: set[tuple[int, str]] = field(default_factory=set)
    documents: list[ListedDocument] = field(default_factory=list)

    def take(self, i: int) -> Row:
        """Take an annotation out, for who writes another row in its place."""
        row = self.annotations[i]
        self.annotations[i] = {}
        return row

    def keep(self, rows: list[int]) -> None:
        """Keep these annotations, and no others."""
        if len(rows) == len(self.annotations):
            return
        self.annotations = self.annotations.take(np.array(rows, np.int64))
        self.kinds = [self.kinds[i] for i in rows]
        self.places = self.places.take(rows)
        self.sources = [self.sources[i] for i in rows]
        self.tasks = [self.tasks[i] for i in rows]
        if self.has_mask:  # the masks have been read
            self.has_mask = [self.has_mask[i] for i in rows]


@dataclass(frozen=True)
class Work:
    """What every step of a conversion needs: the options, and the report that it adds to.

    Attributes
    ----------
    options : DialectOptions
    report : DialectReport
    corners : bool
        Whether the source's tool writes rectangles as ``[x1, y1, x2, y2]``.
    hollow : set of (part, row)
        Annotations whose rings enclose nothing: they have no pixel, and are not only a box.
    images : Path or None
        Where the image files lie, if that is known.
    texts : Texts
        What the rings lie in that are kept as they are.
    pictures : dict
        By subsets and file_names that images were given for a target: what their files are called,
        None where that is not known.
    """

    options: DialectOptions
    report: DialectReport
    corners: bool = False
    hollow: set[tuple[str | None, int]] = field(default_factory=set)
    images: Path | None = None
    texts: Texts = field(default_factory=Texts)
    pictures: dict[tuple[str, str], str | None] = field(default_factory=dict)
