# cython: language_level=3, freethreading_compatible=True
"""Counts strings to masks and back, with `cimport cocodec`."""
cimport cocodec
from libc.stdint cimport int64_t

cdef const cocodec.cocodec_api* api = cocodec.cocodec_import()


def complemented(bytes text, long long height, long long width):
    """Return the counts string of the complement."""
    cdef int64_t[2] offsets = [0, len(text)]
    cdef cocodec.cocodec_size size = cocodec.cocodec_size(height, width)
    cdef cocodec.cocodec_texts given, result
    cdef cocodec.cocodec_masks masks, others
    cdef cocodec.cocodec_context context
    cdef int status
    given.chars = text
    given.chars_length = len(text)
    given.offsets = offsets
    given.length = 1
    context.threads = 1
    with nogil:
        status = api.parse_counts(&given, &size, &masks, &context)
        if status == cocodec.COCODEC_OK:
            status = api.complement(&masks, &others, &context)
            api.release_masks(&masks)
        if status == cocodec.COCODEC_OK:
            status = api.format_counts(&others, &result, &context)
            api.release_masks(&others)
    if status != cocodec.COCODEC_OK:
        raise ValueError(f"{api.status_name(status).decode()}: {context.message.decode()}")
    try:
        return result.chars[:result.chars_length]
    finally:
        api.release_texts(&result)
