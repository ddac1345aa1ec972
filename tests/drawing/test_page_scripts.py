"""The page's scripts under Node give what the core gives: runs, pixels, filters, matches."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from cocodec import Document, DocumentError, RleArray, RleError
from cocodec.drawing.matching import FALSE, IGNORED, MATCH, MISS, judge, overlaps_of
from cocodec.drawing.overlays import score_color
from cocodec.drawing.scenes import with_results
from cocodec.masks.painting import color_of
from cocodec.reshaping.evaluating import select
from reference import drawing as reference
from support.node import run_node

DECODE = "return script.decodeCounts(given.counts, ...given.size)"


def random_texts(source: random.Random) -> list[tuple[str, list[int]]]:
    """Counts strings, most of them wrong in some way, and sizes."""
    letters = [chr(code) for code in range(48, 112)]
    out: list[tuple[str, list[int]]] = []
    for _ in range(400):
        height, width = source.randrange(12), source.randrange(12)
        dense = np.array([[source.random() < 0.5 for _ in range(width)] for _ in range(height)])
        masks = RleArray.encode(dense.astype(bool).reshape(1, height, width))
        text = masks.to_coco()[0]["counts"]
        out.append((text, [height, width]))
        at = source.randrange(len(text) + 1)
        edits = [
            text[:at] + source.choice(letters) + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + source.choice("\x00 /p~é\u2028\U0001f600") + text[at:],
            "".join(source.choices(letters, k=source.randrange(9))),
        ]
        out += [(edit, [height, width]) for edit in edits]
    return out


def odd_texts() -> list[tuple[str, list[int]]]:
    return [
        ("", [0, 0]), ("", [1, 1]), ("0", [0, 0]), ("0", [0, 7]), ("1", [1, 1]), ("01", [1, 1]),
        ("0000000000", [0, 0]), ("0100", [1, 1]), ("P", [1, 1]), ("o", [1, 1]), ("oo", [4, 4]),
        ("PPPPPPP", [4, 4]), ("PPPPPPP0", [4, 4]), ("PPPPPP0", [4, 4]), ("@", [1, 1]),
        ("00@", [0, 0]), ("0001O", [0, 0]), ("ooooooO", [65536, 65535]),
        ("PPPPPP4", [65536, 65536]), ("ooooooN", [1, 1]), ("oooooo3", [65536, 65535]),
        ("PPPPPP4", [2**32 - 1, 1]), ("0oooooo3", [2**32 - 1, 1]), ("52203", [4, 4]),
        ("<script>", [4, 4]), ("1e2", [4, 4]), ("__proto__", [4, 4]), ("0" * 100_000, [0, 0]),
    ]  # fmt: skip


def test_counts_strings_as_the_core_reads_them() -> None:
    cases = random_texts(random.Random(21)) + odd_texts()
    answers = run_node("rle.js", DECODE, [{"counts": text, "size": size} for text, size in cases])
    accepted = 0
    for (text, size), answer in zip(cases, answers, strict=True):
        try:
            runs = RleArray.from_coco({"size": size, "counts": text}).counts.tolist()
        except (RleError, UnicodeEncodeError):
            assert "error" in answer, (text, size, answer)
        else:
            assert answer.get("value") == runs, (text, size, answer)
            accepted += 1
    assert 400 < accepted < len(cases) - 400


def test_every_mask_of_the_sample(sample) -> None:
    import cocodec

    found = cocodec.read(sample).masks(on_error="skip")
    masks = found.masks[found.has_mask]
    cases = masks.to_coco()
    answers = run_node("rle.js", DECODE, cases)
    runs = [mask.counts.tolist() for mask in masks]
    assert [answer.get("value") for answer in answers] == runs
    assert len(runs) > 400


@pytest.mark.parametrize("seed", range(8))
def test_layers_are_what_a_loop_over_pixels_paints(seed: int) -> None:
    source = np.random.default_rng(seed)
    height, width = source.integers(1, 20, 2).tolist()
    dense = (source.random((5, height, width)) < source.random((5, 1, 1))).astype(np.uint8)
    hatched = [bool(flag) for flag in source.integers(0, 2, 5)]
    given = {"runs": [m.counts.tolist() for m in RleArray.encode(dense)], "hatched": hatched}
    given["size"] = [height, width]
    body = (
        "const l = new script.Layers(...given.size);"
        "given.runs.forEach((runs, i) => l.paint(runs, i, given.hatched[i]));"
        "const colors = given.runs.map((_, i) => [i + 1, 0, 0]);"
        "return Array.from(l.pixels(colors, 100, true))"
    )
    (answer,) = run_node("rle.js", body, [given])
    expected = np.zeros((height, width, 4), np.uint8)
    for i, mask in enumerate(dense.tolist()):
        for y in range(height):
            for x in range(width):
                is_edge = reference.is_edge(mask, y, x)
                if mask[y][x] and (is_edge or not hatched[i] or (x + y) % 8 < 4):
                    expected[y, x] = (i + 1, 0, 0, 255 if is_edge else 100)
    assert answer["value"] == expected.ravel().tolist()


@pytest.mark.parametrize("step", [1, 2, 3, 5, 8])
def test_sampling_takes_one_pixel_of_each_step(step: int) -> None:
    source = np.random.default_rng(step)
    cases, expected = [], []
    for _ in range(40):
        height, width = source.integers(1, 30, 2).tolist()
        dense = (source.random((1, height, width)) < 0.6).astype(np.uint8)
        cases.append({"runs": RleArray.encode(dense).counts.tolist(), "size": [height, width]})
        rows, columns = -(-height // step), -(-width // step)
        sides = (height, rows), (width, columns)
        half = [min(step // 2, side - (n - 1) * step - 1) for side, n in sides]
        some = dense[0, half[0] :: step, half[1] :: step]
        assert some.shape == (rows, columns)
        expected.append(np.flatnonzero(some.T).tolist())
    body = (
        f"return script.sampled(given.runs, ...given.size, {step})"
        ".flatMap(([a, b]) => Array.from({length: b - a}, (_, i) => a + i))"
    )
    answers = run_node("rle.js", body, cases)
    assert [answer.get("value") for answer in answers] == expected


def test_covers() -> None:
    masks = RleArray.from_boxes([[1, 2, 3, 4]], (9, 7))
    points = [[x, y] for x in range(7) for y in range(9)]
    runs = masks.counts.tolist()
    body = "return script.covers(given.runs, 9, ...given.point)"
    answers = run_node("rle.js", body, [{"runs": runs, "point": point} for point in points])
    dense = masks.decode()[0]
    assert [answer["value"] for answer in answers] == [bool(dense[y, x]) for x, y in points]


def test_colors() -> None:
    answers = run_node("colors.js", "return script.ofNumber(given)", list(range(500)))
    assert [tuple(answer["value"]) for answer in answers] == [color_of(i) for i in range(500)]
    scores = [None, -1, 0, 0.001, 0.25, 0.5, 0.7, 0.999, 1, 3]
    answers = run_node("colors.js", "return script.ofScore(given)", scores)
    assert [tuple(answer["value"]) for answer in answers] == [score_color(s) for s in scores]


ROWS = [
    {
        "id": 1,
        "area": 10.5,
        "iscrowd": 0,
        "score": 0.5,
        "attributes": {"a": [1, "x", None], "b c": True},
        "name": "Öl",
    },
    {"id": "1", "area": None, "iscrowd": 1, "bbox": [1, 2, 3, 4], "name": "ab-[c].png"},
    {"id": 3, "area": -7, "iscrowd": False, "name": "", "toString": 5, "score": 2},
    {"id": 4, "category_id": 2, "image_id": 7, "area": 7, "name": "\U0001f600", "attributes": []},
    {},
]
EXPRESSIONS = [
    "area > 7",
    "area >= -7 and area < 10.6",
    "not area",
    "area + 1 * 2 == 9",
    "area % -3 == -2",
    "area / 0 == null",
    "-area == 7",
    "--area == 7",
    "area - 1 - 1 == 5",
    "iscrowd == 0",
    "iscrowd == false",
    "iscrowd in [0, 1]",
    "id == 1",
    "id == '1'",
    "id in [1, '1']",
    "'a' in name",
    "name == 'Öl'",
    "lower(name) == 'öl'",
    "upper(name) == 'ÖL'",
    "len(name) == 1",
    "len(bbox) == 4 and bbox[-1] == 4",
    "bbox[4] == null",
    "has(area)",
    "has(attributes.a)",
    "has(toString)",
    "has(constructor)",
    "constructor == null",
    "`name` == ''",
    "attributes.a[1] == 'x'",
    "attributes.`b c`",
    "attributes.a == [1, 'x', null]",
    "category.name == 'dog'",
    "image.width > 5",
    "image.width == null",
    "category.supercategory == null",
    "like(name, '*.png')",
    "like(name, 'ab-[[]c[]]*')",
    "like(name, '[!a]*')",
    "like(name, '?')",
    "startswith(name, 'ab')",
    "endswith(name, 'g')",
    "score > 0.4 or area > 100",
    "(area)",
    "(attributes).a[0] == 1",
    "not not area",
    "abs(area) == 7",
    "area not in [7, -7]",
    "null == area",
    "name > 'a'",
    "score",
    "1e3 > area",
    ".5 == score",
    '"\\n" in name',
    # what goes wrong with some row
    "name > 5",
    "name + 1 == 2",
    "name",
    "area in area",
    "len(area) == 1",
    "attributes > 1",
    "area and name",
    "abs(name) == 1",
    "lower(area) == 'x'",
    "bbox['a'] == 1",
    "- name == 1",
    # what cannot be read
    "",
    "area >",
    "area > 1 > 2",
    "(area",
    "nothing(area)",
    "len()",
    "has(1)",
    "a b",
    "= 1",
    "'open",
    "a..b",
    "area = 1",
    "1 +",
    "[1, 2",
    "not",
    "in",
    "((" * 40 + "1" + "))" * 40,
    "abs(1, 2)",
    "a[",
    "@",
]


def test_expressions_as_subset_reads_them() -> None:
    images = [{"id": 7, "width": 640}]
    categories = [{"id": 2, "name": "dog"}]
    document = Document.from_rows(images=images, categories=categories, annotations=ROWS)
    scopes = [
        {"annotation": row, "image": None, "category": None}
        if row.get("id") != 4
        else {"annotation": row, "image": images[0], "category": categories[0]}
        for row in ROWS
    ]
    cases = [{"text": text, "rows": scopes} for text in EXPRESSIONS]
    body = "const holds = script.compile(given.text); return given.rows.map((row) => holds(row))"
    answers = run_node("expressions.js", body, cases)
    said = 0
    for text, answer in zip(EXPRESSIONS, answers, strict=True):
        try:
            expected = select(document, "annotations", text).tolist()
        except DocumentError:
            assert "error" in answer, (text, answer)
            said += 1
        else:
            assert answer.get("value") == expected, (text, answer)
    assert 25 < said < len(EXPRESSIONS) - 45


def random_expression(source: random.Random, depth: int) -> str:
    """An expression of the grammar, whatever it means."""
    keys = ["id", "area", "iscrowd", "score", "name", "bbox", "attributes.a", "lost", "image.width"]
    values = ["0", "1", "-7", "0.5", "'x'", "'ab'", "true", "null", "[1, 'x']", "''"]
    if depth == 0:
        return source.choice(keys + values)
    deeper = [random_expression(source, depth - 1) for _ in range(2)]
    signs = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/", "%", "and", "or"]
    kind = source.random()
    if kind < 0.7:
        return f"({deeper[0]} {source.choice(signs)} {deeper[1]})"
    if kind < 0.8:
        return f"(not {deeper[0]})"
    if kind < 0.9:
        return f"{source.choice(['len', 'abs', 'lower', 'upper'])}({deeper[0]})"
    return f"{source.choice(['startswith', 'endswith', 'like'])}({deeper[0]}, {deeper[1]})"


def test_random_expressions_as_subset_reads_them() -> None:
    source = random.Random(77)
    texts = [random_expression(source, source.choice([1, 1, 1, 2, 3])) for _ in range(1500)]
    images = [{"id": 7, "width": 640}]
    rows = [ROWS[0], ROWS[3], {"id": 5, "area": 0, "name": "x", "image_id": 7}, {}]
    document = Document.from_rows(images=images, annotations=rows)
    scopes = [
        {"annotation": row, "image": images[0] if "image_id" in row else None, "category": None}
        for row in rows
    ]
    body = "const holds = script.compile(given.text); return given.rows.map((row) => holds(row))"
    cases = [{"text": text, "rows": scopes} for text in texts]
    told = {True: 0, False: 0}
    for text, answer in zip(texts, run_node("expressions.js", body, cases), strict=True):
        try:
            expected = select(document, "annotations", text).tolist()
        except DocumentError:
            assert "error" in answer, (text, answer)
        else:
            assert answer.get("value") == expected, (text, answer)
        told["error" in answer] += 1
    assert min(told.values()) > 200


# ---------------------------------------------------------------- matches


def random_scene(seed: int) -> tuple[Document, list[dict]]:
    source = random.Random(seed)
    boxes = [[x, y, 10, 10] for x in (0, 3, 20) for y in (0, 4, 20)]
    truth, found = [], []
    for i in range(source.randrange(1, 9)):
        row = {"id": i + 1, "image_id": source.choice([1, 2]), "category_id": source.choice([1, 2])}
        box = source.choice(boxes)
        row |= {"bbox": box, "area": 100, "iscrowd": int(source.random() < 0.25)}
        truth.append(row)
    for _ in range(source.randrange(9)):
        row = {"image_id": source.choice([1, 2]), "category_id": source.choice([1, 2])}
        row |= {"bbox": source.choice(boxes), "score": source.choice([0.25, 0.5, 0.75])}
        found.append(row)
    document = Document.from_rows(
        images=[{"id": i, "height": 40, "width": 40} for i in (1, 2)],
        categories=[{"id": i, "name": str(i)} for i in (1, 2)],
        annotations=truth,
    )
    return document, found


def judged(document: Document, found: list[dict], threshold: float):
    results = with_results(document, json.dumps(found).encode())
    overlaps = overlaps_of(document, results)
    return results, overlaps, judge(document, results, overlaps, threshold=threshold)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(40))
def test_matches_as_pycocotools_finds_them(seed: int, threshold: float, capsys) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    document, found = random_scene(seed)
    _, _, told = judged(document, found, threshold)
    gt = coco.COCO()
    gt.dataset = {
        "images": list(document.images),
        "categories": list(document.categories),
        "annotations": list(document.annotations),
    }
    gt.createIndex()
    dt = coco.COCO()
    rows = [{**row, "id": i + 1, "area": 100, "iscrowd": 0} for i, row in enumerate(found)]
    dt.dataset = {**gt.dataset, "annotations": rows}
    dt.createIndex()
    evaluation = cocoeval.COCOeval(gt, dt, "bbox")
    evaluation.params.iouThrs = np.array([threshold])
    evaluation.evaluate()
    capsys.readouterr()
    partners = np.full(len(found), -1)
    ignored = np.zeros(len(found), bool)
    for one in evaluation.evalImgs:
        if one is None or one["aRng"] != evaluation.params.areaRng[0]:
            continue
        for d, g, skip in zip(one["dtIds"], one["dtMatches"][0], one["dtIgnore"][0], strict=True):
            partners[d - 1] = int(g) - 1
            ignored[d - 1] = bool(skip)
    assert told.partners.tolist() == partners.tolist()
    expected = np.where(partners < 0, FALSE, np.where(ignored, IGNORED, MATCH))
    assert told.found.tolist() == expected.tolist()


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_matches_in_the_page_as_in_python(threshold: float) -> None:
    words = {"match": MATCH, "miss": MISS, "false": FALSE, "ignored": IGNORED}
    cases, expected = [], []
    for seed in range(60):
        document, found = random_scene(seed)
        results, overlaps, told = judged(document, found, threshold)
        crowd = [bool(row["iscrowd"]) for row in document.annotations]
        truth = [
            {"row": i, "category": row["category_id"], "crowd": crowd[i]}
            for i, row in enumerate(document.annotations)
        ]
        mine = [
            {"row": i, "category": row["category_id"], "score": row["score"]}
            for i, row in enumerate(results.annotations)
        ]
        pairs = list(zip(*(column.tolist() for column in overlaps), strict=True))
        cases.append({"truth": truth, "found": mine, "pairs": pairs})
        expected.append((told.truth.tolist(), told.found.tolist(), told.partners.tolist()))
    body = f"return script.match(given.truth, given.found, given.pairs, {threshold})"
    answers = [answer["value"] for answer in run_node("matching.js", body, cases)]
    found_ = [
        (
            [words[word] for word in answer["truth"]],
            [words[word] for word in answer["found"]],
            answer["foundPartners"],
        )
        for answer in answers
    ]
    assert found_ == expected
