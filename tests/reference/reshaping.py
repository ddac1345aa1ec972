"""Reshaping, slowly: what each command makes of a document, said of plain JSON values."""

from __future__ import annotations

import fnmatch
import itertools
import json
import math
from collections.abc import Callable, Iterable
from typing import Any

from reference.masks import Mask, decode_pixels, from_string

Root = dict[str, Any]
Row = dict[str, Any]


# Expressions: trees of tuples. ("value", 3), ("key", "a", "b"), ("not", x), ("-", x), (op, x, y),
# ("call", name, x, ...), ("index", x, i), ("list", x, ...).


def spell(tree: Any) -> str:
    """Write a tree as people would, with brackets everywhere."""
    kind, *rest = tree
    if kind == "value":
        return _spell_value(rest[0])
    if kind == "key":
        return ".".join(f"`{key}`" if not key.isidentifier() else key for key in rest)
    if kind == "index":
        return f"({spell(rest[0])})[{rest[1]}]"
    if kind == "list":
        return f"[{', '.join(map(spell, rest))}]"
    if kind == "call":
        return f"{rest[0]}({', '.join(map(spell, rest[1:]))})"
    if len(rest) == 1:
        return f"{kind} ({spell(rest[0])})"
    return f"({spell(rest[0])}) {kind} ({spell(rest[1])})"


def _spell_value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def value_of(tree: Any, row: Row, joined: dict[str, Row]) -> Any:
    """The value of a tree for one row; TypeError where values do not suit."""
    kind, *rest = tree
    if kind == "value":
        return rest[0]
    if kind == "key":
        return _key(rest, row, joined)
    if kind == "list":
        return [value_of(item, row, joined) for item in rest]
    if kind == "index":
        base = value_of(rest[0], row, joined)
        if base is None:
            return None
        if not isinstance(base, list):
            raise TypeError
        return base[rest[1]] if rest[1] < len(base) else None
    if kind == "call":
        return _call(rest, row, joined)
    values = [value_of(item, row, joined) for item in rest]
    if kind in ("and", "or", "not"):
        return _logic(kind, [truth(value) for value in values])
    if kind in ("==", "!="):
        return equal(*values) == (kind == "==")
    if kind in ("in", "not in"):
        return contained(*values) == (kind == "in")
    if kind in ("<", "<=", ">", ">="):
        return _ordered(kind, *values)
    return _arithmetic(kind, *values) if len(values) == 2 else _arithmetic("-", 0, *values)


def _key(path: list[str], row: Row, joined: dict[str, Row]) -> Any:
    value: Any = row
    if len(path) == 2 and path[0] in joined:
        value, path = joined[path[0]], path[1:]
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _call(rest: list[Any], row: Row, joined: dict[str, Row]) -> Any:
    name, *arguments = rest
    if name == "has":
        *path, last = arguments[0][1:]
        holder = _key(path, row, joined) if path else row
        if len(path) == 1 and path[0] in joined:
            holder = joined[path[0]]
        return isinstance(holder, dict) and last in holder
    values = [value_of(argument, row, joined) for argument in arguments]
    if name == "len":
        if not isinstance(values[0], (str, list, dict, type(None))):
            raise TypeError
        return None if values[0] is None else len(values[0])
    if not all(value is None or isinstance(value, str) for value in values):
        raise TypeError
    if None in values:
        return None if name == "lower" else False
    return {"lower": str.lower, "startswith": str.startswith, "like": fnmatch.fnmatchcase}[name](
        *values
    )


def _logic(kind: str, values: list[bool]) -> bool:
    if kind == "not":
        return not values[0]
    return all(values) if kind == "and" else any(values)


def truth(value: Any) -> bool:
    if isinstance(value, (str, list, dict)):
        raise TypeError
    return bool(value)


def is_number(value: Any) -> bool:
    return type(value) in (int, float)


def equal(a: Any, b: Any) -> bool:
    if is_number(a) and is_number(b):
        return a == b
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return set(a) == set(b) and all(equal(a[key], b[key]) for key in a)
    return a == b


def contained(item: Any, container: Any) -> bool:
    if container is None:
        return False
    if isinstance(container, list):
        return any(equal(item, one) for one in container)
    if isinstance(container, str) and item is None:
        return False
    if not isinstance(container, str) or not isinstance(item, str):
        raise TypeError
    return item in container


def _ordered(kind: str, a: Any, b: Any) -> bool:
    if a is None or b is None:
        return False
    if not (is_number(a) and is_number(b)) and not (isinstance(a, str) and isinstance(b, str)):
        raise TypeError
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[kind]


def _arithmetic(kind: str, a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    if not (is_number(a) and is_number(b)):
        raise TypeError
    if kind in "/%" and b == 0:
        return None
    calculate: dict[str, Callable[[], Any]] = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "%": lambda: a % b,
    }
    out = calculate[kind]()
    return out if math.isfinite(out) else None


