"""``python -m cocodec.pycocotools [--lvis] script.py|-m module ...``: a script, on cocodec."""

from __future__ import annotations

import sys

from cocodec.pycocotools.standin.running import Program, run

_USAGE = "usage: python -m cocodec.pycocotools [--lvis] (script.py | -m module) [arguments ...]"


def main(arguments: list[str]) -> None:
    """Take our own options off and run the rest."""
    lvis = arguments[:1] == ["--lvis"]
    rest = arguments[lvis:]
    is_module = rest[:1] == ["-m"]
    rest = rest[is_module:]
    if not rest or (rest[0].startswith("-") and not is_module):
        raise SystemExit(_USAGE)
    run(Program(rest[0], is_module, lvis), rest[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
