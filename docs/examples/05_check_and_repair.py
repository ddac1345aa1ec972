"""What is wrong with a document, by rule, and the document with what can safely be repaired."""

from collections import Counter
from pathlib import Path

import cocodec

document = cocodec.read(Path(cocodec.__file__).parent / "data" / "sample.json")
repaired = cocodec.repair(document)
print(repaired)
before = Counter(finding.code for finding in repaired.before)
after = Counter(finding.code for finding in repaired.after)
assert before["segmentation-flat"] > 0
assert after["segmentation-flat"] == 0
document.write("repaired.json")