# Subsets


def joined_rows(root: Root, row: Row) -> dict[str, Row]:
    return {
        "image": find(root["images"], row.get("image_id")) or {},
        "category": find(root["categories"], row.get("category_id")) or {},
    }


def find(rows: list[Row], id_: Any) -> Row | None:
    """The last row of this id: 1 and "1" are two, and so are 1 and true."""
    found = [row for row in rows if "id" in row and equal(row["id"], id_)]
    return found[-1] if found else None


def kept(
    root: Root,
    image: Callable[[Row], bool] | None,
    annotation: Callable[[Row], bool],
    drops: tuple[bool, bool] = (False, False),
) -> Root:
    """The document with some rows left out. `drops`: empty images, unused categories."""
    images = [row for row in root["images"] if image is None or image(row)]
    annotations = []
    for row in root["annotations"]:
        there = find(root["images"], row.get("image_id"))
        if image is None or (there is not None and any(there is one for one in images)):
            annotations.append(row)
    annotations = [row for row in annotations if annotation(row)]
    categories = root["categories"]
    if drops[0]:
        used = [find(root["images"], row.get("image_id")) for row in annotations]
        images = [row for row in images if any(row is one for one in used)]
    if drops[1]:
        used = [find(categories, row.get("category_id")) for row in annotations]
        categories = [row for row in categories if any(row is one for one in used)]
    return {**root, "images": images, "annotations": annotations, "categories": categories}


def is_crowd(row: Row) -> bool:
    return row.get("iscrowd") in (1, True)


def area(root: Root, row: Row) -> float | None:
    """The key `area`, or else pixels, or else the box."""
    if is_number(row.get("area")):
        return row["area"]
    box = row.get("bbox")
    return None if box is None else box[2] * box[3]


def pixels_of(segmentation: Row) -> list[bool]:
    counts = segmentation["counts"]
    runs = from_string(counts.encode()) if isinstance(counts, str) else counts
    return decode_pixels(Mask(runs, *segmentation["size"]).runs)


def flags(rows: Iterable[Row], keeps: Callable[[Row], Any]) -> list[bool]:
    return [bool(keeps(row)) for row in rows]


# Merging


class Conflict(Exception):  # noqa: N818 - what it is
    """Two different rows have one id."""


def spelled(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def fresh(ids: list[Any]) -> Callable[[Any], Any]:
    """Makes ids that nobody has."""
    numbers = [value for value in ids if type(value) is int]
    taken = {value for value in ids if isinstance(value, str)}
    counter = itertools.count(max([0, *numbers]) + 1)

    def next_id(old: Any) -> Any:
        if isinstance(old, int):
            return next(counter)
        number = next(n for n in itertools.count(2) if f"{old}-{n}" not in taken)
        taken.add(f"{old}-{number}")
        return f"{old}-{number}"

    return next_id


def merged(roots: list[Root], reindex: bool) -> Root:
    """The rows of all documents in one; Conflict unless `reindex`."""
    out = {
        key: list(value) if isinstance(value, list) else value for key, value in roots[0].items()
    }
    fresh_of = {
        table: fresh([row["id"] for root in roots for row in root[table]])
        for table in ("categories", "images", "annotations")
    }
    moves: list[dict[str, list[tuple[Any, Any]]]] = [
        {"images": [], "categories": []} for _ in roots
    ]
    for number, root in enumerate(roots[1:], 1):
        before = list(out["categories"])
        for row in root["categories"]:
            same = [one for one in before if spelled(one) == spelled(row)]
            named = same or [one for one in before if one["name"] == row["name"]]
            if named:
                moves[number]["categories"].append((row["id"], named[0]["id"]))
            elif any(equal(one["id"], row["id"]) for one in before):
                if not reindex:
                    raise Conflict("categories")
                new = fresh_of["categories"](row["id"])
                moves[number]["categories"].append((row["id"], new))
                out["categories"].append({**row, "id": new})
            else:
                out["categories"].append(row)
    _merge_images(roots, out, moves, fresh_of["images"], reindex)
    _merge_annotations(roots, out, moves, fresh_of["annotations"], reindex)
    return out


def _first(roots: list[Root], table: str, number: int, id_: Any) -> tuple[int, Row] | None:
    """The first row of an id in the documents before this one."""
    for earlier, root in enumerate(roots[:number]):
        for row in root[table]:
            if equal(row["id"], id_):
                return earlier, row
    return None


def _merge_images(
    roots: list[Root], out: Root, moves: Any, next_id: Callable[[Any], Any], reindex: bool
) -> None:
    renumbered: list[tuple[int, Row, Any]] = []
    for number, root in enumerate(roots[1:], 1):
        for row in root["images"]:
            first = _first(roots, "images", number, row["id"])
            if first is None:
                out["images"].append(row)
            elif spelled(first[1]) == spelled(row):
                continue
            elif not reindex:
                raise Conflict("images")
            else:
                again = [new for n, one, new in renumbered if spelled(one) == spelled(row)]
                new = again[0] if again else next_id(row["id"])
                if not again:
                    renumbered.append((number, row, new))
                    out["images"].append({**row, "id": new})
                moves[number]["images"].append((row["id"], new))


def _merge_annotations(
    roots: list[Root], out: Root, moves: Any, next_id: Callable[[Any], Any], reindex: bool
) -> None:
    for number, root in enumerate(roots[1:], 1):
        for row in root["annotations"]:
            new = dict(row)
            follows = False
            for key, table in (("image_id", "images"), ("category_id", "categories")):
                if find(root[table], row[key]) is None:
                    continue
                moved = [to for old, to in moves[number][table] if equal(old, row[key])]
                if moved and not equal(moved[-1], row[key]):
                    new[key], follows = moved[-1], True
            first = _first(roots, "annotations", number, row["id"])
            if first is not None:
                told = find(root["images"], row["image_id"]) is not None
                if told and not follows and spelled(first[1]) == spelled(row):
                    continue
                if not reindex:
                    raise Conflict("annotations")
                new["id"] = next_id(row["id"])
            out["annotations"].append(new)


# Comparing


def mask_of(row: Row) -> list[bool] | None:
    """The pixels of a row's RLE; rings are not for this page."""
    segmentation = row.get("segmentation")
    return pixels_of(segmentation) if isinstance(segmentation, dict) else None


def shape_of(row: Row) -> Any:
    """What of a row is compared: its pixels and their size, its box, its id."""
    pixels = mask_of(row)
    if pixels is not None:
        return ("mask", row["segmentation"]["size"], pixels)
    box = row.get("bbox")
    return ("nothing", repr(row["id"])) if box is None else ("box", [float(v) for v in box])


def shared_of(a: Any, b: Any) -> tuple[float, float, float] | None:
    """The sizes of two shapes, and of what they share; None for those that do not compare."""
    if a[0] != b[0] or a[0] == "nothing" or (a[0] == "mask" and a[1] != b[1]):
        return None
    if a[0] == "mask":
        both = sum(x and y for x, y in zip(a[2], b[2], strict=True))
        return float(sum(a[2])), float(sum(b[2])), float(both)
    (ax, ay, aw, ah), (bx, by, bw, bh) = a[1], b[1]
    w, h = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by + bh) - max(ay, by)
    return aw * ah, bw * bh, w * h if w > 0 and h > 0 else 0.0


