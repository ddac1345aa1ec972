# cython: language_level=3, freethreading_compatible=True
"""Masks united and measured with `cimport cocodec.cython`."""
from cocodec.cython cimport Masks
from libc.stdint cimport uint64_t


def united(const unsigned char[:, :, ::1] pixels):
    cdef Masks masks = Masks(), both = Masks()
    cdef uint64_t area = 0
    with nogil:
        masks.encode(&pixels[0, 0, 0], pixels.shape[0], pixels.shape[1], pixels.shape[2])
        masks.unite(both)
        both.areas(&area)
    return both.strings()[0], area
