// Grids of scores stretched over boxes. A column of pixels lies between two columns of the grid:
// these are mixed once, and every pixel of it between two rows of the mixture.

#include "cocodec/paste.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cocodec/error.hpp"
#include "masks/columns.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

constexpr double pixel_ns = 1.5;
constexpr double most = 1073741824;     // 2^30
constexpr double most_side = 16777216;  // 2^24

/// Where along one side of the image a grid is read: between cells `low` and `low` + 1, with this
/// share of the second.
struct GridPlace {
    std::ptrdiff_t low;
    double share;
};

/// One side of a box: `first` is the first pixel that the grid reaches, places are those of it and
/// the following ones.
struct BoxAxis {
    std::uint64_t first = 0;
    std::vector<GridPlace> places;

    /// `cells` of a grid over `length` pixels from `start` on, in an image of `side` pixels.
    void set(double start, double length, std::int64_t cells, std::int64_t side) {
        places.clear();
        const auto n = static_cast<double>(cells);
        // Half a cell beyond the box scores fade to 0: nothing further out is at the threshold.
        const double fade = length / n / 2;
        const auto end = static_cast<double>(side);
        const double low = std::clamp(std::floor(start - fade) - 1, 0.0, end);
        const double high = std::clamp(std::ceil(start + length + fade) + 1, 0.0, end);
        if (high - low > most_side) {
            throw Error(ErrorCode::too_large, "a box shows more than 2^24 rows or columns");
        }
        first = static_cast<std::uint64_t>(low);
        for (auto pixel = first; pixel < static_cast<std::uint64_t>(high); ++pixel) {
            const double at = (static_cast<double>(pixel) + 0.5 - start) / length * n - 0.5;
            const double cell = std::floor(at);
            places.push_back({static_cast<std::ptrdiff_t>(std::clamp(cell, -2.0, n)), at - cell});
        }
    }
};

class Paster {
public:
    Paster(const ScoreGrids& grids, double threshold)
        : height_(static_cast<std::ptrdiff_t>(grids.size.height)),
          width_(static_cast<std::ptrdiff_t>(grids.size.width)),
          threshold_(threshold) {
        // Two cells of zeros around: what lies outside of the grid.
        column_.assign(static_cast<std::size_t>(height_) + 4, 0.0);
    }

    void add(const float* grid, const Box& box, Size size, RleArray& out) {
        validate(size);
        require_sane(box);
        ColumnWriter writer(out.counts, size);
        if (box.width > 0 && box.height > 0 && height_ > 0 && width_ > 0) {
            x_.set(box.x, box.width, width_, size.width);
            y_.set(box.y, box.height, height_, size.height);
            const auto height = static_cast<std::uint64_t>(size.height);
            for (std::size_t i = 0; i < x_.places.size(); ++i) {
                mix(grid, x_.places[i]);
                write(writer, (x_.first + i) * height + y_.first);
            }
        }
        writer.close();
        out.finish(size);
    }

private:
    static void require_sane(const Box& box) {
        for (const double value : {box.x, box.y, box.width, box.height}) {
            if (std::abs(value) <= most) continue;  // false for NaN
            throw Error(ErrorCode::bad_coordinate,
                        "a box has a number that is not finite, or beyond +-2^30");
        }
    }

    void mix(const float* grid, GridPlace at) {
        const auto cell = [&](std::ptrdiff_t y, std::ptrdiff_t x) {
            return x >= 0 && x < width_ ? static_cast<double>(grid[y * width_ + x]) : 0.0;
        };
        for (std::ptrdiff_t y = 0; y < height_; ++y) {
            column_[static_cast<std::size_t>(y + 2)] =
                cell(y, at.low) * (1 - at.share) + cell(y, at.low + 1) * at.share;
        }
    }

    void write(ColumnWriter& writer, std::uint64_t start) {
        const std::size_t n = y_.places.size();
        std::size_t from = n;  // of the stretch of foreground that is open; n: none is
        for (std::size_t i = 0; i < n; ++i) {
            const auto [low, share] = y_.places[i];
            const double* const cell = column_.data() + low + 2;
            const bool is_foreground = cell[0] * (1 - share) + cell[1] * share >= threshold_;
            if (is_foreground && from == n) from = i;
            if (is_foreground || from == n) continue;
            writer.add(start + from, start + i);
            from = n;
        }
        if (from < n) writer.add(start + from, start + n);
    }

    std::ptrdiff_t height_, width_;
    double threshold_;
    BoxAxis x_, y_;
    std::vector<double> column_;
};

}  // namespace

RleArray paste(const ScoreGrids& grids, const Box* boxes, const Size* sizes, double threshold,
               int threads) {
    if (!(threshold > 0)) {
        throw Error(ErrorCode::bad_option,
                    "the threshold is " + std::to_string(threshold) + "; it must be above 0");
    }
    validate(grids.size);
    const std::size_t cells = static_cast<std::size_t>(grids.size.area());
    double work = 0;
    for (std::size_t i = 0; i < grids.length; ++i) {
        const double pixels = boxes[i].width * boxes[i].height;
        if (pixels > 0) work += pixel_ns * pixels;
    }
    return parallel_build(grids.length, work, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              Paster paster(grids, threshold);
                              for (std::size_t i = first; i < last; ++i) {
                                  try {
                                      paster.add(grids.values + i * cells, boxes[i], sizes[i], out);
                                  } catch (const Error& error) {
                                      throw error.at(static_cast<std::int64_t>(i));
                                  }
                              }
                          });
}

}  // namespace cocodec
