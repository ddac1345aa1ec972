"""What comes out of an evaluation: arrays, named statistics, a table of categories, the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocodec.errors import how_many, shown
from cocodec.evaluation.parameters import Parameters
from cocodec.signatures import names_arguments

__all__ = ["Result", "Statistic", "statistics_of"]

Floats = NDArray[np.float64]


class Statistic(NamedTuple):
    """A mean over precision or recall.

    Attributes
    ----------
    name : str
    is_precision : bool
    threshold : float or None
        IoU threshold; None: all.
    area : str
        Name of the area range.
    limit : int
        Which of `max_detections`.
    frequency : str or None
        LVIS: only categories of this frequency.

    Examples
    --------
    >>> from cocodec.evaluation import Statistic
    >>> Statistic('AP50', True, 0.5, 'all', 100).threshold
    0.5
    """

    name: str
    is_precision: bool
    threshold: float | None
    area: str
    limit: int
    frequency: str | None = None


@dataclass(frozen=True, repr=False)
class Result:
    """The outcome of an evaluation of T thresholds, R recalls, K categories, A areas, M limits.

    Attributes
    ----------
    precision : ndarray of float64, shape (T, R, K, A, M)
        -1 where a category has no ground truth in an area range.
    recall : ndarray of float64, shape (T, K, A, M)
    scores : ndarray of float64, shape (T, R, K, A, M)
        The score at which that recall is reached.
    parameters : Parameters
    image_ids, category_ids : list
        What was evaluated, ascending; `category_ids` is ``[-1]`` without categories.
    category_names : list of str
    frequencies : list of str or None
        LVIS: ``"r"``, ``"c"`` or ``"f"`` by category; None where the ground truth says nothing.
    extra : dict of str to float
        CrowdPose: mean precision over easy, medium and hard images.
    warnings : list of str
        What may explain a zero, a line a kind: detections of categories that nobody lists, masks of
        another size than their image, crowds only, ... The numbers are what they are.

    Examples
    --------
    >>> cocodec.evaluate(document, results)
    <Result: coco segm, 2 images, 2 categories, AP 0.500>
    """

    precision: Floats
    recall: Floats
    scores: Floats
    parameters: Parameters
    image_ids: list[Any]
    category_ids: list[Any]
    category_names: list[str]
    frequencies: list[Any]
    extra: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def stats(self) -> dict[str, float]:
        """The statistics of the summary by name: AP, AP50, ...; -1 where there is no ground truth.

        For boxes and masks AP50 and AP75 are for one threshold, APs, APm and APl for small, medium
        and large objects, AR1, AR10 and AR100 for so many detections; likewise for the others.

        Examples
        --------
        >>> sorted(cocodec.evaluate(document, results).stats)[:3]
        ['AP', 'AP50', 'AP75']
        """
        means = {one.name: self.mean(one) for one in statistics_of(self.parameters)}
        return means | self.extra

    @names_arguments
    def mean(self, statistic: Statistic, category: int | None = None) -> float:
        """Mean over what a statistic covers, of one category (its index) or all; -1 for none.

        Examples
        --------
        >>> from cocodec.evaluation import Statistic
        >>> ap50 = Statistic('AP50', True, 0.5, 'all', 100)
        >>> round(cocodec.evaluate(document, results).mean(ap50), 3)
        0.5
        """
        parameters = self.parameters
        values = self.precision if statistic.is_precision else self.recall
        if statistic.threshold is not None:
            values = values[self._at(statistic.threshold, statistic.is_precision)]
        names = list(parameters.area_ranges)
        if statistic.area not in names or statistic.limit not in parameters.max_detections:
            return -1.0
        area = names.index(statistic.area)
        values = values[..., area, parameters.max_detections.index(statistic.limit)]
        if category is not None:
            values = values[..., category]
        elif statistic.frequency is not None:
            pairs = enumerate(self.frequencies)
            values = values[..., [k for k, f in pairs if f == statistic.frequency]]
        found = values[values > -1]
        return float(np.mean(found)) if len(found) > 0 else -1.0

    def _at(self, threshold: float, is_precision: bool) -> NDArray[np.bool_]:
        thresholds = self.parameters.iou_thresholds
        if self.parameters.protocol == "crowdpose" and is_precision:
            return np.asarray(np.abs(threshold - thresholds) < 0.01)
        return np.asarray(thresholds == threshold)

    def per_category(self) -> list[dict[str, Any]]:
        """One row a category: its id, its name, and the statistics for it alone.

        Examples
        --------
        >>> [row['name'] for row in cocodec.evaluate(document, results).per_category()]
        ['leaf', 'stem']
        """
        every = [s for s in statistics_of(self.parameters) if s.frequency is None]
        return [
            {"id": id_, "name": name} | {s.name: self.mean(s, k) for s in every}
            for k, (id_, name) in enumerate(
                zip(self.category_ids, self.category_names, strict=True)
            )
        ]

    def category_table(self) -> str:
        """Return `per_category` as text: a line each, percent; a dash where nothing is to find.

        Examples
        --------
        >>> print(cocodec.evaluate(document, results).category_table().splitlines()[0])
        category    AP  AP50  AP75   APs APm APl   AR1  AR10 AR100   ARs ARm ARl
        """
        rows = self.per_category()
        names = [name for name in (rows[0] if rows else {}) if name not in ("id", "name")]
        cells = [["category", *names]]
        for row in rows:
            means = ["-" if row[n] < 0 else f"{100 * row[n]:.1f}" for n in names]
            cells.append([row["name"], *means])
        first = max(len(line[0]) for line in cells)
        widths = [max(len(line[c]) for line in cells) for c in range(1, len(cells[0]))]
        return "\n".join(
            " ".join(
                [f"{name:<{first}}", *(f"{v:>{w}}" for v, w in zip(line, widths, strict=True))]
            )
            for name, *line in cells
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the arrays as plain objects, ready for JSON.

        Examples
        --------
        >>> cocodec.evaluate(document, results).to_dict()['protocol']
        'coco'
        """
        parameters = self.parameters
        return {
            "iou_type": parameters.iou_type,
            "protocol": parameters.protocol,
            "iou_thresholds": parameters.iou_thresholds.tolist(),
            "recall_thresholds": parameters.recall_thresholds.tolist(),
            "area_ranges": {name: list(range_) for name, range_ in parameters.area_ranges.items()},
            "max_detections": list(parameters.max_detections),
            "use_categories": parameters.use_categories,
            "images": len(self.image_ids),
            "stats": self.stats,
            "per_category": self.per_category(),
            "warnings": list(self.warnings),
        }

    @names_arguments
    def plot(self, axes: Any = None, *, threshold: float | None = None) -> Any:
        """Draw precision over recall with matplotlib, the mean of all categories.

        Parameters
        ----------
        axes : matplotlib Axes, optional
            What is drawn into; by default new ones.
        threshold : float, optional
            The IoU threshold of the curve; by default those of 0.5 and 0.75, and the mean of all.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ModuleNotFoundError
            Without matplotlib (``pip install cocodec[draw]``).
        ValueError
            For a threshold that was not evaluated.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use('agg')
        >>> axes = cocodec.evaluate(document, results).plot()
        >>> len(axes.lines)
        3
        """
        from cocodec.evaluation.plotting import plot_curves

        if axes is not None and not hasattr(axes, "plot"):
            raise TypeError(f"axes is {shown(axes)}, expected axes of matplotlib")

        return plot_curves(self, axes, threshold)

    @names_arguments
    def curve(self, threshold: float | None = None, category: int | None = None) -> Floats:
        """Mean precision at each recall: all areas, the most detections.

        Parameters
        ----------
        threshold : float, optional
            IoU threshold; by default the mean of all.
        category : int, optional
            Index of one category; by default the mean of all that have ground truth.

        Returns
        -------
        (R,) array of float64
            -1 where there is no ground truth.

        Raises
        ------
        ValueError
            For a threshold that was not evaluated.

        Examples
        --------
        >>> cocodec.evaluate(document, results).curve(0.5).shape
        (101,)
        """
        parameters = self.parameters
        names = list(parameters.area_ranges)
        values = self.precision[..., names.index("all") if "all" in names else 0, -1]
        if threshold is not None:
            chosen = np.isclose(parameters.iou_thresholds, threshold, rtol=0, atol=1e-9)
            if not chosen.any():
                known = ", ".join(f"{one:g}" for one in parameters.iou_thresholds)
                raise ValueError(f"threshold is {threshold}, expected one of {known}")
            values = values[chosen]
        if category is not None:
            values = values[:, :, [category]]
        flat = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
        there = flat > -1
        count = there.sum(axis=1)
        means = np.where(there, flat, 0.0).sum(axis=1) / np.maximum(count, 1)
        return np.where(count > 0, means, -1.0)

    def __repr__(self) -> str:
        """Return the kind of evaluation, its extent and its first statistic."""
        name, mean = next(iter(self.stats.items()))
        images = how_many(len(self.image_ids), "image")
        extent = f"{images}, {how_many(len(self.category_ids), 'category', 'categories')}"
        odd = f", {how_many(len(self.warnings), 'warning')}" if self.warnings else ""
        kind = f"{self.parameters.protocol} {self.parameters.iou_type}"
        return f"<Result: {kind}, {extent}, {name} {mean:.3f}{odd}>"

    def _repr_html_(self) -> str:
        """Return the statistics as a table, for notebooks."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{mean:.3f}</td></tr>"
            for name, mean in self.stats.items()
        )
        odd = "".join(f"<li>{escape(line)}</li>" for line in self.warnings)
        listed = f"<ul>{odd}</ul>" if odd else ""
        kind = f"{self.parameters.protocol} {self.parameters.iou_type}"
        images = how_many(len(self.image_ids), "image")
        caption = f"<caption>{escape(kind)}, {images}</caption>"
        return f"<table>{caption}{rows}</table>{listed}"

    def __str__(self) -> str:
        """Return the lines that the reference prints, byte for byte."""
        lines = [self._line(one) for one in statistics_of(self.parameters)]
        for name, mean in self.extra.items():
            what = f"type={name.removeprefix('AP'):>6}"
            # CrowdPose calls these recalls, though they are precisions.
            lines.append(self._format(False, self._thresholds(None), what, mean))
        return "\n".join(lines)

    def _line(self, one: Statistic) -> str:
        area = one.area
        if self.parameters.protocol == "lvis" and area != "all":
            area = area[0]
        mean, what = self.mean(one), f"area={area:>6}"
        return self._format(one.is_precision, self._thresholds(one.threshold), what, mean, one)

    def _thresholds(self, threshold: float | None) -> str:
        thresholds = self.parameters.iou_thresholds
        if threshold is not None:
            return f"{threshold:0.2f}"
        return f"{thresholds[0]:0.2f}:{thresholds[-1]:0.2f}" if len(thresholds) > 0 else ""

    def _format(
        self, is_precision: bool, iou: str, what: str, mean: float, one: Statistic | None = None
    ) -> str:
        title = "Average Precision" if is_precision else "Average Recall"
        short = "(AP)" if is_precision else "(AR)"
        limit = self.parameters.max_detections[-1] if one is None else one.limit
        tail = f"maxDets={limit:>3d} ]"
        if self.parameters.protocol == "lvis":
            group = (one.frequency if one is not None else None) or "all"
            tail = f"maxDets={limit:>3d} catIds={group:>3}]"
        return f" {title:<18} {short} @[ IoU={iou:<9} | {what} | {tail} = {mean:0.3f}"


def statistics_of(parameters: Parameters) -> list[Statistic]:
    """Return the statistics that the summary of such an evaluation has, in its order."""
    limits = parameters.max_detections
    most = limits[-1]
    both: list[Statistic] = []
    for is_precision, short in ((True, "AP"), (False, "AR")):
        areas = [
            Statistic(f"{short}{_short(name)}", is_precision, None, name, most)
            for name in parameters.area_ranges
            if name != "all"
        ]
        halves = [
            Statistic(f"{short}{round(100 * threshold)}", is_precision, threshold, "all", most)
            for threshold in (0.5, 0.75)
        ]
        whole = [Statistic(short, is_precision, None, "all", most)]
        if parameters.iou_type == "keypoints":
            both += whole + halves + ([] if parameters.protocol == "crowdpose" else areas)
        elif parameters.protocol == "lvis":
            both += _lvis(whole + (halves if is_precision else []) + areas, most)
        elif is_precision:
            both += whole + halves + areas
        else:
            both += [Statistic(f"AR{n}", False, None, "all", n) for n in limits] + areas
    return both


def _lvis(statistics: list[Statistic], limit: int) -> list[Statistic]:
    if statistics[0].is_precision:
        groups = [Statistic(f"AP{f}", True, None, "all", limit, f) for f in "rcf"]
        return statistics + groups
    return [one._replace(name=f"{one.name}@{limit}") for one in statistics]


def _short(area: str) -> str:
    known = {"small": "s", "medium": "m", "large": "l"}
    return known.get(area, f"[{area}]")
