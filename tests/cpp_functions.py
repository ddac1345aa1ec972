"""Finds the functions of a C++ text by counting braces: enough for size limits, not a parser.

Knows comments, strings, preprocessor lines, namespaces, classes, constructors with initialisers and
lambdas at namespace scope. What lies inside a function belongs to that function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TRIVIA = re.compile(
    r'R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'  # raw strings first: they may hold anything
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"  # not the separators of 1'000'000
    r"|^[ \t]*\#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)
_SCOPE = re.compile(r"(?:^|[\s>])(?:namespace|class|struct|union|enum|extern)\b[^()=]*$")
_QUALIFIERS = r"(?:const|volatile|noexcept|override|final|mutable|&&?|->[^{};]*|requires[^{};]*)"
_FUNCTION = re.compile(rf"[)\]]\s*(?:{_QUALIFIERS}\s*)*$")
_INITIALISERS = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")


@dataclass(frozen=True)
class CppFunction:
    name: str
    line: int
    lines: int
    parameters: int


def blank(text: str) -> str:
    """The text without comments, literals and directives; every line stays where it is."""
    code = _TRIVIA.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    # `public:` belongs to no declaration.
    return re.sub(r"\b(public|private|protected)(\s*):(?!:)", r"\1\2;", code)


def functions(text: str) -> Iterator[CppFunction]:
    """Yield the outermost functions of `text`, in order."""
    code = blank(text)
    head_start = i = 0
    while i < len(code):
        char = code[i]
        if char in ";}":
            head_start = i + 1
        elif char == "{":
            head = code[head_start:i]
            if _SCOPE.search(head):
                head_start = i + 1
            else:
                end = _closing(code, i)
                # A constructor's `: member_{value}` and `Type name{...}` are values, not bodies.
                if _FUNCTION.search(head) or _starts_body(head):
                    yield _describe(code, head_start, i, end)
                    head_start = end + 1
                i = end
        i += 1


def _starts_body(head: str) -> bool:
    return bool(_INITIALISERS.search(head)) and head.rstrip().endswith((")", "}"))


def _closing(code: str, start: int) -> int:
    """Index of the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i] in "{([") - (code[i] in "})]")
        if depth == 0:
            return i
    return len(code) - 1


def _describe(code: str, head_start: int, body: int, end: int) -> CppFunction:
    head = code[head_start:body]
    start = head_start + len(head) - len(head.lstrip())
    name, parameters = _signature(head)
    return CppFunction(
        name=name,
        line=code.count("\n", 0, start) + 1,
        lines=code.count("\n", start, end) + 1,
        parameters=parameters,
    )


def _signature(head: str) -> tuple[str, int]:
    """Name and number of parameters: the last group of parentheses before what may follow one."""
    match = _INITIALISERS.search(head)
    if match:
        head = head[: match.start() + 1]
    head = re.sub(r"\bnoexcept\s*\([^()]*\)|->[^{};]*$|\brequires\b[^{};]*$", "", head)
    end = head.rfind(")")
    if end < 0 or head.rfind("]") > end:  # a lambda without a parameter list
        return "lambda", 0
    depth, start = 0, end
    while start >= 0:
        depth += (head[start] == ")") - (head[start] == "(")
        if depth == 0:
            break
        start -= 1
    name = re.search(r"([\w:~]+|operator\W+|\])\s*$", head[:start])
    found = name.group(1) if name else "?"
    return ("lambda" if found == "]" else found), _count(head[start + 1 : end])


def _count(parameters: str) -> int:
    depth, count = 0, 1
    for char in parameters:
        depth += (char in "([{<") - (char in ")]}>")
        count += char == "," and depth == 0
    return count if parameters.strip() not in ("", "void") else 0
