// Records as Python hands them over: buffers, and arrays of where the records lie in them.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "cocodec/records.hpp"
#include "convert.hpp"

namespace cocodec::python {

/// The bytes of any object that offers them, borrowed for the length of a call.
class Bytes {
public:
    explicit Bytes(py::handle object) {
        if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_SIMPLE) != 0) {
            throw py::error_already_set();
        }
    }
    ~Bytes() { PyBuffer_Release(&buffer_); }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;

    [[nodiscard]] std::string_view text() const noexcept {
        return {static_cast<const char*>(buffer_.buf), static_cast<std::size_t>(buffer_.len)};
    }

private:
    Py_buffer buffer_{};
};

/// The (n, 2) int64 array of begins and ends, as the core has it.
inline const Span* as_spans(const Array<std::int64_t>& array) {
    static_assert(sizeof(Span) == 2 * sizeof(std::int64_t));
    if (array.ndim() != 2 || array.shape(1) != 2) {
        throw Error(ErrorCode::bad_shape, "spans must have shape (n, 2)");
    }
    return reinterpret_cast<const Span*>(array.data());
}

inline void require_inside(Span span, std::string_view text, std::size_t i) {
    if (span.begin >= 0 && span.begin <= span.end &&
        span.end <= static_cast<std::int64_t>(text.size())) {
        return;
    }
    throw Error(ErrorCode::bad_shape, "span " + std::to_string(i) + " lies outside the text");
}

/// Where there is nothing, both ends are below zero: -1, or -2 of a key that goes.
inline void require_nothing(Span span, std::size_t i) {
    if (span.begin >= -2 && span.end >= -2 && span.end <= 0) return;
    throw Error(ErrorCode::bad_shape,
                "span " + std::to_string(i) + " is (" + std::to_string(span.begin) + ", " +
                    std::to_string(span.end) + "); where there is nothing it is (-1, -1)");
}

/// Records that are copied together with what lies between them.
inline void require_in_order(Span range, const RecordsView& records) {
    if (range.begin < 0) throw Error(ErrorCode::bad_shape, "the range begins below 0");
    require_inside(range, records.text, 0);
    std::int64_t at = range.begin;
    for (std::size_t i = 0; i < records.length; ++i) {
        if (records.spans[i].begin < at || records.spans[i].end > range.end) {
            throw Error(ErrorCode::bad_shape,
                        "span " + std::to_string(i) +
                            " overlaps the one before it, or lies outside the range");
        }
        at = records.spans[i].end;
    }
}

/// Records (or values) in several texts. Every span lies in its text, unless it begins below zero,
/// where there is nothing.
class Rows {
public:
    /// texts: list of bytes-like objects; which: (n,), index of the text; spans: (n, 2).
    Rows(const py::list& texts, Array<std::int32_t> which, Array<std::int64_t> spans)
        : which_(std::move(which)), spans_(std::move(spans)) {
        for (const py::handle text : texts) texts_.push_back(bytes_.emplace_back(text).text());
        const Span* places = as_spans(spans_);
        const auto n = static_cast<std::size_t>(spans_.shape(0));
        require_length(which_.size(), n, "which");
        for (std::size_t i = 0; i < n; ++i) {
            const std::int32_t text = which_.data()[i];
            if (text < 0 || static_cast<std::size_t>(text) >= texts_.size()) {
                throw Error(ErrorCode::bad_shape,
                            "record " + std::to_string(i) + " lies in no text");
            }
            if (places[i].found()) {
                require_inside(places[i], texts_[static_cast<std::size_t>(text)], i);
            } else {
                require_nothing(places[i], i);
            }
        }
        view_ = {{}, places, n, texts_.data(), which_.data()};
    }
    [[nodiscard]] const RecordsView& view() const noexcept { return view_; }
    [[nodiscard]] std::size_t size() const noexcept { return view_.length; }

private:
    Array<std::int32_t> which_;
    Array<std::int64_t> spans_;
    std::deque<Bytes> bytes_;
    std::vector<std::string_view> texts_;
    RecordsView view_;
};

/// Text from a document, which need not be UTF-8 where a message cut it.
inline py::str as_str(std::string_view text) {
    PyObject* decoded =
        PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "replace");
    if (decoded == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::str>(decoded);
}

/// One byte of every row, as an array.
template <class Rows, class Read>
py::array_t<std::uint8_t> column(const Rows& rows, const Read& read) {
    py::array_t<std::uint8_t> out(static_cast<py::ssize_t>(rows.size()));
    std::uint8_t* data = out.mutable_data();
    for (const auto& row : rows) *data++ = static_cast<std::uint8_t>(read(row));
    return out;
}

}  // namespace cocodec::python
