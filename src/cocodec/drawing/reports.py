"""Pages of numbers: what `stats` counts, and what an evaluation gives; SVG, and no script."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.drawing.charts import (
    Bar,
    Markup,
    Series,
    bars,
    figure,
    histogram,
    lines,
    table,
    tag,
)
from cocodec.drawing.matching import FALSE, MATCH, MISS, Judged, judge, overlaps_of
from cocodec.drawing.pages import digest
from cocodec.drawing.scenes import name_of_category, with_results
from cocodec.evaluation.result import Result
from cocodec.reshaping.counting import Stats, stats
from cocodec.reshaping.measuring import areas_of
from cocodec.signatures import names_arguments

__all__ = ["Compared", "compare", "evaluation_page", "page_address", "stats_page"]

_BARS = 60  # categories of a bar chart
_CURVES = 12  # categories with a curve of their own
_CONFUSED = 30  # categories of the table of confusions
_WORST = 25  # images that are listed
_THRESHOLDS = (0.5, 0.75)


def page_address(page: str | os.PathLike[str], report: str | os.PathLike[str]) -> str:
    """Return what a report beside it calls a page."""
    folder = os.path.dirname(os.path.abspath(report))
    return quote(os.path.relpath(os.path.abspath(page), folder).replace(os.sep, "/"))


@names_arguments
def stats_page(document: Document, *, title: str = "", page: str = "", threads: int = 0) -> str:
    """Return a page of what `cocodec.stats` counts.

    Parameters
    ----------
    document : Document
    title : str
    page : str
        The address of the page of `write_page` that images are linked into.
    threads : int
        0 = as many as pay, 1 = none.

    Examples
    --------
    >>> import cocodec
    >>> document = cocodec.Document.from_rows(images=[{"id": 7, "height": 40, "width": 60}])
    >>> stats_page(document)[:15]
    '<!DOCTYPE html>'
    """
    found = stats(document, threads=threads)
    areas = areas_of(document, threads=threads)
    counts = np.bincount(
        document.image_rows()[document.image_rows() >= 0], minlength=len(document.images)
    )
    most = np.argsort(-counts, kind="stable")[:_WORST]
    most = most[counts[most] > 0]
    listed = [[_image_link(document, row, page), int(counts[row])] for row in most.tolist()]
    sizes = [
        Bar(
            one.name or "(none)",
            f"{one.annotations:,}",
            [one.small, one.medium, one.large, _unsized(one)],
        )
        for one in sorted(found.categories, key=lambda one: -one.annotations)[:_BARS]
    ]
    body = [
        _numbers(
            {
                "images": found.images,
                "without annotations": found.empty_images,
                "annotations": found.annotations,
                "masks": found.total.masks,
                "crowds": found.total.crowds,
                "pairs that overlap": found.overlapping_pairs,
                "wrong segmentations": found.refused,
            }
        ),
        tag("h2", "Annotations of each category"),
        figure(
            _first(len(found.categories), _BARS, "categories"),
            bars(
                sizes,
                title="annotations of each category, by size",
                legend=["small", "medium", "large", "no area"],
            ),
        ),
        tag("h2", "Areas"),
        figure(
            "annotations by area in pixels; each column is twice as wide as the one before",
            histogram(_area_columns([areas]), title="annotations by area"),
        ),
        tag("h2", "Annotations of an image"),
        figure(
            "images by how many annotations they have",
            histogram(_count_columns(counts), title="images by their number of annotations"),
        ),
        tag("h2", "All numbers"),
        _stats_table(found),
        tag("h2", "Images with the most annotations"),
        table(["image", "annotations"], listed, caption="images with the most annotations"),
    ]
    return _page(title or "cocodec stats", body)


def _unsized(one: Any) -> int:
    return int(one.annotations - one.small - one.medium - one.large)


def _stats_table(found: Stats) -> Markup:
    header = ["category", "images", "annotations", "crowds", "small", "medium", "large", "masks"]
    header += ["points", "runs", "pixels", "overlapping"]
    rows = []
    for one in [*found.categories, found.total]:
        name = "all" if one is found.total else one.name or "(none)"
        averages = [
            "-" if value is None else f"{value:,.1f}"
            for value in (one.vertices, one.runs, one.pixels)
        ]
        counts = [one.images, one.annotations, one.crowds, one.small, one.medium, one.large]
        rows.append([name, *counts, one.masks, *averages, one.overlapping])
    return table(header, rows, caption="points, runs and pixels are averages of an annotation")


# ---------------------------------------------------------------- evaluation


class Compared(NamedTuple):
    """Ground truth and results, matched at one IoU.

    Attributes
    ----------
    truth, found : Document
    threshold, min_score : float
    same, any : Judged
        With matches of one category, and of any.
    """

    truth: Document
    found: Document
    threshold: float
    min_score: float
    same: Judged
    any: Judged


@names_arguments
def compare(
    truth: Document,
    results: Any,
    *,
    boxes: bool = False,
    threshold: float = 0.5,
    min_score: float = 0.5,
    threads: int = 0,
) -> Compared:
    """Match results with ground truth, for confusions and the worst images.

    Raises
    ------
    DocumentError
        If the ground truth is of several parts.

    Examples
    --------
    >>> from cocodec.drawing import compare
    >>> type(compare(document, results)).__name__
    'Compared'
    """
    found = with_results(truth, results)
    overlaps = overlaps_of(truth, found, boxes=boxes, threads=threads)
    same, any_ = (
        judge(
            truth,
            found,
            overlaps,
            threshold=threshold,
            min_score=min_score,
            use_categories=of_one_category,
        )
        for of_one_category in (True, False)
    )
    return Compared(truth, found, threshold, min_score, same, any_)


@names_arguments
def evaluation_page(
    result: Result, compared: Compared | None = None, *, title: str = "", page: str = ""
) -> str:
    """Return a page of an evaluation: curves, categories, confusions, areas, the worst images.

    Parameters
    ----------
    result : Result
    compared : Compared, optional
        What `compare` gives: for confusions, areas and the worst images.
    title : str
    page : str
        The address of the page of `write_page` that images are linked into.

    Examples
    --------
    >>> from cocodec.drawing import evaluation_page
    >>> evaluation_page(cocodec.evaluate(document, results))[:15]
    '<!DOCTYPE html>'
    """
    body = [
        _numbers({name: "-" if mean < 0 else f"{mean:.3f}" for name, mean in result.stats.items()})
    ]
    body += [tag("p", line) for line in result.warnings]
    body += [tag("h2", "Precision over recall"), _curves(result)]
    body += [tag("h2", "Average precision of each category"), *_category_bars(result)]
    if compared is not None:
        said = f"IoU from {compared.threshold:g}, scores from {compared.min_score:g}"
        body += [
            tag("h2", "Confusions"),
            tag("p", f"What the best match of any category is called; {said}."),
            _confusions(compared),
            tag("h2", "Found and missed, by area"),
            figure(
                f"ground truth by area in pixels; {said}",
                histogram(
                    _area_columns(_areas_by_outcome(compared)),
                    title="ground truth by area, matched and missed",
                    legend=["matched", "missed"],
                ),
            ),
            tag("h2", "The worst images"),
            _worst(compared, page),
        ]
    return _page(title or "cocodec eval", body)


def _curve(result: Result, name: str, *chosen: Any) -> Series:
    precision = result.curve(*chosen)
    recalls = result.parameters.recall_thresholds
    there = precision > -1
    points = zip(recalls[there].tolist(), precision[there].tolist(), strict=True)
    return Series(name, list(points))


def _curves(result: Result) -> Markup:
    thresholds = result.parameters.iou_thresholds
    known = [one for one in _THRESHOLDS if np.isclose(thresholds, one, rtol=0, atol=1e-9).any()]
    series = [_curve(result, f"IoU {threshold:g}", threshold) for threshold in known]
    if len(thresholds) > 1:
        series.append(_curve(result, f"mean of IoU {thresholds[0]:g} to {thresholds[-1]:g}"))
    chart = lines(series, title="precision over recall, all categories", x="recall", y="precision")
    charts = [figure("all categories", chart)]
    if 0.5 in known and len(result.category_ids) > 1:
        curves = [result.curve(0.5, k) for k in range(len(result.category_ids))]
        means = [float(curve.mean()) for curve in curves]
        worst = [k for k in np.argsort(means, kind="stable").tolist() if means[k] > -1]
        for k in worst[:_CURVES]:
            name = result.category_names[k]
            one = _curve(result, f"AP50 {means[k]:.3f}", 0.5, k)
            title = f"precision over recall, {name}"
            small = lines([one], title=title, x="recall", y="precision", size=(250, 210))
            charts.append(figure(name, small))
    return tag("div", *charts, class_="charts")


def _category_bars(result: Result) -> list[Markup]:
    rows = [row for row in result.per_category() if row["AP"] >= 0] if result.category_ids else []
    rows.sort(key=lambda row: row["AP"])
    chart = bars(
        [Bar(str(row["name"]), f"{row['AP']:.3f}", [row["AP"]]) for row in rows[:_BARS]],
        title="average precision of each category, the worst first",
    )
    names = [name for name in (rows[0] if rows else {}) if name not in ("id", "name")]
    cells = [
        [row["name"], *("-" if row[name] < 0 else f"{row[name]:.3f}" for name in names)]
        for row in rows
    ]
    return [
        figure(_first(len(rows), _BARS, "categories, the worst first"), chart),
        table(["category", *names], cells, caption="statistics of each category"),
    ]


def _confusions(compared: Compared) -> Markup:
    truth, found = compared.truth, compared.found
    names = [name_of_category(row) for row in truth.categories]
    n = len(names)
    of_truth, of_found = truth.category_rows(), found.category_rows()
    of_truth, of_found = (np.where(rows < 0, n, rows) for rows in (of_truth, of_found))
    counts = np.zeros((n + 2, n + 2), np.int64)  # the last: nothing; the last but one: no category
    matched = compared.any.found == MATCH
    np.add.at(counts, (of_truth[compared.any.partners[matched]], of_found[matched]), 1)
    alarms = of_found[compared.any.found == FALSE]
    np.add.at(counts, (np.full(len(alarms), n + 1), alarms), 1)
    missed = of_truth[compared.any.truth == MISS]
    np.add.at(counts, (missed, np.full(len(missed), n + 1)), 1)
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    weight = wrong.sum(axis=0)[: n + 1] + wrong.sum(axis=1)[: n + 1]
    used = np.flatnonzero(counts.sum(axis=0)[: n + 1] + counts.sum(axis=1)[: n + 1])
    chosen = np.sort(used[np.argsort(-weight[used], kind="stable")][:_CONFUSED])
    order = [*chosen.tolist(), n + 1]
    called = [*names, "(no category)", "(nothing)"]
    rows = [[called[i], *counts[i, order].tolist()] for i in order]
    caption = "rows: ground truth, columns: results"
    if len(used) > len(chosen):
        caption += f"; the {len(chosen)} categories with the most confusions of {len(used)}"
    return table(["", *(called[i] for i in order)], rows, caption=caption, heat=True)


def _areas_by_outcome(compared: Compared) -> list[NDArray[np.float64]]:
    areas = areas_of(compared.truth)
    return [areas[compared.same.truth == outcome] for outcome in (MATCH, MISS)]


def _worst(compared: Compared, page: str) -> Markup:
    truth, found = compared.truth, compared.found
    n = len(truth.images)
    columns = []
    for document, told, outcome in (
        (truth, compared.same.truth, MISS),
        (found, compared.same.found, FALSE),
        (truth, compared.same.truth, MATCH),
    ):
        rows = document.image_rows()[told == outcome]
        columns.append(np.bincount(rows[rows >= 0], minlength=n))
    missed, false, matched = columns
    order = np.argsort(-(missed + false), kind="stable")[:_WORST]
    rows_ = [
        [
            _image_link(truth, row, page, f"&iou={compared.threshold:g}"),
            int(missed[row]),
            int(false[row]),
            int(matched[row]),
        ]
        for row in order.tolist()
        if missed[row] + false[row] > 0
    ]
    header = ["image", "misses", "false alarms", "matches"]
    return table(header, rows_, caption="images with the most misses and false alarms")


# ---------------------------------------------------------------- what both have


def _image_link(document: Document, row: int, page: str, more: str = "") -> object:
    record = document.images[row]
    record = record if isinstance(record, dict) else {}
    name = record.get("file_name")
    said = name if isinstance(name, str) and name else f"image {record.get('id')}"
    return tag("a", said, href=f"{page}#image={row}{more}") if page else said


def _first(count: int, limit: int, what: str) -> str:
    return f"{count:,} {what}" if count <= limit else f"the first {limit} of {count:,} {what}"


def _area_columns(groups: Sequence[NDArray[np.float64]]) -> list[Bar]:
    """Columns of areas, each twice as wide as the one before; parts are the groups."""
    known = [np.maximum(group[~np.isnan(group)], 0) for group in groups]
    bins = [
        np.where(group < 1, 0, np.floor(np.log2(np.maximum(group, 1))) + 1).astype(np.int64)
        for group in known
    ]
    last = max((int(one.max()) for one in bins if len(one)), default=0)
    first = min((int(one.min()) for one in bins if len(one)), default=0)
    counted = [np.bincount(one, minlength=last + 1) for one in bins]
    out = []
    for number in range(first, last + 1):
        low = 0 if number == 0 else 2 ** (number - 1)
        parts = [int(one[number]) for one in counted]
        said = f"{low:,} to {2**number:,} pixels: {' + '.join(map(str, parts))}"
        out.append(Bar(_short(low), said, parts))
    return out


def _short(number: int) -> str:
    for power, letter in ((2**40, "T"), (2**30, "G"), (2**20, "M"), (2**10, "k")):
        if number >= power:
            return f"{number // power}{letter}"
    return str(number)


def _count_columns(counts: NDArray[np.int64]) -> list[Bar]:
    """Columns of images by their number of annotations, at most 40."""
    most = int(counts.max()) if len(counts) else 0
    wide = most // 40 + 1
    found = np.bincount(counts // wide) if len(counts) else np.zeros(1, np.int64)
    return [
        Bar(str(i * wide), f"{i * wide} to {(i + 1) * wide - 1}: {count}", [count])
        for i, count in enumerate(found.tolist())
    ]


def _numbers(values: dict[str, Any]) -> Markup:
    pairs = [
        tag("div", tag("dt", name), tag("dd", f"{v:,}" if isinstance(v, int) else v))
        for name, v in values.items()
    ]
    return tag("dl", *pairs, class_="numbers")


def _page(title: str, body: Sequence[Markup]) -> str:
    style = (resources.files("cocodec.drawing") / "page" / "report.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f"{tag('title', title)}<style>{style}</style>"
    )
    main = tag("main", tag("h1", title), *body)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{main}</body></html>\n'
