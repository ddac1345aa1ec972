"""A document with one odd value, through every public function that takes a document.

The calls are those of tests/support/public_calls.py, with their file and their documents changed
under them: a public function that is new is here as well. An answer, or our own error.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cocodec
from cocodec import CocodecError, Document
from robustness import test_sweep
from support.public_calls import DOCUMENT, doors

FILE = Path("a.json")
# What such a call says of its own arguments, where the document has fewer rows than they speak of.
FEWER = re.compile(r"is out of range: \w+ has|has 2 values for|the count is 1, but there are 0")
# Of each document; COCODEC_SWEEP=1000 makes all calls of all (some minutes).
CALLS = int(os.environ.get("COCODEC_SWEEP", "4"))
Door = tuple[str, Callable[..., Any], dict[str, Any]]


def is_document(value: Any) -> bool:
    """An argument that is a document, the name of its file, or names of files."""
    return isinstance(value, Document) or (
        isinstance(value, (str, list)) and value in (str(FILE), [str(FILE)])
    )


def takes_a_document(door: Door) -> bool:
    name, _, given = door
    return name.startswith(("Document.", "Table.")) or any(map(is_document, given.values()))


def changed(given: dict[str, Any]) -> dict[str, Any]:
    """The same arguments, with what the file now holds: two annotations, not three."""
    now = {
        name: cocodec.read(FILE) if isinstance(value, Document) else value
        for name, value in given.items()
    }
    return now | ({"values": now["values"][:2]} if isinstance(now.get("values"), list) else {})


@pytest.mark.filterwarnings("ignore")
def test_an_odd_value_through_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FILE.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    rng = random.Random(11)
    named = [door for door in doors(cocodec.read(FILE)) if takes_a_document(door)]
    assert len(named) > 80
    wrong, refused, answered = [], 0, set()
    for value in test_sweep.odd_documents():
        FILE.write_bytes(json.dumps(value).encode())
        for name, function, given in rng.sample(named, min(CALLS, len(named))):
            try:
                function(**changed(given))
                answered.add(name)
            except (CocodecError, OSError):
                refused += 1
            except Exception as error:
                if not isinstance(error, (ValueError, IndexError)) or not FEWER.search(str(error)):
                    wrong.append(f"{name}: {error!r}\n{json.dumps(value)}"[:1500])
    assert wrong == []
    assert refused > 100
    assert answered == {name for name, _, _ in named}
