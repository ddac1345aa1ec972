# The extension module, as the package itself uses it. Private: it may change between releases.
# ruff: noqa: N802, N803 - functions of the drop-in have the reference's names
import enum
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

__version__: str
_C_API: object  # a capsule: see cocodec/import.h

class Runs:
    def __len__(self) -> int: ...
    @property
    def counts(self) -> NDArray[np.uint32]: ...
    @property
    def offsets(self) -> NDArray[np.int64]: ...
    @property
    def sizes(self) -> NDArray[np.int64]: ...

def isas() -> list[str]: ...
def isa() -> str: ...
def set_num_threads(n: int) -> None: ...
def get_num_threads() -> int: ...
def usable_processors() -> int: ...
def get_limits() -> dict[str, int]: ...
def set_limits(
    *,
    columns: int | None = ...,
    masks: int | None = ...,
    box_pixels: int | None = ...,
    pixels: int | None = ...,
    document: int | None = ...,
) -> None: ...
def from_runs(
    counts: NDArray[np.uint32], offsets: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Runs: ...
def from_positions(
    positions: NDArray[np.int64], offsets: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Runs: ...
def take(runs: Runs, indices: NDArray[np.int64]) -> Runs: ...
def slice(runs: Runs, first: int, length: int) -> Runs: ...
def concatenate(batches: Sequence[Runs]) -> Runs: ...
def equal(a: Runs, b: Runs) -> bool: ...
def area(runs: Runs) -> NDArray[np.uint64]: ...
def bbox(runs: Runs) -> NDArray[np.float64]: ...
def encode(masks: NDArray[Any], layout: str, threads: int = 0) -> Runs: ...
def encode_scores(
    scores: NDArray[Any], type: str, threshold: float, layout: str, threads: int = 0
) -> Runs: ...
def from_dlpack(producer: object) -> tuple[NDArray[Any], bool]: ...
def decode(
    runs: Runs, out: NDArray[Any] | None, layout: str, dtype: np.dtype[Any], threads: int = 0
) -> NDArray[Any]: ...
def from_coco(segmentations: Sequence[Any], sizes: NDArray[np.int64] | None = None) -> Runs: ...
def parse_counts(text: bytes) -> NDArray[np.uint32]: ...
def to_coco(runs: Runs, counts: str) -> list[dict[str, Any]]: ...
def from_polygons(polygons: Sequence[Any], sizes: NDArray[np.int64], threads: int = 0) -> Runs: ...
def from_plain_rings(
    polygons: Sequence[Any], sizes: NDArray[np.int64], threads: int = 0
) -> Runs | None: ...
def from_boxes(boxes: NDArray[np.float64], sizes: NDArray[np.int64], threads: int = 0) -> Runs: ...
def trace(
    runs: Runs, options: tuple[float, bool, int, int, float], measure: bool, threads: int = 0
) -> tuple[
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint8],
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.float64],
]: ...
def trace_joined(runs: Runs, threads: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
def to_polygons(
    runs: Runs, options: tuple[float, bool, int, int, float], threads: int = 0
) -> list[list[list[int]]]: ...

# One closed walk a mask over the centres of its border pixels: (x, y of each point, offsets, 1 for
# points that an edge leads from to another part, pixels that such edges of each walk paint beyond
# its mask).
def trace_centres(
    runs: Runs, threads: int = 0
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]: ...
def fill_centres(
    xy: NDArray[np.int32],
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    links: NDArray[np.uint8] | None = None,
    threads: int = 0,
) -> Runs: ...

# Ring i has the shares begins[i] .. begins[i] + lengths[i].
def fill_shares(
    shares: NDArray[np.float64],
    begins: NDArray[np.int64],
    lengths: NDArray[np.int64],
    sizes: NDArray[np.int64],
    threads: int = 0,
) -> Runs: ...
def from_rings(
    xy: NDArray[np.float64],
    ring_offsets: NDArray[np.int64],
    mask_offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    threads: int = 0,
) -> Runs: ...
def decode_brushes(streams: list[bytes], sizes: NDArray[np.int64], threshold: int = 1) -> Runs: ...
def encode_brushes(runs: Runs) -> list[bytes]: ...

# (values, offsets of lines, file of each line, its number there, (2 n) begin and end of its tail)
def read_number_lines(
    text: bytes, begins: NDArray[np.int64], word: str, threads: int = 0
) -> tuple[
    NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]
]: ...
def print_number_lines(
    values: NDArray[np.float64],
    offsets: NDArray[np.int64],
    decimals: NDArray[np.uint8],
    upwards: bool = False,
    threads: int = 0,
) -> tuple[bytes, NDArray[np.int64]]: ...
def print_ring_lines(
    classes: NDArray[np.int64],
    xy: NDArray[np.float64],
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    decimals: NDArray[np.uint8],
    upwards: bool = False,
    threads: int = 0,
) -> tuple[bytes, NDArray[np.int64]]: ...

