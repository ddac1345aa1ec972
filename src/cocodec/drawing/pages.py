"""The page to look at a document: one HTML file with everything in it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np

from cocodec.documents.document import Document, read
from cocodec.documents.parts import Source
from cocodec.drawing.image_sources import ImageSource, image_source
from cocodec.drawing.matching import Overlaps, overlaps_of
from cocodec.drawing.scenes import (
    Figure,
    Scenes,
    choice_for_truth,
    name_of_category,
    with_results,
)
from cocodec.errors import DocumentError
from cocodec.files.output import Target, open_whole
from cocodec.inspection.check import check
from cocodec.inspection.findings import Findings
from cocodec.reshaping.selecting import subset
from cocodec.signatures import names_arguments

__all__ = ["SCRIPTS", "Viewer", "digest", "page_parts", "safe_json", "write_page"]

SCRIPTS = (
    "rle.js",
    "expressions.js",
    "matching.js",
    "colors.js",
    "filters.js",
    "source.js",
    "canvas.js",
    "lists.js",
    "app.js",
)
_PLACES = 200  # rows of a finding that one can click on
_EXACT = 2**53  # integers beyond it are texts in the page: JavaScript would round them
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@names_arguments
def write_page(
    source: Document | Source,
    target: Target,
    *,
    images: str | os.PathLike[str] | None = None,
    results: Document | Source | None = None,
    choice: dict[str, Any] | None = None,
    link: bool = False,
    title: str = "",
    threads: int = 0,
) -> list[str]:
    """Write a page that shows a document: one HTML file that needs nothing else.

    Parameters
    ----------
    source : Document, path, bytes or binary file
    target : path or binary file
        Appears whole or not at all.
    images : path or address, optional
        The folder of the image files, which the page then holds; or an address
        (``https://host/folder/``) that it fetches them from.
    results : Document, path, bytes or binary file, optional
        Results, to be looked at beside the document.
    choice : dict, optional
        Which images and annotations: what `cocodec.subset` takes. With results, ``where`` holds for
        both, unless it speaks of the score.
    link : bool
        The page refers to the files in the folder, and does not hold them.
    title : str
        By default what is in it.
    threads : int
        0 = as many as pay, 1 = none.

    Returns
    -------
    list of str
        Images that cannot be shown and masks that are wrong, a sentence each; the page says so too.

    Raises
    ------
    DocumentError
        If the document cannot be read.
    ValueError
        If the image files are more than 256 MiB; for an address that is none, and for `link` where
        the page is no file.

    Examples
    --------
    >>> import cocodec, io
    >>> document = cocodec.Document.from_rows(images=[{"id": 7, "height": 40, "width": 60}])
    >>> page = io.BytesIO()
    >>> write_page(document, page)
    []
    >>> page.getvalue()[:15]
    b'<!DOCTYPE html>'
    """
    folder = None
    if link:
        if not isinstance(target, (str, os.PathLike)):
            raise ValueError("a page that refers to files (link) has to be a file itself")
        folder = os.path.dirname(os.path.abspath(target))
    viewer = Viewer(source, results, choice=choice, threads=threads)
    found = image_source(images, link_from=folder)
    problems: list[str] = []
    with open_whole(target) as stream:
        for piece in page_parts(_data(viewer, found, title, problems), found.policy, title):
            stream.write(piece.encode())
    return problems


class Viewer:
    """What a page shows of a document and, perhaps, of results.

    Examples
    --------
    >>> from cocodec.drawing import Viewer
    >>> Viewer(document).truth
    <Document: 2 images, 3 annotations, 2 categories>
    """

    @names_arguments
    def __init__(
        self,
        source: Document | Source,
        results: Document | Source | None = None,
        *,
        choice: dict[str, Any] | None = None,
        threads: int = 0,
    ) -> None:
        document = source if isinstance(source, Document) else read(source)
        self.truth = document
        self.found: Document | None = None
        told: Document | None = None
        if results is not None:
            told = results if isinstance(results, Document) else read(results)
            self.found = with_results(document, told)
        if choice:
            of_truth = choice if self.found is None else choice_for_truth(choice)
            self.truth = subset(document, **of_truth, threads=threads)
            if self.found is not None:
                self.found = subset(self.found, **choice, threads=threads)
        self.scenes = Scenes(self.truth, threads=1)
        self.found_scenes = None if self.found is None else Scenes(self.found, threads=1)
        self._checks = [("truth", check(self.truth, threads=threads), self.truth)]
        if told is not None and self.found is not None and not choice:
            findings = check(told, ground_truth=document, threads=threads)
            self._checks.append(("found", findings, self.found))
        self.overlaps: Overlaps | None = None
        if self.found is not None:
            self.overlaps = overlaps_of(self.truth, self.found, threads=threads)
            self._pair_order = np.argsort(
                self.found.image_rows()[self.overlaps.found], kind="stable"
            )
            images = self.found.image_rows()[self.overlaps.found][self._pair_order]
            self._pair_bounds = np.searchsorted(images, np.arange(len(self.scenes) + 1))

    @names_arguments
    def header(self, title: str) -> dict[str, Any]:
        """Everything but images and what is on them.

        Examples
        --------
        >>> from cocodec.drawing import Viewer
        >>> type(Viewer(document).header('leaves')).__name__
        'dict'
        """
        return {
            "title": title or repr(self.truth)[1:-1],
            "results": self.found is not None,
            "categories": self._categories(),
            "findings": [
                one for kind, found, of in self._checks for one in _findings(kind, found, of)
            ],
        }

    def _categories(self) -> list[dict[str, Any]]:
        return [
            {
                "id": told(row.get("id")) if isinstance(row, dict) else None,
                "name": name_of_category(row),
                "skeleton": bones,
                "t": told(row) if isinstance(row, dict) else {},
            }
            for row, bones in zip(self.truth.categories, self.scenes.skeletons, strict=True)
        ]

    @names_arguments
    def image(self, row: int) -> dict[str, Any]:
        """What is told of an image but its size, which its scene knows.

        Examples
        --------
        >>> from cocodec.drawing import Viewer
        >>> type(Viewer(document).image(0)).__name__
        'dict'
        """
        record = self.truth.images[row]
        record = record if isinstance(record, dict) else {}
        name = record.get("file_name")
        counts = [len(self.scenes.rows(row))]
        counts.append(0 if self.found_scenes is None else len(self.found_scenes.rows(row)))
        return {
            "name": name if isinstance(name, str) else f"image {record.get('id')}",
            "n": counts,
            "t": told(record),
        }

    @names_arguments
    def scene(self, row: int) -> tuple[tuple[int, int], dict[str, Any], list[str]]:
        """What is on an image, as the page has it; its size; what could not be taken.

        Examples
        --------
        >>> from cocodec.drawing import Viewer
        >>> type(Viewer(document).scene(0)).__name__
        'tuple'
        """
        size, truth, problems = self._annotations(self.scenes, row)
        found: list[dict[str, Any]] = []
        pairs: list[Any] = []
        if self.found_scenes is not None:
            found_size, found, more = self._annotations(self.found_scenes, row)
            problems += [problem for problem in more if problem not in problems]
            size = size if 0 not in size else found_size
            pairs = self._pairs(row, truth, found)
        return size, {"g": truth, "d": found, "p": pairs}, problems

    def _annotations(
        self, scenes: Scenes, row: int
    ) -> tuple[tuple[int, int], list[dict[str, Any]], list[str]]:
        try:
            scene = scenes.scene(row)
        except DocumentError as error:
            return (0, 0), [], [str(error)]
        records = _records(scenes.document, [figure.row for figure in scene.figures])
        spelled = scene.masks.to_coco()
        areas = scene.masks.area().tolist()
        told_ = [
            _annotation(*parts)
            for parts in zip(scene.figures, spelled, areas, records, strict=True)
        ]
        return scene.size, told_, list(scene.problems)

    def _pairs(
        self, row: int, truth: list[dict[str, Any]], found: list[dict[str, Any]]
    ) -> list[tuple[int, int, float]]:
        assert self.overlaps is not None
        here = self._pair_order[self._pair_bounds[row] : self._pair_bounds[row + 1]]
        mine = {one["r"]: i for i, one in enumerate(found)}
        theirs = {one["r"]: i for i, one in enumerate(truth)}
        columns = (column[here].tolist() for column in self.overlaps)
        return [(mine[d], theirs[g], iou) for d, g, iou in zip(*columns, strict=True)]


def _records(document: Document, rows: list[int]) -> list[Any]:
    try:
        return list(document.annotations[np.array(rows, np.int64)])
    except DocumentError:  # a value that cannot be decoded, 1e999 say
        return [_record(document, row) for row in rows]


def _record(document: Document, row: int) -> Any:
    try:
        return document.annotations[row]
    except DocumentError as error:
        return {"unreadable": str(error)}


def _annotation(figure: Figure, spelled: Any, area: int, record: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"r": figure.row, "c": figure.category}
    if area > 0:
        out["m"] = spelled["counts"]
    box = figure.box
    out["a"] = area if area > 0 or box is None else box[2] * box[3]
    if box is not None:
        out["b"] = box
    if figure.score is not None:
        out["s"] = figure.score
    if figure.is_crowd:
        out["w"] = 1
    if figure.keypoints:
        out["k"] = figure.keypoints
    known = record if isinstance(record, dict) else {}
    out["t"] = {key: told(value) for key, value in known.items() if key != "segmentation"}
    return out


def told(value: Any) -> Any:
    """Return a value as JavaScript holds it: integers that it would round are texts."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items()}
    if isinstance(value, list):
        return [told(one) for one in value]
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value


def _findings(kind: str, findings: Findings, document: Document) -> Iterator[dict[str, Any]]:
    images = document.image_rows()
    for finding in findings:
        rows = finding.rows[:_PLACES].tolist()
        places: list[tuple[int, int, str]] = []
        if finding.table == "annotations":
            places = [(int(images[row]), row, kind) for row in rows if images[row] >= 0]
        elif finding.table == "images":
            places = [(row, -1, kind) for row in rows]
        yield {
            "severity": finding.severity,
            "code": finding.code,
            "message": finding.message + (" (results)" if kind == "found" else ""),
            "count": finding.count,
            "places": places,
        }


def safe_json(value: Any) -> str:
    """Spell JSON that can stand in a page: ASCII, and nothing that HTML takes for its own."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _data(viewer: Viewer, source: ImageSource, title: str, problems: list[str]) -> Iterator[str]:
    """Spell the page's data, image by image."""
    header = safe_json(viewer.header(title))
    yield header[:-1] + ',"scenes":['
    images: list[str] = []
    for row in range(len(viewer.scenes)):
        size, scene, wrong = viewer.scene(row)
        image = viewer.image(row)
        image["h"], image["w"] = size
        try:
            image["src"] = source.address(image["t"].get("file_name"), f"images, row {row}")
        except (DocumentError, OSError) as error:
            wrong.append(str(error))
        if wrong:
            image["problem"] = "\n".join(wrong)
            problems += wrong
        images.append(safe_json(image))
        yield ("," if row else "") + safe_json(scene)
    yield '],"images":[' + ",".join(images) + "]}"


def page_parts(
    data: Iterator[str], image_policy: str, title: str, *, connect: str = "'none'"
) -> Iterator[str]:
    """Put the page together of its files; `data` is JSON that `safe_json` spelled."""
    folder = resources.files("cocodec.drawing") / "page"
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (folder / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        f"img-src data: {image_policy}; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    values = {
        "title": html.escape(title or "cocodec view"),
        "policy": html.escape(policy, quote=True),
        "style": style,
        "script": script,
    }
    pieces = _PLACEHOLDER.split((folder / "page.html").read_text(encoding="utf-8"))
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            yield piece
        elif piece == "data":
            yield from data
        else:
            yield values[piece]


def digest(text: str) -> str:
    """Return what allows one script or style, and no other."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
