"""Arguments that are spelled otherwise, and objects that do something when they are looked at.

Every public function, from the calls of tests/support/public_calls.py. Numbers of numpy's, tuples,
subclasses of lists and dicts mean what plain ones mean; iterators do, or are refused. A number that
empties the lists it stands in when it is asked for its value, or raises, costs an answer at most.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import Document, RleArray
from cocodec.pycocotools import mask as mask_api
from support.complaints import complaint
from support.public_calls import DOCUMENT, doors

Spell = Callable[[Any], Any]


class List(list):  # type: ignore[type-arg]
    """A list of somebody's own."""


class Dict(dict):  # type: ignore[type-arg]
    """A dict of somebody's own."""


def deep(
    value: Any, number: Spell = lambda one: one, lists: Spell = list, dicts: Spell = dict
) -> Any:
    """The same values, spelled otherwise at every depth."""
    if isinstance(value, dict):
        return dicts({key: deep(one, number, lists, dicts) for key, one in value.items()})
    if isinstance(value, list):
        return lists([deep(one, number, lists, dicts) for one in value])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value)
    return value


def of_numpy(value: float) -> Any:
    return np.int64(value) if isinstance(value, int) else np.float64(value)


SAME: dict[str, Spell] = {
    "numpy's numbers": lambda value: deep(value, number=of_numpy),
    "tuples": lambda value: deep(value, lists=tuple),
    "lists of one's own": lambda value: deep(value, lists=List),
    "dicts of one's own": lambda value: deep(value, dicts=Dict),
}


def told(answer: Any) -> Any:
    """What an answer says, so that two can be compared."""
    if isinstance(answer, Document):
        return b"".join(bytes(piece) for piece in answer.render_source())
    if isinstance(answer, RleArray):
        return answer.to_coco("list")
    if isinstance(answer, np.ndarray):
        return (answer.dtype.str, answer.tolist())
    if isinstance(answer, (list, tuple)):
        return [told(one) for one in answer]
    if isinstance(answer, (int, float, str, bytes, dict, type(None))):
        return repr(answer)
    return type(answer)  # reports and the like are judged where they are made


def calls(document: Document) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any], str]]:
    """Each argument of each function that is a list, a dict or a number."""
    for name, function, given in doors(document):
        for argument, value in given.items():
            if isinstance(value, (list, dict, tuple, int, float)) and not isinstance(value, bool):
                yield name, function, given, argument


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return cocodec.read("a.json")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", SAME)
def test_other_spellings_mean_the_same(way: str, here: Document) -> None:
    wrong, tried = [], 0
    for name, function, given, argument in calls(here):
        spelled = SAME[way](given[argument])
        expected = told(function(**given))
        try:
            found = told(function(**{**given, argument: spelled}))
        except Exception as error:
            # Files and results are lists; whoever has a tuple is told so.
            if way != "tuples" or complaint(error) is not None:
                wrong.append(f"{name}({argument}): {type(error).__name__}: {error}"[:200])
            continue
        tried += 1
        if found != expected:
            wrong.append(f"{name}({argument}): {found!r:.100} for {expected!r:.100}")
    assert wrong == []
    assert tried > 60


@pytest.mark.filterwarnings("ignore")
def test_an_iterator_is_taken_or_refused(here: Document) -> None:
    wrong, taken, refused = [], 0, 0
    for name, function, given, argument in calls(here):
        if not isinstance(given[argument], list):
            continue
        try:
            found = told(function(**{**given, argument: iter(given[argument])}))
        except Exception as error:
            refused += 1
            if complaint(error) is not None:
                wrong.append(f"{name}({argument}): {complaint(error)}"[:200])
            continue
        taken += 1
        expected = told(function(**given))
        if found != expected:
            wrong.append(f"{name}({argument}): {found!r:.100} for {expected!r:.100}")
    assert wrong == []
    assert taken > 3
    assert taken + refused > 20


