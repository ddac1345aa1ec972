"""Detections against ground truth: average precision and recall as the field computes them."""

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
