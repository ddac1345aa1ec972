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

[[noreturn]] void refuse_kwcoco() {
    refuse(
        "it is a polygon of kwcoco, {\"exterior\": ..., \"interiors\": ...}; write the exterior "
        "as a ring, [[x0, y0, ...]], or, if it has interiors, the mask as RLE",
        0);
}

/// The text of the next value, for a message.
std::string shown(Scanner scanner) {
    return json::excerpt(scanner.value());
}

bool is_coordinate(double value) noexcept {
    return std::abs(value) <= max_coordinate;
}

bool is_whole(double value) noexcept {
    return value >= 0 && value <= max_run && value == std::floor(value);
}

/// Takes a number, or a text that is one; `as_text` says which. False, and nothing taken, if
/// neither comes next.
bool take_number(Scanner& scanner, double& value, bool& as_text) {
    if (scanner.number(value)) return true;
    if (scanner.peek() != '"') return false;
    Scanner ahead = scanner;
    if (!parse_number_text(ahead.string(), value)) return false;
    scanner = ahead;
    as_text = true;
    return true;
}

constexpr std::string_view too_deep =
    "rings are nested one level too deep, expected [[x0, y0, x1, y1, ...], ...]";

/// Rings or a flat list of numbers; the opening bracket of the whole is taken.
class RingParser {
public:
    RingParser(Scanner& scanner, Segmentation& out, const Size* image)
        : scanner_(scanner), out_(out), image_(image) {}

    SegmentationKind parse() {
        if (scanner_.accept(']')) return SegmentationKind::empty;
        if (scanner_.peek() == '{') refuse_objects();
        return scanner_.peek() == '[' ? rings() : flat();
    }

private:
    SegmentationKind rings() {
        bool any_number = false;
        // How many rings are one pair, and one triple, as the points of a single ring are.
        std::size_t rings = 0, pairs = 0, triples = 0;
        do {
            if (!scanner_.accept('[')) {
                refuse("ring " + std::to_string(rings) + " is " + shown(scanner_) +
                           ", expected a list of numbers",
                       rings);
            }
            ring(rings);
            any_number |= count_ > 0;
            pairs += !paired_ && count_ == 2;
            triples += !paired_ && count_ == 3;
            note_odd(rings);
            ++rings;
        } while (scanner_.more(']'));
        if (!any_number) return SegmentationKind::empty_rings;
        if (rings > 1 && triples == rings) {
            refuse("its points are " + std::to_string(rings) +
                       " triples, as keypoints are [x, y, v]; the points of a ring are x and y",
                   0);
        }
        if (rings > 1 && pairs == rings) return points_of_one_ring();
        refuse_odd();
        refuse_runs();
        return filled(any_pairs_ || as_text_ ? SegmentationKind::loose_rings
                                             : SegmentationKind::polygons);
    }

    /// Takes a ring up to its closing bracket: numbers, or points that are pairs.
    void ring(std::size_t which) {
        paired_ = scanner_.peek() == '[';
        any_pairs_ |= paired_;
        if (paired_) {
            points(which);
        } else {
            numbers(which);
        }
        finish_ring();
    }

    SegmentationKind flat() {
        numbers(no_ring);
        out_.is_bare = true;
        finish_ring();
        note_odd(0);
        refuse_odd();
        refuse_runs();
        return filled(as_text_ ? SegmentationKind::loose_rings : SegmentationKind::flat_ring);
    }

    /// [[x, y], [x, y], ...]: every pair was read as a ring of its own.
    SegmentationKind points_of_one_ring() {
        const std::int64_t points = out_.ring_offsets[out_.ring_offsets.size() - 1];
        out_.ring_offsets.resize(1);
        out_.ring_offsets.push_back(points);
        out_.is_bare = true;
        return filled(SegmentationKind::loose_rings);
    }

    /// `kind`, if any ring has the three points that it takes to enclose something.
    [[nodiscard]] SegmentationKind filled(SegmentationKind kind) const noexcept {
        for (std::size_t i = 1; i < out_.ring_offsets.size(); ++i) {
            if (out_.ring_offsets[i] - out_.ring_offsets[i - 1] >= 3) return kind;
        }
        return SegmentationKind::points;
    }

    /// Takes numbers up to the closing bracket and counts them.
    void numbers(std::size_t ring) {
        count_ = 0;
        if (scanner_.accept(']')) return;
        const std::size_t before = out_.xy.size();
        scanner_.numbers_with_commas([this](double value) {
            if (!is_coordinate(value)) return false;
            out_.xy.push_back(value);
            return true;
        });
        count_ = out_.xy.size() - before;
        do {
            number(ring);
        } while (scanner_.more(']'));
    }