# columns: texts with (n, 2) begin and end of each row's, or None for all of it; likewise the result
def weave_rows(
    columns: list[tuple[bytes, NDArray[np.int64] | None]], rows: int, separator: bytes
) -> tuple[bytes, NDArray[np.int64]]: ...
def combine(
    runs: Runs,
    members: NDArray[np.int64],
    offsets: NDArray[np.int64],
    operation: str,
    threads: int = 0,
) -> Runs: ...
def pairwise(a: Runs, b: Runs, operation: str, threads: int = 0) -> Runs: ...
def complement(runs: Runs) -> Runs: ...
def flip(runs: Runs, horizontal: bool, threads: int = 0) -> Runs: ...
def transpose(runs: Runs, threads: int = 0) -> Runs: ...
def rotate90(runs: Runs, times: int, threads: int = 0) -> Runs: ...

# windows: (n, 4), x, y, height, width
def crop(runs: Runs, windows: NDArray[np.int64], threads: int = 0) -> Runs: ...
def resize(runs: Runs, sizes: NDArray[np.int64], area: bool, threads: int = 0) -> Runs: ...

# maps: (n, 6), xx, xy, x0, yx, yy, y0, from new pixels to old ones
def warp_affine(
    runs: Runs, maps: NDArray[np.float64], sizes: NDArray[np.int64], threads: int = 0
) -> Runs: ...
def paste(
    grids: NDArray[np.float32],
    boxes: NDArray[np.float64],
    sizes: NDArray[np.int64],
    threshold: float,
    threads: int = 0,
) -> Runs: ...
def connected_components(
    runs: Runs, connectivity: int, threads: int = 0
) -> tuple[Runs, NDArray[np.int64]]: ...

# (n, 2): parts, and holes of the other connectivity
def count_parts(runs: Runs, connectivity: int, threads: int = 0) -> NDArray[np.int64]: ...
def remove_small(runs: Runs, min_area: int, connectivity: int, threads: int = 0) -> Runs: ...
def largest_component(runs: Runs, connectivity: int, threads: int = 0) -> Runs: ...
def fill_holes(runs: Runs, max_area: int, connectivity: int, threads: int = 0) -> Runs: ...
def morphology(
    runs: Runs,
    operation: str,
    shape: tuple[str, float, float],
    border: str,
    iterations: int,
    threads: int = 0,
) -> Runs: ...

# (n, 10): m00 m10 m01 m20 m11 m02 m30 m21 m12 m03
def moments(runs: Runs, threads: int = 0) -> NDArray[np.float64]: ...
def centroid(runs: Runs, threads: int = 0) -> NDArray[np.float64]: ...
def orientation(runs: Runs, threads: int = 0) -> NDArray[np.float64]: ...
def perimeter(runs: Runs, threads: int = 0) -> NDArray[np.uint64]: ...
def extreme_points(runs: Runs, threads: int = 0) -> NDArray[np.int64]: ...
def contains(runs: Runs, points: NDArray[np.float64], threads: int = 0) -> NDArray[np.uint8]: ...
def convex_hull(runs: Runs) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
def inner_rectangle(runs: Runs, threads: int = 0) -> NDArray[np.float64]: ...
def overlap(a: Runs, b: Runs, measure: str, threads: int = 0) -> NDArray[np.float64]: ...

