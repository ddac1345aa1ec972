"""The floors of the house: a wing uses what lies below it, and nothing points upward.

Reads imports and `#include`s as text. Sizes are held by ruff (PLR0915, PLR0917) and by clang-tidy.
"""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import cocodec

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "cocodec"
CPP = ROOT / "cpp"

# Wings of one floor do not know each other. The package itself only hands names on.
FLOORS = (
    {"errors", "_core"},
    {"signatures", "threads"},
    {"embedding", "files", "masks"},
    {"documents"},
    {"dialects", "evaluation", "arrow", "groups"},
    {"conversion", "inspection", "reshaping", "panoptic", "formats", "pycocotools"},
    {"bulk", "drawing", "conformance"},
    {"cli"},
    {"__main__"},
)
CPP_FLOORS = (
    {"kernels"},
    {"masks"},
    {"rings", "morphology", "json", "png"},
    {"outlines"},  # what is traced is rings, and has to be rasterised to the same mask
    {"records"},
    {"evaluation", "c_api"},
    {"bindings"},
)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
# A class, struct or enum defined at the level of a namespace.
TYPE = re.compile(r"^(?:struct|class|enum(?: class)?) (\w+)(?: final)?(?: : [^;]*)? \{", re.M)
STANDARD = re.compile(r"cocodec/\w+\.h(pp)?|[a-z_0-9]+(\.h)?")
# What a public header declares stands in the folder of its name; these say less by their names.
HEADERS = {
    "masks": {"error", "buffer", "rle", "dense", "counts", "setops", "iou", "boundary"}
    | {
        "label_map",
        "limits",
        "threads",
        "panoptic",
        "overlap",
        "paste",
        "positions",
    },
    "kernels": {"isa"},
    "rings": {"polygon", "centres"},
    "morphology": {"transform", "components", "morphology", "measures"},
    "png": {"png"},
    "json": {
        "json",
        "json_split",
        "json_stream",
        "duplicate_keys",
        "number_lists",
        "row_text",
    },
    "records": {"records", "segmentation", "brush", "mask_fit", "plain_rings"},
    "evaluation": {"evaluation"},
    "c_api": {"cocodec"},
}


def floor_of(wing: str, floors: tuple[set[str], ...]) -> int:
    (floor,) = (i for i, wings in enumerate(floors) if wing in wings)
    return floor


# The doors of `Document`: functions here, and nowhere else, import from above when they are called.
DOORS = "documents/document.py"


def imports(path: Path, *, inside_functions: bool = True) -> Iterator[str]:
    """The wings that a module imports, at its top or, unless told otherwise, anywhere inside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        if inside_functions or id(node) not in inside:
            yield from (name.split(".")[1] for name in names if name.startswith("cocodec."))


def test_no_import_points_upward() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE)
        here = module.with_suffix("").parts[0]
        if here == "__init__":
            continue
        for there in imports(path, inside_functions=module.as_posix() != DOORS):
            if there != here and floor_of(there, FLOORS) >= floor_of(here, FLOORS):
                wrong.append(f"{path.relative_to(ROOT)} imports cocodec.{there}")
    assert wrong == []


def test_the_doors_of_a_document_lead_upward() -> None:
    path = PACKAGE / DOORS
    doors = set(imports(path)) - set(imports(path, inside_functions=False))
    assert doors == {"dialects", "conversion", "panoptic", "inspection", "reshaping", "drawing"}


def test_a_wing_is_a_folder_and_no_function_has_its_name() -> None:
    for path in PACKAGE.iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert any(path.name in wings for wings in FLOORS), f"{path.name} needs a floor"
            assert not callable(getattr(cocodec, path.name, None)), path.name


def test_public_names_are_all_that_shows() -> None:
    wings = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    shown = {name for name in dir(cocodec) if not name.startswith("_")}
    assert shown - set(cocodec.__all__) <= wings | {"errors"}


def folder_of_header(name: str) -> str:
    stem = Path(name).stem
    return next(folder for folder, stems in HEADERS.items() if stem in stems)


def included_folders(path: Path) -> Iterator[str]:
    for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        if name.startswith("cocodec/") and (CPP / "include" / name).exists():
            yield folder_of_header(name)
        elif "/" in name and (CPP / "src" / name).exists():
            yield name.split("/")[0]


def test_no_include_points_upward() -> None:
    wrong = []
    places = {path: path.relative_to(CPP / "src").parts[0] for path in (CPP / "src").rglob("*.?pp")}
    places |= {path: folder_of_header(path.name) for path in (CPP / "include").rglob("*.h*")}
    for path, here in sorted(places.items()):
        for there in included_folders(path):
            above = floor_of(there, CPP_FLOORS) - floor_of(here, CPP_FLOORS)
            # Kernels report what is wrong by the codes of error.hpp; everything else they are told.
            if there != here and above >= 0 and (here, there) != ("kernels", "masks"):
                wrong.append(f"{path.relative_to(ROOT)} includes from {there}")
    assert wrong == []


def test_kernels_know_no_mask() -> None:
    allowed = {"cocodec/error.hpp", "cocodec/isa.hpp"}
    for path in (CPP / "src" / "kernels").iterdir():
        ours = {name for name in INCLUDE.findall(path.read_text()) if name.startswith("cocodec/")}
        assert ours <= allowed, path.name


def test_a_type_of_the_core_has_its_name_alone() -> None:
    """Two types of one name in one namespace are one to the linker: Buffer<Span> of the one was
    as well that of the other. Files that are compiled together would not compile either."""
    places: dict[str, list[str]] = {}
    for path in sorted(CPP.rglob("*.[hc]pp")):
        folder = path.relative_to(CPP).parts[0]
        # The twins of another instruction set have the same names, and are never one unit.
        if folder in ("include", "src", "bindings") and path.parent.name != "kernels":
            for name in TYPE.findall(path.read_text(encoding="utf-8")):
                places.setdefault(name, []).append(str(path.relative_to(CPP)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
    assert len(places) > 200


def test_only_bindings_know_python() -> None:
    for folder in ("include", "src", "tests"):
        for path in (CPP / folder).rglob("*.[hc]*"):
            names = INCLUDE.findall(path.read_text(encoding="utf-8"))
            assert not [n for n in names if n == "Python.h" or n.startswith("pybind11")], path
            if folder == "include":
                assert all(STANDARD.fullmatch(name) for name in names), path


def test_what_is_broken_on_purpose_stands_there() -> None:
    """`mutate.py` runs at night: a line that moved or went would only be missed there."""
    places = runpy.run_path(str(ROOT / "cpp/tests/mutate.py"))["PLACES"]
    sources = {name: (ROOT / "cpp/src" / name).read_text() for name, _, _ in places}
    assert [(name, line) for name, line, _ in places if sources[name].count(line) != 1] == []
