"""Merging groups of annotations into one each, as CVAT and its exporter datumaro mean them.

All shapes of a group become one mask, or one list of polygons; the largest shape leads and gives
everything else. Polygons are as large as their pixels on the image, boxes as width times height.

Mask or polygons? The leader says: ``attributes.is_crowd``, or a key ``is_crowd``, that is true or 1
means a mask, false or 0 polygons; ``iscrowd`` counts where it is 1 (0 only says how a mask is
stored). Where it says nothing, the group becomes a mask if some member of the leader's category is
one. Masks that become polygons are traced exactly, to the pixel.

CVAT's manual says so too; its code takes nothing but ``attributes.is_crowd`` that is ``true`` for a
yes, and what else is there for a no. ``cvat_strict`` does as the code does; then, of equals, boxes
lead before polygons before masks, and boxes are rounded to hundredths. The outlines that CVAT draws
around masks lose pixels, and small parts; they come from OpenCV and are not imitated.

Whole documents at a time: keys, masks and areas are arrays, and there is one union.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.document import Document
from cocodec.documents.json_values import JsonKind, PrintedValues, encode
from cocodec.documents.references import coerce_references
from cocodec.errors import DocumentError, how_many
from cocodec.groups.keys import By, category_numbers, crowd_told, group_numbers
from cocodec.groups.members import Members, RefusedGroup, ShapeKind, read_members
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import flat_rings
from cocodec.signatures import names_arguments

__all__ = ["By", "MergeReport", "RefusedGroup", "merge_groups"]

Leader: TypeAlias = Literal["largest", "first"]
Mode: TypeAlias = Literal["guess", "mask", "polygons"]
Boxes: TypeAlias = Literal["exclude", "rasterize"]
BoxOf: TypeAlias = Literal["members", "mask"]
Singles: TypeAlias = Literal["keep", "apply"]
To: TypeAlias = Literal["rle", "rle-list"]

_NAMED = 20  # refused groups that the message of an exception spells out


@dataclass
class MergeReport:
    """What became of the groups of a document.

    Attributes
    ----------
    groups : int
        Groups of several annotations that are one now.
    removed : int
        Rows that went into them.
    singles : int
        Annotations of no group that were written as one (``singles="apply"``).
    masks, polygons, boxes : int
        How many of `groups` and `singles` have a mask, polygons, or a box alone.
    boxes_left_out : int
        Boxes of groups with other shapes that are not in the mask.
    left_alone : int
        Shapes of no group whose ``is_crowd`` asks for another form than they have; they are as they
        were, unless ``singles="apply"``.
    refused : list of RefusedGroup
        Groups that cannot be merged; they are as they were.

    Examples
    --------
    >>> cocodec.merge_groups(document, by=[1, 1, 2]).groups
    1
    """

    groups: int = 0
    removed: int = 0
    singles: int = 0
    masks: int = 0
    polygons: int = 0
    boxes: int = 0
    boxes_left_out: int = 0
    left_alone: int = 0
    refused: list[RefusedGroup] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{how_many(self.groups, 'group')} merged, {how_many(self.removed, 'row')} removed"
        if self.singles:
            text += f", {how_many(self.singles, 'single row')} written alike"
        masks, polygons = how_many(self.masks, "mask"), how_many(self.polygons, "polygon")
        text += f" ({masks}, {polygons}, {how_many(self.boxes, 'box', 'boxes')})"
        if self.boxes_left_out:
            text += f"; {how_many(self.boxes_left_out, 'box', 'boxes')} left out of the masks"
        if self.left_alone:
            shapes = how_many(self.left_alone, "shape")
            text += f"; {shapes} of no group stayed as drawn (singles=apply goes by is_crowd)"
        if self.refused:
            text += f"; {how_many(len(self.refused), 'group')} refused"
        return text

    @names_arguments
    def describe_refused(self, limit: int | None = None) -> str:
        """Name the refused groups, one a line: all of them, or the first `limit`.

        Examples
        --------
        >>> cocodec.merge_groups(document, by=[1, 1, 2]).describe_refused()
        '0 groups cannot be merged:'
        """
        lines = [f"{how_many(len(self.refused), 'group')} cannot be merged:"]
        lines += [f"  {group}" for group in self.refused[:limit]]
        if limit is not None and len(self.refused) > limit:
            lines.append(f"  ... and {len(self.refused) - limit} more")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Options:
    leader: str
    mode: str
    boxes: str
    bbox: str
    singles: str
    to: Literal["rle", "rle-list"]
    on_error: str
    strict: bool
    threads: int

    def __post_init__(self) -> None:
        allowed = {
            "leader": ("largest", "first"),
            "mode": ("guess", "mask", "polygons"),
            "boxes": ("exclude", "rasterize"),
            "bbox": ("members", "mask"),
            "singles": ("keep", "apply"),
            "to": ("rle", "rle-list"),
            "on_error": ("raise", "skip"),
        }
        for name, values in allowed.items():
            value = getattr(self, name)
            if value not in values:
                raise ValueError(f"{name} is {value!r}, expected one of {', '.join(values)}")


@dataclass(frozen=True)
class _Plan:
    """What is to be written, decided for every group before anything is.

    `first` is the index of the leader among the members, `form` the `ShapeKind` of the result.
    """

    members: Members
    first: NDArray[np.int64]
    form: NDArray[np.uint8]
    union: RleArray  # one a group; empty where nothing is drawn
    boxes: NDArray[np.float64]

    @property
    def size(self) -> NDArray[np.int64]:
        return np.bincount(self.members.group, minlength=len(self.members))


@names_arguments
def merge_groups(
    document: Document,
    *,
    by: By = "group",
    leader: Leader = "largest",
    mode: Mode = "guess",
    boxes: Boxes = "exclude",
    bbox: BoxOf = "members",
    singles: Singles | None = None,
    to: To | None = None,
    cvat_strict: bool = False,
    on_error: Literal["raise", "skip"] = "raise",
    coerce_ids: bool = False,
    threads: int = 0,
) -> MergeReport:
    """Merge annotations that belong together, in place.

    The leader's row stays where it is, with all its keys; its segmentation, area (pixels), bbox and
    iscrowd become the group's. The group's other rows are removed. Nothing else changes.

    Parameters
    ----------
    by : {"group", "id", "crowd"}, callable or (n,) array of int
        What is one group, within an image: the same ``attributes.group`` (or ``group``,
        ``group_id``), the same ``id``, all crowds of a category, the same answer of a function of
        the row, or the same number. 0, None, false and "" are no group.
    leader : {"largest", "first"}
        Whose row stays; of equals the first.
    mode : {"guess", "mask", "polygons"}
        What is written; a guess goes by what the leader says (see `cocodec.groups`).
    boxes : {"exclude", "rasterize"}
        Whether boxes are part of the mask. A group of boxes alone stays a box if not.
    bbox : {"members", "mask"}
        The union of the members' boxes, or the box of the mask.
    singles : {"keep", "apply"}, optional
        Whether shapes of no group are written like groups of one, as CVAT does: with
        ``is_crowd`` a polygon becomes a mask. "keep" unless `cvat_strict`: what is in no group
        stays as it is, and the report counts those that say otherwise.
    to : {"rle", "rle-list"}, optional
        How masks are spelled: as strings, or as lists, which is `cvat_strict`'s way.
    cvat_strict : bool
        Do what CVAT does, where its manual says otherwise (see `cocodec.groups`).
    on_error : {"raise", "skip"}
        Whether groups that cannot be merged are an error, with nothing changed, or are reported.
    coerce_ids : bool
        First write ``image_id`` and ``category_id`` that name nothing as the ids that they mean are
        spelled: "1" where an image has the id 1.

    Raises
    ------
    DocumentError
        With ``on_error="raise"``: names groups with masks of several sizes or that are wrong.

    Examples
    --------
    >>> print(cocodec.merge_groups(document, by=[1, 1, 2]))
    1 group merged, 1 row removed (0 masks, 1 polygon, 0 boxes)
    """
    singles = singles or ("apply" if cvat_strict else "keep")
    to = to or ("rle-list" if cvat_strict else "rle")
    if coerce_ids:
        coerce_references(document)
    given = (leader, mode, boxes, bbox, singles, to, on_error, cvat_strict, threads)
    return _merge(document, group_numbers(document, by), _Options(*given))


def _merge(document: Document, numbers: NDArray[np.int64], options: _Options) -> MergeReport:
    flags = (options.singles == "apply", options.boxes == "rasterize", options.threads)
    members, refused = read_members(document, numbers, flags)
    report = MergeReport(refused=refused)
    if refused and options.on_error == "raise":
        raise DocumentError(report.describe_refused(_NAMED))
    plan = _plan(document, members, options)
    left_alone = _otherwise_told(document, numbers, options)
    _write(document, plan, options)
    _count(plan, report)
    if options.singles == "keep":
        report.left_alone = left_alone
    return report


# ---------------------------------------------------------------- deciding


def _plan(document: Document, members: Members, options: _Options) -> _Plan:
    first = _leaders(members, options)
    form = np.full(len(members), ShapeKind.BOX, np.uint8)
    drawn = np.zeros(len(members), bool)
    drawn[members.group[members.drawn]] = True
    as_mask = _want_masks(document, members, first, options)
    form[drawn] = np.where(as_mask[drawn], ShapeKind.MASK, ShapeKind.POLYGONS)
    some = members.masks[members.drawn].union(
        groups=members.group[members.drawn], threads=options.threads
    )
    union = _spread(some, np.flatnonzero(drawn), len(members))
    traced = np.unique(members.group[members.shape == ShapeKind.MASK])
    traced = traced[form[traced] == ShapeKind.POLYGONS]
    document._require_sizes(members.rows[first[traced]], union[traced])
    return _Plan(members, first, form, union, _boxes(document, members, union, options))


def _otherwise_told(document: Document, numbers: NDArray[np.int64], options: _Options) -> int:
    """How many shapes of no group say that they are to be what they are not.

    They are left alone by default, because nothing of a file changes that nobody asked to merge;
    CVAT writes them like groups of one.
    """
    if options.mode != "guess" or options.singles != "keep":
        return 0
    table = document.annotations
    told = crowd_told(table, strict=options.strict)
    kinds = table.find(["segmentation"])[0][0]
    ringed = np.flatnonzero((numbers < 0) & (told == 1) & (kinds == JsonKind.LIST))
    drawn = sum(any(ring for ring in row["segmentation"]) for row in table[ringed])
    return drawn + int(np.count_nonzero((numbers < 0) & (told == 0) & (kinds == JsonKind.OBJECT)))


def _spread(masks: RleArray, places: NDArray[np.int64], n: int) -> RleArray:
    """The masks at some of n places, empty ones of size 0 x 0 elsewhere."""
    if len(masks) == n:
        return masks
    nothing = RleArray.from_runs([0], [0, 1], [[0, 0]])
    where = np.full(n, len(masks))
    where[places] = np.arange(len(masks))
    return RleArray.concatenate([masks, nothing])[where]


def _leaders(members: Members, options: _Options) -> NDArray[np.int64]:
    """The index of each group's leader."""
    starts = np.flatnonzero(np.diff(members.group, prepend=-1))
    if options.leader == "first":
        return starts
    n = len(members.rows)
    areas = np.asarray(members.masks.area(), np.float64)
    box = members.shape == ShapeKind.BOX
    areas[box] = members.boxes[box, 2] * members.boxes[box, 3]
    order = members.shape if options.strict else np.zeros(n)
    leaders: NDArray[np.int64] = np.lexsort((np.arange(n), order, -areas, members.group))[starts]
    return leaders


