// The JSON text of one `segmentation` value -> rings or runs, by JSON type.

#include "cocodec/segmentation.hpp"

#include <algorithm>
#include <cmath>

#include "cocodec/counts.hpp"
#include "json/scan.hpp"

namespace cocodec {
namespace {

using json::Scanner;

constexpr double max_coordinate = 1e14;
constexpr double max_run = 4294967295.0;

[[noreturn]] void refuse(const std::string& what, std::size_t index) {
    throw Error(ErrorCode::bad_segmentation, what, -1, static_cast<std::int64_t>(index));
}

/// The text of the next value, for a message.
std::string shown(Scanner scanner) {
    return json::excerpt(scanner.value());
}

/// Rings or a flat list of numbers; the opening bracket of the whole is taken.
class RingParser {
public:
    RingParser(Scanner& scanner, Segmentation& out) : scanner_(scanner), out_(out) {}

    SegmentationKind parse() {
        if (scanner_.accept(']')) return SegmentationKind::empty;
        return scanner_.peek() == '[' ? rings() : flat();
    }

private:
    SegmentationKind rings() {
        bool any_number = false, all_boxes = true, any_polygon = false;
        std::size_t ring = 0;
        do {
            if (!scanner_.accept('[')) {
                refuse("ring " + std::to_string(ring) + " is " + shown(scanner_) +
                           ", expected a list of numbers",
                       ring);
            }
            numbers(ring);
            any_number |= count_ > 0;
            all_boxes &= count_ == 4;
            any_polygon |= count_ >= 6;
            finish_ring();
            ++ring;
        } while (scanner_.more(']'));
        if (!any_number) return SegmentationKind::empty_rings;
        if (all_boxes) return boxes();
        return any_polygon ? SegmentationKind::polygons : SegmentationKind::points;
    }

    SegmentationKind flat() {
        numbers(no_ring);
        finish_ring();
        if (count_ == 4) return boxes();
        return count_ >= 6 ? SegmentationKind::flat_ring : SegmentationKind::points;
    }

    /// Takes numbers up to the closing bracket and counts them.
    void numbers(std::size_t ring) {
        count_ = 0;
        if (scanner_.accept(']')) return;
        do {
            const Scanner before = scanner_;
            double value = 0;
            if (!scanner_.number(value)) refuse(place(ring) + " is " + shown(before), count_);
            if (!(std::abs(value) <= max_coordinate)) {
                throw Error(
                    ErrorCode::bad_coordinate,
                    place(ring) + " is " + shown(before) + "; coordinates lie within +-1e14", -1,
                    static_cast<std::int64_t>(count_));
            }
            out_.xy.push_back(value);
            ++count_;
        } while (scanner_.more(']'));
    }

    [[nodiscard]] std::string place(std::size_t ring) const {
        const std::string number = "number " + std::to_string(count_);
        return ring == no_ring ? number : "ring " + std::to_string(ring) + ", " + number;
    }

    void finish_ring() {
        // Of an odd number of coordinates the last one is ignored, as the reference does.
        if (count_ % 2 != 0) out_.xy.resize(out_.xy.size() - 1);
        out_.ring_offsets.push_back(static_cast<std::int64_t>(out_.xy.size() / 2));
    }

    /// Every ring is x, y, width, height: makes it the ring of its corners, in the reference's
    /// order.
    SegmentationKind boxes() {
        const std::size_t n = out_.ring_offsets.size() - 1;
        out_.xy.resize(8 * n);
        for (std::size_t i = n; i-- > 0;) {
            const double* row = out_.xy.data() + 4 * i;
            const double left = row[0], top = row[1], right = left + row[2], bottom = top + row[3];
            const double corners[] = {left, top, left, bottom, right, bottom, right, top};
            std::copy(corners, corners + 8, out_.xy.data() + 8 * i);
            out_.ring_offsets[i + 1] = static_cast<std::int64_t>(4 * (i + 1));
        }
        return SegmentationKind::box;
    }

