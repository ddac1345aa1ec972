// How an extension module gets the C interface out of the installed Python package. In the wheel
// only; needs Python.h.
#pragma once

#include <Python.h>

#include <cocodec/cocodec.h>

/// The smallest table that will do. By default the library must know all that this header knows;
/// define it as offsetof(cocodec_api, member) to run with older ones that lack `member` and what
/// follows it, and ask COCODEC_HAS before using those.
#ifndef COCODEC_LEAST_SIZE
#define COCODEC_LEAST_SIZE sizeof(cocodec_api)
#endif

/// The table, which lives as long as the process; or NULL with an ImportError set. To be called
/// with the interpreter's lock, once, when the module is initialised.
static inline const cocodec_api* cocodec_import(void) {
    const cocodec_api* api = (const cocodec_api*)PyCapsule_Import("cocodec._core._C_API", 0);
    if (api == NULL) return NULL;
    if (api->abi_version != COCODEC_ABI_VERSION) {
        PyErr_Format(PyExc_ImportError,
                     "cocodec has version %u of its C interface, this module was built for %u",
                     (unsigned)api->abi_version, (unsigned)COCODEC_ABI_VERSION);
        return NULL;
    }
    if (api->struct_size < COCODEC_LEAST_SIZE) {
        PyErr_Format(PyExc_ImportError,
                     "cocodec is too old: its C interface has %u bytes, this module needs %u",
                     (unsigned)api->struct_size, (unsigned)COCODEC_LEAST_SIZE);
        return NULL;
    }
    return api;
}
