// A ring as chains: stretches of its boundary that run from column to column without turning back
// (floor 1b, private). A chain has one crossing in each of its columns, so their rows lie side by
// side, without being sorted into columns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/rle.hpp"
#include "kernels/edges.hpp"
#include "kernels/table.hpp"

namespace cocodec {

/// The vertices of a ring: x0, y0, x1, y1, ... in pixels.
struct Points {
    const double* xy;
    std::size_t length;
};

/// Columns first .. last - 1; the row in column c is rows[shift + c].
struct Chain {
    std::int64_t first, last, shift;
};

/// A side as `Int` has it.
template <class Int>
Int bounded_side(std::int64_t side) noexcept {
    return static_cast<Int>(std::min<std::int64_t>(side, std::numeric_limits<Int>::max()));
}

/// The edges of a ring of near vertices: as the kernels have them. Keeps its memory between rings.
class NearRing {
public:
    using Int = NearEdges::Int;

    /// False if it is no such ring.
    bool set(const Points& points, Size size) {
        const std::size_t each = points.length + kernels::slack;
        std::int32_t* const numbers = numbers_.room(3 * each);
        edges_ = {numbers, numbers + each, numbers + 2 * each, terms_.room(8 * each)};
        height_ = bounded_side<Int>(size.height);
        return kernels_.prepare(points.xy, points.length, bounded_side<Int>(size.width), edges_);
    }
    /// Of each vertex; the first one comes again at the end.
    [[nodiscard]] const Int* columns() const noexcept { return edges_.column; }

    /// Writes the rows of `length` edges from the one at `first` on, which starts at `column`.
    void cross(const std::size_t* first, std::ptrdiff_t step, std::size_t length, Int column,
               std::uint32_t* rows) const noexcept {
        kernels_.cross(edges_, {first, step, length, column}, height_, rows);
    }

private:
    const kernels::RingKernels& kernels_ = *kernels::active().rings;
    kernels::RingEdges edges_{};
    Buffer<std::int32_t> numbers_;
    Buffer<double> terms_;
    Int height_ = 0;
};

/// The same for vertices anywhere.
class FarRing {
public:
    using Int = FarEdges::Int;

    bool set(const Points& points, Size size) {
        if (!within(FarEdges::max_coordinate, points.xy, 2 * points.length)) return false;
        const auto width = bounded_side<Int>(size.width);
        height_ = bounded_side<Int>(size.height);
        vertices_.resize(points.length + 1);
        columns_.resize(points.length + 1);
        for (std::size_t i = 0; i < points.length; ++i) {
            const auto x = static_cast<Int>(5 * points.xy[2 * i] + .5);
            const auto y = static_cast<Int>(5 * points.xy[2 * i + 1] + .5);
            columns_[i] = pixel_after(x, width);
            vertices_[i] = {x, y, columns_[i]};
        }
        columns_[points.length] = columns_[0];
        vertices_[points.length] = vertices_[0];
        return true;
    }
    [[nodiscard]] const Int* columns() const noexcept { return columns_.data(); }

    void cross(const std::size_t* first, std::ptrdiff_t step, std::size_t length, Int column,
               std::uint32_t* rows) const noexcept {
        for (std::size_t i = 0; i < length; ++i, first += step) {
            const Vertex<Int> a = vertices_[*first], b = vertices_[*first + 1];
            const Int last = column + std::abs(b.column - a.column);
            FarEdges::cross(Edge<Int>(a, b), column, last, height_, rows);
            rows += last - column;
            column = last;
        }
    }

private:
    Buffer<Vertex<Int>> vertices_;
    Buffer<Int> columns_;
    Int height_ = 0;
};

/// Traces rings one after the other; keeps its memory between them.
template <class Ring>
class ChainTracer {
public:
    /// Finds the chains of a ring of at least one point; false if `Ring` cannot bear it.
    bool trace(const Points& points, Size size) {
        if (!ring_.set(points, size)) return false;
        chains_.clear();
        columns_ = ring_.columns();
        collect(points.length);
        require_at_most(max_columns, span(points.length), "columns");
        require_at_most(max_crossings, crossings_, "column crossings");
        rows_.resize(static_cast<std::size_t>(crossings_) + 1 + kernels::slack);
        rows_[0] = 0;  // kernels look at what is before a row, too
        std::int64_t filled = 1;
        for (std::size_t at = first_turn(); at < end_;) filled = chain(at, filled);
        return true;
    }

