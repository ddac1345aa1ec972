"""Edit some rows of a document; the rest keeps its bytes."""

from pathlib import Path

import cocodec

document = cocodec.read(Path(cocodec.__file__).parent / "data" / "sample.json")
found = document.masks()
document.set_masks(found.has_mask, found.masks[found.has_mask], to="rle", bbox="mask")
document.write("edited.json")
assert len(cocodec.read("edited.json").annotations) == len(document.annotations)
