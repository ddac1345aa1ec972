// Erosion is the dilation of the background: there is one mechanism, and a window for it that holds
// all that can change.

#include "cocodec/morphology.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/setops.hpp"
#include "masks/each.hpp"
#include "morphology/dilation.hpp"

namespace cocodec {
namespace {

using runwise::BitDilation;
using runwise::Frame;
using runwise::Strands;
using runwise::StripDilation;

constexpr double step_ns = 100;
constexpr double widest = 65536;

/// A step that is done some times in a row.
struct Phase {
    bool erosion;
    std::uint32_t times;
};

/// One step after the other, on the runs between.
class Operator {
public:
    Operator(const Neighbourhood& shape, Outside outside, const std::vector<Phase>& phases)
        : shape_(shape), outside_(outside), phases_(phases) {}

    void add(RleView mask, std::size_t, RleArray& out) {
        std::size_t spare = 0;  // of the two between
        for (const Phase& phase : phases_) {
            for (std::uint32_t time = 1; time <= phase.times; ++time) {
                if (&phase == &phases_.back() && time == phase.times) {
                    return step(mask, phase.erosion, out);
                }
                RleArray& to = steps_[spare];
                to.counts.clear();
                to.sizes.clear();
                to.offsets.resize(1);
                step(mask, phase.erosion, to);
                const RleView made = to.view()[0];
                const bool was_last = equal(made, mask);
                mask = made;
                spare = 1 - spare;
                if (was_last) break;  // what one step leaves as it is, those that follow do
            }
        }
        unchanged(mask, out);
    }

private:
    void step(RleView mask, bool erosion, RleArray& out) {
        const Box box = bbox(mask);
        const bool border = outside_ == Outside::foreground && !erosion;
        if (mask.size.area() == 0 || (box.width <= 0 && !border)) return unchanged(mask, out);
        const Frame frame =
            erosion  ? erosion_frame(box, mask.size)
            : border ? Frame{-1, -1, mask.size.width + 1, mask.size.height + 1, false, true}
                     : dilation_frame(box, mask.size);
        if (std::max(frame.width(), frame.height()) > 0xFFFFFFFF) {
            throw Error(ErrorCode::bad_size, "size is " + to_text(mask.size) +
                                                 "; for this, sides are at most 4294967293");
        }
        const double by_spans = std::min(StripDilation::cost_ns(mask.length, shape_),
                                         Strands::likely_ns(mask.length, shape_));
        if (BitDilation::cost_ns(frame, shape_) < by_spans) {
            bits_.run(mask, frame, shape_, out);
        } else {
            strips_.run(mask, frame, shape_, out);
        }
    }

    /// Nothing beyond the reach of the foreground changes.
    [[nodiscard]] Frame dilation_frame(const Box& box, Size size) const {
        const std::int64_t across = shape_.rings.back().to, up = shape_.rings.front().reach;
        const auto x = static_cast<std::int64_t>(box.x), y = static_cast<std::int64_t>(box.y);
        const auto w = static_cast<std::int64_t>(box.width);
        const auto h = static_cast<std::int64_t>(box.height);
        return {std::max<std::int64_t>(x - across, 0),
                std::max<std::int64_t>(y - up, 0),
                std::min(x + w + across, size.width),
                std::min(y + h + up, size.height),
                false,
                false};
    }

    /// The foreground and one pixel of background around it: what lies further away is hidden
    /// behind that. Where the image ends and what is outside is no background, there is none.
    [[nodiscard]] Frame erosion_frame(const Box& box, Size size) const {
        const std::int64_t beyond = outside_ == Outside::background ? 1 : 0;
        const auto x = static_cast<std::int64_t>(box.x), y = static_cast<std::int64_t>(box.y);
        const auto w = static_cast<std::int64_t>(box.width);
        const auto h = static_cast<std::int64_t>(box.height);
        return {std::max(x - 1, -beyond),
                std::max(y - 1, -beyond),
                std::min(x + w + 1, size.width + beyond),
                std::min(y + h + 1, size.height + beyond),
                true,
                false};
    }

    static void unchanged(RleView mask, RleArray& out) {
        ColumnWriter writer(out.counts, mask.size);
        for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                                std::uint64_t bottom) { writer.add(left, right, top, bottom); });
        writer.close();
        out.finish(mask.size);
    }

    const Neighbourhood& shape_;
    Outside outside_;
    const std::vector<Phase>& phases_;
    RleArray steps_[2];
    BitDilation bits_;
    StripDilation strips_;
};

}  // namespace

Neighbourhood Neighbourhood::box(std::uint32_t rows, std::uint32_t columns) {
    return {{{0, columns, rows}}};
}

Neighbourhood Neighbourhood::cross(std::uint32_t rows, std::uint32_t columns) {
    if (columns == 0) return box(rows, 0);
    return {{{0, 0, rows}, {1, columns, 0}}};
}

Neighbourhood Neighbourhood::disk(double radius) {
    if (!(radius >= 0 && radius <= widest)) {
        throw Error(ErrorCode::bad_option,
                    "the radius is " + std::to_string(radius) + "; it must lie in 0..65536");
    }
    Neighbourhood disk;
    const double square = radius * radius;
    auto reach = static_cast<std::uint32_t>(radius);
    for (std::uint32_t column = 0; column <= static_cast<std::uint32_t>(radius); ++column) {
        const auto within = [&](std::uint32_t row) {
            return static_cast<double>(std::uint64_t{row} * row + std::uint64_t{column} * column) <=
                   square;
        };
        while (!within(reach)) --reach;
        if (!disk.rings.empty() && disk.rings.back().reach == reach) {
            disk.rings.back().to = column;
        } else {
            disk.rings.push_back({column, column, reach});
        }
    }
    return disk;
}

// Masks, and each thing that is asked of them, by its own name.
// NOLINTNEXTLINE(readability-function-size)
RleArray morphology(RleArrayView masks, Morphology operation, const Neighbourhood& neighbourhood,
                    Outside outside, std::uint32_t iterations, int threads) {
    const bool erode_first = operation == Morphology::erode || operation == Morphology::open;
    std::vector<Phase> phases{{erode_first, iterations}};
    if (operation == Morphology::open || operation == Morphology::close) {
        phases.push_back({!erode_first, iterations});
    }
    const double steps = static_cast<double>(phases.size()) * iterations;
    return runwise::build_each(masks, step_ns * steps, threads,
                               [&] { return Operator(neighbourhood, outside, phases); });
}

RleArray outline(RleArrayView masks, Connectivity connectivity, int threads) {
    const Neighbourhood neighbours =
        connectivity == Connectivity::four ? Neighbourhood::cross(1, 1) : Neighbourhood::box(1, 1);
    const RleArray inside =
        morphology(masks, Morphology::erode, neighbours, Outside::background, 1, threads);
    return combine(masks, inside.view(), SetOp::difference, threads);
}

}  // namespace cocodec
