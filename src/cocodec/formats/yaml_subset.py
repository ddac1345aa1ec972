"""The part of YAML that ``data.yaml`` files use: maps and lists of plain and quoted values.

No anchors, tags or several documents: what is not understood is refused with its line. A flow value
(``[a, b]``, ``{0: a}``) may go over several lines. Of a block text (``download: |``) the lines are
kept, without blank ones and how they are indented.
"""

from __future__ import annotations

import re
from typing import Any

from cocodec.errors import DocumentError

__all__ = ["parse_yaml", "yaml_string"]

_DEEPEST = 20
_LONGEST_FLOW = 1000
_NUMBER = re.compile(r"[-+]?(\d+|\d*\.\d+|\d+\.\d*)([eE][-+]?\d+)?")
_BLOCK = re.compile(r"[|>][-+1-9]{0,2}")
_PLAIN_END = re.compile(r"\s+#")
_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'\[{&*!|>%@`][^#]*?)\s*:(?=\s|$)""")
_BLOCK_KEY = re.compile(rf":\s+{_BLOCK.pattern}(\s+#.*)?$")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/", "0": "\0", "r": "\r"}


class _Line:
    __slots__ = ("indent", "number", "text")

    def __init__(self, number: int, indent: int, text: str) -> None:
        self.number, self.indent, self.text = number, indent, text


def parse_yaml(text: str, name: str) -> dict[Any, Any]:
    """Read a map.

    Raises
    ------
    DocumentError
        For anything beyond the subset: names the file, as `name`, and the line.
    """
    reader = _Reader(_lines(text, name), name)
    if not reader.lines:
        return {}
    value = reader.block(reader.lines[0].indent, 0)
    if reader.at < len(reader.lines):
        raise reader.error(reader.lines[reader.at], "it is indented otherwise than what is before")
    if not isinstance(value, dict):
        raise DocumentError(f"{name}: expected a map, such as 'names: [a, b]'")
    return value


def yaml_string(value: str) -> str:
    """Spell a string so that every reader of YAML takes it for that string."""
    simple = re.fullmatch(r"[A-Za-z_][\w ./-]*[\w/]|[A-Za-z_]", value, re.ASCII)
    words = {"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan", "inf"}
    if simple and value.lower() not in words:
        return value
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 32 or char in "\x7f\x85\u2028\u2029" else char
        for char in value.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _lines(text: str, name: str) -> list[_Line]:
    found: list[_Line] = []
    block = None  # how far the key of a block text is indented, whose lines may have anything
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or (stripped == "---" and not found):
            continue
        if line.rstrip() == "...":  # the document ends
            break
        indent = len(line) - len(line.lstrip(" "))
        block = block if block is not None and indent > block else None
        if block is None and _BLOCK_KEY.search(stripped):
            block = indent
        elif block is None and "\t" in line[: len(line) - len(line.lstrip())]:
            raise DocumentError(f"{name}, line {number}: a tab indents it; YAML wants blanks")
        found.append(_Line(number, indent, stripped))
    return found


