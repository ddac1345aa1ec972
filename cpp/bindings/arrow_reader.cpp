// Nothing of a foreign column is believed: an index is compared with the length that its array
// claims, an offset with its neighbour and with the length of what it points into. What the
// interface does not tell, how long a plain buffer is, only its producer can know.

#include "arrow_reader.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "cocodec/counts.hpp"
#include "cocodec/error.hpp"

namespace cocodec::python {
namespace {

[[noreturn]] void refuse(std::string_view field, std::string_view what) {
    std::string message("the Arrow column");
    if (!field.empty()) {
        message += ", field ";
        message += field;
    }
    message += ": ";
    message += what;
    throw Error(ErrorCode::bad_shape, message);
}

template <class T>
T load(const void* data, std::int64_t index) noexcept {
    T value;
    std::memcpy(&value, static_cast<const char*>(data) + index * std::int64_t{sizeof(T)},
                sizeof(T));
    return value;
}

/// One array with its type; rows count from its own offset.
class ArrowColumn {
public:
    ArrowColumn(const ArrowSchema* schema, const ArrowArray* array, std::string_view field)
        : schema_(schema), array_(array), field_(field) {
        if (schema == nullptr || array == nullptr) refuse(field, "it is missing");
        if (schema->release == nullptr || array->release == nullptr) {
            refuse(field, "it has been released already");
        }
        if (schema->format == nullptr) refuse(field, "it has no type");
        if (schema->dictionary != nullptr || array->dictionary != nullptr) {
            refuse(field, "it is dictionary-encoded, which is not read here");
        }
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 32;
        if (array->length < 0 || array->offset < 0 || array->length > most ||
            array->offset > most) {
            refuse(field, "its length or offset is out of range");
        }
        if (schema->n_children != array->n_children || array->n_children < 0 ||
            (array->n_children > 0 &&
             (schema->children == nullptr || array->children == nullptr))) {
            refuse(field, "its type and its data differ in the number of children");
        }
    }

    [[nodiscard]] std::string_view format() const { return schema_->format; }
    [[nodiscard]] std::int64_t length() const { return array_->length; }
    /// The place of a row in buffers and children.
    [[nodiscard]] std::int64_t at(std::int64_t row) const { return array_->offset + row; }

    void require_buffers(std::int64_t least, std::int64_t most) const {
        if (array_->n_buffers < least || array_->n_buffers > most || array_->buffers == nullptr) {
            refuse(field_, "it has " + std::to_string(array_->n_buffers) + " buffers, expected " +
                               std::to_string(least));
        }
    }
    [[nodiscard]] std::int64_t buffers() const { return array_->n_buffers; }
    /// A buffer that is about to be read.
    [[nodiscard]] const void* buffer(std::int64_t i) const {
        if (array_->buffers[i] == nullptr) refuse(field_, "a buffer is missing");
        return array_->buffers[i];
    }
    [[nodiscard]] bool is_null(std::int64_t row) const {
        const void* bits = array_->null_count == 0 ? nullptr : array_->buffers[0];
        if (bits == nullptr) return false;
        return (load<std::uint8_t>(bits, at(row) / 8) >> (at(row) % 8) & 1) == 0;
    }
    [[nodiscard]] std::int64_t children() const { return array_->n_children; }
    [[nodiscard]] std::string_view child_name(std::int64_t i) const {
        const ArrowSchema* child = schema_->children[i];
        return child == nullptr || child->name == nullptr ? std::string_view() : child->name;
    }
    [[nodiscard]] ArrowColumn child(std::int64_t i, std::string_view field) const {
        return {schema_->children[i], array_->children[i], field};
    }
    [[nodiscard]] std::string_view field() const { return field_; }

private:
    const ArrowSchema* schema_;
    const ArrowArray* array_;
    std::string_view field_;
};

/// Integers of any width.
class Integers {
public:
    explicit Integers(const ArrowColumn& column) : column_(column) {
        const std::string_view format = column.format();
        constexpr std::string_view known = "cCsSiIlL";
        if (format.size() != 1 || known.find(format[0]) == std::string_view::npos) {
            refuse(column.field(), "its type is '" + std::string(format) + "', expected integers");
        }
        kind_ = format[0];
        column.require_buffers(2, 2);
    }
    [[nodiscard]] std::int64_t length() const { return column_.length(); }
    [[nodiscard]] std::int64_t operator[](std::int64_t row) const {
        if (row < 0 || row >= column_.length()) refuse(column_.field(), "it is too short");
        if (column_.is_null(row)) refuse(column_.field(), "a side is null");
        const void* data = column_.buffer(1);
        const std::int64_t at = column_.at(row);
        switch (kind_) {
            case 'c':
                return load<std::int8_t>(data, at);
            case 'C':
                return load<std::uint8_t>(data, at);
            case 's':
                return load<std::int16_t>(data, at);
            case 'S':
                return load<std::uint16_t>(data, at);
            case 'i':
                return load<std::int32_t>(data, at);
            case 'I':
                return load<std::uint32_t>(data, at);
            default:
                // Above 2^63 it comes out negative, and no side is that either.
                return load<std::int64_t>(data, at);
        }
    }

private:
    ArrowColumn column_;
    char kind_ = 'l';
};

/// Offsets of 32 or 64 bits into something of a known length (negative: not known).
struct Offsets {
    ArrowColumn column;
    bool wide = false;

