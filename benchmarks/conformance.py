"""`python -m benchmarks.conformance`: try every library with pycocotools' surface, write the table.

Which cases, and what is right: `cocodec.conformance`. The table is docs/conformance.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cocodec.conformance import VERDICTS, Report, run

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"
MODULES = (
    "cocodec.pycocotools",
    "pycocotools",
    "hotcoco",
    "faster_coco_eval",
    "ultrafast_pycocotools",
)
HEAD = """# Conformance

`python -m cocodec.conformance MODULE` tries any module that has pycocotools' surface: ordinary
input, where the answer is that of pycocotools, and odd input, where the right answer is known or
there is none but an error. Each case runs in a process of its own. `--json` gives an object with
`totals` and `cases`.

ok
: As it should be.

different
: A type or a shape of its own, or an error where there is an answer: honest.

silent wrong
: A wrong answer, or a made-up one where there is none.

crash, hang
: The process ends, or does not.

Made by `python -m benchmarks.conformance`, with what was installed:
"""


def table(reports: list[Report]) -> str:
    """Return the totals of each module, ordinary and odd cases apart."""
    names = [f"{report.module} {report.version}".strip() for report in reports]
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for kind, title in (("parity", "ordinary"), ("robustness", "odd")):
        for verdict in VERDICTS:
            counts = [
                str(sum(case.kind == kind and case.verdict == verdict for case in report.cases))
                for report in reports
            ]
            lines.append(f"| {title}: {verdict} | {' | '.join(counts)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conformance", description=__doc__)
    parser.add_argument("--no-write", action="store_true", help="print, leave the page alone")
    options = parser.parse_args()
    reports = []
    for module in MODULES:
        try:
            reports.append(run(module))
        except ImportError as error:
            print(f"{module}: {error}", file=sys.stderr)
            continue
        print(reports[-1].text(), file=sys.stderr)
    text = table(reports)
    print(text)
    if not options.no_write:
        PAGE.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
