// Set operations over groups of masks and over pairs of batches.

#include "cocodec/setops.hpp"

#include "convert.hpp"

namespace cocodec::python {
namespace {

SetOp parse_operation(const std::string& name) {
    if (name == "union") return SetOp::union_;
    if (name == "intersection") return SetOp::intersection;
    if (name == "difference") return SetOp::difference;
    if (name == "symmetric_difference") return SetOp::symmetric_difference;
    throw py::value_error("unknown set operation \"" + name + "\"");
}

void require_groups(const RleArrayView& masks, const Array<std::int64_t>& members,
                    const Array<std::int64_t>& offsets) {
    const std::int64_t* start = offsets.data();
    const py::ssize_t n = offsets.size();
    if (n == 0 || start[0] != 0 || start[n - 1] != members.size()) {
        throw Error(ErrorCode::bad_shape, "group offsets do not fit the members");
    }
    for (py::ssize_t i = 1; i < n; ++i) {
        if (start[i] < start[i - 1]) throw Error(ErrorCode::bad_shape, "group offsets fall");
    }
    for (py::ssize_t i = 0; i < members.size(); ++i) {
        const std::int64_t member = members.data()[i];
        if (member < 0 || member >= static_cast<std::int64_t>(masks.length)) {
            throw py::index_error("group member " + std::to_string(member) + " is out of range");
        }
    }
}

Runs combine_groups(const Runs& runs, const Array<std::int64_t>& members,
                    const Array<std::int64_t>& offsets, const std::string& operation, int threads) {
    const SetOp op = parse_operation(operation);
    require_groups(runs.view(), members, offsets);
    const GroupsView groups{members.data(), offsets.data(),
                            static_cast<std::size_t>(offsets.size()) - 1};
    return build([&] { return combine(runs.view(), groups, op, threads); });
}

Runs combine_pairs(const Runs& a, const Runs& b, const std::string& operation, int threads) {
    const SetOp op = parse_operation(operation);
    return build([&] { return combine(a.view(), b.view(), op, threads); });
}

Runs complement_runs(const Runs& runs) {
    return build([&] { return complement(runs.view()); });
}

}  // namespace

void bind_setops(py::module_& m) {
    m.def("combine", &combine_groups, py::arg("runs"), py::arg("members"), py::arg("offsets"),
          py::arg("operation"), py::arg("threads") = 0);
    m.def("pairwise", &combine_pairs, py::arg("a"), py::arg("b"), py::arg("operation"),
          py::arg("threads") = 0);
    m.def("complement", &complement_runs, py::arg("runs"));
}

}  // namespace cocodec::python