    /// Where a row begins and ends.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> operator()(std::int64_t row,
                                                                   std::int64_t limit) const {
        const void* data = column.buffer(1);
        const std::int64_t at = column.at(row);
        const auto read = [&](std::int64_t i) {
            return wide ? load<std::int64_t>(data, i) : load<std::int32_t>(data, i);
        };
        const std::int64_t begin = read(at), end = read(at + 1);
        if (begin < 0 || end < begin || (limit >= 0 && end > limit)) {
            refuse(column.field(), "offsets " + std::to_string(begin) + " and " +
                                       std::to_string(end) + " do not fit");
        }
        return {begin, end};
    }
};

/// Heights and widths: lists of two integers, of fixed size or not.
class Sizes {
public:
    explicit Sizes(const ArrowColumn& column) : column_(column), sides_(sides_of(column)) {
        const std::string_view format = column.format();
        fixed_ = format == "+w:2";
        wide_ = format == "+L";
        if (!fixed_ && !wide_ && format != "+l") {
            refuse(column.field(),
                   "its type is '" + std::string(format) + "', expected lists of two integers");
        }
        column.require_buffers(fixed_ ? 1 : 2, fixed_ ? 1 : 2);
    }
    [[nodiscard]] Size operator[](std::int64_t row) const {
        if (column_.is_null(row)) refuse(column_.field(), "it is null");
        std::int64_t begin = 2 * column_.at(row), end = begin + 2;
        if (!fixed_) {
            std::tie(begin, end) = Offsets{column_, wide_}(row, sides_.length());
        }
        if (end - begin != 2) {
            refuse(column_.field(),
                   "it has " + std::to_string(end - begin) + " numbers, expected two");
        }
        return {sides_[begin], sides_[begin + 1]};
    }

private:
    static Integers sides_of(const ArrowColumn& column) {
        if (column.children() != 1) {
            refuse(column.field(), "it is no list; expected height and width");
        }
        return Integers(column.child(0, "size"));
    }

    ArrowColumn column_;
    Integers sides_;
    bool fixed_ = false;
    bool wide_ = false;
};

/// Text or bytes in any of Arrow's layouts.
class ArrowTexts {
public:
    explicit ArrowTexts(const ArrowColumn& column) : column_(column) {
        const std::string_view format = column.format();
        views_ = format == "vz" || format == "vu";
        wide_ = format == "Z" || format == "U";
        if (!views_ && !wide_ && format != "z" && format != "u") {
            refuse(column.field(),
                   "its type is '" + std::string(format) + "', expected binary or text");
        }
        if (views_) {
            column.require_buffers(3, std::numeric_limits<std::int32_t>::max());
        } else {
            column.require_buffers(3, 3);
        }
    }
    [[nodiscard]] std::string_view operator[](std::int64_t row) const {
        if (column_.is_null(row)) refuse(column_.field(), "it is null");
        if (views_) return view(row);
        const auto [begin, end] = Offsets{column_, wide_}(row, -1);
        if (begin == end) return {};
        return {static_cast<const char*>(column_.buffer(2)) + begin,
                static_cast<std::size_t>(end - begin)};
    }

private:
    /// A view is a length, and either up to 12 bytes or a prefix, the number of a buffer, and where
    /// the text begins there. The last buffer tells how long the others are.
    [[nodiscard]] std::string_view view(std::int64_t row) const {
        const char* at = static_cast<const char*>(column_.buffer(1)) + 16 * column_.at(row);
        const std::int64_t length = load<std::int32_t>(at, 0);
        if (length < 0) refuse(column_.field(), "a length is negative");
        if (length <= 12) return {at + 4, static_cast<std::size_t>(length)};
        const std::int64_t number = load<std::int32_t>(at, 2), begin = load<std::int32_t>(at, 3);
        const std::int64_t texts = column_.buffers() - 3;
        if (number < 0 || number >= texts) refuse(column_.field(), "a view names no buffer");
        const auto size = load<std::int64_t>(column_.buffer(column_.buffers() - 1), number);
        if (begin < 0 || begin > size || length > size - begin) {
            refuse(column_.field(), "a view lies outside its buffer");
        }
        return {static_cast<const char*>(column_.buffer(2 + number)) + begin,
                static_cast<std::size_t>(length)};
    }

    ArrowColumn column_;
    bool views_ = false;
    bool wide_ = false;
};

ArrowColumn field_of(const ArrowColumn& column, std::string_view name) {
    for (std::int64_t i = 0; i < column.children(); ++i) {
        if (column.child_name(i) != name) continue;
        const ArrowColumn child = column.child(i, name);
        if (child.length() < column.at(column.length())) refuse(name, "it is too short");
        return child;
    }
    refuse({}, "it has no field '" + std::string(name) + "', expected size and counts");
}

}  // namespace

void append_masks(const ArrowSchema& schema, const ArrowArray& array, RleArray& out) {
    const ArrowColumn column(&schema, &array, {});
    if (column.format() != "+s") {
        refuse({}, "its type is '" + std::string(column.format()) +
                       "', expected a struct of size and counts");
    }
    column.require_buffers(1, 1);
    const Sizes sizes(field_of(column, "size"));
    const ArrowTexts counts(field_of(column, "counts"));
    for (std::int64_t row = 0; row < column.length(); ++row) {
        const auto item = static_cast<std::int64_t>(out.size());
        try {
            if (column.is_null(row)) {
                throw Error(ErrorCode::bad_shape, "it is null; drop or fill nulls first");
            }
            const Size size = sizes[column.at(row)];
            validate(size);
            parse_counts(counts[column.at(row)], out.counts);
            out.finish(size);
            validate(out.view()[out.size() - 1]);
        } catch (const Error& error) {
            throw error.at(item);
        }
    }
}

}  // namespace cocodec::python
