/* What is done with masks, through the table: grown, taken apart, traced, painted. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cocodec/import.h>

static const cocodec_api *api;

/* An array of numbers as a list. */
static PyObject *listed(const int64_t *values, int64_t n) {
    PyObject *list = PyList_New((Py_ssize_t)n);
    for (int64_t i = 0; list != NULL && i < n; ++i) {
        PyObject *value = PyLong_FromLongLong(values[i]);
        if (value == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, value);
        }
    }
    return list;
}

/* parts(pixels, height, width, map) -> (parents, points): a mask dilated by 3 x 3 pixels and taken
   apart; the parts are painted to `map` as 1, 2, ..., and their rings have so many points. */
static PyObject *parts(PyObject *self, PyObject *args) {
    Py_buffer pixels, map;
    long long height, width;
    cocodec_context context = {0};
    cocodec_masks mask = {0}, grown = {0}, split = {0};
    cocodec_integers parents = {0};
    cocodec_polygons polygons = {0};
    int64_t labels[64];
    int32_t status;
    PyObject *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*LLw*", &pixels, &height, &width, &map)) return NULL;
    {
        const cocodec_size size = {height, width};
        const cocodec_dense dense = {pixels.buf, 1, size, 0, width, 1};
        const cocodec_neighbourhood box = {COCODEC_BOX, COCODEC_OUTSIDE_BACKGROUND, 1, 1, 0, 1};
        const cocodec_label_target target = {map.buf, size, width, 1, 0, COCODEC_LABEL_U8};
        for (int i = 0; i < 64; ++i) labels[i] = i + 1;
        Py_BEGIN_ALLOW_THREADS;
        status = api->encode(&dense, &mask, &context);
        if (status == COCODEC_OK) {
            status = api->morphology(&mask, COCODEC_DILATE, &box, &grown, &context);
        }
        if (status == COCODEC_OK) {
            status = api->components(&grown, 8, &parents, &split, &context);
        }
        if (status == COCODEC_OK && split.length <= 64) {
            status = api->paint_labels(&split, labels, 0, COCODEC_PAINT_REFUSE, &target, &context);
        }
        if (status == COCODEC_OK) status = api->trace(&split, NULL, &polygons, &context);
        Py_END_ALLOW_THREADS;
    }
    if (status == COCODEC_OK) {
        PyObject *numbers = listed(parents.values, parents.length);
        result = Py_BuildValue("(NL)", numbers, (long long)polygons.rings.points_length);
    } else {
        PyErr_Format(PyExc_ValueError, "%s: %s", api->status_name(status), context.message);
    }
    api->release_polygons(&polygons);
    api->release_integers(&parents);
    api->release_masks(&split);
    api->release_masks(&grown);
    api->release_masks(&mask);
    PyBuffer_Release(&map);
    PyBuffer_Release(&pixels);
    return result;
}

static PyMethodDef methods[] = {{"parts", parts, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
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
    PyModuleDef_HEAD_INIT, "operations", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_operations(void) {
    return PyModuleDef_Init(&definition);
}
