"""Trying a module: all cases, what came of each, and the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from cocodec.conformance.cases import ANSWER, ERROR, Case, all_cases
from cocodec.conformance.judging import VERDICTS, Ending, judge, portable

__all__ = ["Judged", "Report", "Worker", "answers", "run"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Judged:
    """A case and its verdict.

    Attributes
    ----------
    name, kind : str
        As `cases.Case` has them.
    verdict : str
        One of `VERDICTS`.
    found, expected : str
        In short.
    """

    name: str
    kind: str
    verdict: str
    found: str
    expected: str


@dataclass
class Report:
    """What a module is worth.

    Attributes
    ----------
    module, version : str
    cases : list of Judged
    """

    module: str
    version: str
    cases: list[Judged] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, int]:
        """How many cases have each verdict."""
        found = Counter(case.verdict for case in self.cases)
        return {verdict: found[verdict] for verdict in VERDICTS}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: ``totals`` by verdict, and ``cases``."""
        return {
            "module": self.module,
            "version": self.version,
            "totals": self.totals,
            "cases": [vars(case) for case in self.cases],
        }

    def text(self) -> str:
        """Return what is not ok, one a line, and the totals."""
        lines = [
            f"{case.verdict:13} {case.name}: {case.found} (expected: {case.expected})"
            for case in self.cases
            if case.verdict != "ok"
        ]
        totals = ", ".join(f"{count} {verdict}" for verdict, count in self.totals.items())
        lines.append(f"{self.module} {self.version}: {len(self.cases)} cases, {totals}")
        return "\n".join(lines)


def answers() -> dict[str, Any]:
    """Return the answers on file, by the names of cases."""
    text = resources.files("cocodec.conformance").joinpath("answers.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def run(
    module: str,
    *,
    seconds: float = 10.0,
    megabytes: int = 2048,
    progress: Progress | None = None,
) -> Report:
    """Try a module that has pycocotools' surface.

    Parameters
    ----------
    module : str
        Its name, as it is imported.
    seconds : float
        A case that takes longer hangs.
    megabytes : int
        What a case may take of memory.
    progress : callable, optional
        Told how many cases are done, of how many.

    Raises
    ------
    ImportError
        If it cannot be imported, or has nothing to try.
    """
    cases, right = all_cases(), answers()
    report = Report(module, _version(module))
    worker = Worker(module, seconds, megabytes)
    try:
        for number, case in enumerate(cases):
            ending = worker.ask(number)
            report.cases.append(_judged(case, ending, right.get(case.name)))
            if progress is not None:
                progress(number + 1, len(cases))
    finally:
        worker.close()
    return report


def _judged(case: Case, ending: Ending, on_file: Any) -> Judged:
    answer = on_file if case.answer is None else portable(case.answer)
    expected = "an error" if case.right == ERROR else _short(answer)
    if case.right not in (ANSWER, ERROR):
        expected += ", or an error"
    found = ending.text or _short(ending.value)
    return Judged(case.name, case.kind, judge(case, ending, answer), found, expected)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _version(module: str) -> str:
    from importlib import metadata

    top = module.split(".", maxsplit=1)[0]
    names = [top.replace("_", "-"), *metadata.packages_distributions().get(top, [])]
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""


class Worker:
    """The process that has the module; started anew where it is lost."""

    def __init__(self, module: str, seconds: float, megabytes: int) -> None:
        self.command = [sys.executable, "-m", "cocodec.conformance.worker", module]
        self.command += [str(seconds), str(megabytes)]
        self.module, self.seconds = module, seconds
        self.process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not hasattr(self, "process") else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONFAULTHANDLER": ""},
        )
        assert process.stdout is not None
        if not process.stdout.readline():
            said = (process.communicate()[1] or "").strip().splitlines()
            raise ImportError(said[-1] if said else "it ends as it is imported", name=self.module)
        return process

    def ask(self, number: int) -> Ending:
        """Let one case run."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{number}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return Ending(**json.loads(line))
        self.close()
        ended = Ending("crash", None, f"ended with {self.process.returncode}")
        self.process = self._started()
        return ended

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
