"""The fault matrix: every fault is flagged, its sound twin is not, and its repair is right."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

import cocodec
from cocodec.inspection.rules import RULES
from support.faults import ELSEWHERE, FAULTS, Fault, results, sound, spelled


def ids_of(faults: list[Fault]) -> list[str]:
    return [f"{i}-{fault.code}" for i, fault in enumerate(faults)]


def options_of(fault: Fault) -> dict[str, Any]:
    truth = {"ground_truth": spelled(sound())} if "ground_truth" in fault.options else {}
    return {**fault.options, **truth}


def written(document: cocodec.Document) -> bytes:
    out = BytesIO()
    document.write(out)
    return out.getvalue()


FIXED = [fault for fault in FAULTS if fault.fixed is not None]


def test_the_sound_documents_are_sound() -> None:
    assert list(cocodec.check(spelled(sound()))) == []
    assert list(cocodec.check(spelled(results()))) == []
    assert list(cocodec.check(spelled(results()), ground_truth=spelled(sound()))) == []


def test_every_rule_has_a_fault() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    assert {fault.code for fault in FAULTS} | ELSEWHERE == set(codes)
    with_repair = {rule.code for rule in RULES if rule.repair} - ELSEWHERE
    # Sizes are read from image files: tests of --images repair them.
    assert with_repair - {fault.code for fault in FIXED} == {
        "image-size-missing",
        "image-size-zero",
    }


@pytest.mark.parametrize("fault", FAULTS, ids=ids_of(FAULTS))
def test_the_fault_is_flagged_and_its_twin_is_not(fault: Fault) -> None:
    good, bad = fault.documents()
    options = options_of(fault)
    assert list(cocodec.check(spelled(good), **options)) == []
    found = cocodec.check(spelled(bad), **options)
    assert fault.code in found.codes, str(found)
    assert found.codes <= {fault.code} | fault.along, str(found)
    mine = [one for one in found if one.code == fault.code and one.table == fault.table]
    if fault.row is None:
        assert next(one for one in found if one.code == fault.code).table == "root"
        return
    assert mine
    assert fault.row in {row for one in mine for row in one.rows.tolist()}
    example = next(e for one in mine for e in one.examples if e.row == fault.row)
    rows = bad if isinstance(bad, list) else bad[fault.table]
    whole = rows[fault.row]
    if isinstance(whole, dict) and "id" in whole:
        assert example.id == json.dumps(whole["id"])
    if fault.value is not None:
        assert example.value is not None
        assert fault.value in example.value


@pytest.mark.parametrize("fault", FIXED, ids=ids_of(FIXED))
def test_the_repair_is_sound_and_lasting_and_leaves_the_rest(fault: Fault) -> None:
    _, bad = fault.documents()
    options = {**options_of(fault), "select": fault.select}
    document = cocodec.read(spelled(bad))
    repaired = cocodec.repair(document, **options)
    once = written(document)
    assert fault.code in repaired.before.codes
    assert fault.code not in repaired.after.codes, str(repaired.after)
    assert repaired.changes
    assert {change.code for change in repaired.changes} == {fault.code}
    # What was not named as changed is what it was, byte for byte: rows keep their text.
    assert json.loads(once) == fault.expected()
    again = cocodec.read(once)
    assert cocodec.repair(again, **options).changes == []
    assert written(again) == once
    rows = cocodec.read(spelled(bad)).annotations
    changed = {change.row for change in repaired.changes if change.table == "annotations"}
    kept = [rows.raw(i) for i in range(len(rows)) if i not in changed]
    after = [again.annotations.raw(i) for i in range(len(again.annotations))]
    assert [row for row in after if row in kept] == kept


@pytest.mark.parametrize("fault", FIXED, ids=ids_of(FIXED))
def test_a_repair_on_request_waits_for_it(fault: Fault) -> None:
    rule = next(rule for rule in RULES if rule.code == fault.code)
    _, bad = fault.documents()
    document = cocodec.read(spelled(bad))
    changes = cocodec.repair(document, **options_of(fault)).changes
    assert bool(changes) is not rule.on_request


@pytest.mark.parametrize("fault", FAULTS, ids=ids_of(FAULTS))
def test_codes_select_and_ignore(fault: Fault) -> None:
    _, bad = fault.documents()
    options = options_of(fault)
    only = cocodec.check(spelled(bad), select=[fault.code], **options)
    assert only.codes == {fault.code}
    assert fault.code not in cocodec.check(spelled(bad), ignore=[fault.code], **options).codes
    topic = fault.code.split("-")[0]
    assert fault.code in cocodec.check(spelled(bad), select=[topic], **options).codes


def test_all_faults_at_once_are_repaired_together() -> None:
    """Faults of different rows in one document: each is still found, and repairs do not clash."""
    document = sound()
    document["annotations"] = []
    number = 1000
    for fault in FAULTS:
        if fault.base is not sound or fault.table != "annotations" or fault.row is None:
            continue
        _, bad = fault.documents()
        if isinstance(bad["annotations"][fault.row], dict):
            number += 1
            row = bad["annotations"][fault.row]
            document["annotations"].append(
                {**row, "id": number} if isinstance(row.get("id"), int) else row
            )
    opened = cocodec.read(spelled(document))
    repaired = cocodec.repair(opened, select=())
    assert repaired.after.fixable == []
    once = written(opened)
    again = cocodec.read(once)
    assert cocodec.repair(again).changes == []
    assert written(again) == once
