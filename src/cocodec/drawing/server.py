"""The page for documents that are too large for one file: served to this machine alone.

The page asks for what is on an image when it is looked at; rows are decoded then, and not before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray

from cocodec.documents.document import Document
from cocodec.documents.sides import size_of
from cocodec.drawing.image_sources import file_type, image_source, is_address
from cocodec.drawing.matching import FALSE, IGNORED, MATCH, MISS, judge, scores_of
from cocodec.drawing.pages import Viewer, page_parts, safe_json
from cocodec.errors import CocodecError, DocumentError, located
from cocodec.files.folder_names import inside
from cocodec.groups.keys import crowd_told
from cocodec.reshaping.evaluating import select
from cocodec.reshaping.measuring import areas_of
from cocodec.signatures import names_arguments

__all__ = ["page_server"]

_LARGEST_FILE = 1 << 28  # bytes of one image file
_OUTCOMES = {"match": MATCH, "miss": MISS, "false": FALSE, "ignored": IGNORED}


@names_arguments
def page_server(
    viewer: Viewer,
    *,
    images: str | os.PathLike[str] | None = None,
    title: str = "",
    port: int = 0,
) -> ThreadingHTTPServer:
    """Make a server of the page on 127.0.0.1, which nobody but this machine reaches.

    Parameters
    ----------
    viewer : Viewer
        What is shown.
    images : path or address, optional
        The folder of the image files, or an address that the page fetches them from.
    title : str
    port : int
        0: one that is free; ``server.server_address`` tells it.

    Returns
    -------
    ThreadingHTTPServer
        ``serve_forever()`` starts it.

    Examples
    --------
    >>> from cocodec.drawing import Viewer, page_server
    >>> server = page_server(Viewer(document))
    >>> server.server_address[0]
    '127.0.0.1'
    >>> server.server_close()
    """
    if not 0 <= port < 1 << 16:
        raise ValueError(f"port is {port}, expected 0 to 65535")
    pages = _Pages(viewer, images, title)

    class Handler(_Handler):
        answers = pages

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server


class _Pages:
    """What is answered."""

    def __init__(self, viewer: Viewer, images: Any, title: str) -> None:
        self._viewer, self._title = viewer, title
        self._folder = None if images is None or is_address(images) else Path(images)
        self._source = image_source(images) if is_address(images) else None

    def page(self) -> str:
        policy = "'self'" if self._source is None else self._source.policy
        return "".join(page_parts(iter([self._data()]), policy, self._title, connect="'self'"))

    def _data(self) -> str:
        viewer = self._viewer
        images = []
        for row in range(len(viewer.scenes)):
            image = viewer.image(row)
            size = size_of(image["t"])
            image["h"], image["w"] = size if size is not None else (0, 0)
            if self._folder is not None:
                image["src"] = f"image/{row}"
            elif self._source is not None:
                try:
                    name = image["t"].get("file_name")
                    image["src"] = self._source.address(name, f"images, row {row}")
                except DocumentError as error:
                    image["problem"] = str(error)
            images.append(image)
        return safe_json({**viewer.header(self._title), "served": True, "images": images})

    def scene(self, row: int) -> str:
        size, scene, problems = self._viewer.scene(row)
        return safe_json({**scene, "size": size, "problems": problems})

    def image(self, row: int) -> tuple[str, bytes]:
        if self._folder is None:
            raise DocumentError("there is no folder of images")
        record = self._viewer.truth.images[row]
        what = f"images, row {row}"
        name = record.get("file_name") if isinstance(record, dict) else None
        with located(table="images", row=row):
            path = inside(self._folder, name)
        if not path.is_file():
            raise DocumentError(f"{what}: there is no file {os.fspath(path)!r}")
        if path.stat().st_size > _LARGEST_FILE:
            raise DocumentError(f"{what}: the file has more than {_LARGEST_FILE:,} bytes")
        data = path.read_bytes()
        return file_type(data, what), data

    def rows(self, filter: dict[str, Any]) -> str:
        """The images that have annotations which a filter of the page keeps."""
        viewer = self._viewer
        sides = [(viewer.truth, "truth")]
        if viewer.found is not None:
            sides.append((viewer.found, "found"))
        kept: set[int] = set()
        for document, kind in sides:
            flags = _passing(document, filter, is_result=kind == "found")
            if "outcome" in filter:
                flags &= self._outcomes(filter, kind)
            rows = document.image_rows()[flags]
            kept.update(rows[rows >= 0].tolist())
        return safe_json(sorted(kept))

    def _outcomes(self, filter: dict[str, Any], kind: str) -> NDArray[np.bool_]:
        viewer = self._viewer
        if viewer.found is None or viewer.overlaps is None:
            raise DocumentError("there are no results, and so no outcomes")
        told = judge(
            viewer.truth,
            viewer.found,
            viewer.overlaps,
            threshold=float(filter.get("iou", 0.5)),
            min_score=filter.get("score"),
        )
        column = told.truth if kind == "truth" else told.found
        return np.asarray(column == _OUTCOMES[filter["outcome"]], bool)


_TEXTS = {"crowd", "text", "expression", "outcome"}
_NUMBERS = {"low", "high", "score", "iou"}


def _checked(filter: Any) -> dict[str, Any]:
    """Take a filter from outside: known keys with values of their kind.

    Raises
    ------
    DocumentError
        For anything else; names the key.
    """
    if not isinstance(filter, dict):
        raise DocumentError(f"a filter is an object, not {json.dumps(filter)[:40]}")
    out: dict[str, Any] = {}
    for key, value in filter.items():
        if value is None or key == "onlyWith":
            continue
        if key in _TEXTS:
            good = isinstance(value, str)
        elif key in _NUMBERS:
            good = isinstance(value, (int, float)) and not isinstance(value, bool)
        else:
            good = key == "categories" and isinstance(value, list)
            good = good and all(isinstance(one, int) for one in value)
        if not good or (key == "outcome" and value not in ("", *_OUTCOMES)):
            raise DocumentError(f"the filter's {key} is {json.dumps(value)[:40]}")
        if value not in ("", []):
            out[key] = value
    return out


def _passing(document: Document, filter: dict[str, Any], *, is_result: bool) -> NDArray[np.bool_]:
    table = document.annotations
    flags = np.ones(len(table), bool)
    if "categories" in filter:
        flags &= np.isin(document.category_rows(), filter["categories"])
    if "low" in filter or "high" in filter:
        areas = areas_of(document)
        flags &= areas >= filter.get("low", -np.inf)
        flags &= areas <= filter.get("high", np.inf)
    if "crowd" in filter:
        flags &= (crowd_told(table, strict=False) == 1) == (filter["crowd"] == "yes")
    if "score" in filter:
        scores = scores_of(document)
        flags &= (scores >= filter["score"]) | (np.isnan(scores) & (not is_result))
    if filter.get("expression", "").strip():
        flags &= select(document, "annotations", filter["expression"])
    text = filter.get("text", "").strip().lower()
    if text:
        flags &= _mentions(document, text)
    return flags


def _mentions(document: Document, text: str) -> NDArray[np.bool_]:
    """Which annotations have a text somewhere: in a value, their category's or image's name."""
    names = document.images.column("file_name", missing=None).tolist()
    named = np.array([text in str(name).lower() for name in names] + [False], bool)
    called = document.categories.column("name", missing=None).tolist()
    categories = np.array([text in str(name).lower() for name in called] + [False], bool)
    flags: NDArray[np.bool_] = named[document.image_rows()] | categories[document.category_rows()]
    for row in np.flatnonzero(~flags).tolist():
        record = document.annotations[row]
        if isinstance(record, dict):
            record.pop("segmentation", None)
        flags[row] = any(text in value for value in _values_in(record))
    return flags


def _values_in(value: Any) -> Iterator[str]:
    """Texts and numbers in a value, however deep, as the page spells them; keys are none."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _values_in(one)
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value))
    else:
        yield (value if isinstance(value, str) else json.dumps(value)).lower()