    /// Takes pairs up to the closing bracket of their ring, and counts their numbers.
    void points(std::size_t ring) {
        count_ = 0;
        do {
            const Scanner before = scanner_;
            if (!scanner_.accept('[')) refuse(place(ring) + " is " + shown(before), count_);
            const std::size_t first = count_;
            if (scanner_.peek() == '[') refuse(std::string(too_deep), ring);
            if (!scanner_.accept(']')) {
                do {
                    number(ring);
                } while (scanner_.more(']'));
            }
            if (count_ - first == 2) continue;
            if (count_ - first != 3) refuse(std::string(too_deep), ring);
            refuse("ring " + std::to_string(ring) + ", point " + std::to_string(first / 2) +
                       " is " + shown(before) + ", a triple as keypoints have, expected [x, y]",
                   first);
        } while (scanner_.more(']'));
    }

    void number(std::size_t ring) {
        const Scanner before = scanner_;
        double value = 0;
        if (!take_number(scanner_, value, as_text_)) {
            refuse(place(ring) + " is " + shown(before), count_);
        }
        if (!is_coordinate(value)) {
            throw Error(ErrorCode::bad_coordinate,
                        place(ring) + " is " + shown(before) + "; coordinates lie within +-1e14",
                        -1, static_cast<std::int64_t>(count_));
        }
        out_.xy.push_back(value);
        ++count_;
    }

    [[nodiscard]] std::string place(std::size_t ring) const {
        const std::string number = "number " + std::to_string(count_);
        return ring == no_ring ? number : "ring " + std::to_string(ring) + ", " + number;
    }

    /// Of an odd number of coordinates the last is left over; such a ring is refused in the end.
    void finish_ring() {
        refuse_runs_in_ring();
        if (count_ % 2 != 0) out_.xy.resize(out_.xy.size() - 1);
        out_.ring_offsets.push_back(static_cast<std::int64_t>(out_.xy.size() / 2));
    }

    void refuse_runs_in_ring() {
        if (image_ == nullptr || paired_ || looks_like_runs_) return;
        const double* const first = out_.xy.data() + out_.xy.size() - count_;
        looks_like_runs_ = are_runs(first, count_, *image_);
    }

    void refuse_runs() const {
        if (!looks_like_runs_ || out_.ring_offsets.size() != 2) return;
        refuse(
            "its numbers are no ring: they sum to height x width, as the counts of an RLE do; "
            "write {\"size\": [" +
                std::to_string(image_->height) + ", " + std::to_string(image_->width) +
                "], \"counts\": [...]}",
            0);
    }

    void note_odd(std::size_t ring) noexcept {
        if (odd_ != no_ring || count_ % 2 == 0) return;
        odd_ = ring;
        odd_count_ = count_;
    }

    void refuse_odd() const {
        if (odd_ == no_ring) return;
        refuse_runs();
        const std::string which = out_.is_bare ? "the ring" : "ring " + std::to_string(odd_);
        refuse(which + " has " + std::to_string(odd_count_) +
                   (odd_count_ == 1 ? " number" : " numbers") +
                   ", an odd number; expected x and y of every point",
               odd_);
    }

    [[noreturn]] void refuse_objects() const {
        static constexpr std::string_view keys[] = {"exterior", "counts"};
        const std::string_view object = Scanner(scanner_).value();
        json::Member members[2];
        json::find_members(object, keys, 2, members);
        if (members[0].value.found()) refuse_kwcoco();
        refuse("ring 0 is " + json::excerpt(object) +
                   (members[1].value.found() ? ", an RLE; a segmentation is one RLE, not a list"
                                             : ", expected a list of numbers"),
               0);
    }

    static constexpr std::size_t no_ring = static_cast<std::size_t>(-1);

    Scanner& scanner_;
    Segmentation& out_;
    const Size* image_;
    std::size_t count_ = 0;      // numbers of the last ring
    std::size_t odd_ = no_ring;  // the first ring with an odd number of them
    std::size_t odd_count_ = 0;  // how many it has
    bool paired_ = false;        // the last ring's points are pairs
    bool any_pairs_ = false;
    bool as_text_ = false;  // some number is a text
    bool looks_like_runs_ = false;
};

Size parse_size(std::string_view text) {
    Scanner scanner(text);
    double side[2] = {};
    bool right = scanner.accept('[') && scanner.number(side[0]) && scanner.accept(',') &&
                 scanner.number(side[1]) && scanner.accept(']');
    right = right && is_whole(side[0]) && is_whole(side[1]);
    if (!right) {
        throw Error(ErrorCode::bad_size,
                    "size is " + json::excerpt(text) + ", expected [height, width]");
    }
    return {static_cast<std::int64_t>(side[0]), static_cast<std::int64_t>(side[1])};
}