class _Reader:
    def __init__(self, lines: list[_Line], name: str) -> None:
        self.lines, self.name, self.at = lines, name, 0

    def error(self, line: _Line, what: str) -> DocumentError:
        return DocumentError(f"{self.name}, line {line.number}: {line.text[:60]!r}: {what}")

    def block(self, indent: int, depth: int) -> Any:
        """Read the map or the list whose lines are indented by `indent`."""
        if depth > _DEEPEST:
            raise self.error(self.lines[self.at], f"deeper than {_DEEPEST} levels")
        if self.lines[self.at].text.startswith(("- ", "-")) and self._is_item():
            return self._list(indent, depth)
        return self._map(indent, depth)

    def _is_item(self) -> bool:
        text = self.lines[self.at].text
        return text == "-" or text.startswith("- ")

    def _list(self, indent: int, depth: int) -> list[Any]:
        found = []
        while self.at < len(self.lines) and self.lines[self.at].indent == indent:
            if not self._is_item():
                break
            line = self.lines[self.at]
            rest = line.text[1:].strip()
            self.at += 1
            if not rest:
                found.append(self._nested(indent, depth))
            elif _KEY.match(rest):
                # A map in a list: its first key stands behind the dash.
                self.at -= 1
                line.indent += line.text.index(rest)
                line.text = rest
                found.append(self._map(line.indent, depth + 1))
            else:
                found.append(self._scalar(line, rest))
        return found

    def _map(self, indent: int, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while self.at < len(self.lines) and self.lines[self.at].indent == indent:
            line = self.lines[self.at]
            match = _KEY.match(line.text)
            if match is None:
                raise self.error(line, "expected 'key: value'")
            key = self._scalar(line, match[1])
            if isinstance(key, (list, dict)) or key in found:
                raise self.error(line, f"the key {key!r} comes twice, or is none")
            rest = _without_comment(line.text[match.end() :].strip())
            self.at += 1
            if _BLOCK.fullmatch(rest):
                found[key] = self._block_text(indent)
            else:
                found[key] = self._scalar(line, rest) if rest else self._nested(indent, depth)
        return found

    def _block_text(self, indent: int) -> str:
        first = self.at
        while self.at < len(self.lines) and self.lines[self.at].indent > indent:
            self.at += 1
        return "\n".join(line.text for line in self.lines[first : self.at])

    def _nested(self, indent: int, depth: int) -> Any:
        """What stands below a key or a dash: deeper lines, or a list at the same depth."""
        if self.at >= len(self.lines):
            return None
        line = self.lines[self.at]
        if line.indent > indent or (line.indent == indent and self._is_item() and depth >= 0):
            return self.block(line.indent, depth + 1)
        return None

    def _scalar(self, line: _Line, text: str) -> Any:
        text = _without_comment(text)
        if text.startswith(("[", "{")):
            first = self.at
            while not _is_closed(text) and self.at < len(self.lines):
                if self.at - first > _LONGEST_FLOW:
                    raise self.error(line, f"brackets over more than {_LONGEST_FLOW} lines")
                text += " " + _without_comment(self.lines[self.at].text)
                self.at += 1
            value, end = self._flow(line, text, 0, 0)
            if text[end:].strip():
                raise self.error(line, "something stands behind the bracket")
            return value
        if text.startswith(('"', "'")):
            value, end = self._quoted(line, text, 0)
            if text[end:].strip():
                raise self.error(line, "something stands behind the quote")
            return value
        if text.startswith(("&", "*", "!", "|", ">", "%", "@", "`")):
            raise self.error(line, "anchors and tags are not read")
        return _plain(text)

    def _flow(self, line: _Line, text: str, at: int, depth: int) -> tuple[Any, int]:
        if depth > _DEEPEST:
            raise self.error(line, f"deeper than {_DEEPEST} levels")
        is_map = text[at] == "{"
        close = "}" if is_map else "]"
        items: list[Any] = []
        keys: dict[Any, Any] = {}
        at += 1
        while True:
            at = _skip(text, at)
            if at >= len(text):
                raise self.error(line, f"{close!r} is missing")
            if text[at] == close:
                return (keys if is_map else items), at + 1
            value, at = self._flow_value(line, text, at, depth)
            at = _skip(text, at)
            if is_map:
                if at >= len(text) or text[at] != ":" or isinstance(value, (list, dict)):
                    raise self.error(line, "expected 'key: value' in the braces")
                keys[value], at = self._flow_value(line, text, _skip(text, at + 1), depth)
                at = _skip(text, at)
            else:
                items.append(value)
            if at < len(text) and text[at] == ",":
                at += 1
            elif at >= len(text) or text[at] != close:
                raise self.error(line, f"expected ',' or {close!r}")

    def _flow_value(self, line: _Line, text: str, at: int, depth: int) -> tuple[Any, int]:
        if at < len(text) and text[at] in "[{":
            return self._flow(line, text, at, depth + 1)
        if at < len(text) and text[at] in "\"'":
            return self._quoted(line, text, at)
        end = at
        while end < len(text) and text[end] not in ",]}[{" and text[end : end + 2] != ": ":
            end += 1
        if end == at:
            raise self.error(line, "a value is missing")
        return _plain(text[at:end].strip()), end

    def _quoted(self, line: _Line, text: str, at: int) -> tuple[str, int]:
        quote = text[at]
        out = []
        at += 1
        while at < len(text):
            char = text[at]
            if char == quote:
                if quote == "'" and text[at + 1 : at + 2] == "'":
                    out.append("'")
                    at += 2
                    continue
                return "".join(out), at + 1
            if char == "\\" and quote == '"':
                char, at = self._escape(line, text, at)
            out.append(char)
            at += 1
        raise self.error(line, "a quote is not closed")

    def _escape(self, line: _Line, text: str, at: int) -> tuple[str, int]:
        """The char that a backslash at `at` spells, and the index of its last char."""
        kind = text[at + 1 : at + 2]
        length = {"x": 2, "u": 4, "U": 8}.get(kind)
        if length is None:
            if kind not in _ESCAPES:
                raise self.error(line, f"the escape \\{kind} is not known")
            return _ESCAPES[kind], at + 1
        digits = text[at + 2 : at + 2 + length]
        try:
            return chr(int(digits, 16)), at + 1 + length
        except (ValueError, OverflowError):
            raise self.error(line, f"the escape \\{kind}{digits} is no char") from None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _without_comment(text: str) -> str:
    if text.startswith("#"):
        return ""
    if text.startswith(('"', "'")):
        return text
    match = _PLAIN_END.search(text)
    if match is None or _in_quotes(text, match.start()):
        return text.strip()
    return text[: match.start()].strip()


def _in_quotes(text: str, at: int) -> bool:
    before = text[:at]
    return before.count('"') % 2 == 1 or before.count("'") % 2 == 1


def _is_closed(text: str) -> bool:
    """Whether as many brackets are closed as are open, quotes left out."""
    bare = re.sub(r""""(?:[^"\\]|\\.)*"|'[^']*'""", "", text)
    return sum(map(bare.count, "[{")) <= sum(map(bare.count, "]}"))


def _plain(text: str) -> Any:
    lowered = text.lower()
    if lowered in ("", "~", "null"):
        return None
    if lowered in ("true", "false"):
        return lowered == "true"
    if _NUMBER.fullmatch(text):
        try:
            return int(text)
        except ValueError:
            return float(text)
    return text
