// Dilation within a window, in two ways with the same result (private).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cocodec/buffer.hpp"
#include "cocodec/morphology.hpp"
#include "cocodec/rle.hpp"
#include "masks/columns.hpp"

namespace cocodec::runwise {

/// What is dilated, and where the result shows. Columns and rows of the image, in 64 bits: the
/// window may go one pixel beyond it.
struct Frame {
    std::int64_t left, top, right, bottom;
    bool inverted;    ///< dilate the background, and give the background of that
    bool surrounded;  ///< the outermost pixels of the window are set

    [[nodiscard]] std::uint64_t width() const { return static_cast<std::uint64_t>(right - left); }
    [[nodiscard]] std::uint64_t height() const { return static_cast<std::uint64_t>(bottom - top); }
};

/// By bitmaps: words of 64 rows, side by side. Fast where the window is small.
class BitDilation {
public:
    static double cost_ns(const Frame& frame, const Neighbourhood& shape);
    /// Appends the runs of the result.
    void run(RleView mask, const Frame& frame, const Neighbourhood& shape, RleArray& out);

private:
    void paint(RleView mask, const Frame& frame);
    void grow(std::uint64_t rows);
    void spread(const Neighbourhood::Ring& ring);
    void spread_middle(std::size_t columns);
    void write(const Frame& frame, Size size, RleArray& out) const;

    std::size_t bands_ = 0, columns_ = 0;
    std::uint64_t grown_ = 0;
    Buffer<std::uint64_t> words_, other_, forward_, backward_, result_, none_;
};

/// Columns that are alike, with the spans that they share.
class Strips {
public:
    void clear() {
        groups_.clear();
        spans_.clear();
    }
    /// Columns left .. right come next; `add` their spans in order, then `close`.
    void open(std::uint64_t left, std::uint64_t right);
    void add(std::uint32_t top, std::uint32_t bottom);
    void close();

    [[nodiscard]] std::size_t size() const noexcept { return groups_.size(); }
    [[nodiscard]] std::size_t spans() const noexcept { return spans_.size(); }
    [[nodiscard]] std::int64_t left(std::size_t i) const noexcept { return groups_[i].left; }
    [[nodiscard]] std::int64_t right(std::size_t i) const noexcept { return groups_[i].right; }
    [[nodiscard]] const RowSpan* begin(std::size_t i) const noexcept {
        return spans_.data() + groups_[i].first;
    }
    [[nodiscard]] const RowSpan* end(std::size_t i) const noexcept {
        return i + 1 < groups_.size() ? begin(i + 1) : spans_.end();
    }
    void swap(Strips& other) noexcept {
        groups_.swap(other.groups_);
        spans_.swap(other.spans_);
    }

private:
    Buffer<ColumnGroup> groups_;
    Buffer<RowSpan> spans_;
};

/// Columns that hang together, one span in each: strands. A strand dilated is one span in each
/// column again, from the least of its tops nearby to the greatest of its bottoms, each moved by
/// how far the neighbourhood reaches at that distance; and the dilation of a mask is that of its
/// strands, united.
class Strands {
public:
    /// What masks of objects cost, whose strands are several spans long.
    static double likely_ns(std::size_t runs, const Neighbourhood& shape);
    /// Takes a mask apart; false if that, or what follows, costs more than `most_ns`.
    bool read(const Strips& strips, const Neighbourhood& shape, double most_ns);
    /// Writes the dilation within a window of `width` by `height`.
    void dilate(std::uint32_t width, std::uint32_t height, Strips& out);

private:
    struct Strand {
        std::int64_t left, right;  ///< columns, before it is dilated
        std::size_t first;         ///< where its spans lie, and in the dilation, where those do
        std::size_t dilated;
    };
    void add_column(std::uint32_t column, const RowSpan* begin, const RowSpan* end);
    void sort(std::size_t cells);
    void grow(const Strand& strand);

    std::vector<std::int32_t> reaches_;  ///< by distance in columns
    Buffer<Strand> strands_;
    Buffer<RowSpan> cells_;             ///< column by column
    Buffer<std::uint32_t> ids_, last_;  ///< the strand of each cell; those of the last column
    const RowSpan* last_begin_ = nullptr;
    const RowSpan* last_end_ = nullptr;
    std::uint64_t last_column_ = 0;
    Buffer<std::int32_t> tops_, bottoms_, grown_tops_, grown_bottoms_;
};

/// By spans: for windows of any size.
class StripDilation {
public:
    static double cost_ns(std::size_t runs, const Neighbourhood& shape);
    void run(RleView mask, const Frame& frame, const Neighbourhood& shape, RleArray& out);

private:
    void read(RleView mask, const Frame& frame);
    void invert();
    void surround();
    void grow(std::uint64_t rows);
    void spread(const Neighbourhood::Ring& ring);
    void reach(Strips& strips, std::uint64_t columns, bool to_the_right);
    void unite(Strips& strips, const Strips& other, std::int64_t shift);
    void write(const Frame& frame, Size size, RleArray& out) const;

    std::uint32_t width_ = 0, height_ = 0;
    std::uint64_t grown_ = 0;
    Strips strips_, result_, spread_, next_;
    Strands strands_;
};

}  // namespace cocodec::runwise
