"""Values of rows as datumaro takes them: scores, captions, and how keypoints are seen."""

from __future__ import annotations

from typing import Any

import msgspec

from cocodec.dialects.common_form import Canon, Row, Work
from cocodec.dialects.measures import is_number
from cocodec.dialects.report import Place

__all__ = ["fit_values", "is_seen", "score_of"]


def fit_values(canon: Canon, work: Work) -> None:
    """Make values what datumaro takes, or leave them out, and say so."""
    for i, row in canon.annotations.decoded():
        if "score" in row and not is_number(row["score"]):
            _fit_score(row, canon.places[i], work)
        if canon.kinds[i] == "caption" and is_number(row.get("caption")):
            row["caption"] = str(row["caption"])
            work.report.change("captions that are numbers made texts", canon.places[i])
        points = row.get("keypoints")
        if points and not all(map(is_seen, points[2::3])):
            seen = (min(max(int(v), 0), 2) for v in points[2::3])
            triples = zip(points[::3], points[1::3], seen, strict=True)
            row["keypoints"] = [value for triple in triples for value in triple]
            work.report.change("visibilities of keypoints made 0, 1 or 2", canon.places[i])


def is_seen(visibility: Any) -> bool:
    """Whether a value says how a keypoint is seen: hidden, covered, or seen."""
    return visibility in (0, 1, 2)


def score_of(said: Any) -> int | float | None:
    """The number that a score is, also where it is a text; None if it is none."""
    if not isinstance(said, str):
        return said if is_number(said) else None
    try:
        number: int | float = msgspec.json.decode(said, type=int | float)
    except msgspec.DecodeError:
        return None
    return number


def _fit_score(row: Row, place: Place, work: Work) -> None:
    said = row.pop("score")
    number = score_of(said)
    if number is not None:
        row["score"] = number
        work.report.change("scores that are texts made numbers", place)
    elif said is not None:
        work.report.lose("scores that are no numbers", place)
