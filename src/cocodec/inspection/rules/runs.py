"""Rules about segmentations that are run lengths: size and counts."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cocodec._core as _core
from cocodec.documents.json_values import JsonKind
from cocodec.errors import CocodecError, RleError
from cocodec.files.limits import limit
from cocodec.inspection.batches import Batch, Inspection
from cocodec.inspection.rule import Edit, Hit, Removal, RowNumbers, Rule
from cocodec.inspection.rules.shapes import is_misread
from cocodec.masks.operations import read_by_rows
from cocodec.masks.rle_array import RleArray
from cocodec.masks.segmentation_values import SegmentationKind

__all__ = ["RULES"]

_SEGMENTATION = "segmentation"
_LARGEST = 1 << 24  # bytes that packed counts may unpack to
_FEW_RUNS = 8  # of so few nothing can be told
_SAMPLE = 16  # masks without a box that are decoded to see how they were scanned

# Faults of one row: (code, message, new segmentation or None)
Diagnosis = tuple[str, str, Any]


def diagnose(segmentation: dict[str, Any], size: tuple[int, int] | None) -> Diagnosis:
    """Say what is wrong with run lengths that cannot be read.

    Parameters
    ----------
    segmentation : dict
    size : (int, int) or None
        Height and width of the image, where they are known.
    """
    counts = segmentation.get("counts")
    if "counts" not in segmentation or not isinstance(counts, (str, list)):
        return "counts-missing", 'the object has no "counts" that are a string or a list', None
    own = _size_of(segmentation.get("size"))
    if own is None:
        fits = size is not None and _total(counts) == size[0] * size[1]
        new = {**segmentation, "size": list(size)} if fits and size is not None else None
        message = '"size" is missing, or is not [height, width]'
        return "rle-size", message, new
    for code, message, found in _spellings(counts):
        if _total(found) == own[0] * own[1]:
            return code, message, {**segmentation, "counts": found}
    return _by_runs(segmentation, counts, own[0] * own[1])


def _by_runs(segmentation: dict[str, Any], counts: str | list[Any], pixels: int) -> Diagnosis:
    runs = _runs_of(counts)
    if runs is None:
        if isinstance(counts, list):
            return "counts-run", "a run is no whole number from 0 to 4294967295", None
        return "counts-characters", "counts is no string of run lengths", None
    if sum(runs) > pixels:
        return "counts-long", "runs cover more than height x width pixels", None
    lacking = pixels - sum(runs)
    if len(runs) % 2 == 1:
        runs[-1] += lacking
    else:
        runs.append(lacking)
    full = {"size": segmentation["size"], "counts": runs}
    try:
        masks = RleArray.from_coco([full])
    except (CocodecError, TypeError):
        return "counts-short", "runs cover fewer than height x width pixels", None
    new = runs if isinstance(counts, list) else masks.to_coco("str")[0]["counts"]
    fixed = {**segmentation, "counts": new}
    return "counts-short", "runs cover fewer than height x width pixels", fixed


def _size_of(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    good = all(
        isinstance(n, (int, float)) and not isinstance(n, bool) and 0 <= n < 2**32 and n == int(n)
        for n in value
    )
    return (int(value[0]), int(value[1])) if good else None


def _runs_of(counts: str | list[Any]) -> list[int] | None:
    """Return the runs that counts spell, whatever they sum up to; None where they spell none."""
    if isinstance(counts, list):
        good = all(
            isinstance(n, (int, float))
            and not isinstance(n, bool)
            and 0 <= n < 2**32
            and n == int(n)
            for n in counts
        )
        return [int(n) for n in counts] if good else None
    return _runs_of_text(counts)


def _runs_of_text(text: str) -> list[int] | None:
    try:
        runs: list[int] = _core.parse_counts(text.encode("utf-8", "surrogatepass")).tolist()
        return runs
    except RleError:
        return None


def _total(counts: str | list[Any]) -> int | None:
    runs = _runs_of(counts)
    return None if runs is None else sum(runs)


def _spellings(counts: str | list[Any]) -> Iterable[tuple[str, str, str]]:
    """What a counts string may have been before something was done to it."""
    if not isinstance(counts, str):
        return
    if len(counts) > 3 and counts[:2] in ("b'", 'b"') and counts[-1] == counts[1]:
        inner = counts[2:-1]
        message = "counts is Python's print of bytes, b'...'; expected the string in it"
        yield "counts-bytes", message, inner.replace("\\\\", "\\")
        yield "counts-bytes", message, inner
    if "\\\\" in counts:
        message = "counts has every backslash twice"
        yield "counts-characters", message, counts.replace("\\\\", "\\")
    for data in _base64(counts):
        text = data.decode("latin-1")
        yield "counts-base64", "counts is base64; expected COCO's string of runs", text


def _base64(text: str) -> Iterable[bytes]:
    if len(text) % 4 or not text.isascii() or len(text) > _LARGEST:
        return
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return
    yield data
    try:
        unpacker = zlib.decompressobj()
        yield unpacker.decompress(data, _LARGEST)
    except zlib.error:
        return


# ------------------------------------------------------------ rows


def _diagnoses(batch: Batch) -> list[tuple[int, Diagnosis]]:
    """Diagnose the rows of a batch whose objects are no masks."""
    kinds = batch.kinds(_SEGMENTATION)
    doubtful = batch.masks.kinds == SegmentationKind.LOOSE_RLE  # read, with a guess
    doubtful[[row - batch.first for row in batch.refused]] = True
    rows = batch.rows(doubtful & (kinds == JsonKind.OBJECT))
    if len(rows) == 0:
        return []
    return list(zip(rows.tolist(), _of_rows(batch.inspection, rows), strict=True))


def _of_rows(inspection: Inspection, rows: RowNumbers) -> list[Diagnosis]:
    images = inspection.document.image_rows(rows)
    sides = inspection.image_sides
    out = []
    values = inspection.values("annotations", _SEGMENTATION, rows)
    for value, image in zip(values, images.tolist(), strict=True):
        known = image >= 0 and np.isfinite(sides[image]).all()
        size = (int(sides[image][0]), int(sides[image][1])) if known else None
        out.append(diagnose(value, size))
    return out


def _find(batch: Batch, code: str) -> Iterable[Hit]:
    found = [(row, one) for row, one in batch.once(_diagnoses) if one[0] == code]
    for message in sorted({one[1] for _, one in found}):
        for can in (True, False):
            rows = [r for r, one in found if one[1] == message and (one[2] is not None) == can]
            shown = [batch.refused.get(row, message) for row in rows]
            repair = _repaired if can else None
            yield Hit(
                message, np.array(rows, np.int64), _SEGMENTATION, "annotations", repair, shown
            )


def _repaired(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    new = [one[2] for one in _of_rows(inspection, rows)]
    return [Edit("annotations", rows, _SEGMENTATION, new)]


def find_others(batch: Batch) -> Iterable[Hit]:
    """Whatever else keeps a mask from being read."""
    told = batch.odd_lists | batch.odd_rings | is_misread(batch)  # by rules of their own
    plain = (batch.kinds(_SEGMENTATION) == JsonKind.LIST) & ~told
    rows = [
        row
        for row, why in batch.refused.items()
        if plain[row - batch.first] and not why.startswith("no image size")
    ]
    shown = [batch.refused[row] for row in rows]
    message = "the segmentation cannot be read"
    yield Hit(message, np.array(rows, np.int64), _SEGMENTATION, "annotations", None, shown)


def find_without_size(batch: Batch) -> Iterable[Hit]:
    """Rings take their size from their image."""
    rows = [row for row, why in batch.refused.items() if why.startswith("no image size")]
    shown = [batch.refused[row] for row in rows]
    message = "rings have no size without their image's; the mask cannot be read"
    yield Hit(message, np.array(rows, np.int64), _SEGMENTATION, "annotations", None, shown)


# ------------------------------------------------------------ masks that read, and wrongly


def _unlike(batch: Batch) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which runs are of another size than their image, and which of these look swapped."""
    size = batch.image_size
    own = batch.masks.masks.sizes
    known = batch.is_rle & np.isfinite(size).all(axis=1)
    differs = known & (own != size).any(axis=1)
    return differs, differs & (own == size[:, ::-1]).all(axis=1)


