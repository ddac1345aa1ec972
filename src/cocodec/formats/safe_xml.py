"""XML of strangers: no document types, so no entities of their own, and nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cocodec.errors import DocumentError
from cocodec.formats.folders import read_text

__all__ = ["Element", "child_text", "new_element", "parse_xml", "print_xml"]

Element = ElementTree.Element
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEEPEST = 100
# Encodings of more than a byte that expat does not know; Python does.
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["']([\w-]+)["']""")
_MANY_BYTES = (
    "gbk",
    "gb2312",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "cp949",
    "cp932",
)


class _Builder(ElementTree.TreeBuilder):
    """Refuses what the formats here never have, before it can do harm."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise DocumentError("it has a document type, which may define entities; remove that line")

    def start(self, tag: Any, attrs: Any) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DocumentError(f"it is nested deeper than {_DEEPEST} elements")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse_xml(path: Path) -> Element:
    """Read a file.

    Raises
    ------
    DocumentError
        If it is no XML, or has a document type.
    """
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        parser.feed(_decoded(read_text(path)))
        root: Element = parser.close()
    except ElementTree.ParseError as error:
        raise DocumentError(f"{path}: no XML: {error}") from None
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or is not that
        raise DocumentError(f"{path}: no XML: {error}") from None
    return root


def _decoded(data: bytes) -> str | bytes:
    declared = _DECLARED.match(data)
    name = declared[1].decode().lower() if declared is not None else ""
    return data.decode(name) if name in _MANY_BYTES else data


def child_text(element: Element, name: str, default: str = "") -> str:
    """The text of an element's first child of this name."""
    found = element.find(name)
    return default if found is None or found.text is None else found.text.strip()


def new_element(
    parent: Element | None, name: str, text: Any = None, /, **attributes: Any
) -> Element:
    """Make an element, below a parent if there is one."""
    values = {key: _checked(str(value)) for key, value in attributes.items()}
    if parent is None:
        element = Element(name, values)
    else:
        element = ElementTree.SubElement(parent, name, values)
    if text is not None:
        element.text = _checked(str(text))
    return element


def print_xml(root: Element) -> bytes:
    """Spell a tree, indented by two blanks."""
    ElementTree.indent(root)
    out: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return out + b"\n"


def _checked(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise DocumentError(f"{text!r:.60} has a char that XML does not have")
    return text
