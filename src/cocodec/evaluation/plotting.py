"""Curves drawn with matplotlib, which only this asks for (the extra ``draw``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cocodec.evaluation.result import Result

__all__ = ["plot_curves"]


def plot_curves(result: Result, axes: Any = None, threshold: float | None = None) -> Any:
    """See `Result.plot`."""
    thresholds = result.parameters.iou_thresholds
    if threshold is not None:
        curves = {f"IoU {threshold:g}": result.curve(threshold)}
    else:
        known = [one for one in (0.5, 0.75) if np.isclose(thresholds, one).any()]
        curves = {f"IoU {one:g}": result.curve(one) for one in known}
        if len(thresholds) > 1:
            name = f"mean of IoU {thresholds[0]:g} to {thresholds[-1]:g}"
            curves[name] = result.curve()
    if axes is None:
        try:
            from matplotlib import pyplot
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "plot needs matplotlib: pip install cocodec[draw]", name="matplotlib"
            ) from None
        _, axes = pyplot.subplots()
    recalls = result.parameters.recall_thresholds
    for name, curve in curves.items():
        there = curve > -1
        axes.plot(recalls[there], curve[there], label=name)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    if curves:
        axes.legend()
    return axes
