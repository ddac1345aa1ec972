"""Whether a module does what pycocotools does, and what it does with input that pycocotools fears.

For anybody's module with pycocotools' surface: ``python -m cocodec.conformance MODULE``. Every case
runs in a process of its own, so that one that crashes or hangs takes nothing with it. What is right
is data of this package (`answers.json`); pycocotools is not needed.

What belongs here: the cases, their answers, the judge, and the table that is printed. Nothing of
cocodec is imported but `cocodec.conformance` itself, whoever is tried.
"""

from __future__ import annotations

from cocodec.conformance.judging import VERDICTS, Ending, judge
from cocodec.conformance.running import Report, run

__all__ = ["VERDICTS", "Ending", "Report", "judge", "run"]
