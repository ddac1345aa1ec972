"""``import pycocotools`` -> this package: a finder that is asked before all others.

Modules are the same objects under both names, so what is patched under one is patched under the
other. Nothing is written to disk: whoever does not call `install` sees no difference.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
    from importlib.metadata import Distribution, DistributionFinder
else:
    # Importing importlib.abc costs more than the rest of this package: it brings pathlib, tempfile
    # and urllib. The import system asks for methods, not for bases.
    Loader = MetaPathFinder = object

__all__ = ["Installation", "init_as_pycocotools", "install", "uninstall"]

# Package -> our package, its modules, and the release whose behaviour they have.
_KNOWN = {
    "pycocotools": ("cocodec.pycocotools", ("coco", "cocoeval", "mask", "_mask"), "2.0.11"),
    "lvis": ("cocodec.pycocotools.lvis", ("lvis", "results", "eval"), "0.5.3"),
    "faster_coco_eval": (
        "cocodec.pycocotools.faster",
        ("core", "core.coco", "core.cocoeval", "core.faster_eval_api", "core.mask"),
        "1.8.0",
    ),
}


class _Alias(Loader):
    """Loads a module of ours under another name."""

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._ours)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put the other name's there


class _Finder(MetaPathFinder):
    """Answers for the packages in `names`, and says which release of them it stands for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = fullname.partition(".")
        if package not in self.names:
            return None
        ours, modules, _ = _KNOWN[package]
        if not module:
            return ModuleSpec(fullname, _Alias(ours), is_package=True)
        if module not in modules:
            return None
        is_package = any(other.startswith(f"{module}.") for other in modules)
        return ModuleSpec(fullname, _Alias(f"{ours}.{module}"), is_package=is_package)

    def invalidate_caches(self) -> None:
        """Forget nothing: nothing is kept."""

    def find_distributions(self, context: DistributionFinder.Context) -> Iterator[Distribution]:
        if context.name in self.names:
            yield _distribution(str(context.name))


def _distribution(name: str) -> Distribution:
    """Tell `importlib.metadata` which release of a package this is."""
    from importlib.metadata import Distribution
    from pathlib import Path

    class Metadata(Distribution):
        def read_text(self, filename: str) -> str | None:
            known = f"Metadata-Version: 2.1\nName: {name}\nVersion: {_KNOWN[name][2]}\n"
            return known if filename == "METADATA" else None

        def locate_file(self, path: Any) -> Any:
            return Path(__file__).parent / path

    return Metadata()


_finder = _Finder()


class Installation:
    """What `install` did; as a context manager, undoes it at the end."""

    def __init__(self, added: Sequence[str]) -> None:
        self._added = added

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *error: object) -> None:
        _remove(self._added)


def install(*, lvis: bool = False, faster_coco_eval: bool = False) -> Installation:
    """Make ``import pycocotools`` find cocodec, in this process, until `uninstall`.

    Call it before anything imports pycocotools: in the entry module, so that spawned workers call
    it too. ``with install():`` undoes it at the end.

    Parameters
    ----------
    lvis : bool
        Stand in for ``lvis`` too.
    faster_coco_eval : bool
        Stand in for ``faster_coco_eval`` too.

    Raises
    ------
    ImportError
        If the real package was imported already; says by whom. Nothing is installed then.
    """
    chosen = {"pycocotools": True, "lvis": lvis, "faster_coco_eval": faster_coco_eval}
    names = [name for name, is_chosen in chosen.items() if is_chosen]
    added = [name for name in names if name not in _finder.names]
    for name in added:
        _require_unimported(name)
    _finder.names.update(added)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return Installation(added)


init_as_pycocotools = install


def uninstall() -> None:
    """Undo `install`: later imports find the real packages. What was imported stays."""
    _remove(list(_finder.names))


def _remove(names: Sequence[str]) -> None:
    _finder.names.difference_update(names)
    if not _finder.names and _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name in [loaded for loaded in sys.modules if loaded.partition(".")[0] in names]:
        del sys.modules[name]


def _require_unimported(package: str) -> None:
    loaded = [name for name in sys.modules if name.partition(".")[0] == package]
    if not loaded:
        return
    importers = ", ".join(_importers(package)) or "a module that keeps no trace of it"
    raise ImportError(
        f"{package} was imported already, by {importers}: call cocodec.pycocotools.install() "
        "before that, at the top of the entry module",
        name=package,
    )


def _importers(package: str) -> list[str]:
    """Modules in whose namespace something of `package` is."""
    found: dict[int, str] = {}  # by identity: the main module of a worker has two names
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package or not isinstance(module, ModuleType):
            continue
        if any(_home(value) == package for value in list(vars(module).values())):
            found.setdefault(id(module), name)
    return sorted(found.values())


def _home(value: Any) -> str:
    """Top package that a value comes from; only of kinds that can be asked without side effect."""
    kind = type(value)  # isinstance would ask the value itself
    if kind is ModuleType:
        return str(value.__name__).partition(".")[0]
    if issubclass(kind, (type, FunctionType, BuiltinFunctionType)):
        return str(value.__module__).partition(".")[0]
    return ""