def matched(a: Root, b: Root, min_iou: float) -> tuple[list[Any], list[Any], list[Any]]:
    """Pairs of equal annotations (rows), of moved ones with IoU, gained and lost pixels.

    And of those that are alike in the same image, and of another category.
    """
    same = []
    shapes_a = [shape_of(row) for row in a["annotations"]]
    shapes_b = [shape_of(row) for row in b["annotations"]]
    cells_a = [cell_of(a, row) for row in a["annotations"]]
    cells_b = [cell_of(b, row) for row in b["annotations"]]
    free_a, free_b = list(range(len(shapes_a))), list(range(len(shapes_b)))
    for by_id in (True, False):  # of several equal shapes those with the same id belong together
        for i, shape in enumerate(shapes_a):
            twins = [j for j in free_b if cells_b[j] == cells_a[i] and shapes_b[j] == shape]
            if by_id:
                id_ = a["annotations"][i]["id"]
                twins = [j for j in twins if equal(b["annotations"][j]["id"], id_)]
            if i in free_a and twins:
                free_a.remove(i)
                free_b.remove(twins[0])
                same.append((i, twins[0]))
    found = []
    for parts in (2, 1):  # the same image and category, and then the same image
        candidates = []
        for i, j in itertools.product(free_a, free_b):
            together = cells_a[i][:parts] == cells_b[j][:parts]
            sizes = shared_of(shapes_a[i], shapes_b[j]) if together else None
            if sizes is not None and sizes[2] > 0:
                iou = sizes[2] / (sizes[0] + sizes[1] - sizes[2])
                candidates.append((-iou, i, j, sizes[1] - sizes[2], sizes[0] - sizes[2]))
        near: list[Any] = []
        for minus, i, j, gained, lost in sorted(candidates):
            if -minus >= min_iou and not any(i == m[0] or j == m[1] for m in near):
                near.append((i, j, -minus, gained, lost))
        free_a = [i for i in free_a if i not in [one[0] for one in near]]
        free_b = [j for j in free_b if j not in [one[1] for one in near]]
        found.append(sorted(near))
    return same, found[0], found[1]


def cell_of(root: Root, row: Row) -> tuple[Any, Any]:
    image, category = joined_rows(root, row)["image"], joined_rows(root, row)["category"]
    return (
        image.get("file_name", ("lost", repr(row["image_id"]))),
        category.get("name", ("lost", repr(row["category_id"]))),
    )
