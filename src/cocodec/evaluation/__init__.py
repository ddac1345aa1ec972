"""Detections against ground truth: average precision and recall as the field computes them.

Names are handed on lazily (PEP 562): the drop-in uses the core's input of this wing, and waits for
nothing else of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocodec.evaluation.evaluator import Evaluator, evaluate
    from cocodec.evaluation.parameters import IOU_TYPES, PROTOCOLS, Parameters, make_parameters
    from cocodec.evaluation.result import Result, Statistic

__all__ = [
    "IOU_TYPES",
    "PROTOCOLS",
    "Evaluator",
    "Parameters",
    "Result",
    "Statistic",
    "evaluate",
    "make_parameters",
]

_HOMES = {
    "evaluator": ("Evaluator", "evaluate"),
    "parameters": ("IOU_TYPES", "PROTOCOLS", "Parameters", "make_parameters"),
    "result": ("Result", "Statistic"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            home = import_module(f"cocodec.evaluation.{module}")
            globals().update({one: getattr(home, one) for one in names})
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
