"""Pages of numbers: what stands in them is what was counted, and nothing in them runs."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cocodec
from cocodec import Document, evaluate
from cocodec.drawing import charts, compare, evaluation_page, stats_page, write_page
from cocodec.drawing.matching import FALSE, MATCH, MISS
from support.browser import Browser

NASTY = "</style></title><script>window.hit=1</script>\"'&\x00\u2028"


class Reader(HTMLParser):
    """The elements of a page, its tables as lists of lists, its bars and lines."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.tables: list[list[list[str]]] = []
        self.polylines: list[np.ndarray] = []
        self.links: list[str] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        assert not [key for key in given if key.startswith("on")]
        self.tags[tag] += 1
        self.inside.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        elif tag == "polyline":
            points = [tuple(map(float, one.split(","))) for one in given["points"].split()]
            self.polylines.append(np.array(points))
        elif tag == "a":
            self.links.append(given["href"])

    def handle_endtag(self, tag: str) -> None:
        while self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.inside):
            self.tables[-1][-1][-1] += data


def scene(seed: int) -> tuple[Document, list[dict[str, Any]]]:
    source = random.Random(seed)
    truth, found = [], []
    for i in range(60):
        x, y = source.randrange(0, 60, 12), source.randrange(0, 60, 12)
        side = source.choice([3, 8, 11])
        row = {"image_id": source.randrange(6), "category_id": source.randrange(4), "score": None}
        row |= {"bbox": [x, y, side, side], "area": side * side}
        truth.append({**row, "id": i + 1, "iscrowd": int(source.random() < 0.1)})
        if source.random() < 0.8:
            category = row["category_id"] if source.random() < 0.7 else source.randrange(4)
            row |= {"category_id": category, "score": round(source.random(), 2)}
            found.append({**row, "bbox": [x + source.randrange(2), y, side, side]})
    document = Document.from_rows(
        images=[{"id": i, "height": 80, "width": 80, "file_name": f"{i}.png"} for i in range(6)],
        categories=[{"id": i, "name": f"category {i}"} for i in range(4)],
        annotations=truth,
    )
    return document, found


def evaluated(document: Document, found: list[dict[str, Any]]) -> tuple[Any, Any]:
    truth = {
        "images": list(document.images),
        "annotations": list(document.annotations),
        "categories": list(document.categories),
    }
    result = evaluate(truth, found, iou_type="bbox")
    return result, compare(document, json.dumps(found).encode(), boxes=True)


@pytest.mark.parametrize("seed", range(5))
def test_confusions_and_worst_images_by_hand(seed: int) -> None:
    document, found = scene(seed)
    result, compared = evaluated(document, found)
    page = Reader(evaluation_page(result, compared))
    n = len(document.categories)
    expected = np.zeros((n + 1, n + 1), int)
    partners = compared.any.partners
    for d, outcome in enumerate(compared.any.found):
        of = found[d]["category_id"]
        if outcome == MATCH:
            expected[document.annotations[int(partners[d])]["category_id"], of] += 1
        elif outcome == FALSE:
            expected[n, of] += 1
    for g, outcome in enumerate(compared.any.truth):
        if outcome == MISS:
            expected[document.annotations[g]["category_id"], n] += 1
    table = next(one for one in page.tables if one[0][-1] == "(nothing)")
    assert [row[1:] for row in table[1:]] == expected.astype(str).tolist()
    kept = [row for row in found if row["score"] >= 0.5]
    assert expected[:, :n].sum() + (compared.any.found == 3).sum() == len(found)
    assert expected[:, :n].sum() <= len(kept)
    counts: dict[int, list[int]] = {i: [0, 0, 0] for i in range(6)}
    for row, outcome in zip(document.annotations, compared.same.truth, strict=True):
        counts[row["image_id"]][0] += outcome == MISS
        counts[row["image_id"]][2] += outcome == MATCH
    for row, outcome in zip(found, compared.same.found, strict=True):
        counts[row["image_id"]][1] += outcome == FALSE
    worst = next(one for one in page.tables if one[0][1] == "misses")
    for name, *numbers in worst[1:]:
        assert [int(one) for one in numbers] == counts[int(name[0])]
    sums = [int(row[1]) + int(row[2]) for row in worst[1:]]
    assert sums == sorted(sums, reverse=True)


