"""``python -m cocodec.conformance MODULE``: the verdict on each case that is not ok, and totals."""

from __future__ import annotations

import argparse
import json
import sys

from cocodec.conformance.running import run

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the cases; returns 0 where none crashes, hangs or is silently wrong, else 1."""
    parser = argparse.ArgumentParser(prog="python -m cocodec.conformance", description=__doc__)
    parser.add_argument("module", nargs="+", help="as it is imported: pycocotools, hotcoco, ...")
    parser.add_argument("--json", action="store_true", help="one object a module, as JSON")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="a case that takes longer hangs"
    )
    parser.add_argument("--megabytes", type=int, default=2048, help="of memory for one case")
    given = parser.parse_args(arguments)
    bad = 0
    for module in given.module:
        try:
            report = run(module, seconds=given.seconds, megabytes=given.megabytes)
        except ImportError as error:
            sys.stderr.write(f"cocodec.conformance: {module}: {error}\n")
            return 2
        text = json.dumps(report.as_dict(), indent=1) if given.json else report.text()
        sys.stdout.write(text + "\n")
        bad += sum(report.totals[one] for one in ("silent wrong", "crash", "hang"))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
