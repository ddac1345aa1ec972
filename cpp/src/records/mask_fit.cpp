// Masks against what their rows say of them. Cheap enough to be asked of every row that is
// converted: nothing is decoded, and what takes a second look at the runs is asked only of masks
// that are far off.

#include "cocodec/mask_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "json/number.hpp"
#include "json/scan.hpp"

namespace cocodec {
namespace {

constexpr double rounding = 1.0;    // pixels by which writers' boxes differ from their masks
constexpr double doubtful = 3.0;    // small objects near the corner fit other readings by chance
constexpr double overlap = 0.5;     // boxes that share less of their union lie apart
constexpr double area_ratio = 3.0;  // areas that differ by more are of different things
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// By how much the edges of two boxes differ, at most; NaN if one of them is.
double edges_off(const Box& a, const Box& b) noexcept {
    const double off[] = {std::abs(a.x - b.x), std::abs(a.y - b.y),
                          std::abs(a.x + a.width - b.x - b.width),
                          std::abs(a.y + a.height - b.y - b.height)};
    double most = 0;
    for (const double one : off) {
        if (std::isnan(one)) return one;
        most = std::max(most, one);
    }
    return most;
}

bool is_close(const Box& a, const Box& b) noexcept {
    return edges_off(a, b) <= rounding + 0.5;
}

/// How far two boxes' edges overlap along one side.
double shared(double a, double a_length, double b, double b_length) noexcept {
    return std::max(0.0, std::min(a + a_length, b + b_length) - std::max(a, b));
}

bool is_apart(const Box& a, const Box& b) noexcept {
    const double both = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
    const double all = a.width * a.height + b.width * b.height - both;
    return edges_off(a, b) > doubtful && both < overlap * all;
}

Box from_corners(const Box& box) noexcept {
    return {box.x, box.y, box.width - box.x, box.height - box.y};
}

Box from_centre(const Box& box) noexcept {
    return {box.x - box.width / 2, box.y - box.height / 2, box.width, box.height};
}

Box from_relative(const Box& box, Size image) noexcept {
    if (box.x > 1 || box.y > 1 || box.width > 1 || box.height > 1) return {none, none, none, none};
    const auto width = static_cast<double>(image.width), height = static_cast<double>(image.height);
    return {box.x * width, box.y * height, box.width * width, box.height * height};
}

Box turned(const Box& box) noexcept {
    return {box.y, box.x, box.height, box.width};
}

Size turned(Size size) noexcept {
    return {size.width, size.height};
}

bool lies_in(const Box& box, Size size) noexcept {
    return box.x >= -rounding && box.y >= -rounding &&
           box.x + box.width <= static_cast<double>(size.width) + rounding &&
           box.y + box.height <= static_cast<double>(size.height) + rounding;
}

/// The part of a box that lies in an image; of no width and height if none does.
Box clipped(const Box& box, Size image) noexcept {
    const double width = shared(box.x, box.width, 0, static_cast<double>(image.width));
    const double height = shared(box.y, box.height, 0, static_cast<double>(image.height));
    return {std::max(box.x, 0.0), std::max(box.y, 0.0), width, height};
}

bool is_relative(const Box& points, Size image) noexcept {
    constexpr double slack = 1e-6;
    return points.x >= -slack && points.y >= -slack && points.x + points.width <= 1 + slack &&
           points.y + points.height <= 1 + slack &&
           static_cast<double>(std::min(image.width, image.height)) > doubtful;
}

/// Reads four numbers, of which the last two are not negative.
bool parse_box(std::string_view text, Box& box) {
    double numbers[4] = {};
    std::size_t at = 0;
    const auto skip = [&] {
        while (at < text.size() &&
               (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            ++at;
        }
    };
    for (std::size_t i = 0; i < 4; ++i) {
        skip();
        if (at == text.size() || text[at] != (i == 0 ? '[' : ',')) return false;
        ++at;
        skip();
        const std::size_t end = json::parse_number(text, at, numbers[i]);
        if (end == at || !std::isfinite(numbers[i])) return false;
        at = end;
    }
    skip();
    box = {numbers[0], numbers[1], numbers[2], numbers[3]};
    return at + 1 == text.size() && text[at] == ']' && box.width >= 0 && box.height >= 0;
}

/// Reads an area that says something: a number above 0.
bool parse_area(std::string_view text, double& area) {
    return !text.empty() && json::parse_number(text, 0, area) == text.size() && area > 0 &&
           std::isfinite(area);
}

/// Whether an area is another's than that of `pixels` in `box`. Many files have the area of the
/// box, and a border of a pixel all around is only how it was counted.
bool is_other_area(double area, double pixels, const Box& box) noexcept {
    const double slack = 2 * (box.width + box.height) + 4;
    if (area <= area_ratio * pixels + slack && pixels <= area_ratio * area + slack) return false;
    return std::abs(area - box.width * box.height) > 0.02 * area + slack;
}

MaskFit as_fit(BoxReading reading) noexcept {
    switch (reading) {
        case BoxReading::corners:
            return MaskFit::corners;
        case BoxReading::relative:
            return MaskFit::relative;
        case BoxReading::centre:
            return MaskFit::centre;
        default:
            return MaskFit::unlike;
    }
}

/// Why runs that are far from `said` may be so. `box` is that of the mask as it was read.
MaskFit why_runs(RleView mask, const Box& said, const Box& box, const Size* image) {
    const bool other_size = image != nullptr && !(mask.size == *image);
    const Size swapped = turned(mask.size);
    const Box along_rows = bbox(RleView{mask.counts, mask.length, swapped});
    if (is_close(said, along_rows) && (image == nullptr || swapped == *image)) {
        return MaskFit::turned_size;
    }
    if (is_close(said, turned(along_rows)) || is_close(said, turned(box))) {
        return MaskFit::row_major;
    }
    const BoxReading reading = read_box(said, box, nullptr, image ? image : &mask.size, true);
    if (as_fit(reading) != MaskFit::unlike || !other_size) return as_fit(reading);
    const double x = static_cast<double>(image->width) / static_cast<double>(mask.size.width);
    const double y = static_cast<double>(image->height) / static_cast<double>(mask.size.height);
    const Box scaled{box.x * x, box.y * y, box.width * x, box.height * y};
    return is_apart(said, scaled) ? MaskFit::unlike : MaskFit::other_image;
}

}  // namespace

BoxReading read_box(const Box& said, const Box& mask, const Box* points, const Size* image,
                    bool is_rle) noexcept {
    const Box minus_one{mask.x, mask.y, mask.width - 1, mask.height - 1};
    if (is_rle && edges_off(said, minus_one) <= 0.01) return BoxReading::one_short;
    double off = edges_off(said, mask);
    if (points != nullptr) off = std::min(off, edges_off(said, *points));
    if (!(off > rounding)) return BoxReading::fits;
    if (off <= doubtful) return BoxReading::unlike;
    const auto fits = [&](const Box& meant) {
        return is_close(meant, mask) || (points != nullptr && is_close(meant, *points));
    };
    if (fits(from_corners(said))) return BoxReading::corners;
    if (image != nullptr && fits(from_relative(said, *image))) return BoxReading::relative;
    return fits(from_centre(said)) ? BoxReading::centre : BoxReading::unlike;
}

MaskFit judge_runs(RleView mask, std::uint64_t pixels, const MaskClaim& claim, const Size* image) {
    Box said;
    const bool has_box = parse_box(claim.bbox, said);
    double area_said = 0;
    const bool has_area = parse_area(claim.area, area_said);
    if (!has_box && !has_area) return MaskFit::fits;
    const Box box = bbox(mask);
    if (has_box && pixels == 0) {
        if (std::min(said.width, said.height) > doubtful) return MaskFit::unlike;
    } else if (has_box && is_apart(said, box)) {
        return why_runs(mask, said, box, image);
    }
    const bool other = has_area && is_other_area(area_said, static_cast<double>(pixels), box);
    return other ? MaskFit::other_area : MaskFit::fits;
}

MaskFit judge_rings(const Box& points, double enclosed, double pixels, const MaskClaim& claim,
                    Size image) {
    if (pixels <= 1 && is_relative(points, image)) return MaskFit::relative;
    const Box inside = clipped(points, image);
    Box said;
    const bool has_box = parse_box(claim.bbox, said);
    if (!has_box) said = points;
    if (is_apart(said, inside)) {
        const bool agrees = !is_apart(said, points);
        if (!lies_in(points, image)) {
            if (lies_in(points, turned(image))) return MaskFit::turned_image;
            if (agrees) return MaskFit::other_image;
        }
        if (!agrees) return as_fit(read_box(said, inside, &points, &image, false));
    }
    double area_said = 0;
    if (!lies_in(points, image) || !parse_area(claim.area, area_said)) return MaskFit::fits;
    // Without pixels: what rings enclose is too little where they cross themselves, but no mask is
    // larger than its box.
    const double largest = points.width * points.height;
    const bool other = is_other_area(area_said, enclosed, points) &&
                       is_other_area(area_said, pixels < 0 ? largest : pixels, points);
    return other ? MaskFit::other_area : MaskFit::fits;
}

}  // namespace cocodec
