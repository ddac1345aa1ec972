// Evaluation of detections: columns in, arrays out. A side is a dict of columns, the settings are a
// dict of values; _core.pyi says which.

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "cocodec/boundary.hpp"
#include "cocodec/evaluation.hpp"
#include "convert.hpp"
#include "taken.hpp"
#include "whole.hpp"

namespace cocodec::python {
namespace {

/// The columns of one side, kept alive.
class AnnotationColumns {
public:
    explicit AnnotationColumns(const py::dict& columns) : columns_(columns) {}

    void read(AnnotationsView& view, std::size_t keypoints) {
        view.image = column<std::int64_t>("image", view.length, true);
        view.category = column<std::int64_t>("category", view.length, false);
        view.area = column<double>("area", view.length, false);
        view.unnamed = column<std::uint8_t>("unnamed", view.length, false);
        view.boxes = reinterpret_cast<const Box*>(table("boxes", view.length, 4));
        view.keypoints = table("keypoints", view.length, 3 * keypoints);
        view.masks = masks("masks");
        view.boundaries = masks("boundaries");
    }

    /// nullptr if there is no such column. The first one says how long all are.
    template <class T>
    const T* column(const char* name, std::size_t& length, bool is_first) {
        if (!columns_.contains(name)) return nullptr;
        auto array = columns_[name].cast<Array<T>>();
        if (array.ndim() != 1) throw Error(ErrorCode::bad_shape, text(name) + " is no column");
        if (is_first) length = static_cast<std::size_t>(array.size());
        require_length(array.size(), length, name);
        return keep(std::move(array));
    }

private:
    static std::string text(const char* name) { return std::string(name); }

    const double* table(const char* name, std::size_t length, std::size_t width) {
        if (!columns_.contains(name)) return nullptr;
        auto array = columns_[name].cast<Array<double>>();
        if (array.ndim() != 2 || static_cast<std::size_t>(array.shape(1)) != width) {
            throw Error(ErrorCode::bad_shape,
                        text(name) + " must have shape (n, " + std::to_string(width) + ")");
        }
        require_length(array.shape(0), length, name);
        return keep(std::move(array));
    }
    RleArrayView masks(const char* name) {
        if (!columns_.contains(name)) return {};
        kept_.append(columns_[name]);
        return columns_[name].cast<const Runs&>().view();
    }
    template <class T>
    const T* keep(Array<T> array) {
        const T* const data = array.data();
        kept_.append(std::move(array));
        return data;
    }

    py::dict columns_;
    py::list kept_;
};

/// numpy.exp, so that the doubles are those that the reference gets on this machine.
void numpy_exp(void*, double* values, std::size_t n) {
    const WithGil held;
    const auto length = static_cast<py::ssize_t>(n);
    const py::array_t<double> view(length, values, py::capsule(values, [](void*) {}));
    // Within a ufunc numpy gives up the GIL.
    const py::object exp = py::module_::import("numpy").attr("exp");
    const auto made = py::reinterpret_steal<py::object>(
        or_sleep([&] { return PyObject_CallFunctionObjArgs(exp.ptr(), view.ptr(), nullptr); }));
    if (!made) throw py::error_already_set();
    const auto result = made.cast<Array<double>>();
    require_length(result.size(), n, "numpy.exp(...)");
    std::copy_n(result.data(), n, values);
}

template <class T>
T setting(const py::dict& settings, const char* name, T otherwise) {
    return settings.contains(name) ? settings[name].cast<T>() : std::move(otherwise);
}

EvaluationSettings read_settings(const py::dict& settings) {
    EvaluationSettings out;
    const auto type = settings["iou_type"].cast<std::string>();
    const std::pair<const char*, Similarity> names[] = {{"bbox", Similarity::boxes},
                                                        {"segm", Similarity::masks},
                                                        {"boundary", Similarity::boundaries},
                                                        {"keypoints", Similarity::keypoints}};
    const auto* found = std::find_if(std::begin(names), std::end(names),
                                     [&](const auto& entry) { return type == entry.first; });
    if (found == std::end(names)) {
        throw py::value_error("iou_type is '" + type +
                              "', expected 'bbox', 'segm', 'boundary' or 'keypoints'");
    }
    out.similarity = found->second;
    out.images = settings["images"].cast<std::size_t>();
    out.categories = settings["categories"].cast<std::size_t>();
    out.use_categories = setting(settings, "use_categories", true);
    out.iou_thresholds = settings["iou_thresholds"].cast<std::vector<double>>();
    out.recall_thresholds = settings["recall_thresholds"].cast<std::vector<double>>();
    out.area_ranges = settings["area_ranges"].cast<std::vector<std::pair<double, double>>>();
    out.max_detections = settings["max_detections"].cast<std::vector<std::int64_t>>();
    out.sigmas = setting(settings, "sigmas", std::vector<double>());
    out.exponential.apply = numpy_exp;
    return out;
}

template <class T>
py::array_t<std::int64_t> as_indices(const std::vector<T>& values) {
    py::array_t<std::int64_t> out(static_cast<py::ssize_t>(values.size()));
    std::transform(values.begin(), values.end(), out.mutable_data(),
                   [](T value) { return static_cast<std::int64_t>(value); });
    return out;
}

class PythonEvaluation {
public:
    PythonEvaluation(const py::dict& truth, const py::dict& detections, const py::dict& settings)
        : truth_(truth), detections_(detections), settings_(read_settings(settings)) {
        TruthView gt;
        truth_.read(gt, settings_.sigmas.size());
        gt.crowd = truth_.column<std::uint8_t>("iscrowd", gt.length, false);
        gt.ignore = truth_.column<std::uint8_t>("ignore", gt.length, false);
        DetectionsView dt;
        detections_.read(dt, settings_.sigmas.size());
        dt.score = detections_.column<double>("score", dt.length, false);
        dt.lenient = detections_.column<std::uint8_t>("lenient", dt.length, false);
        const WithoutGil without;
        evaluation_ = std::make_unique<Evaluation>(gt, dt, settings_);
    }

