// Run-length encoded masks: the owner of a batch, views of a batch and of one mask, and what can be
// read straight off the runs (validity, area, bounding box, equality).
//
// Runs are column-major, alternate background and foreground and start with background (the first
// run may be 0). Sizes are height before width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cocodec/buffer.hpp"

namespace cocodec {

/// Height and width in pixels, each from 0 to 2^32 - 1 once `validate` has seen them.
struct Size {
    std::int64_t height = 0;
    std::int64_t width = 0;

    /// height * width; exact for validated sizes.
    [[nodiscard]] std::uint64_t area() const noexcept {
        return static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width);
    }
    friend bool operator==(const Size&, const Size&) = default;
};

/// "[height, width]", as messages have it.
std::string to_text(Size size);

/// Throws Error{bad_size} unless both sides lie in 0..2^32 - 1.
void validate(Size size, std::int64_t item = -1);

/// One mask, borrowed.
struct RleView {
    const std::uint32_t* counts = nullptr;
    std::size_t length = 0;  ///< number of runs
    Size size;
};

/// A batch of masks, borrowed: mask i has runs counts[offsets[i] .. offsets[i + 1]).
struct RleArrayView {
    const std::uint32_t* counts = nullptr;
    const std::int64_t* offsets = nullptr;  ///< length + 1 values, first 0, never falling
    const Size* sizes = nullptr;
    std::size_t length = 0;  ///< number of masks

    RleView operator[](std::size_t i) const noexcept {
        return {counts + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i]),
                sizes[i]};
    }
    /// Masks first .. first + n, as a view; offsets keep counting from the same `counts`.
    [[nodiscard]] RleArrayView slice(std::size_t first, std::size_t n) const noexcept {
        return {counts, offsets + first, sizes + first, n};
    }
};

/// A batch of masks, owned. Append runs to `counts`, then close the mask with `finish`.
class RleArray {
public:
    Buffer<std::uint32_t> counts;
    Buffer<std::int64_t> offsets;  ///< size() + 1 values
    Buffer<Size> sizes;

    RleArray() { offsets.push_back(0); }

    [[nodiscard]] std::size_t size() const noexcept { return sizes.size(); }
    [[nodiscard]] RleArrayView view() const noexcept {
        return {counts.data(), offsets.data(), sizes.data(), sizes.size()};
    }
    /// Everything in `counts` behind the last mask becomes the next one.
    void finish(Size size) {
        sizes.push_back(size);
        offsets.push_back(static_cast<std::int64_t>(counts.size()));
    }
    void append(RleView mask) {
        counts.append(mask.counts, mask.length);
        finish(mask.size);
    }
    void append(RleArrayView masks);
};

/// A box in pixels: x, y of the top left corner, width, height.
struct Box {
    double x = 0, y = 0, width = 0, height = 0;
};

/// Throws Error{bad_size | bad_sum | bad_shape} naming the first mask (`item`) whose runs do not
/// cover exactly height * width pixels. O(runs).
void validate(RleArrayView masks);
void validate(RleView mask, std::int64_t item = -1);

/// Foreground pixels. O(runs).
std::uint64_t area(RleView mask);
void area(RleArrayView masks, std::uint64_t* out);

/// Smallest box that holds every foreground pixel, {0, 0, 0, 0} if there is none. O(runs).
Box bbox(RleView mask);
void bbox(RleArrayView masks, Box* out);

/// Same sizes and the same pixels, however the runs are cut. O(runs).
bool equal(RleView a, RleView b) noexcept;

}  // namespace cocodec
