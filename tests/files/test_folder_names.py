"""Names that a file gives to other files, and where these are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocodec.errors import DocumentError
from cocodec.files.folder_names import inside, with_slashes


def test_paths_of_windows_are_found(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "a.jpg").touch()
    for name in (r"train\a.jpg", r"train\\a.jpg", "train/a.jpg"):
        assert inside(tmp_path, name) == tmp_path / "train" / "a.jpg"
    assert inside(tmp_path, r"gone\a.jpg") == tmp_path / r"gone\a.jpg"
    (tmp_path / r"train\a.jpg").touch()  # its own name counts first
    assert inside(tmp_path, r"train\a.jpg") == tmp_path / r"train\a.jpg"
    assert with_slashes(r"a\\b\c") == "a/b/c"


@pytest.mark.parametrize("name", [r"..\a.jpg", r"\a.jpg", r"a\..\..\b", "C:\\a.jpg"])
def test_paths_of_windows_do_not_lead_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match="the file name"):
        inside(tmp_path, name)