    void match(int threads) {
        const WithoutGil without;
        const std::lock_guard<std::mutex> lock(mutex_);
        evaluation_->match(threads);
    }

    [[nodiscard]] py::tuple accumulate(int threads) {
        const std::size_t t = settings_.iou_thresholds.size(), k = settings_.groups(),
                          r = settings_.recall_thresholds.size(), a = areas(),
                          m = settings_.max_detections.size();
        const py::array_t<double> precision(std::vector<std::size_t>{t, r, k, a, m});
        const py::array_t<double> recall(std::vector<std::size_t>{t, k, a, m});
        const py::array_t<double> scores(std::vector<std::size_t>{t, r, k, a, m});
        const EvaluationOutput out{pointer(precision), pointer(recall), pointer(scores)};
        {
            const WithoutGil without;
            const std::lock_guard<std::mutex> lock(mutex_);
            evaluation_->accumulate(out, threads);
        }
        return py::make_tuple(precision, recall, scores);
    }

    [[nodiscard]] py::dict cells() const {
        const EvaluationCells& cells = evaluation_->cells();
        py::dict out;
        out["category"] = as_indices(cells.category);
        out["image"] = as_indices(cells.image);
        out["gt_starts"] = as_indices(cells.gt_starts);
        out["dt_starts"] = as_indices(cells.dt_starts);
        out["gt_rows"] = as_indices(cells.gt_rows);
        out["dt_rows"] = as_indices(cells.dt_rows);
        return out;
    }

    [[nodiscard]] py::dict details(int threads) {
        EvaluationDetails found;
        {
            const WithoutGil without;
            const std::lock_guard<std::mutex> lock(mutex_);
            found = evaluation_->details(threads);
        }
        const std::size_t t = settings_.iou_thresholds.size(), a = areas();
        const std::size_t gt = evaluation_->cells().gt_rows.size();
        const std::size_t dt = evaluation_->cells().dt_rows.size();
        py::dict out;
        out["dt_matches"] = taken(std::move(found.dt_matches), {a, t, dt});
        out["dt_ignore"] = taken(std::move(found.dt_ignore), {a, t, dt});
        out["gt_matches"] = taken(std::move(found.gt_matches), {a, t, gt});
        out["gt_rows"] = taken(std::move(found.gt_rows), {a, gt});
        out["gt_ignore"] = taken(std::move(found.gt_ignore), {a, gt});
        return out;
    }

    [[nodiscard]] py::array_t<double> similarities(int threads) {
        Buffer<double> values;
        {
            const WithoutGil without;
            const std::lock_guard<std::mutex> lock(mutex_);
            values = evaluation_->similarities(threads);
        }
        return taken(std::move(values));
    }

private:
    static double* pointer(py::array_t<double> array) {
        const auto bytes = static_cast<std::size_t>(array.nbytes());
        if (bytes >= large_result) prefer_large_pages(array.mutable_data(), bytes);
        return array.mutable_data();
    }
    [[nodiscard]] std::size_t areas() const { return settings_.area_ranges.size(); }

    static constexpr std::size_t large_result = std::size_t{1} << 22;

    AnnotationColumns truth_, detections_;
    EvaluationSettings settings_;
    std::unique_ptr<Evaluation> evaluation_;  // made when the columns have been read
    std::mutex mutex_;  // taken without the GIL: matching keypoints takes the GIL in between
};

Runs boundary(const Runs& runs, double dilation_ratio, int threads) {
    return build([&] { return boundaries(runs.view(), dilation_ratio, threads); });
}

}  // namespace

void bind_evaluation(py::module_& m) {
    py::class_<PythonEvaluation>(m, "Evaluation", "Detections against ground truth.")
        .def(py::init<const py::dict&, const py::dict&, const py::dict&>(), py::arg("truth"),
             py::arg("detections"), py::arg("settings"))
        .def("match", &PythonEvaluation::match, py::arg("threads") = 0)
        .def("accumulate", &PythonEvaluation::accumulate, py::arg("threads") = 0)
        .def("cells", &PythonEvaluation::cells)
        .def("details", &PythonEvaluation::details, py::arg("threads") = 0)
        .def("similarities", &PythonEvaluation::similarities, py::arg("threads") = 0);
    forbid_empty_objects(m.attr("Evaluation"));
    m.def("boundary", &boundary, py::arg("runs"), py::arg("dilation_ratio"),
          py::arg("threads") = 0);
}

}  // namespace cocodec::python
