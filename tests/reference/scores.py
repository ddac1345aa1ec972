"""What `scores > threshold` means for each dtype: slow, obvious, in exact arithmetic.

16 bits are few enough to write down all numbers that they can mean; a threshold becomes the nearest
of those, the even one of two. float32 and float64 are Python's own.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from fractions import Fraction
from functools import cache

EXPONENT_BITS = {"float16": 5, "bfloat16": 8}


@cache
def numbers(dtype: str) -> list[float]:
    """What each 16-bit pattern means, in the order of the patterns."""
    exponent_bits = EXPONENT_BITS[dtype]
    mantissa_bits = 15 - exponent_bits
    bias = 2 ** (exponent_bits - 1) - 1
    values = []
    for bits in range(2**16):
        sign = -1.0 if bits & 0x8000 else 1.0
        exponent, mantissa = divmod(bits & 0x7FFF, 2**mantissa_bits)
        if exponent == 2**exponent_bits - 1:
            values.append(math.nan if mantissa else sign * math.inf)
        elif exponent == 0:
            values.append(sign * mantissa * 2.0 ** (1 - bias - mantissa_bits))
        else:
            values.append(sign * (1 + mantissa / 2**mantissa_bits) * 2.0 ** (exponent - bias))
    return values


@cache
def positive(dtype: str) -> list[Fraction]:
    """0 and all finite numbers above it, and what would be the next one: infinity's place."""
    finite = numbers(dtype)[: numbers(dtype).index(math.inf)]
    return [*map(Fraction, finite), 2 * Fraction(finite[-1]) - Fraction(finite[-2])]


def rounded(threshold: float, dtype: str) -> float:
    """The threshold in the dtype of the scores."""
    if dtype == "float64" or math.isinf(threshold):
        return threshold
    if dtype == "float32":
        try:
            return struct.unpack("f", struct.pack("f", threshold))[0]
        except OverflowError:
            return math.copysign(math.inf, threshold)
    exact = positive(dtype)
    wanted = Fraction(abs(threshold))
    high = min(bisect_left(exact, wanted), len(exact) - 1)
    low = max(high - 1, 0)
    below, above = wanted - exact[low], exact[high] - wanted
    nearest = low if below < above or (below == above and low % 2 == 0) else high
    return math.copysign(numbers(dtype)[nearest], threshold)
