"""The drop-in for pycocotools: same names, same bytes, same numbers.

The only place of cocodec with camelCase and with the reference's quirks; where the reference
crashes or answers nonsense, these functions raise a ValueError or give the right answer
(``tests/parity/DIFFERENCES.md`` lists every such place).
"""