# (kept, the kept one that each went for)
def nms(
    runs: Runs,
    scores: NDArray[np.float64],
    classes: NDArray[np.int64],
    threshold: float,
    measure: str,
    threads: int = 0,
    block: int = 1024,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
def merge_nms(
    runs: Runs,
    scores: NDArray[np.float64],
    classes: NDArray[np.int64],
    threshold: float,
    measure: str,
    threads: int = 0,
) -> tuple[Runs, NDArray[np.int64]]: ...

# sigma: of gaussian decay; None: linear. (kept, their scores)
def soft_nms(
    runs: Runs,
    scores: NDArray[np.float64],
    classes: NDArray[np.int64],
    threshold: float,
    measure: str,
    sigma: float | None,
    min_score: float,
    threads: int = 0,
    block: int = 1024,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def iou(
    dt: Runs, gt: Runs, iscrowd: NDArray[np.uint8] | None = None, threads: int = 0
) -> NDArray[np.float64]: ...
def box_iou(
    dt: NDArray[np.float64], gt: NDArray[np.float64], iscrowd: NDArray[np.uint8] | None = None
) -> NDArray[np.float64]: ...
def outline(runs: Runs, connectivity: int, threads: int = 0) -> Runs: ...
def boundary(runs: Runs, dilation_ratio: float, threads: int = 0) -> Runs: ...

# (n, 3): label of the ground truth, label of the prediction, pixels; ascending
def shared_pixels(gt: NDArray[np.uint32], dt: NDArray[np.uint32]) -> NDArray[np.int64]: ...
def shared_pixels_of_masks(gt: Runs, dt: Runs) -> NDArray[np.int64]: ...
def from_label_map(
    map: NDArray[Any], background: int | None, threads: int = 0
) -> tuple[Runs, NDArray[np.int64]]: ...
def from_label_png(png: bytes, background: int | None) -> tuple[Runs, NDArray[np.int64]]: ...

# height, width, bits, channels, has a palette, is interlaced
def png_header(png: bytes) -> tuple[int, int, int, int, bool, bool]: ...
def png_pixels(png: bytes) -> NDArray[Any]: ...
def print_label_png(map: NDArray[Any]) -> bytes: ...
def paint_labels(
    runs: Runs, labels: NDArray[np.int64], out: NDArray[Any], overlap: str, threads: int = 0
) -> None: ...

class Rows:
    def __init__(
        self, texts: list[Any], which: NDArray[np.int32], spans: NDArray[np.int64]
    ) -> None: ...
    def __len__(self) -> int: ...

def find_values(
    rows: Rows, keys: list[str], threads: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]: ...
def value_kinds(rows: Rows) -> NDArray[np.uint8]: ...
def equal_values(a: Rows, b: Rows) -> NDArray[np.uint8]: ...
def count_keys(rows: Rows, threads: int = 0) -> list[tuple[str, int]]: ...
def parse_numbers(rows: Rows, out: NDArray[Any]) -> bool: ...
def gather(rows: Rows) -> bytes: ...
def join_values(rows: Rows) -> bytes: ...
def list_elements(list: bytes | memoryview) -> NDArray[np.int64]: ...
def object_members(
    object: bytes | memoryview,
) -> list[tuple[tuple[int, int], tuple[int, int]]]: ...
def split_object(
    object: bytes | memoryview, lists: list[str]
) -> list[tuple[tuple[int, int], tuple[int, int], NDArray[np.int64] | None]] | None: ...
def split_list(list: bytes | memoryview) -> NDArray[np.int64] | None: ...
def match_spacing(records: Rows, lists: Rows) -> NDArray[np.uint8]: ...
def spaced_json(json: bytes) -> bytes: ...
def edit_records(
    rows: Rows,
    keys: list[str],
    values: list[tuple[bytes, int]],
    places: NDArray[np.int64],
    threads: int = 0,
) -> tuple[list[bytes], NDArray[np.int32], NDArray[np.int64]]: ...

class IdIndex:
    def __init__(self, ids: Rows, parts: NDArray[np.int32] | None) -> None: ...
    def positions(self, id: bytes) -> NDArray[np.int64]: ...
    def match(
        self, ids: Rows, parts: NDArray[np.int32] | None, threads: int = 0
    ) -> NDArray[np.int64]: ...
    def duplicates(self) -> list[NDArray[np.int64]]: ...

class SegmentationKind(enum.IntEnum):
    MISSING = 0
    NULL = 1
    EMPTY = 2
    EMPTY_RINGS = 3
    POINTS = 4
    POLYGONS = 5
    FLAT_RING = 6
    BOX = 7
    RLE_STRING = 8
    RLE_LIST = 9
    BAD = 10
    LOOSE_RINGS = 11
    LOOSE_RLE = 12

class Outcome(enum.IntEnum):
    CONVERTED = 0
    UNCHANGED = 1
    SKIPPED = 2
    REFUSED = 3

class MaskFit(enum.IntEnum):
    FITS = 0
    UNLIKE = 1
    ROW_MAJOR = 2
    TURNED_SIZE = 3
    TURNED_IMAGE = 4
    CORNERS = 5
    RELATIVE = 6
    CENTRE = 7
    OTHER_IMAGE = 8
    OTHER_AREA = 9

class BoxReading(enum.IntEnum):
    FITS = 0
    ONE_SHORT = 1
    CORNERS = 2
    RELATIVE = 3
    CENTRE = 4
    UNLIKE = 5

class Crowd(enum.IntEnum):
    NO = 0
    YES = 1
    UNCLEAR = 2

class Spelling:
    @staticmethod
    def string() -> Spelling: ...
    @staticmethod
    def list() -> Spelling: ...
    @staticmethod
    def rings(options: tuple[float, bool, int, int, float]) -> Spelling: ...
    @property
    def is_rings(self) -> bool: ...

def read_crowds(values: Rows) -> NDArray[np.uint8]: ...

class ImageSizes:
    def __init__(self, images: Rows) -> None: ...

def read_segmentations(
    rows: Rows, images: ImageSizes, threads: int = 0
) -> tuple[Runs, NDArray[np.uint8], NDArray[np.bool_], list[tuple[int, str | None, str]]]: ...
def print_masks(
    masks: Runs, spelling: Spelling, threads: int = 0
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]: ...
def measure_rings(
    values: Rows, threads: int = 0
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]: ...
def read_boxes(
    said: NDArray[np.float64],
    masks: NDArray[np.float64],
    points: NDArray[np.float64],
    images: NDArray[np.float64],
    flags: NDArray[np.bool_],
) -> NDArray[np.uint8]: ...

class Records:
    def __init__(self, source: bytes, images: NDArray[np.int64] | ImageSizes) -> None: ...
    @property
    def image_count(self) -> int: ...
    @property
    def image_sizes(self) -> NDArray[np.int64]: ...
    def read(
        self, spans: NDArray[np.int64], threads: int = 0
    ) -> tuple[Runs, NDArray[np.uint8], NDArray[np.bool_], list[tuple[int, str | None, str]]]: ...
    def classify(
        self, spans: NDArray[np.int64], threads: int = 0
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]: ...
    # `claims`: of each row its image_id, its bbox and its area, one behind the other.
    def judge_rings(
        self, areas: NDArray[np.float64], boxes: NDArray[np.float64], claims: Rows
    ) -> NDArray[np.uint8]: ...
    def convert(
        self,
        spans: NDArray[np.int64],
        range: tuple[int, int],
        spelling: Spelling,
        threads: int = 0,
    ) -> tuple[
        list[bytes],
        NDArray[np.uint8],
        NDArray[np.uint8],
        NDArray[np.uint8],
        list[tuple[int, str | None, str]],
        list[tuple[int, int, int, float]],
        list[tuple[int, str | None, int]],
    ]: ...

def view_spans(source: bytes, views: list[Any]) -> NDArray[np.int64]: ...
def find_invalid_utf8(source: bytes | memoryview) -> int: ...
def split_values(
    text: bytes, at: int, first: bool, last: bool, lines: bool
) -> tuple[NDArray[np.int64], int, bool]: ...
def split_sure_values(text: bytes, at: int, first: bool) -> tuple[NDArray[np.int64], int, bool]: ...
def whole_value(text: bytes, at: int, last: bool) -> int: ...
def find_duplicate_keys(source: bytes, limit: int) -> tuple[int, NDArray[np.int64]]: ...

class EvaluationTruth(TypedDict, total=False):
    """Ground truth by columns, n rows each; `image`, `category`, `area` are needed.

    Rows are in the order of the reference's lists: the order decides ties. Where categories are
    one, that of their indices comes first. Flags are optional and count as 0 where absent.
    """

    image: NDArray[np.int64]  # index among the evaluated images (ascending), -1: left out
    category: NDArray[np.int64]  # index among the evaluated categories, -1: left out
    area: NDArray[np.float64]
    iscrowd: NDArray[np.uint8]
    ignore: NDArray[np.uint8]  # crowds are not ignored by themselves: say so here
    unnamed: NDArray[np.uint8]  # its id is 0: a match with it is none
    boxes: NDArray[np.float64]  # (n, 4); bbox, keypoints
    masks: Runs  # segm, boundary
    boundaries: Runs  # boundary
    keypoints: NDArray[np.float64]  # (n, 3 * len(sigmas))

class EvaluationDetections(TypedDict, total=False):
    """Detections by columns: as ground truth, and `score` is needed."""

    image: NDArray[np.int64]
    category: NDArray[np.int64]
    area: NDArray[np.float64]
    score: NDArray[np.float64]
    unnamed: NDArray[np.uint8]  # its id is 0 or less: whom it matches stays free
    lenient: NDArray[np.uint8]  # ignored where unmatched (LVIS: not exhaustively annotated)
    boxes: NDArray[np.float64]
    masks: Runs
    boundaries: Runs
    keypoints: NDArray[np.float64]

class EvaluationSettings(TypedDict, total=False):
    iou_type: str  # "bbox", "segm", "boundary", "keypoints"
    images: int  # how many are evaluated
    categories: int  # how many are evaluated
    use_categories: bool
    iou_thresholds: Sequence[float] | NDArray[np.float64]
    recall_thresholds: Sequence[float] | NDArray[np.float64]
    area_ranges: Sequence[Any]  # (smallest, largest), both included
    max_detections: Sequence[int]  # ascending
    sigmas: Sequence[float] | NDArray[np.float64]  # keypoints

class EvaluationCells(TypedDict):
    """Cells (a category in an image; an image where categories are one) that are not empty.

    They come by category, then by image. Cell c has the ground truth rows
    ``gt_rows[gt_starts[c]:gt_starts[c + 1]]``, in input order, and the detection rows
    ``dt_rows[dt_starts[c]:dt_starts[c + 1]]``, highest score first, cut at the largest limit.
    """

    category: NDArray[np.int64]
    image: NDArray[np.int64]
    gt_starts: NDArray[np.int64]
    dt_starts: NDArray[np.int64]
    gt_rows: NDArray[np.int64]
    dt_rows: NDArray[np.int64]

class EvaluationDetails(TypedDict):
    """All matches, [area range, threshold, place]; places count as in EvaluationCells.

    But in each area range the ground truths of a cell that are ignored stand behind the others:
    `gt_rows` here says who stands where.
    """

    dt_matches: NDArray[np.int64]  # ground truth row or -1
    dt_ignore: NDArray[np.uint8]
    gt_matches: NDArray[np.int64]  # detection row or -1
    gt_rows: NDArray[np.int64]  # [area range, place]
    gt_ignore: NDArray[np.uint8]  # [area range, place]

class Evaluation:
    def __init__(
        self,
        truth: EvaluationTruth,
        detections: EvaluationDetections,
        settings: EvaluationSettings,
    ) -> None: ...
    def match(self, threads: int = 0) -> None: ...
    # precision and scores (T, R, K, A, M), recall (T, K, A, M)
    def accumulate(
        self, threads: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
    def cells(self) -> EvaluationCells: ...
    def details(self, threads: int = 0) -> EvaluationDetails: ...
    # cell by cell in the order of cells(), each (detections, ground truths) in Fortran order
    def similarities(self, threads: int = 0) -> NDArray[np.float64]: ...

# A field is (key, kind) or (key, kind, value where the key is missing). Kinds: "object" gives a
# list, "number" float64 (n,), "box" float64 (n, 4), "row" float64 (n, as many as the first has),
# "plain row" the same of lists and tuples of exact floats and ints alone, a
# dict of value -> index int64 (n,), -1 for values it does not know; "int" and "float" int64 and
# float64 (n,) if all values are of just that type and fit, a list of them otherwise; a list
# whether it holds the same values. Raises KeyError, TypeError, ValueError.
def read_rows(rows: list[dict[str, Any]], fields: list[tuple[Any, ...]]) -> list[Any]: ...

# Whether no object stands there twice.
def are_distinct(rows: list[dict[str, Any]]) -> bool: ...

# Fills dicts: row by id, rows by image, images by category (None: not asked for). Raises KeyError,
# TypeError; the dicts are half filled then.
def index_rows(
    rows: list[dict[str, Any]],
    by_id: dict[Any, Any],
    by_image: dict[Any, list[Any]],
    by_category: dict[Any, list[Any]] | None,
) -> None: ...

# Completes results that are boxes, as loadRes does it; stops before the first row that is not
# plain (a dict with a list of four exact numbers) and returns its place.
def complete_boxes(rows: list[dict[str, Any]]) -> int: ...

# by_id[row["id"]] for the rows of all groups with a category in `categories` (None: all); and their
# columns, as `read_rows` reads them: None if there are no fields, or if not all rows are wanted.
def select_rows(
    groups: list[list[dict[str, Any]]],
    categories: dict[Any, Any] | None,
    by_id: dict[Any, dict[str, Any]],
    fields: list[tuple[Any, ...]],
) -> tuple[list[dict[str, Any]], list[Any] | None]: ...

# Values of depth 0 (numbers), 1 (lists) or 2 (lists of lists): (values, offsets of lists, offsets
# of rows, spellings). Spellings: 0 no such value, 1 floats have a point, 2 whole numbers have none,
# 3 neither, or odd white space.
def read_numbers(
    values: Rows, depth: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]: ...

# Rings that can be copied: shapes (0 other, 1 rings, 2 one ring), offsets of the rows' rings, sums
# of the rows' numbers, (m, 2) spans of the rings, (m, 3) habits: decimals, has integers, has
# spaces; where they are to be measured, areas and (n, 4) boxes of the rows, as `measure_rings`
# has them.
def plain_rings(
    values: Rows, measured: bool
) -> tuple[
    NDArray[np.uint8],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.uint8],
    tuple[NDArray[np.float64], NDArray[np.float64]] | None,
]: ...

# The masks of such rings, each of its own size; texts without the brackets of their list.
def rasterize_plain_rings(values: Rows, sizes: NDArray[np.int64], threads: int = 0) -> Runs: ...

# (text, (n, 2) spans); rows of spelling 0 are not printed.
def print_numbers(
    values: NDArray[np.float64],
    lists: NDArray[np.int64] | None,
    rows: NDArray[np.int64] | None,
    spellings: NDArray[np.uint8],
) -> tuple[bytes, NDArray[np.int64]]: ...

# Capsules of Arrow's C data interface: "arrow_schema" and "arrow_array", "arrow_array_stream".
def to_arrow(runs: Runs) -> tuple[Any, Any]: ...
def arrow_schema() -> Any: ...
def from_arrow_array(schema: Any, array: Any) -> Runs: ...
def from_arrow_stream(capsule: Any) -> Runs: ...

# cocodec.pycocotools.mask: one RLE dict or a list of them.
def mask_encode(bimask: Any) -> Any: ...
def mask_decode(rleObjs: Any) -> NDArray[np.uint8]: ...
def mask_area(rleObjs: Any) -> Any: ...
def mask_toBbox(rleObjs: Any) -> NDArray[np.float64]: ...

# cocodec.pycocotools._mask: lists.
def _mask_encode(mask: Any) -> list[dict[str, Any]]: ...
def _mask_decode(rleObjs: Sequence[Any]) -> NDArray[np.uint8]: ...
def _mask_area(rleObjs: Sequence[Any]) -> NDArray[np.uint32]: ...
def _mask_toBbox(rleObjs: Sequence[Any]) -> NDArray[np.float64]: ...
def _mask_complete(rows: Sequence[dict[str, Any]], rleObjs: Sequence[Any]) -> None: ...
def _mask_merge(rleObjs: Sequence[Any], intersect: Any = 0) -> dict[str, Any]: ...
def _mask_iou(dt: Any, gt: Any, pyiscrowd: Any) -> Any: ...
def _mask_frPyObjects(pyobj: Any, h: Any, w: Any) -> Any: ...
def _mask_frPoly(poly: Sequence[Any], h: Any, w: Any) -> list[dict[str, Any]]: ...
def _mask_frBbox(bb: Any, h: Any, w: Any) -> list[dict[str, Any]]: ...
def _mask_frUncompressedRLE(ucRles: Sequence[Any], h: Any, w: Any) -> list[dict[str, Any]]: ...