    static constexpr std::size_t no_ring = static_cast<std::size_t>(-1);

    Scanner& scanner_;
    Segmentation& out_;
    std::size_t count_ = 0;  // numbers of the last ring
};

/// An integer from 0 to 2^32 - 1, however it is spelled (3, 3.0, 3e0).
bool is_run(double value) {
    return value >= 0 && value <= max_run && value == std::floor(value);
}

Size parse_size(std::string_view text) {
    Scanner scanner(text);
    double side[2] = {};
    bool right = scanner.accept('[') && scanner.number(side[0]) && scanner.accept(',') &&
                 scanner.number(side[1]) && scanner.accept(']');
    right = right && is_run(side[0]) && is_run(side[1]);
    if (!right) {
        throw Error(ErrorCode::bad_size,
                    "size is " + json::excerpt(text) + ", expected [height, width]");
    }
    return {static_cast<std::int64_t>(side[0]), static_cast<std::int64_t>(side[1])};
}

void parse_list(std::string_view text, Buffer<std::uint32_t>& runs) {
    Scanner scanner(text);
    scanner.expect('[');
    if (scanner.accept(']')) return;
    do {
        const Scanner before = scanner;
        double value = 0;
        if (scanner.number(value) && is_run(value)) {
            runs.push_back(static_cast<std::uint32_t>(value));
            continue;
        }
        throw Error(ErrorCode::bad_run,
                    "run " + std::to_string(runs.size()) + " is " + shown(before) +
                        "; runs are whole numbers from 0 to 4294967295",
                    -1, static_cast<std::int64_t>(runs.size()));
    } while (scanner.more(']'));
}

void parse_string(std::string_view raw, Buffer<std::uint32_t>& runs) {
    if (!json::has_escapes(raw)) return parse_counts(raw, runs);
    std::string text;
    json::unescape(raw, text);
    parse_counts(text, runs);
}

SegmentationKind parse_rle(std::string_view text, Segmentation& out) {
    static constexpr std::string_view keys[] = {"size", "counts"};
    json::Member members[2];
    json::find_members(text, keys, 2, members);
    const Span size = members[0].value, counts = members[1].value;
    if (!size.found()) refuse("an object without \"size\"", 0);
    if (!counts.found()) refuse("an object without \"counts\"", 0);
    out.size = parse_size(size.of(text));
    out.counts = counts;
    const std::string_view value = counts.of(text);
    if (value[0] != '"' && value[0] != '[') {
        refuse("counts is " + json::excerpt(value) + ", expected a string or a list", 0);
    }
    const bool is_string = value[0] == '"';
    if (is_string) {
        parse_string(value.substr(1, value.size() - 2), out.runs);
    } else {
        parse_list(value, out.runs);
    }
    validate(RleView{out.runs.data(), out.runs.size(), out.size});
    return is_string ? SegmentationKind::rle_string : SegmentationKind::rle_list;
}

}  // namespace

void parse_segmentation(std::string_view text, Segmentation& out) {
    out.xy.clear();
    out.ring_offsets.clear();
    out.ring_offsets.push_back(0);
    out.runs.clear();
    out.size = {};
    out.counts = {};
    out.kind = SegmentationKind::bad;
    Scanner scanner(text);
    switch (scanner.peek()) {
        case '[':
            scanner.expect('[');
            out.kind = RingParser(scanner, out).parse();
            break;
        case '{':
            out.kind = parse_rle(scanner.value(), out);
            // Places in the object, made places in `text`.
            out.counts.begin += static_cast<std::int64_t>(text.find('{'));
            out.counts.end += static_cast<std::int64_t>(text.find('{'));
            break;
        default:
            if (scanner.value() != "null") {
                refuse("it is " + json::excerpt(text) + ", expected a list or an object", 0);
            }
            out.kind = SegmentationKind::null;
    }
    if (scanner.peek() != '\0') scanner.fail("unexpected text");
}

}  // namespace cocodec
