// A ring as chains: stretches of its boundary that run from column to column without turning back
// (floor 1b, private). A chain has one crossing in each of its columns, so their rows lie side by
// side, without being sorted into columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "cocodec/error.hpp"
#include "cocodec/rle.hpp"
#include "rings/edges.hpp"

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

/// Traces rings one after the other; keeps its memory between them.
template <class Edges>
class ChainTracer {
public:
    /// Finds the chains of a ring of at least one point whose coordinates `Edges` can bear.
    void trace(const Points& points, Size size) {
        const auto height = bounded(size.height);
        chains_.clear();
        scale(points, bounded(size.width));
        collect(points.length);
        require_at_most(max_columns, span(points.length), "columns");
        require_at_most(max_crossings, crossings_, "column crossings");
        rows_.resize(static_cast<std::size_t>(crossings_) + Edges::slack);
        std::int64_t filled = 0;
        for (std::size_t at = first_turn(); at < end_;) filled = chain(at, filled, height);
    }

    [[nodiscard]] Buffer<Chain>& chains() noexcept { return chains_; }
    [[nodiscard]] const std::uint32_t* rows() const noexcept { return rows_.data(); }
    [[nodiscard]] std::size_t crossings() const noexcept {
        return static_cast<std::size_t>(crossings_);
    }

private:
    using Int = typename Edges::Int;

    // 4 bytes are kept for a crossing, and no more than 2^28 columns were ever promised.
    static constexpr std::int64_t max_columns = std::int64_t{1} << 28;
    static constexpr std::int64_t max_crossings = std::int64_t{1} << 29;

    static Int bounded(std::int64_t side) noexcept {
        return static_cast<Int>(std::min<std::int64_t>(side, std::numeric_limits<Int>::max()));
    }
    static void require_at_most(std::int64_t limit, std::int64_t n, const char* what) {
        if (n <= limit) return;
        throw Error(ErrorCode::too_large, "a ring has " + std::to_string(n) + " " + what +
                                              ", at most " + std::to_string(limit) +
                                              " are supported");
    }

    void scale(const Points& points, Int width) {
        vertices_.resize(points.length + 1);
        Vertex<Int>* vertex = vertices_.data();
        for (std::size_t i = 0; i < points.length; ++i) {
            const auto x = static_cast<Int>(5 * points.xy[2 * i] + .5);
            const auto y = static_cast<Int>(5 * points.xy[2 * i + 1] + .5);
            vertex[i] = {x, y, pixel_after(x, width)};
        }
        vertex[points.length] = vertex[0];
    }
    [[nodiscard]] std::int64_t span(std::size_t points) const noexcept {
        Int low = vertices_[0].column, high = low;
        if constexpr (sizeof(Int) == 4) return 0;  // such a ring is not that wide
        for (std::size_t i = 1; i < points; ++i) {
            low = std::min(low, vertices_[i].column);
            high = std::max(high, vertices_[i].column);
        }
        return high - low;
    }

    /// Lists the edges that cross a column, and counts what they cross.
    void collect(std::size_t points) {
        std::size_t* edges = edges_.room(2 * points);
        std::size_t n = 0;
        std::int64_t crossings = 0;
        for (std::size_t i = 0; i < points; ++i) {
            const Int step = vertices_[i + 1].column - vertices_[i].column;
            edges[n] = i;
            n += step != 0 ? 1 : 0;
            crossings += std::abs(step);
        }
        end_ = n;
        crossings_ = crossings;
    }
    [[nodiscard]] bool rightward(std::size_t at) const noexcept {
        const Vertex<Int>* edge = vertices_.data() + edges_.data()[at];
        return edge[1].column > edge[0].column;
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
    std::int64_t chain(std::size_t& at, std::int64_t filled, Int height) {
        const std::size_t begin = at;
        const bool right = rightward(begin);
        while (at < end_ && rightward(at) == right) ++at;
        const std::size_t count = at - begin;
        const std::size_t* edge = edges_.data() + (right ? begin : at - 1);
        const std::ptrdiff_t next = right ? 1 : -1;
        const Int first = vertices_.data()[*edge + (right ? 0 : 1)].column;
        Int column = first;
        for (std::size_t i = 0; i < count; ++i, edge += next) {
            const Vertex<Int>* ends = vertices_.data() + *edge;
            const Int last = ends[right ? 1 : 0].column;
            Edges::cross(Edge<Int>(ends[0], ends[1]), column, last, height,
                         rows_.data() + filled + (column - first));
            column = last;
        }
        chains_.push_back({first, column, filled - first});
        return filled + (column - first);
    }

    Buffer<Vertex<Int>> vertices_;  // the first one comes again at the end
    Buffer<std::size_t> edges_;     // indices of their first vertices
    std::size_t end_ = 0;           // of edges_
    Buffer<std::uint32_t> rows_;
    Buffer<Chain> chains_;
    std::int64_t crossings_ = 0;
};

}  // namespace cocodec
