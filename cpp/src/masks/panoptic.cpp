// Labels hardly ever change from one pixel to the next: stretches of equal pairs are counted, and
// looked up once.

#include "cocodec/panoptic.hpp"

#include <algorithm>
#include <unordered_map>

#include "cocodec/error.hpp"
#include "masks/intervals.hpp"

namespace cocodec {
namespace {

/// Adds up stretches by their pair of labels.
class Counter {
public:
    void add(std::uint32_t gt, std::uint32_t dt, std::uint64_t pixels) {
        if (pixels > 0) counts_[std::uint64_t{gt} << 32 | dt] += pixels;
    }
    [[nodiscard]] std::vector<SharedPixels> sorted() const {
        std::vector<SharedPixels> out;
        out.reserve(counts_.size());
        for (const auto& [key, pixels] : counts_) {
            out.push_back({static_cast<std::uint32_t>(key >> 32),
                           static_cast<std::uint32_t>(key & 0xFFFFFFFF), pixels});
        }
        std::sort(out.begin(), out.end(), [](const SharedPixels& a, const SharedPixels& b) {
            return a.gt != b.gt ? a.gt < b.gt : a.dt < b.dt;
        });
        return out;
    }

private:
    std::unordered_map<std::uint64_t, std::uint64_t> counts_;
};

/// The foreground of masks of which no two overlap.
std::vector<MaskInterval> apart(RleArrayView masks) {
    std::vector<MaskInterval> out = sorted_intervals(masks);
    const std::size_t i = first_overlap(out);
    if (i == out.size()) return out;
    const auto [earlier, later] = std::minmax(out[i].mask, out[i - 1].mask);
    std::string message = "the mask overlaps with mask ";
    message += std::to_string(earlier);
    throw Error(ErrorCode::bad_shape, message, static_cast<std::int64_t>(later));
}

/// Steps through the pixels of one side: a label, and where it ends.
class Cursor {
public:
    Cursor(const std::vector<MaskInterval>& all, std::uint64_t pixels)
        : all_(all), pixels_(pixels) {}

    [[nodiscard]] std::uint32_t label(std::uint64_t at) const {
        const bool inside = next_ < all_.size() && all_[next_].start <= at;
        return inside ? static_cast<std::uint32_t>(all_[next_].mask + 1) : 0;
    }
    [[nodiscard]] std::uint64_t end(std::uint64_t at) const {
        if (next_ == all_.size()) return pixels_;
        return all_[next_].start <= at ? all_[next_].end : all_[next_].start;
    }
    void move_to(std::uint64_t at) {
        while (next_ < all_.size() && all_[next_].end <= at) ++next_;
    }

private:
    const std::vector<MaskInterval>& all_;
    std::uint64_t pixels_;
    std::size_t next_ = 0;
};

Size common_size(RleArrayView gt, RleArrayView dt) {
    const Size size = gt.length > 0 ? gt.sizes[0] : dt.length > 0 ? dt.sizes[0] : Size{};
    for (const RleArrayView& side : {gt, dt}) {
        for (std::size_t i = 0; i < side.length; ++i) {
            if (side.sizes[i] == size) continue;
            throw Error(
                ErrorCode::size_mismatch,
                "the mask has size " + to_text(side.sizes[i]) + ", others have " + to_text(size),
                static_cast<std::int64_t>(i));
        }
    }
    return size;
}

}  // namespace

std::vector<SharedPixels> shared_pixels(const std::uint32_t* gt, const std::uint32_t* dt,
                                        std::size_t n) {
    Counter counter;
    std::size_t start = 0;
    for (std::size_t i = 1; i < n; ++i) {
        if (gt[i] == gt[start] && dt[i] == dt[start]) continue;
        counter.add(gt[start], dt[start], i - start);
        start = i;
    }
    if (n > 0) counter.add(gt[start], dt[start], n - start);
    return counter.sorted();
}

std::vector<SharedPixels> shared_pixels(RleArrayView gt, RleArrayView dt) {
    const std::uint64_t pixels = common_size(gt, dt).area();
    const std::vector<MaskInterval> gt_apart = apart(gt), dt_apart = apart(dt);
    Cursor left(gt_apart, pixels), right(dt_apart, pixels);
    Counter counter;
    for (std::uint64_t at = 0; at < pixels;) {
        const std::uint64_t end = std::min(left.end(at), right.end(at));
        counter.add(left.label(at), right.label(at), end - at);
        at = end;
        left.move_to(at);
        right.move_to(at);
    }
    return counter.sorted();
}

}  // namespace cocodec
