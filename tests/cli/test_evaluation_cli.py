"""`cocodec eval`: what it prints, its options, its exit codes."""

from __future__ import annotations

import json

import pytest

from cocodec import evaluate
from support.coco_pairs import write
from support.evaluation_oracle import run_reference
from support.evaluation_strategies import HIT, SMALL, Case


@pytest.fixture
def files(tmp_path):
    (tmp_path / "gt.json").write_text(json.dumps(SMALL))
    (tmp_path / "dt.json").write_text(json.dumps([HIT]))
    return tmp_path / "gt.json", tmp_path / "dt.json"


def test_the_reference_s_lines(cli, dialects):
    gt = dialects / "coco-val2014-100" / "instances_val2014_100.json"
    for kind in ("bbox", "segm"):
        name = f"instances_val2014_fake{kind}100_results.json"
        dt = dialects / "coco-official" / "results" / name
        case = Case(json.loads(gt.read_text()), json.loads(dt.read_text()), kind)
        done = cli("eval", gt, dt, "--type", kind)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode() == run_reference(case)[1]


def test_json(cli, files):
    done = cli("eval", *files, "--type", "bbox", "--json", "--max-detections", 7)
    expected = evaluate(*files, iou_type="bbox", max_detections=[7])
    assert json.loads(done.stdout) == expected.to_dict()
    assert "AR7" in expected.stats


def test_per_category(cli, files):
    done = cli("eval", *files, "--type", "bbox", "--per-category")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 12 + 3
    assert lines[12].split()[:4] == ["category", "AP", "AP50", "AP75"]
    assert lines[13].split()[:2] == ["cat", "100.0"]
    assert lines[14].split()[:2] == ["dog", "-"]
    assert len({len(line) for line in lines[12:]}) == 1


def test_without_categories(cli, tmp_path, files):
    other = tmp_path / "other.json"
    other.write_text(json.dumps([dict(HIT, category_id=2)]))
    apart = cli("eval", files[0], other, "--type", "bbox", "--json")
    alike = cli("eval", files[0], other, "--type", "bbox", "--json", "--no-categories")
    assert json.loads(apart.stdout)["stats"]["AP"] == 0
    assert json.loads(alike.stdout)["stats"]["AP"] > 0.99


def test_standard_input(cli, files):
    done = cli("eval", "-", files[1], "--type", "bbox", stdin=files[0].read_bytes())
    assert done.stdout == cli("eval", *files, "--type", "bbox").stdout


def test_exit_codes(cli, files, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps([dict(HIT, image_id=99)]))
    done = cli("eval", files[0], bad, "--type", "bbox")
    assert done.returncode == 1
    assert b"image 99" in done.stderr
    assert cli("eval", files[0], tmp_path / "none.json", "--type", "bbox").returncode == 2
    assert cli("eval", *files, "--type", "box").returncode == 2
    done = cli("eval", *files, "--type", "keypoints", "--protocol", "lvis")
    assert done.returncode == 2
    assert b"LVIS has no keypoints" in done.stderr


def test_warnings_go_to_the_standard_error(cli, files, tmp_path):
    other = write(tmp_path / "other.json", [dict(HIT, category_id=0)])
    done = cli("eval", files[0], other, "--type", "bbox")
    assert done.returncode == 0
    (line,) = (s for s in done.stderr.decode().splitlines() if "categories" in s)
    assert line.startswith("cocodec: warning: 1 of 1 detections are of categories that the ground")
    assert b"warning" not in done.stdout
    told = json.loads(cli("eval", files[0], other, "--type", "bbox", "--json").stdout)
    assert any("categories" in one for one in told["warnings"])


def test_ids_that_differ_in_type(cli, files, tmp_path):
    other = write(tmp_path / "other.json", [dict(HIT, image_id="7")])
    done = cli("eval", files[0], other, "--type", "bbox")
    assert done.returncode == 1
    assert f"{other}: detection 0 is in image '7'" in done.stderr.decode()
    assert "--coerce-ids" in done.stderr.decode()
    done = cli("eval", files[0], other, "--type", "bbox", "--coerce-ids")
    assert done.stdout == cli("eval", *files, "--type", "bbox").stdout


@pytest.mark.parametrize("option", ["--sigmas", "--kpt-oks-sigmas"])
def test_sigmas(cli, tmp_path, option):
    points = [1.0, 1, 2, 5, 5, 2]
    ann = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 4, 4], "area": 16}
    ann |= {"keypoints": points, "num_keypoints": 2}
    gt = write(tmp_path / "gt.json", {**SMALL, "annotations": [ann]})
    moved = {"image_id": 7, "category_id": 1, "score": 1, "keypoints": [2.0, 1, 2, 5, 5, 2]}
    dt = write(tmp_path / "dt.json", [moved])
    found = [
        json.loads(cli("eval", gt, dt, "--type", "keypoints", option, s, "--json").stdout)["stats"]
        for s in ("0.1,0.1", "1,1")
    ]
    expected = [evaluate(gt, dt, iou_type="keypoints", sigmas=[s, s]).stats for s in (0.1, 1)]
    assert found == expected
    assert found[0]["AP"] < found[1]["AP"]
    assert cli("eval", gt, dt, "--type", "bbox", option, "1,1").returncode == 2
    done = cli("eval", gt, dt, "--type", "keypoints")
    assert b"row 0, id 1: has 2 keypoints (6 numbers), and there are 17 sigmas" in done.stderr
    assert b"--sigmas S,S,..., or sigmas=, with 2" in done.stderr
    for bad in ("x", "", "0,1", "-1", "1,,2", "nan"):
        assert cli("eval", gt, dt, "--type", "keypoints", f"{option}={bad}").returncode == 2