def _want_masks(
    document: Document, members: Members, first: NDArray[np.int64], options: _Options
) -> NDArray[np.bool_]:
    """Whether each group becomes a mask, as far as that can be chosen."""
    if options.mode != "guess":
        return np.full(len(members), options.mode == "mask")
    table = document.annotations
    told = crowd_told(table, strict=options.strict)[members.rows[first]]
    category = category_numbers(table)[members.rows]
    of_leader = category == category[first][members.group]
    given = np.zeros(len(members), bool)
    given[members.group[(members.shape == ShapeKind.MASK) & of_leader]] = True
    return np.where(told < 0, given, told == 1)


def _boxes(
    document: Document, members: Members, union: RleArray, options: _Options
) -> NDArray[np.float64]:
    """x, y, width, height of each group."""
    boxes = members.boxes.copy()
    drawn = members.shape != ShapeKind.BOX
    boxes[drawn] = members.masks[drawn].bbox()
    says = ~drawn
    says[drawn] = members.masks[drawn].area() > 0
    polygons = np.flatnonzero(members.shape == ShapeKind.POLYGONS)
    _, (places,) = document.annotations.find(["segmentation"], members.rows[polygons])
    has_points, _, around = _core.measure_rings(places.rows(), options.threads)
    around[:, 2:] = _tidy(around[:, 2:])
    boxes[polygons[has_points]] = around[has_points]
    says[polygons] = has_points
    united = _united(boxes[says], members.group[says], len(members))
    if options.bbox == "mask":
        some = union.sizes[:, 0] * union.sizes[:, 1] > 0
        united[some] = union[some].bbox()
    return united.round(2) if options.strict else united


