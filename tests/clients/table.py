"""Dialect x real client: what each makes of what cocodec writes, as a table for the docs.

``COCODEC_CLIENTS=PYTHON python tests/clients/table.py`` writes the table into docs/dialects.md;
PYTHON has the extra `clients` (by default this one). Clients that are missing keep their rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).resolve().parent)]

from probe import name_of  # noqa: E402

import cocodec  # noqa: E402
from support.clients import CLIENTS  # noqa: E402
from support.dialect_documents import make  # noqa: E402

PAGE = ROOT / "docs" / "dialects.md"
BEGIN, END = "<!-- clients: begin -->", "<!-- clients: end -->"
SOURCES = ("official", "cvat", "encord", "hasty", "trainingdata")
# What is written, how its masks are spelled, and who reads it.
TARGETS = (
    ("official", None, ("pycocotools", "torchvision", "sahi", "globox", "supervision", "fiftyone")),
    ("official", "rle", ("pycocotools", "torchvision", "sahi", "globox", "fiftyone")),
    ("cvat", None, ("datumaro",)),
    ("encord", None, ("encord",)),
    ("encord-list", None, ("encord",)),
    ("hasty", None, ("pycocotools",)),
)


def installed() -> dict[str, str]:
    """The clients that are there, and their versions."""
    return ask("--versions")


def ask(*words: str) -> Any:
    """Run the probe."""
    probe = Path(__file__).with_name("probe.py")
    command = [CLIENTS, str(probe), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"{' '.join(words[:1])}: {run.stderr[-2000:]}")
    return json.loads(run.stdout)


def expected(path: Path) -> list[str]:
    """The masks of a file as cocodec reads them, as the probe names them; "" for none."""
    document = cocodec.read(path)
    found, rows = document.masks(), document.image_rows().tolist()
    names = document.images.column("file_name").tolist()
    parts = document.annotations.part.tolist()
    members = [part.name for part in document.parts]
    out = []
    for i, row in enumerate(rows):
        if not found.has_mask[i]:
            out.append("")
            continue
        name = names[row]
        if members[parts[i]]:  # a zip for CVAT: the subset, and datumaro's name of the image
            subset = str(members[parts[i]]).removesuffix(".json").rpartition("_")[2]
            name = f"{subset}/{Path(name).with_suffix('')}"
        out.append(name_of(name, found.masks[i].decode(layout="NHW")[0]))
    return out


def cell(found: dict[str, Any], masks: Sequence[str]) -> str:
    """What a client made of a file, against what is in it."""
    if not found["opens"]:
        return f"no: {found['error'].split(':')[0]}"
    own = Counter(found["masks"])
    if not own:
        return f"{found['objects']} of {len(masks)}"
    equal = sum((own & Counter(mask for mask in masks if mask)).values())
    return f"{found['objects']} of {len(masks)}, {equal} of {own.total()} masks equal"


def rows(clients: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    """The table: a row for each target and client, a cell for each source."""
    out: dict[tuple[str, str], list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for to, masks, readers in TARGETS:
            paths = [_write(name, to, masks, Path(folder)) for name in SOURCES]
            wanted = [expected(path) for path in paths]
            for client in readers:
                if client in clients:
                    given = [_unpacked(path) if to == "cvat" else path for path in paths]
                    found = ask(client, *map(str, given))
                    what = to if masks is None else f"{to}, masks {masks}"
                    out[what, client] = [cell(*one) for one in zip(found, wanted, strict=True)]
    return out


def _write(name: str, to: str, masks: Any, folder: Path) -> Path:
    path = folder / f"{name}.{to}.{masks}.{'zip' if to == 'cvat' else 'json'}"
    cocodec.convert_dialect(make(name), path, to=to, masks=masks)
    return path


def _unpacked(path: Path) -> Path:
    """Datumaro takes a folder."""
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    return folder


def committed() -> dict[tuple[str, str], list[str]]:
    """The table in the docs."""
    text = PAGE.read_text(encoding="utf-8")
    body = text[text.index(BEGIN) : text.index(END)]
    lines = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("|")]
    return {(line[0], line[1]): line[2:] for line in lines[2:]}


def render(table: dict[tuple[str, str], list[str]]) -> str:
    """The table in Markdown."""
    head = ("Written as", "Read by", *(f"from {name}" for name in SOURCES))
    lines = [head, ("---",) * len(head), *((*key, *cells) for key, cells in table.items())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    old = committed() if rest.split(END)[0].strip() else {}
    new = {**old, **rows(installed())}
    PAGE.write_text(f"{before}{BEGIN}\n\n{render(new)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
