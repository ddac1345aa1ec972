"""One evaluation in a fresh process: figures to the standard output, arrays to a file.

`python -m benchmarks.evaluation_child LIBRARY TYPE FOLDER SOURCE STARTED`: STARTED is the time at
which the process was started, or `cpu` for processor time. What is imported here is part of what a
user waits for, so nothing is, besides the library, before the clock has stopped.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["LIBRARIES"]

Statistics = dict[str, Any]
Clock = Callable[[], float]  # seconds since the process started


class Library(NamedTuple):
    """What a library's user calls."""

    truth: Callable[[str, str], Any]  # path, kind
    results: Callable[[Any, Any], Any]  # ground truth; path or list of dicts
    evaluate: Callable[[Any, Any, str], Statistics]


def _by_pycocotools_names(COCO: Any, COCOeval: Any) -> Library:
    def evaluate(truth: Any, found: Any, iou_type: str) -> Statistics:
        evaluator = COCOeval(truth, found, iou_type)
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
        arrays = {name: evaluator.eval[name] for name in ("precision", "recall")}
        return arrays | {"stats": evaluator.stats[: 10 if iou_type == "keypoints" else 12]}

    return Library(
        lambda path, iou_type: COCO(path),
        lambda truth, detections: truth.loadRes(detections),
        evaluate,
    )


def _pycocotools() -> Library:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    return _by_pycocotools_names(COCO, COCOeval)


def _hotcoco() -> Library:
    from hotcoco import COCO, COCOeval

    return _by_pycocotools_names(COCO, COCOeval)


def _ultrafast() -> Library:
    from ultrafast_pycocotools import COCO, COCOeval

    return _by_pycocotools_names(COCO, COCOeval)


def _faster() -> Library:
    from faster_coco_eval import COCO, COCOeval_faster

    return _by_pycocotools_names(COCO, COCOeval_faster)


def _vernier() -> Library:
    from pycocotools.coco import COCO
    from vernier import COCOeval

    return _by_pycocotools_names(COCO, COCOeval)


def _drop_in() -> Library:
    from cocodec.pycocotools.coco import COCO
    from cocodec.pycocotools.cocoeval import COCOeval

    return _by_pycocotools_names(COCO, COCOeval)


def _cocodec() -> Library:
    from cocodec import Evaluator

    def results(evaluator: Any, detections: Any) -> Any:
        evaluator.reset()
        evaluator.add(detections)
        return evaluator

    def evaluate(truth: Any, evaluator: Any, iou_type: str) -> Statistics:
        result = evaluator.result(threads=1)
        stats = list(result.stats.values())
        return {"precision": result.precision, "recall": result.recall, "stats": stats}

    return Library(lambda path, iou_type: Evaluator(path, iou_type=iou_type), results, evaluate)


LIBRARIES: dict[str, Callable[[], Library]] = {
    "pycocotools": _pycocotools,
    "hotcoco": _hotcoco,
    "ultrafast": _ultrafast,
    "vernier": _vernier,
    "faster-coco-eval": _faster,
    "cocodec": _cocodec,
    "cocodec.pycocotools": _drop_in,
}


def from_file(names: Library, folder: str, iou_type: str, clock: Clock) -> Any:
    """Files to statistics."""
    truth = names.truth(f"{folder}/gt.json", iou_type)
    found = names.results(truth, f"{folder}/dt.json")
    begin = clock()
    statistics = names.evaluate(truth, found, iou_type)
    end = clock()
    return {"evaluate": end - begin, "start": end}, statistics


def from_list(names: Library, folder: str, iou_type: str, clock: Clock) -> Any:
    """Two epochs: a new list of dicts each, of which the making is nobody's affair."""
    import json

    truth = names.truth(f"{folder}/gt.json", iou_type)
    figures: dict[str, float] = {}
    statistics: Statistics = {}
    for epoch in ("list", "again"):
        with open(f"{folder}/dt.json") as file:
            detections = json.load(file)
        begin = clock()
        statistics = names.evaluate(truth, names.results(truth, detections), iou_type)
        figures[epoch] = clock() - begin
    return figures, statistics


def peak_megabytes() -> float:
    """Of this process; what getrusage says may be its parent's, from before the program began."""
    import resource

    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(library: str, iou_type: str, folder: str, source: str, started: str) -> None:
    def clock() -> float:
        return time.process_time() if started == "cpu" else time.time() - float(started)

    begin = clock()
    names = LIBRARIES[library]()
    figures = {"import": clock() - begin}
    output, sys.stdout = sys.stdout, sys.stderr  # evaluations print
    if source == "file":
        timed, statistics = from_file(names, folder, iou_type, clock)
        figures["peak"] = peak_megabytes()
    else:
        timed, statistics = from_list(names, folder, iou_type, clock)
    import json

    import numpy as np

    np.savez(f"{folder}/{library}.npz", **{k: np.asarray(v) for k, v in statistics.items()})
    print(json.dumps(figures | timed), file=output)


if __name__ == "__main__":
    main(*sys.argv[1:])