def test_numbers_and_curves_are_those_of_the_result() -> None:
    result, compared = evaluated(*scene(1))
    page = Reader(evaluation_page(result, compared))
    table = next(one for one in page.tables if one[0][0] == "category")
    for row in result.per_category():
        cells = next(line for line in table if line[0] == row["name"])[1:]
        values = [value for key, value in row.items() if key not in ("id", "name")]
        assert cells == ["-" if value < 0 else f"{value:.3f}" for value in values]
    # IoU 0.5, 0.75 and the mean, then one for each category
    assert len(page.polylines) == 3 + 4
    curve = result.curve(0.5)
    points = page.polylines[0]
    assert len(points) == 101
    left, right, top, bottom = 42.0, 410.0, 10.0, 320 - 40.0 - 14 * 3
    x = left + result.parameters.recall_thresholds * (right - left)
    assert np.abs(points[:, 0] - x).max() < 0.006
    assert np.abs(points[:, 1] - (bottom - curve * (bottom - top))).max() < 0.006


def test_curves_are_means_of_precision() -> None:
    result, _ = evaluated(*scene(2))
    stats = result.stats
    for threshold, name in ((None, "AP"), (0.5, "AP50"), (0.75, "AP75")):
        assert result.curve(threshold).mean() == pytest.approx(stats[name])
    rows = result.per_category()
    for k, row in enumerate(rows):
        assert result.curve(0.5, k).mean() == pytest.approx(row["AP50"])
    with pytest.raises(ValueError, match=r"threshold is 0.52, expected one of 0.5, 0.55"):
        result.curve(0.52)


def test_stats_page_has_all_numbers(sample: Path) -> None:
    document = cocodec.read(sample)
    found = cocodec.stats(document)
    page = Reader(stats_page(document))
    table = next(one for one in page.tables if one[0][0] == "category")
    assert len(table) == len(found.categories) + 2
    for one, cells in zip([*found.categories, found.total], table[1:], strict=True):
        assert cells[2] == f"{one.annotations:,}"
        assert cells[-1] == f"{one.overlapping:,}"
    assert page.tags["svg"] == 3
    assert page.tags["script"] == 0


def test_a_histogram_loses_nothing() -> None:
    from cocodec.drawing.reports import _area_columns, _count_columns

    areas = np.array([0, 0.5, 1, 1.9, 2, 3, 1023, 1024, 2.0**40, np.nan, 5])
    columns = _area_columns([areas])
    assert sum(one.parts[0] for one in columns) == 10
    assert [one.parts[0] for one in columns[:4]] == [2, 2, 2, 1]
    counts = np.array([0, 0, 1, 7, 200, 39])
    columns = _count_columns(counts)
    assert sum(one.parts[0] for one in columns) == 6
    assert len(columns) <= 41


@pytest.mark.parametrize("empty", [{}, {"images": [{"id": 1}]}, {"categories": [{"id": 1}]}])
def test_pages_of_nothing(empty: dict[str, Any]) -> None:
    document = Document.from_rows(**empty)
    Reader(stats_page(document))
    result = evaluate({"images": [], "annotations": [], "categories": []}, [], iou_type="bbox")
    Reader(evaluation_page(result))
    Reader(evaluation_page(result, compare(document, b"[]", boxes=True)))


def nasty() -> tuple[Document, list[dict[str, Any]]]:
    row = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0}
    document = Document.from_rows(
        images=[{"id": 1, "height": 40, "width": 40, "file_name": NASTY}],
        categories=[{"id": 1, "name": NASTY}, {"id": 2, "name": "b" + NASTY}],
        annotations=[{**row, "id": 1}, {**row, "id": 2, "category_id": 2}],
    )
    return document, [{**row, "category_id": 2, "score": 0.9, "bbox": [1, 1, 2, 2]}]


