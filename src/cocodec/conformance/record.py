"""``python -m cocodec.conformance.record MODULE``: write `answers.json` from a module's answers.

For those who carry on these cases: the reference answers the ordinary ones (pycocotools). A case of
which it makes nothing keeps no answer on file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cocodec.conformance.cases import ERROR, all_cases
from cocodec.conformance.running import Worker

__all__ = ["record"]


def record(module: str) -> int:
    """Write the answers; returns how many there are."""
    found = {}
    worker = Worker(module, 20.0, 2048)
    for number, case in enumerate(all_cases()):
        if case.right == ERROR or case.answer is not None:
            continue
        ending = worker.ask(number)
        if ending.ended == "answer":
            found[case.name] = ending.value
    worker.close()
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items()]
    path = Path(__file__).with_name("answers.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return len(found)


if __name__ == "__main__":
    record(sys.argv[1])
