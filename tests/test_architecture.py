"""The floors of the house and the sizes of its rooms.

A floor uses only what lies below it, or beside it where the table says so. Reads `#include`s and
imports as text: what is not written here cannot creep in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture_tables import (
    BESIDE,
    CPP_FLOORS,
    LONG_FILES,
    LONG_FUNCTIONS,
    MANY_PARAMETERS,
    PYTHON_FLOORS,
    REGISTRATION,
)
from cpp_functions import CppFunction, functions

ROOT = Path(__file__).resolve().parents[1]
CPP = ROOT / "cpp"
PACKAGE = ROOT / "src" / "cocodec"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 5

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
STANDARD_HEADER = re.compile(r"[a-z_0-9]+(\.h)?")
PYTHON_HEADER = re.compile(r"^(Python\.h|pybind11/|numpy/)")


def cpp_files(*folders: str) -> list[Path]:
    suffixes = (".cpp", ".hpp", ".h")
    return sorted(p for f in folders for p in (CPP / f).rglob("*") if p.suffix in suffixes)


def cpp_topic(path: Path) -> str:
    for folder in ("kernels", "bindings"):
        if folder in path.relative_to(CPP).parts:
            return folder
    return path.stem


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def resolved(source: Path, name: str) -> Path | None:
    """The file of ours that `#include name` means, None for foreign ones."""
    for base in (source.parent, CPP / "include", CPP / "src"):
        if (base / name).is_file():
            return (base / name).resolve()
    return None


def test_every_cpp_file_has_a_floor() -> None:
    topics = {cpp_topic(path) for path in cpp_files("include", "src", "bindings")}
    assert sorted(topics - CPP_FLOORS.keys()) == [], "give it a floor in CPP_FLOORS"


def test_includes_never_point_upward() -> None:
    upward = []
    for path in cpp_files("include", "src", "bindings"):
        for name in includes(path):
            target = resolved(path, name)
            if target is None:
                continue
            here, there = CPP_FLOORS[cpp_topic(path)], CPP_FLOORS[cpp_topic(target)]
            if there > here:
                upward.append(f"{path.relative_to(ROOT)} includes {name}")
    assert upward == []


def test_includes_make_no_circle() -> None:
    graph = {path.resolve(): [] for path in cpp_files("include", "src", "bindings")}
    for path, targets in graph.items():
        targets += [t for name in includes(path) if (t := resolved(path, name)) is not None]
    done: set[Path] = set()

    def visit(path: Path, trail: tuple[Path, ...]) -> None:
        assert path not in trail, " -> ".join(p.name for p in (*trail, path))
        if path not in done:
            for target in graph.get(path, []):
                visit(target, (*trail, path))
            done.add(path)

    for path in graph:
        visit(path, ())


def test_only_bindings_know_python() -> None:
    strangers = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files("include", "src", "tests")
        for name in includes(path)
        if PYTHON_HEADER.match(name)
    ]
    assert strangers == []


def test_public_headers_use_the_standard_library_only() -> None:
    strangers = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files("include")
        for name in includes(path)
        if not name.startswith("cocodec/") and not STANDARD_HEADER.fullmatch(name)
    ]
    assert strangers == []


def test_kernels_know_no_rle() -> None:
    allowed = {"cocodec/error.hpp", "cocodec/isa.hpp"}
    for path in cpp_files("src/kernels"):
        ours = {n for n in includes(path) if resolved(path, n) is not None}
        assert {n for n in ours if not n.startswith("kernels/")} <= allowed


# ---------------------------------------------------------------- Python


def python_files(*folders: str) -> list[Path]:
    return sorted(p for f in folders for p in (ROOT / f).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def is_module(name: str) -> bool:
    place = PACKAGE.joinpath(*name.split("."))
    return name == "_core" or place.is_dir() or place.with_suffix(".py").is_file()


def imported_modules(path: Path) -> Iterator[str]:
    """Names below `cocodec` that a module imports, at its top or anywhere inside."""
    package = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
            yield from (n.partition(".")[2] for n in names if n.split(".")[0] == "cocodec")
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if node.module else []
            if node.level > 0:
                base = [*package[: len(package) + 1 - node.level], *base]
            elif base[:1] == ["cocodec"]:
                base = base[1:]
            else:
                continue
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                yield whole if is_module(whole) else ".".join(base)


def test_every_module_has_a_floor() -> None:
    heads = {module_name(p).split(".")[0] for p in python_files("src/cocodec")}
    assert sorted(heads - PYTHON_FLOORS.keys()) == [], "give it a floor in PYTHON_FLOORS"


def test_imports_never_point_upward() -> None:
    wrong = []
    for path in python_files("src/cocodec"):
        here = module_name(path)
        for there in imported_modules(path):
            a, b = here.split(".")[0], there.split(".")[0]
            if a == b and (a in BESIDE or here == a or there == a):
                continue
            if PYTHON_FLOORS[b] >= PYTHON_FLOORS[a]:
                wrong.append(f"{path.relative_to(ROOT)} imports cocodec.{there}")
    assert wrong == []


# ---------------------------------------------------------------- sizes


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_too_long() -> None:
    files = cpp_files("include", "src", "bindings", "tests")
    files += python_files("src", "tests", "benchmarks")
    files += sorted(p for s in ("*.pyi", "*.pyx", "*.pxd") for p in PACKAGE.rglob(s))
    lengths = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert {p: n for p, n in lengths.items() if n > MAX_FILE_LINES and p not in LONG_FILES} == {}


def cpp_function_list() -> list[tuple[str, CppFunction]]:
    files = cpp_files("include", "src", "bindings", "tests")
    return [(relative(p), f) for p in files for f in functions(p.read_text(encoding="utf-8"))]


def test_no_cpp_function_is_too_long() -> None:
    too_long = [
        f"{path}:{function.line} {function.name}: {function.lines} lines"
        for path, function in cpp_function_list()
        if function.lines > MAX_FUNCTION_LINES
        and (path, function.name) not in LONG_FUNCTIONS
        and not (path.startswith("cpp/bindings/") and REGISTRATION.fullmatch(function.name))
    ]
    assert too_long == []


def test_no_cpp_function_takes_too_much() -> None:
    too_many = [
        f"{path}:{function.line} {function.name}: {function.parameters} parameters"
        for path, function in cpp_function_list()
        if function.parameters > MAX_PARAMETERS and (path, function.name) not in MANY_PARAMETERS
    ]
    assert too_many == []


Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_functions() -> Iterator[tuple[str, Function]]:
    for path in python_files("src", "tests", "benchmarks"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield relative(path), node


def parameter_count(function: Function) -> int:
    """Parameters but self and cls; options of a public function (keyword-only) do not count."""
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if function.name.startswith("_"):
        names += [a.arg for a in arguments.kwonlyargs]
    return len([n for n in names if n not in ("self", "cls")])


def test_no_python_function_is_too_long() -> None:
    too_long = [
        f"{path}:{function.lineno} {function.name}: {length} lines"
        for path, function in python_functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
        and (path, function.name) not in LONG_FUNCTIONS
    ]
    assert too_long == []


def test_no_python_function_takes_too_much() -> None:
    too_many = [
        f"{path}:{function.lineno} {function.name}: {parameter_count(function)} parameters"
        for path, function in python_functions()
        if parameter_count(function) > MAX_PARAMETERS
        and (path, function.name) not in MANY_PARAMETERS
    ]
    assert too_many == []


def test_exemptions_are_still_needed() -> None:
    """An exemption whose function is gone, or has shrunk, goes too."""
    cpp = {(p, f.name): (f.lines, f.parameters) for p, f in cpp_function_list()}
    python = {
        (p, f.name): ((f.end_lineno or 0) - f.lineno + 1, parameter_count(f))
        for p, f in python_functions()
    }
    sizes = cpp | python
    for key in LONG_FUNCTIONS:
        assert sizes[key][0] > MAX_FUNCTION_LINES, key
    for key in MANY_PARAMETERS:
        assert sizes[key][1] > MAX_PARAMETERS, key
    for path in LONG_FILES:
        assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) > MAX_FILE_LINES, path


# ---------------------------------------------------------------- the counter itself

SAMPLE = r"""// void comment() {
#define MACRO(x) { x
namespace outer {
namespace {
struct Plain { int a = 0; int values[2] = {1, 2}; };
enum class Kind { one, two };
const int table[] = {1, 2, 3};

template <class T, class U>
std::map<T, U> two(const std::map<T, U>& map, T (*fn)(int, int)) noexcept {
    const char* text = "} { \" }";
    const char brace = '{';
    if (map.empty()) { return {}; }
    return map;
}
}  // namespace

class Thing final : public Base {
public:
    Thing(int a, int b) : a_(a), b_{b}, c_{} {
        use(a);
    }
    bool operator()(int a, int b, int c) const { return a < b; }
    ~Thing() {}
    int declared(int a, int b, int c, int d, int e, int f);
private:
    int a_, b_{0}, c_;
};

const check::Test test("name", [] {
    const auto inner = [](int a, int b) { return a + b; };
    inner(1, 2);
});

__attribute__((target("avx2"))) auto six(int a, int b, int c, int d, int e,
                                         int f) -> std::size_t {
    return R"(} } })"[0] + 1'000'000;
}
extern "C" int entry(void) {
    return 0;
}
}  // namespace outer
"""


def test_the_counter_counts() -> None:
    found = [(f.name, f.line, f.lines, f.parameters) for f in functions(SAMPLE)]
    assert found == [
        ("two", 9, 7, 2),
        ("Thing", 20, 3, 2),
        ("operator()", 23, 1, 3),
        ("~Thing", 24, 1, 0),
        ("lambda", 30, 4, 0),
        ("six", 35, 4, 6),
        ("entry", 39, 3, 0),
    ]


@pytest.mark.parametrize("length", [MAX_FUNCTION_LINES, MAX_FUNCTION_LINES + 1])
def test_the_counter_sees_the_limit(length: int) -> None:
    body = "    step();\n" * (length - 2)
    (function,) = functions(f"void long_one(int a) {{\n{body}}}\n")
    assert function.lines == length