def find_unlike_sizes(batch: Batch) -> Iterable[Hit]:
    """Runs are of the size of their image."""
    differs, swapped = _unlike(batch)
    rows = batch.rows(differs & ~swapped)
    message = "size is not the size of the image"
    shown = partial(_sizes, batch)
    yield Hit(message, rows, _SEGMENTATION, repair=_cut_to_image, shown=shown)


def _sizes(batch: Batch, rows: RowNumbers) -> list[str]:
    own = batch.masks.masks.sizes[rows - batch.first].tolist()
    size = batch.image_size[rows - batch.first].astype(int).tolist()
    return [f"{a} x {b}, the image is {h} x {w}" for (a, b), (h, w) in zip(own, size, strict=True)]


def _cut_to_image(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    """Cut what lies beyond the image, and add background where the mask is smaller."""
    document = inspection.document
    sides = inspection.image_sides[document.image_rows(rows)].astype(np.int64)
    masks = document.masks(rows).masks.uncrop([0, 0], sides)
    values = inspection.values("annotations", _SEGMENTATION, rows)
    lists, texts = masks.to_coco("list"), masks.to_coco("str")
    new = [
        {**value, **(a if isinstance(value["counts"], list) else b)}
        for value, a, b in zip(values, lists, texts, strict=True)
    ]
    return [Edit("annotations", rows, _SEGMENTATION, new)]


def find_swapped_sizes(batch: Batch) -> Iterable[Hit]:
    """A size is [height, width]."""
    _, swapped = _unlike(batch)
    boxes = _boxes_if(batch, swapped, batch.image_size)
    sure = swapped & (np.abs(boxes - batch.bbox) <= 1).all(axis=1)
    message = "size is [width, height], expected [height, width]"
    rows = batch.rows(sure)
    shown = partial(_sizes, batch)
    yield Hit(f"{message}: so bbox fits", rows, _SEGMENTATION, repair=_swap_size, shown=shown)
    rows = batch.rows(swapped & ~sure)
    yield Hit(message, rows, _SEGMENTATION, shown=partial(_sizes, batch))


def _boxes_if(batch: Batch, which: NDArray[np.bool_], sizes: NDArray[Any]) -> NDArray[np.float64]:
    """The boxes that the runs of some rows would have, were they of other sizes."""
    out = np.full((len(batch), 4), np.nan)
    chosen = np.flatnonzero(which)
    if len(chosen) > 0:
        masks = batch.masks.masks[chosen]
        other = RleArray.from_runs(masks.counts, masks.offsets, sizes[chosen].astype(np.int64))
        out[chosen] = other.bbox()
    return out


def _swap_size(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    values = inspection.values("annotations", _SEGMENTATION, rows)
    new = [{**value, "size": value["size"][::-1]} for value in values]
    return [Edit("annotations", rows, _SEGMENTATION, new)]


def find_row_major(batch: Batch) -> Iterable[Hit]:
    """Runs go down the columns."""
    masks = batch.masks.masks
    runs = np.diff(masks.offsets)
    doubtful = batch.is_rle & (runs > _FEW_RUNS) & ~_unlike(batch)[0]
    if not doubtful.any():
        return
    has_box = ~np.isnan(batch.bbox).any(axis=1)
    off = ~(np.abs(batch.mask_box - batch.bbox) <= 2).all(axis=1)
    mirrored = _boxes_if(batch, doubtful & has_box & off, masks.sizes[:, ::-1])
    fits = (np.abs(mirrored[:, [1, 0, 3, 2]] - batch.bbox) <= 1).all(axis=1)
    message = "runs look row-major: read so, the mask fits its bbox; expected runs down the columns"
    small = masks.sizes.prod(axis=1, dtype=np.float64) <= limit("pixels")
    yield Hit(message, batch.rows(fits & small), _SEGMENTATION, repair=_turn)
    yield Hit(message, batch.rows(fits & ~small), _SEGMENTATION)
    without = np.flatnonzero(doubtful & ~has_box)[:_SAMPLE]
    told = [i for i in without.tolist() if _looks_turned(masks[i])]
    message = "runs look row-major: read so, the mask is far less torn"
    yield Hit(message, np.array(told, np.int64) + batch.first, _SEGMENTATION)


def _looks_turned(mask: RleArray) -> bool:
    """Whether a mask has far fewer edges when its runs are taken along the rows."""
    height, width = mask.sizes[0].tolist()
    if height * width > _LARGEST:
        return False
    as_is, other = mask.decode()[0], read_by_rows(mask).decode()[0]
    return _edges(as_is) > 3 * _edges(other) + 16


def _edges(pixels: NDArray[Any]) -> int:
    return int((pixels[1:] != pixels[:-1]).sum() + (pixels[:, 1:] != pixels[:, :-1]).sum())


def _turn(inspection: Inspection, rows: RowNumbers) -> list[Edit | Removal]:
    masks = read_by_rows(inspection.document.masks(rows).masks)
    values = inspection.values("annotations", _SEGMENTATION, rows)
    lists, texts = masks.to_coco("list"), masks.to_coco("str")
    new = [
        {**value, "counts": (a if isinstance(value["counts"], list) else b)["counts"]}
        for value, a, b in zip(values, lists, texts, strict=True)
    ]
    return [Edit("annotations", rows, _SEGMENTATION, new)]


def _rule(code: str, says: str, example: str, repair: str = "") -> Rule:
    """A rule about runs that cannot be read."""
    return Rule(code, "error", says, example, lambda batch: _find(batch, code), repair=repair)


RULES = (
    _rule("counts-missing", "Runs stand in counts.", '{"size": [10, 10]}'),
    _rule(
        "counts-short",
        "Runs cover all pixels of the mask.",
        '{"size": [10, 10], "counts": [90, 5]}',
        "background is added up to the end",
    ),
    _rule(
        "counts-long",
        "Runs cover no more than the pixels of the mask.",
        '{"size": [10, 10], "counts": [90, 20]}',
    ),
    _rule(
        "counts-run",
        "A run is a whole number from 0 to 4294967295.",
        '{"size": [10, 10], "counts": [-1, 101]}',
    ),
    _rule(
        "counts-characters",
        "A counts string is COCO's: characters from 0 to o, five bits each.",
        '{"size": [10, 10], "counts": "~~"}',
        "backslashes that are there twice become one, if runs then cover the mask exactly",
    ),
    _rule(
        "counts-base64",
        "A counts string is not base64.",
        '{"size": [10, 10], "counts": "VDM="}',
        "it is decoded, and unpacked, if runs then cover the mask exactly",
    ),
    _rule(
        "counts-bytes",
        "A counts string is not Python's print of bytes.",
        '{"size": [10, 10], "counts": "b\'T3\'"}',
        "what stands in b'...', if runs then cover the mask exactly",
    ),
    _rule(
        "rle-size",
        "Runs have a size, [height, width].",
        '{"counts": [100]}',
        "the size of the image, if runs cover it exactly",
    ),
    Rule(
        "rle-size-swapped",
        "error",
        "A size is [height, width].",
        '{"size": [640, 480]} in an image of 480 x 640',
        rows=find_swapped_sizes,
        repair="sides are exchanged where bbox then fits",
    ),
    Rule(
        "rle-size-unlike",
        "error",
        "Runs are of the size of their image.",
        '{"size": [481, 640]} in an image of 480 x 640',
        rows=find_unlike_sizes,
        repair="the mask is cut to its image, background is added where it is smaller",
        on_request=True,
    ),
    Rule(
        "rle-row-major",
        "error",
        "Runs go down the columns, not along the rows.",
        "runs of mask.ravel() instead of mask.ravel(order='F')",
        rows=find_row_major,
        repair="runs are made anew, down the columns, where bbox then fits",
    ),
    Rule(
        "segmentation-size",
        "error",
        "Rings take their size from their image.",
        '{"segmentation": [[1, 1, 9, 1, 9, 9]]} in an image without a width',
        rows=find_without_size,
    ),
    Rule(
        "segmentation-unreadable",
        "error",
        "A mask can be read.",
        '{"segmentation": [[1e300, 1, 9, 1, 9, 9]]}',
        rows=find_others,
    ),
)
