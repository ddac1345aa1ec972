// Erosion by a square is erosion along the columns, then along the rows. The first shortens runs,
// the second is done on bitmaps whose words hold 64 rows of a column: the words of neighbouring
// columns stand side by side.

#include "cocodec/boundary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "cocodec/error.hpp"
#include "masks/columns.hpp"
#include "masks/each.hpp"
#include "masks/grid.hpp"
#include "masks/limits.hpp"

namespace cocodec {
namespace {

constexpr double boundary_run_ns = 5;
constexpr double word_ns = 2;

class BoundaryMaker {
public:
    explicit BoundaryMaker(double dilation_ratio) : ratio_(dilation_ratio) {}

    void add(RleView mask, std::size_t, RleArray& out) {
        const Box box = bbox(mask);
        if (box.width <= 0) {
            ColumnWriter writer(out.counts, mask.size);
            writer.close();
            out.finish(mask.size);
            return;
        }
        Grid whole(box), eroded(box);
        if (64.0 * static_cast<double>(whole.bands) * box.width >
            static_cast<double>(limits().box_pixels)) {
            throw_too_large("the box of a mask whose boundary is asked for has more pixels than",
                            limits().box_pixels, "box_pixels");
        }
        words_.resize(2 * whole.size());
        whole.words = words_.data();
        eroded.words = words_.data() + whole.size();
        whole.paint(mask);
        const auto longest = static_cast<std::int64_t>(std::max(box.width, box.height));
        const std::int64_t width = std::min(boundary_width(mask.size, ratio_), longest);
        eroded.paint(shortened(mask, static_cast<std::uint64_t>(width)));
        for (std::size_t band = 0; band < eroded.bands; ++band) {
            erode_rows(eroded.words + band * eroded.columns, eroded.columns,
                       static_cast<std::size_t>(width));
        }
        for (std::size_t i = 0; i < whole.size(); ++i) whole.words[i] &= ~eroded.words[i];
        require_few(whole, mask.length);
        write(whole, mask.size, out);
    }

private:
    /// Erodes along the columns: `width` pixels go at either end of every stretch.
    RleView shortened(RleView mask, std::uint64_t width) {
        runs_.clear();
        ColumnWriter writer(runs_, mask.size);
        for_each_span(mask, [&](std::uint64_t left, std::uint64_t right, std::uint64_t top,
                                std::uint64_t bottom) {
            if (bottom - top > 2 * width) writer.add(left, right, top + width, bottom - width);
        });
        writer.close();
        return {runs_.data(), runs_.size(), mask.size};
    }

    /// Every word becomes the conjunction of itself and the `width` words on either side, of which
    /// there are none (0) beyond the ends. Spans of words are doubled until they reach.
    void erode_rows(std::uint64_t* words, std::size_t n, std::size_t width) {
        const std::size_t span = 2 * width + 1;
        if (span > n) {
            std::fill_n(words, n, std::uint64_t{0});
            return;
        }
        const auto narrow = [&](std::size_t step) {
            for (std::size_t i = 0; i + step < n; ++i) words[i] &= words[i + step];
        };
        std::size_t reach = 1;
        for (; 2 * reach <= span; reach *= 2) narrow(reach);
        narrow(span - reach);
        // What began at a word belongs to the one in its middle.
        std::move_backward(words, words + (n - span + 1), words + (n - width));
        std::fill_n(words, width, std::uint64_t{0});
        std::fill_n(words + (n - width), width, std::uint64_t{0});
    }

    /// Of the runs of a thin line there are as many as columns, where the mask may have one.
    static void require_few(const Grid& grid, std::size_t before) {
        std::uint64_t runs = 0;
        for (std::size_t i = 0; i < grid.size(); ++i) {
            const std::uint64_t word = grid.words[i];
            runs += 2 * static_cast<std::uint64_t>(std::popcount(word & ~(word << 1)));
        }
        if (runs > before) require_gain(runs - before);
    }

    static void write(const Grid& grid, Size size, RleArray& out) {
        const auto height = static_cast<std::uint64_t>(size.height);
        ColumnWriter writer(out.counts, size);
        for (std::size_t column = 0; column < grid.columns; ++column) {
            const std::uint64_t top = (grid.first_column + column) * height;
            for (std::size_t band = 0; band < grid.bands; ++band) {
                const std::uint64_t at = top + 64 * (grid.first_band + band);
                std::uint64_t word = grid.words[band * grid.columns + column];
                while (word != 0) {
                    const int first = std::countr_zero(word);
                    const int length = std::countr_one(word >> first);
                    const auto start = at + static_cast<std::uint64_t>(first);
                    writer.add(start, start + static_cast<std::uint64_t>(length));
                    if (first + length == 64) break;
                    word &= ~std::uint64_t{0} << (first + length);
                }
            }
        }
        writer.close();
        out.finish(size);
    }

    double ratio_;
    std::vector<std::uint64_t> words_;
    Buffer<std::uint32_t> runs_;
};

}  // namespace

std::int64_t boundary_width(Size size, double dilation_ratio) {
    const auto h = static_cast<double>(size.height), w = static_cast<double>(size.width);
    const double width = std::nearbyint(dilation_ratio * std::sqrt(h * h + w * w));
    const double most = std::max(h, w);
    return static_cast<std::int64_t>(std::clamp(width, 1.0, std::max(most, 1.0)));
}

RleArray boundaries(RleArrayView masks, double dilation_ratio, int threads) {
    if (!(dilation_ratio >= 0)) {
        std::string message = "the dilation ratio is ";
        throw Error(ErrorCode::bad_coordinate, message + std::to_string(dilation_ratio));
    }
    return runwise::build_each(masks, boundary_run_ns + 8 * word_ns, threads,
                               [&] { return BoundaryMaker(dilation_ratio); });
}

}  // namespace cocodec