def test_names_are_texts() -> None:
    document, found = nasty()
    result, compared = evaluated(document, found)
    for text in (
        evaluation_page(result, compared, title=NASTY, page="p.html"),
        stats_page(document, title=NASTY, page="p.html"),
    ):
        page = Reader(text)
        assert page.tags["script"] == 0
        assert page.tags["style"] == page.tags["h1"] == 1
        assert "\x00" not in text
        shown = NASTY.replace("\x00", "\ufffd")
        assert any(shown in cell for table in page.tables for line in table for cell in line)
        assert page.links == ["p.html#image=0" + ("&iou=0.5" if "misses" in text else "")]


def test_tags_escape_texts_and_attributes() -> None:
    assert charts.tag("a", "<b>", href='"x') == '<a href="&quot;x">&lt;b&gt;</a>'
    inner = charts.tag("b", 1.5, 2.0, 3)
    assert charts.tag("a", inner, class_="c", aria_label=None) == '<a class="c"><b>1.523</b></a>'


def test_in_a_browser(tmp_path: Path) -> None:
    """No complaints, and links lead to the image in the page, results matched at that IoU."""
    document, found = nasty()
    result, compared = evaluated(document, found)
    write_page(document, tmp_path / "view.html", results=json.dumps(found).encode())
    report = tmp_path / "report.html"
    report.write_text(evaluation_page(result, compared, page="view.html"), encoding="utf-8")
    (tmp_path / "stats.html").write_text(stats_page(document), encoding="utf-8")
    browser = Browser(tmp_path / "browser")
    try:
        for name in ("stats.html", "report.html"):
            browser.send("Page.navigate", url=(tmp_path / name).as_uri())
            browser.wait(f"document.readyState === 'complete' && location.href.includes('{name}')")
            assert browser.evaluate("window.hit === undefined && document.scripts.length === 0")
        browser.evaluate("document.querySelector('a').click()")
        browser.wait("document.documentElement?.dataset.ready === 'yes'")
        assert browser.evaluate("[cocodecPage.row, cocodecPage.iou]") == [0, 0.5]
        assert browser.complaints == []
    finally:
        browser.close()


def test_the_commands(cli, tmp_path: Path) -> None:
    document, found = scene(3)
    document.write(tmp_path / "gt.json")
    (tmp_path / "dt.json").write_text(json.dumps(found))
    gt, dt, page = (tmp_path / name for name in ("gt.json", "dt.json", "page.html"))
    done = cli("stats", gt, "--html", page, "--view", tmp_path / "deep dir" / "view.html")
    assert (done.returncode, done.stdout) == (0, b"")
    text = page.read_text(encoding="utf-8")
    assert "<h1>gt.json</h1>" in text
    assert Reader(text).links[0].startswith("deep%20dir/view.html#image=")
    done = cli("eval", gt, "-", "--type", "bbox", "--html", page, stdin=dt.read_bytes())
    assert (done.returncode, done.stdout) == (0, b"")
    result, compared = evaluated(document, found)
    expected = evaluation_page(result, compared, title="- against gt.json")
    assert page.read_text(encoding="utf-8") == expected
    done = cli("eval", gt, dt, "--type", "bbox", "--html", "-")
    assert done.stdout.startswith(b"<!DOCTYPE html>")
    assert cli("stats", gt, "--html", "-", "--view", "x.html").returncode == 2


def test_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    result, _ = evaluated(*scene(1))
    axes = result.plot()
    named = {line.get_label(): line for line in axes.get_lines()}
    assert set(named) == {"IoU 0.5", "IoU 0.75", "mean of IoU 0.5 to 0.95"}
    assert (named["IoU 0.75"].get_ydata() == result.curve(0.75)).all()
    assert result.plot(axes, threshold=0.6) is axes
    assert len(axes.get_lines()) == 4
    pyplot.close("all")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"plot needs matplotlib: pip install cocodec"):
        result.plot()
