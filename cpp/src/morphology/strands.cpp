// Strands: see dilation.hpp. Every step is a pass over spans, or over the tops and bottoms of a
// strand side by side, which compilers make vectors of.

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "morphology/dilation.hpp"

namespace cocodec::runwise {
namespace {

constexpr double cell_ns = 20;       // to read a span, to unite and to write it
constexpr double distance_ns = 0.8;  // of a span's top and bottom, for each column nearby
constexpr std::uint32_t farthest = 0x3FFFFFFF;

}  // namespace

double Strands::likely_ns(std::size_t runs, const Neighbourhood& shape) {
    // Three times what was measured, as the estimate of bitmaps is.
    constexpr double spans_a_strand = 32, span_ns = 100, nearby_ns = 1;
    const double nearby = 2.0 * shape.rings.back().to + 1;
    const double made = static_cast<double>(runs) / 2 * (1 + (nearby - 1) / spans_a_strand);
    return made * (span_ns + nearby * nearby_ns);
}

bool Strands::read(const Strips& strips, const Neighbourhood& shape, double most_ns) {
    const std::uint32_t across = shape.rings.back().to, up = shape.rings.front().reach;
    if (across > 4096 || up > farthest) return false;
    const double nearby = 2.0 * across + 1, each = cell_ns + nearby * distance_ns;
    double cells = 0;
    for (std::size_t i = 0; i < strips.size(); ++i) {
        cells += static_cast<double>(strips.right(i) - strips.left(i)) *
                 static_cast<double>(strips.end(i) - strips.begin(i));
        if (strips.end(i)[-1].bottom > farthest) return false;
    }
    if (cells * each > most_ns) return false;
    reaches_.assign(across + std::size_t{1}, 0);
    for (const Neighbourhood::Ring& ring : shape.rings) {
        std::fill(&reaches_[ring.from], &reaches_[ring.to] + 1,
                  static_cast<std::int32_t>(ring.reach));
    }
    strands_.clear();
    cells_.clear();
    ids_.clear();
    last_.clear();
    last_begin_ = last_end_ = nullptr;
    for (std::size_t i = 0; i < strips.size(); ++i) {
        for (std::int64_t x = strips.left(i); x < strips.right(i); ++x) {
            add_column(static_cast<std::uint32_t>(x), strips.begin(i), strips.end(i));
        }
        // Each strand makes spans beyond its ends.
        const double made = static_cast<double>(cells_.size()) +
                            static_cast<double>(strands_.size()) * (nearby - 1);
        if (made * each > most_ns) return false;
    }
    sort(cells_.size());
    return true;
}

/// Every span goes on with the first strand of the column before that it touches, if no other has.
void Strands::add_column(std::uint32_t column, const RowSpan* begin, const RowSpan* end) {
    const bool beside = last_begin_ != nullptr && last_column_ + 1 == column;
    const auto n = static_cast<std::size_t>(end - begin);
    const RowSpan* const last_end = last_end_;
    const RowSpan* old = beside ? last_begin_ : last_end;
    std::uint32_t* const ids = ids_.room(n);
    for (std::size_t k = 0; k < n; ++k) {
        while (old < last_end && old->bottom <= begin[k].top) ++old;
        if (old < last_end && old->top < begin[k].bottom) {
            ids[k] = last_[static_cast<std::size_t>(old++ - last_begin_)];
            ++strands_[ids[k]].right;
        } else {
            ids[k] = static_cast<std::uint32_t>(strands_.size());
            strands_.push_back({column, column + std::int64_t{1}, 0, 0});
        }
    }
    last_.clear();
    last_.append(ids, n);
    ids_.advance(n);
    cells_.append(begin, n);
    last_begin_ = begin;
    last_end_ = end;
    last_column_ = column;
}

/// The cells of each strand side by side, and room for what they grow to.
void Strands::sort(std::size_t cells) {
    const std::size_t across = reaches_.size() - 1;
    std::size_t first = 0, dilated = 0;
    for (std::size_t s = 0; s < strands_.size(); ++s) {
        strands_[s].first = first;
        strands_[s].dilated = dilated;
        const auto n = static_cast<std::size_t>(strands_[s].right - strands_[s].left);
        first += n;
        dilated += n + 2 * across;
    }
    tops_.resize(cells);
    bottoms_.resize(cells);
    for (std::size_t i = 0; i < cells; ++i) {
        const std::size_t place = strands_[ids_[i]].first++;
        tops_[place] = static_cast<std::int32_t>(cells_[i].top);
        bottoms_[place] = static_cast<std::int32_t>(cells_[i].bottom);
    }
    grown_tops_.resize(dilated);
    grown_bottoms_.resize(dilated);
    for (std::size_t s = 0; s < strands_.size(); ++s) {
        strands_[s].first -= static_cast<std::size_t>(strands_[s].right - strands_[s].left);
        grow(strands_[s]);
    }
}

void Strands::grow(const Strand& strand) {
    const std::size_t across = reaches_.size() - 1;
    const auto n = static_cast<std::size_t>(strand.right - strand.left);
    std::int32_t* const grown_tops = grown_tops_.data() + strand.dilated;
    std::int32_t* const grown_bottoms = grown_bottoms_.data() + strand.dilated;
    std::fill_n(grown_tops, n + 2 * across, std::numeric_limits<std::int32_t>::max());
    std::fill_n(grown_bottoms, n + 2 * across, std::numeric_limits<std::int32_t>::min());
    const std::int32_t* const tops = tops_.data() + strand.first;
    const std::int32_t* const bottoms = bottoms_.data() + strand.first;
    for (std::size_t step = 0; step <= 2 * across; ++step) {
        const std::int32_t reach = reaches_[step < across ? across - step : step - across];
        std::int32_t* const top = grown_tops + step;
        std::int32_t* const bottom = grown_bottoms + step;
        for (std::size_t i = 0; i < n; ++i) top[i] = std::min(top[i], tops[i] - reach);
        for (std::size_t i = 0; i < n; ++i) bottom[i] = std::max(bottom[i], bottoms[i] + reach);
    }
}

void Strands::dilate(std::uint32_t width, std::uint32_t height, Strips& out) {
    struct Reached {
        std::int32_t top, bottom;
        std::size_t strand;
    };
    const auto across = static_cast<std::int64_t>(reaches_.size()) - 1;
    const auto lowest = static_cast<std::int32_t>(height);
    std::vector<Reached> reached;  // by the strands' tops: nearly the same from column to column
    std::size_t next = 0;
    std::int64_t x = 0;
    while (x < width && (next < strands_.size() || !reached.empty())) {
        if (reached.empty()) x = std::max(x, strands_[next].left - across);
        for (; next < strands_.size() && strands_[next].left - across <= x; ++next) {
            reached.push_back({0, 0, next});
        }
        std::erase_if(reached,
                      [&](const Reached& one) { return strands_[one.strand].right + across <= x; });
        for (std::size_t i = 0; i < reached.size(); ++i) {
            Reached one = reached[i];
            const Strand& strand = strands_[one.strand];
            const auto at = strand.dilated + static_cast<std::size_t>(x - (strand.left - across));
            one.top = std::max(grown_tops_[at], 0);
            one.bottom = std::min(grown_bottoms_[at], lowest);
            std::size_t place = i;
            for (; place > 0 && reached[place - 1].top > one.top; --place) {
                reached[place] = reached[place - 1];
            }
            reached[place] = one;
        }
        if (!reached.empty()) {
            out.open(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(x) + 1);
            for (const Reached& one : reached) {
                out.add(static_cast<std::uint32_t>(one.top),
                        static_cast<std::uint32_t>(one.bottom));
            }
            out.close();
        }
        ++x;
    }
}

}  // namespace cocodec::runwise