class _Handler(BaseHTTPRequestHandler):
    answers: _Pages
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer the page, a scene, an image file, or the rows that a filter keeps."""
        # Names that lead to this machine from elsewhere (DNS rebinding) are not answered.
        port = self.connection.getsockname()[1]
        hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        if self.headers.get("Host") not in hosts:
            self._send(HTTPStatus.FORBIDDEN, "text/plain", b"not for this name")
            return
        parts = urlsplit(self.path)
        try:
            self._answer(parts.path, parts.query)
        except (CocodecError, OSError, ValueError, TypeError) as error:
            self._send_json(json.dumps({"error": str(error)}), HTTPStatus.BAD_REQUEST)

    def _answer(self, path: str, query: str) -> None:
        if path == "/":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.answers.page().encode())
            return
        if path == "/rows":
            given = json.loads(parse_qs(query).get("filter", ["{}"])[0])
            self._send_json(self.answers.rows(_checked(given)))
            return
        asked: dict[str, Callable[[int], Any]] = {
            "scene": self.answers.scene,
            "image": self.answers.image,
        }
        kind, _, number = path.strip("/").partition("/")
        if kind not in asked or not number.isascii() or not number.isdigit():
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"there is nothing here")
            return
        try:
            found = asked[kind](int(number))
        except IndexError as error:
            raise DocumentError(str(error)) from None
        if kind == "scene":
            self._send_json(found)
        else:
            self._send(HTTPStatus.OK, *found)

    def _send_json(self, text: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, "application/json", text.encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing of single requests."""