    [[nodiscard]] Buffer<Chain>& chains() noexcept { return chains_; }
    [[nodiscard]] const std::uint32_t* rows() const noexcept { return rows_.data(); }
    [[nodiscard]] std::size_t crossings() const noexcept {
        return static_cast<std::size_t>(crossings_);
    }

private:
    using Int = typename Ring::Int;

    // 4 bytes are kept for a crossing, and no more than 2^28 columns were ever promised.
    static constexpr std::int64_t max_columns = std::int64_t{1} << 28;
    static constexpr std::int64_t max_crossings = std::int64_t{1} << 29;

    static void require_at_most(std::int64_t limit, std::int64_t n, const char* what) {
        if (n <= limit) return;
        throw Error(ErrorCode::too_large, "a ring has " + std::to_string(n) + " " + what +
                                              ", at most " + std::to_string(limit) +
                                              " are supported");
    }

    [[nodiscard]] std::int64_t span(std::size_t points) const noexcept {
        Int low = columns_[0], high = low;
        if constexpr (sizeof(Int) == 4) return 0;  // such a ring is not that wide
        for (std::size_t i = 1; i < points; ++i) {
            low = std::min(low, columns_[i]);
            high = std::max(high, columns_[i]);
        }
        return high - low;
    }

    /// Lists the edges that cross a column, and counts what they cross.
    void collect(std::size_t points) {
        std::size_t* edges = edges_.room(2 * points);
        std::size_t n = 0;
        std::int64_t crossings = 0;
        for (std::size_t i = 0; i < points; ++i) {
            const Int step = columns_[i + 1] - columns_[i];
            edges[n] = i;
            n += step != 0 ? 1 : 0;
            crossings += std::abs(step);
        }
        end_ = n;
        crossings_ = crossings;
    }
    [[nodiscard]] bool rightward(std::size_t at) const noexcept {
        const Int* ends = columns_ + edges_.data()[at];
        return ends[1] > ends[0];
    }
    /// Where the first edge stands that goes against the one before it; the edges before it move
    /// to the end of the list, so that no chain is cut where the ring happens to start.
    std::size_t first_turn() noexcept {
        if (end_ == 0) return 0;
        std::size_t turn = 1;
        while (turn < end_ && rightward(turn) == rightward(0)) ++turn;
        for (std::size_t i = 0; i < turn; ++i) edges_.data()[end_ + i] = edges_.data()[i];
        end_ += turn;
        return turn;
    }

    /// Writes the rows of the chain that starts at edge `at`, from left to right, and moves `at` to
    /// the next chain. The edges' slack is overwritten by what comes next.
    std::int64_t chain(std::size_t& at, std::int64_t filled) {
        const std::size_t begin = at;
        const bool right = rightward(begin);
        while (at < end_ && rightward(at) == right) ++at;
        const std::size_t* edges = edges_.data();
        const std::size_t left_edge = edges[right ? begin : at - 1];
        const std::size_t right_edge = edges[right ? at - 1 : begin];
        const Int first = columns_[left_edge + (right ? 0 : 1)];
        const Int last = columns_[right_edge + (right ? 1 : 0)];
        ring_.cross(edges + (right ? begin : at - 1), right ? 1 : -1, at - begin, first,
                    rows_.data() + filled);
        chains_.push_back({first, last, filled - first});
        return filled + (last - first);
    }

    Ring ring_;
    const Int* columns_ = nullptr;  // of the ring's vertices
    Buffer<std::size_t> edges_;     // indices of their first vertices
    std::size_t end_ = 0;           // of edges_
    Buffer<std::uint32_t> rows_;
    Buffer<Chain> chains_;
    std::int64_t crossings_ = 0;
};

}  // namespace cocodec
