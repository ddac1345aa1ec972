/* An extension module in C that knows cocodec by its header alone. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cocodec/import.h>

#define PASTE(a, b) a##b
#define INIT(name) PASTE(PyInit_, name)
#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

static const cocodec_api *api;

/* merged(pixels, n, height, width) -> (counts string, area): n masks in C order, united. */
static PyObject *merged(PyObject *self, PyObject *args) {
    Py_buffer pixels;
    long long n, height, width;
    cocodec_context context = {0};
    cocodec_masks masks = {0}, both = {0};
    cocodec_texts texts = {0};
    uint64_t area = 0;
    int32_t status;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*LLL", &pixels, &n, &height, &width)) return NULL;
    {
        const cocodec_dense dense = {pixels.buf, n, {height, width}, height * width, width, 1};
        int64_t members[64], groups[2] = {0, n};
        const cocodec_groups group = {members, n, groups, 1};
        for (long long i = 0; i < n && i < 64; ++i) members[i] = i;
        Py_BEGIN_ALLOW_THREADS;
        status = api->encode(&dense, &masks, &context);
        if (status == COCODEC_OK) {
            status = api->combine(&masks, &group, COCODEC_UNION, &both, &context);
        }
        if (status == COCODEC_OK) status = api->area(&both, &area, &context);
        if (status == COCODEC_OK) status = api->format_counts(&both, &texts, &context);
        Py_END_ALLOW_THREADS;
    }
    if (status == COCODEC_OK) {
        result = Py_BuildValue("(y#K)", texts.chars, (Py_ssize_t)texts.chars_length,
                               (unsigned long long)area);
    } else {
        PyErr_Format(PyExc_ValueError, "%s: %s", api->status_name(status), context.message);
    }
    api->release_texts(&texts);
    api->release_masks(&both);
    api->release_masks(&masks);
    PyBuffer_Release(&pixels);
    return result;
}

/* table() -> (version, bytes of the library's table, bytes of the table that this was built with) */
static PyObject *table(PyObject *self, PyObject *args) {
    (void)self;
    (void)args;
    return Py_BuildValue("(III)", api->abi_version, api->struct_size, (unsigned)sizeof(cocodec_api));
}

static PyMethodDef methods[] = {{"merged", merged, METH_VARARGS, NULL},
                                {"table", table, METH_NOARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static int begin(PyObject *module) {
    (void)module;
    api = cocodec_import();
    return api == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)begin},
#ifdef Py_GIL_DISABLED
                                   {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                   {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, TEXT(MODULE_NAME), NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC INIT(MODULE_NAME)(void) {
    return PyModuleDef_Init(&definition);
}
