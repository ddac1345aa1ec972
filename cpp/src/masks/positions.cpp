// Positions where masks change -> runs: each is how far one lies behind the other.

#include "cocodec/positions.hpp"

#include <string>

#include "cocodec/error.hpp"
#include "masks/fitting_run.hpp"

namespace cocodec {
namespace {

[[noreturn]] void refuse(std::int64_t position, std::uint64_t pixels, std::size_t place) {
    throw Error(ErrorCode::bad_shape,
                "positions must rise and lie below " + std::to_string(pixels) +
                    ", the number of pixels: position " + std::to_string(place) + " is " +
                    std::to_string(position),
                -1, static_cast<std::int64_t>(place));
}

/// Appends the runs of one mask.
void append_runs(const std::int64_t* positions, std::size_t n, Size size, RleArray& out) {
    const std::uint64_t pixels = size.area();
    std::uint32_t* const runs = out.counts.room(n + 1);
    std::uint64_t reached = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto position = static_cast<std::uint64_t>(positions[i]);
        // A negative one is larger than any image.
        if (position >= pixels || (i > 0 && position <= reached)) refuse(positions[i], pixels, i);
        runs[i] = fitting_run(position - reached);
        reached = position;
    }
    runs[n] = fitting_run(pixels - reached);
    out.counts.advance(n + 1);
    out.finish(size);
}

}  // namespace

RleArray from_positions(const PositionsView& changes, const Size* sizes) {
    RleArray out;
    for (std::size_t i = 0; i < changes.length; ++i) {
        validate(sizes[i], static_cast<std::int64_t>(i));
        const std::int64_t first = changes.offsets[i];
        try {
            append_runs(changes.positions + first,
                        static_cast<std::size_t>(changes.offsets[i + 1] - first), sizes[i], out);
        } catch (const Error& error) {
            throw error.at(static_cast<std::int64_t>(i));
        }
    }
    return out;
}

}  // namespace cocodec
