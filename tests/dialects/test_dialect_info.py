"""What `info` says of a file's dialect, and what it leaves unsaid because of it."""

from __future__ import annotations

import json

from cocodec.inspection.info import describe
from support.dialect_documents import document, make, row, text


def test_info_says_which_and_why() -> None:
    found = describe(make("trainingdata"))
    assert found.dialect["name"] == "trainingdata"
    assert "dialect" in str(found).splitlines()[1]
    assert "flat rings" in str(found).splitlines()[1]
    assert json.loads(json.dumps(found.as_dict()))["dialect"] == found.dialect


def test_info_does_not_complain_of_what_is_normal() -> None:
    assert describe(make("trainingdata")).notes == []
    same = document(row(1), row(1))
    assert "more than once" in describe(text(same)).notes[0]
    same["info"] = {"url": "https://superannotate.ai"}
    assert describe(text(same)).notes == []