def _tidy(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without what subtracting adds: 1.2 - 1 is 0.19999999999999996."""
    return np.where(np.abs(lengths) < 1e6, lengths.round(9), lengths)


def _united(boxes: NDArray[np.float64], group: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """The union of the boxes of each group; a side that one box spans is that box's, as it is."""
    united = np.zeros((n, 4))
    for axis in (0, 1):
        begin, length = boxes[:, axis], boxes[:, axis + 2]
        low, high, spanned = np.full(n, np.inf), np.full(n, -np.inf), np.full(n, -np.inf)
        np.minimum.at(low, group, begin)
        np.maximum.at(high, group, begin + length)
        whole = (begin == low[group]) & (begin + length == high[group])
        np.maximum.at(spanned, group[whole], length[whole])
        some = low <= high
        united[some, axis] = low[some]
        length_of = np.where(np.isinf(spanned), _tidy(high - low), spanned)
        united[some, axis + 2] = length_of[some]
    return united


# ---------------------------------------------------------------- writing


def _write(document: Document, plan: _Plan, options: _Options) -> None:
    members, table = plan.members, document.annotations
    if len(members) == 0:
        return
    rows = members.rows[plan.first]
    # A shape alone that already is what it is to be keeps its segmentation.
    same = (plan.size == 1) & (members.shape[plan.first] == plan.form)
    to_mask = np.flatnonzero((plan.form == ShapeKind.MASK) & ~same)
    if len(to_mask) > 0:
        document.set_masks(rows[to_mask], plan.union[to_mask], to=options.to)
    to_polygons = (plan.form == ShapeKind.POLYGONS) & ~same
    if to_polygons.any():
        written = _polygons(document, plan, to_polygons)
        table.splice({"segmentation": written}, rows[to_polygons])
    areas = np.asarray(plan.union.area(), np.float64)
    box = plan.form == ShapeKind.BOX
    areas[box] = plan.boxes[box, 2] * plan.boxes[box, 3]
    document.set_column("area", areas, rows)
    document.set_column("bbox", plan.boxes, rows)
    document.set_column("iscrowd", (plan.form == ShapeKind.MASK).astype(np.int64), rows)
    table.remove(np.setdiff1d(members.rows, rows))


def _polygons(document: Document, plan: _Plan, chosen: NDArray[np.bool_]) -> PrintedValues:
    """Rings of the chosen groups: polygons as they are spelled, then outlines of masks."""
    members = plan.members
    groups = np.flatnonzero(chosen)
    written: dict[int, list[bytes]] = {g: [] for g in groups.tolist()}
    at = np.flatnonzero(chosen[members.group] & members.drawn)
    _, (places,) = document.annotations.find(["segmentation"], members.rows[at])
    for k, (i, g) in enumerate(zip(at.tolist(), members.group[at].tolist(), strict=True)):
        if members.shape[i] == ShapeKind.POLYGONS:
            written[g].append(_rings(bytes(places.text(k))))
        elif members.shape[i] == ShapeKind.BOX:
            written[g].append(encode(_corners(members.boxes[i])))
    masks = np.flatnonzero(chosen[members.group] & (members.shape == ShapeKind.MASK))
    if len(masks) > 0:
        group = members.group[masks]
        traced = members.masks[masks].union(groups=group).to_polygons()
        for g, rings in zip(np.unique(group).tolist(), traced, strict=True):
            written[g] += [encode(ring) for ring in rings]
    texts = [_joined(pieces) for pieces in written.values()]
    ends = np.cumsum(list(map(len, texts)))
    return PrintedValues(b"".join(texts), np.stack([ends - list(map(len, texts)), ends], axis=1), 0)


def _rings(text: bytes) -> bytes:
    """The text between the brackets of a list of rings; a flat ring is one of a list."""
    value = msgspec.json.decode(text)
    rings = flat_rings(value)
    if rings != [value] and rings != [ring for ring in value if ring]:
        return encode(rings)[1:-1]
    inner = text[1:-1].strip()
    return inner if inner.startswith(b"[") else text


def _joined(pieces: list[bytes]) -> bytes:
    """A list, with spaces where the first piece has them."""
    if not pieces or b", " not in pieces[0]:
        return b"[" + b",".join(pieces) + b"]"
    spaced = (piece if b", " in piece else _core.spaced_json(piece) for piece in pieces)
    return b"[" + b", ".join(spaced) + b"]"


def _corners(box: NDArray[np.float64]) -> list[float]:
    x, y, width, height = box.tolist()
    return [x, y, x, y + height, x + width, y + height, x + width, y]


def _count(plan: _Plan, report: MergeReport) -> None:
    size, form = plan.size, plan.form
    report.groups = int(np.count_nonzero(size > 1))
    report.removed = int(len(plan.members.rows) - len(size))
    report.singles = int(np.count_nonzero(size == 1))
    report.masks = int(np.count_nonzero(form == ShapeKind.MASK))
    report.polygons = int(np.count_nonzero(form == ShapeKind.POLYGONS))
    report.boxes = int(np.count_nonzero(form == ShapeKind.BOX))
    box = (plan.members.shape == ShapeKind.BOX) & ~plan.members.drawn
    left_out = box & (form != ShapeKind.BOX)[plan.members.group]
    report.boxes_left_out = int(np.count_nonzero(left_out))