/// Appends runs that stand in a list; true if some are texts.
bool parse_list(std::string_view text, Buffer<std::uint32_t>& runs) {
    Scanner scanner(text);
    scanner.expect('[');
    bool as_text = false;
    if (scanner.accept(']')) return false;
    // A whole number from 0 to 2^32 - 1, however it is spelled (3, 3.0, 3e0).
    scanner.numbers_with_commas([&runs](double value) {
        if (!is_whole(value)) return false;
        runs.push_back(static_cast<std::uint32_t>(value));
        return true;
    });
    do {
        const Scanner before = scanner;
        double value = 0;
        if (take_number(scanner, value, as_text) && is_whole(value)) {
            runs.push_back(static_cast<std::uint32_t>(value));
            continue;
        }
        throw Error(ErrorCode::bad_run,
                    "run " + std::to_string(runs.size()) + " is " + shown(before) +
                        "; runs are whole numbers from 0 to 4294967295",
                    -1, static_cast<std::int64_t>(runs.size()));
    } while (scanner.more(']'));
    return as_text;
}

void validate_runs(const Segmentation& out) {
    validate(RleView{out.runs.data(), out.runs.size(), out.size});
}

/// Reads what stands between the quotes of a counts string; true if it is in base64.
bool parse_string(std::string_view raw, Segmentation& out) {
    std::string unescaped;
    std::string_view text = raw;
    if (json::has_escapes(raw)) {
        json::unescape(raw, unescaped);
        text = unescaped;
    }
    try {
        parse_counts(text, out.runs);
        validate_runs(out);
        return false;
    } catch (const Error& error) {
        out.runs.clear();
        if (parse_base64_counts(text, out.size, out.runs)) return true;
        throw Error(error.code(), error.message() + describe_counts(text, out.size), error.item(),
                    error.offset());
    }
}

SegmentationKind parse_rle(std::string_view text, Segmentation& out) {
    static constexpr std::string_view keys[] = {"size", "counts", "exterior", "rle"};
    json::Member members[4];
    json::find_members(text, keys, 4, members);
    const Span size = members[0].value, counts = members[1].value;
    if (members[2].value.found() && !counts.found()) refuse_kwcoco();
    if (members[3].value.found() && !counts.found()) {
        refuse(
            "it has \"rle\" and no \"counts\", as the brushes of Label Studio have: convert the "
            "JSON that Label Studio exports (cocodec convert --from label-studio)",
            0);
    }
    if (!size.found()) refuse("an object without \"size\"", 0);
    if (!counts.found()) refuse("an object without \"counts\"", 0);
    out.size = parse_size(size.of(text));
    out.counts = counts;
    const std::string_view value = counts.of(text);
    if (value[0] == '"') {
        const bool base64 = parse_string(value.substr(1, value.size() - 2), out);
        return base64 ? SegmentationKind::loose_rle : SegmentationKind::rle_string;
    }
    if (value[0] != '[') {
        refuse("counts is " + json::excerpt(value) + ", expected a string or a list", 0);
    }
    const bool as_text = parse_list(value, out.runs);
    try {
        validate_runs(out);
    } catch (const Error& error) {
        throw Error(error.code(),
                    error.message() + describe_runs(out.runs.data(), out.runs.size(), out.size),
                    error.item(), error.offset());
    }
    return as_text ? SegmentationKind::loose_rle : SegmentationKind::rle_list;
}

/// A counts string that is all there is: of the size of its image.
SegmentationKind parse_bare(std::string_view text, Segmentation& out, const Size* image) {
    if (image == nullptr) {
        refuse("it is " + json::excerpt(text) +
                   ", a bare counts string, and the size of its image is not known",
               0);
    }
    out.size = *image;
    parse_string(Scanner(text).string(), out);
    return SegmentationKind::loose_rle;
}

}  // namespace

bool are_runs(const double* numbers, std::size_t length, Size image) noexcept {
    double sum = 0;
    bool beyond = length % 2 != 0;
    for (std::size_t i = 0; i < length; ++i) {
        if (!is_whole(numbers[i])) return false;
        sum += numbers[i];
        beyond |= numbers[i] > static_cast<double>(i % 2 == 0 ? image.width : image.height);
    }
    return beyond && length > 0 &&
           sum == static_cast<double>(image.height) * static_cast<double>(image.width);
}

bool parse_number_text(std::string_view text, double& value) {
    Scanner scanner(text);
    return !text.empty() && scanner.number(value) && scanner.at() == text.size();
}

void parse_segmentation(std::string_view text, Segmentation& out, const Size* image) {
    out.xy.clear();
    out.ring_offsets.clear();
    out.ring_offsets.push_back(0);
    out.runs.clear();
    out.size = {};
    out.counts = {};
    out.is_bare = false;
    out.kind = SegmentationKind::bad;
    Scanner scanner(text);
    switch (scanner.peek()) {
        case '[':
            scanner.expect('[');
            out.kind = RingParser(scanner, out, image).parse();
            break;
        case '{':
            out.kind = parse_rle(scanner.value(), out);
            // Places in the object, made places in `text`.
            out.counts.begin += static_cast<std::int64_t>(text.find('{'));
            out.counts.end += static_cast<std::int64_t>(text.find('{'));
            break;
        case '"':
            out.kind = parse_bare(scanner.value(), out, image);
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