class TheirError(Exception):
    """An error of the caller's own code."""


class SpeechlessError(MemoryError):
    """One that cannot be told, of a class for which the drop-in has words of its own."""

    def __str__(self) -> str:
        raise TheirError


class Trap:
    """A number that does something when it is asked for its value."""

    def __init__(self, value: float, action: Callable[[], object]) -> None:
        self.value, self.action = value, action

    def __index__(self) -> int:
        self.action()
        return int(self.value)

    def __float__(self) -> float:
        self.action()
        return float(self.value)

    __int__ = __index__


def trapped(value: Any, position: int, raised: type[Exception] | None) -> Any:
    """A copy in which one number, at this place of all, is a trap; None where there are fewer."""
    found: list[Any] = []  # containers on the way, and where the number stands

    def look(container: Any) -> bool:
        nonlocal position
        for key in container if isinstance(container, dict) else range(len(container)):
            one = container[key]
            if isinstance(one, (list, dict)):
                found.append(container)
                if look(one):
                    return True
                found.pop()
            elif isinstance(one, (int, float)) and not isinstance(one, bool):
                position -= 1
                if position < 0:
                    container[key] = Trap(one, act)
                    found.append(container)
                    return True
        return False

    def act() -> None:
        if raised is not None:
            raise raised
        for container in found:
            container.clear()

    copied = copy.deepcopy(value)
    return copied if look(copied) else None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("raised", [None, TheirError, SpeechlessError])
def test_a_number_that_acts_when_it_is_read(raised: type[Exception] | None, here: Document) -> None:
    wrong, asked = [], 0
    for name, function, given, argument in calls(here):
        if not isinstance(given[argument], (list, dict)):
            continue
        for position in range(5):
            value = trapped(given[argument], position, raised)
            if value is None:
                break
            try:
                function(**{**given, argument: value})
            except (TheirError, SpeechlessError):
                asked += 1
            except Exception as error:
                asked += raised is None
                if complaint(error) is not None:
                    wrong.append(f"{name}({argument}, {position}): {complaint(error)}"[:200])
    assert wrong == []
    assert asked > 10


class Raiser(list):  # type: ignore[type-arg]
    """What raises whoever looks at it."""

    def __init__(self, error: Exception) -> None:
        super().__init__([1])
        self.error = error

    def fail(self, *_: object, **__: object) -> Any:
        raise self.error

    __array__ = __iter__ = __getitem__ = __index__ = __float__ = fail
    __array_interface__ = property(fail)


def raised_by(door: Callable[[], Any]) -> Exception | None:
    try:
        door()
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize(
    "error",
    [TheirError(), SpeechlessError(), MemoryError(), MemoryError("so"), MemoryError(Trap)],
    ids=repr,
)
def test_the_drop_in_hands_on_what_is_raised(error: Exception) -> None:
    """As it is; only an empty MemoryError is told what there was no room for."""
    odd = Raiser(error)
    doors: list[Callable[[], Any]] = [
        lambda: mask_api.encode(odd),
        lambda: mask_api.area({"size": [1, 1], "counts": odd}),
        lambda: mask_api.area({"size": odd, "counts": b"01"}),
        lambda: mask_api.toBbox([{"size": odd, "counts": b"01"}]),
        lambda: mask_api.decode({"size": [1, 1], "counts": odd}),
        lambda: mask_api.iou(odd, odd, odd),
        lambda: mask_api.iou([[1, 2, 3, odd]], [[1, 2, 3, 4]], [0]),
        lambda: mask_api.merge([{"size": [1, odd], "counts": b"01"}]),
        lambda: mask_api.frPyObjects([odd], 3, 3),
    ]
    found = [one for one in map(raised_by, doors) if type(one) is type(error)]
    assert len(found) > 2
    if type(error) is MemoryError and not error.args:
        assert all(map(str, found))
    else:
        assert all(one is error for one in found)
