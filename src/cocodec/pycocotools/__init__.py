"""The drop-in for pycocotools: same names, same bytes, same numbers.

The only place of cocodec with camelCase and with the reference's quirks; where the reference
crashes or answers nonsense, these functions raise a ValueError or give the right answer
(``tests/parity/DIFFERENCES.md`` lists every such place).

`install` makes ``import pycocotools`` find this package; ``python -m cocodec.pycocotools
script.py`` runs a script that way without a change to it.
"""

from __future__ import annotations

from cocodec.pycocotools.standin.installation import init_as_pycocotools, install, uninstall

__all__ = ["init_as_pycocotools", "install", "uninstall"]

__author__ = "tylin"
