"""Every public name has an example in its docstring, and it runs: tests/support/examples.py."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from support.examples import namespace

WINGS = (
    *("arrow", "bulk", "conversion", "drawing", "evaluation", "formats", "groups", "inspection"),
    *("panoptic", "reshaping"),
)
# What is made in C++, and what takes JSON text that has been printed before.
WITHOUT = frozenset(["SegmentationKind", "Table.splice"])


def public() -> Iterator[tuple[str, Any]]:
    """Public functions and classes, and what these define themselves, each once."""
    wings = [wing for wing in WINGS if wing != "arrow" or find_spec("pyarrow") is not None]
    modules = [cocodec, *(import_module(f"cocodec.{wing}") for wing in wings)]
    seen: set[int] = set()
    for module in modules:
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if id(thing) in seen or not (inspect.isfunction(thing) or inspect.isclass(thing)):
                continue
            seen.add(id(thing))
            yield name, thing
            for own, value in vars(thing).items() if inspect.isclass(thing) else ():
                function = getattr(value, "__func__", getattr(value, "fget", value))
                if not own.startswith("_") and inspect.isfunction(function):
                    yield f"{name}.{own}", function


PUBLIC = dict(public())


def test_public_names_have_examples() -> None:
    lacking = {name for name, thing in PUBLIC.items() if ">>>" not in (thing.__doc__ or "")}
    assert lacking - WITHOUT == set()
    assert WITHOUT - lacking == set(), "these have one by now: take them off the list"
    assert len(PUBLIC) > 200


@pytest.mark.parametrize(
    "name", [n for n, thing in PUBLIC.items() if ">>>" in (thing.__doc__ or "")]
)
def test_an_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    thing = PUBLIC[name]
    names = {**vars(inspect.getmodule(thing)), **namespace()}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    test = parser.get_doctest(thing.__doc__ or "", names, name, None, None)
    said: list[str] = []
    with np.printoptions(legacy=False):
        result = runner.run(test, out=said.append)
    assert result.failed == 0, "".join(said)
    assert result.attempted > 0


# Extras.
NEEDS = {"Document.draw": "PIL", "Result.plot": "matplotlib", "RleArray.from_arrow": "pyarrow"}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
