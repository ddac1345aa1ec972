// How much masks have in common, and which of them say the same.

#include "cocodec/overlap.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>

#include "convert.hpp"
#include "taken.hpp"

namespace cocodec::python {
namespace {

Common as_measure(const std::string& name) {
    if (name == "iou") return Common::iou;
    if (name == "iomin") return Common::iomin;
    return name == "dice" ? Common::dice : Common::intersection;
}

py::array_t<double> common(const Runs& a, const Runs& b, const std::string& measure, int threads) {
    py::array_t<double> out(
        {static_cast<py::ssize_t>(a.size()), static_cast<py::ssize_t>(b.size())});
    double* const to = out.mutable_data();
    const Common what = as_measure(measure);
    run(true, [&] { overlap(a.view(), b.view(), what, to, threads); });
    return out;
}

NmsOptions options_of(const Runs& runs, const Array<double>& scores,
                      const Array<std::int64_t>& classes, double threshold,
                      const std::string& measure) {
    require_length(scores.size(), runs.size(), "scores");
    require_length(classes.size(), runs.size(), "classes");
    NmsOptions options;
    options.threshold = threshold;
    options.measure = as_measure(measure);
    options.classes = classes.data();
    return options;
}

// The parameters of these three are Python's, one by one. NOLINTBEGIN(readability-function-size)
py::tuple suppressed(const Runs& runs, const Array<double>& scores,
                     const Array<std::int64_t>& classes, double threshold,
                     const std::string& measure, int threads, std::size_t block) {
    NmsOptions options = options_of(runs, scores, classes, threshold, measure);
    options.threads = threads;
    options.block = std::max<std::size_t>(block, 1);
    Suppressed found;
    run(true, [&] { found = nms(runs.view(), scores.data(), options); });
    return py::make_tuple(taken(std::move(found.kept)), taken(std::move(found.keepers)));
}

py::tuple merged(const Runs& runs, const Array<double>& scores, const Array<std::int64_t>& classes,
                 double threshold, const std::string& measure, int threads) {
    NmsOptions options = options_of(runs, scores, classes, threshold, measure);
    options.threads = threads;
    Merged found;
    run(true, [&] { found = merge_nms(runs.view(), scores.data(), options); });
    return py::make_tuple(Runs(std::move(found.masks)), taken(std::move(found.kept)));
}

py::tuple softened(const Runs& runs, const Array<double>& scores,
                   const Array<std::int64_t>& classes, double threshold, const std::string& measure,
                   std::optional<double> sigma, double min_score, int threads, std::size_t block) {
    SoftNmsOptions options;
    options.other = options_of(runs, scores, classes, threshold, measure);
    options.other.threads = threads;
    options.other.block = std::max<std::size_t>(block, 1);
    options.decay = sigma ? Decay::gaussian : Decay::linear;
    options.sigma = sigma.value_or(1);
    options.min_score = min_score;
    Softened found;
    run(true, [&] { found = soft_nms(runs.view(), scores.data(), options); });
    return py::make_tuple(taken(std::move(found.kept)), taken(std::move(found.scores)));
}
// NOLINTEND(readability-function-size)

}  // namespace

void bind_overlap(py::module_& m) {
    m.def("overlap", &common, py::arg("a"), py::arg("b"), py::arg("measure"),
          py::arg("threads") = 0);
    m.def("nms", &suppressed, py::arg("runs"), py::arg("scores"), py::arg("classes"),
          py::arg("threshold"), py::arg("measure"), py::arg("threads") = 0,
          py::arg("block") = 1024);
    m.def("merge_nms", &merged, py::arg("runs"), py::arg("scores"), py::arg("classes"),
          py::arg("threshold"), py::arg("measure"), py::arg("threads") = 0);
    m.def("soft_nms", &softened, py::arg("runs"), py::arg("scores"), py::arg("classes"),
          py::arg("threshold"), py::arg("measure"), py::arg("sigma"), py::arg("min_score"),
          py::arg("threads") = 0, py::arg("block") = 1024);
}

}  // namespace cocodec::python
