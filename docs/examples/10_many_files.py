"""Convert a folder of files with several processes; run it again and it does what is left."""

import shutil
from pathlib import Path

import cocodec
from cocodec import bulk


def main() -> None:
    Path("in").mkdir(exist_ok=True)
    for name in ("a.json", "b.json"):
        shutil.copy(Path(cocodec.__file__).parent / "data" / "sample.json", Path("in", name))
    report = bulk.convert(["in"], "out", to="rle", resume=True, jobs=2)
    assert report.failed == []
    assert sorted(path.name for path in Path("out").glob("*.json")) == ["a.json", "b.json"]


if __name__ == "__main__":  # processes start by importing the script
    main()
