// kernels/*_sets.cpp: every instruction set of this machine gives what scalar gives, and scalar
// what a loop over single values gives, at every length and alignment and at the extremes.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "check.hpp"
#include "kernel_tables.hpp"
#include "kernels/table.hpp"
#include "masks.hpp"

using cocodec::kernels::BoxColumns;
using cocodec::kernels::BoxEdges;
using cocodec::kernels::RowExtent;
using cocodec::kernels::SetKernels;

namespace {

template <class Fn>
void for_each_kernels(const Fn& fn) {
    for_each_table([&](const cocodec::kernels::KernelTable& table) { fn(*table.sets); });
}

/// A copy that ends where its allocation ends, so that a sanitizer sees every load beyond it.
template <class T>
class Exact {
public:
    explicit Exact(const std::vector<T>& values, std::size_t skip = 0)
        : memory_(new T[skip + values.size()]), start_(memory_.get() + skip) {
        std::copy(values.begin(), values.end(), start_);
    }
    [[nodiscard]] T* data() const { return start_; }

private:
    std::unique_ptr<T[]> memory_;
    T* start_;
};

std::vector<std::uint32_t> some_runs(masks::Random& random, std::size_t n, int kind) {
    std::vector<std::uint32_t> runs(n);
    for (auto& run : runs) {
        const auto value = static_cast<std::uint32_t>(random());
        run = kind == 0 ? 0 : kind == 1 ? 0xFFFFFFFF : kind == 2 ? value : value % 5 + 1;
    }
    return runs;
}

const check::Test sums("sums and empty runs", [] {
    masks::Random random(21);
    for_each_kernels([&](const SetKernels& kernels) {
        for (std::size_t n = 0; n <= 200; ++n) {
            for (std::size_t skip = 0; skip < 16; ++skip) {
                std::vector<std::uint32_t> runs =
                    some_runs(random, n, static_cast<int>((n + skip) % 4));
                if (n > 0 && n % 2 == 0 && skip % 3 == 0) runs[random() % n] = 0;
                const Exact<std::uint32_t> exact(runs, skip);
                std::uint64_t all = 0, foreground = 0;
                for (std::size_t i = 0; i < n; ++i) {
                    all += runs[i];
                    foreground += i % 2 == 1 ? runs[i] : 0;
                }
                check::equal(kernels.sum(exact.data(), n), all);
                check::equal(kernels.sum_foreground(exact.data(), n), foreground);
                check::equal(kernels.any_zero(exact.data(), n),
                             std::find(runs.begin(), runs.end(), 0U) != runs.end());
            }
        }
    });
});

const check::Test one_zero("the one empty run is found wherever it is", [] {
    for_each_kernels([](const SetKernels& kernels) {
        for (std::size_t n = 1; n <= 70; ++n) {
            for (std::size_t at = 0; at < n; ++at) {
                std::vector<std::uint32_t> runs(n, 0x80000000);
                check::that(!kernels.any_zero(runs.data(), n));
                runs[at] = 0;
                check::that(kernels.any_zero(runs.data(), n));
            }
        }
    });
});

RowExtent slow_extent(const std::vector<std::uint32_t>& pairs, std::uint64_t origin,
                      std::uint64_t height) {
    RowExtent extent;
    std::uint64_t position = origin;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        position += pairs[i];
        const std::uint64_t row = position % height;
        if (pairs[i + 1] > 0) {
            extent.first = std::min(extent.first, row);
            extent.last = std::max(extent.last, row + pairs[i + 1]);
        }
        position += pairs[i + 1];
    }
    return extent;
}

void extents_agree(const SetKernels& kernels, const std::vector<std::uint32_t>& pairs,
                   std::uint64_t origin, std::uint64_t height, check::Place place = check::here()) {
    const Exact<std::uint32_t> exact(pairs);
    const RowExtent got = kernels.row_extent(exact.data(), pairs.size() / 2, origin, height);
    const RowExtent expected = slow_extent(pairs, origin, height);
    check::equal(got.first, expected.first, place);
    check::equal(got.last, expected.last, place);
}

const check::Test extents("rows that runs reach", [] {
    masks::Random random(22);
    const std::uint64_t heights[] = {1, 2, 3, 7, 64, 479, 480, 65535, 1000003, (1U << 24) - 1};
    for_each_kernels([&](const SetKernels& kernels) {
        for (const std::uint64_t height : heights) {
            for (std::size_t n = 0; n <= 100; ++n) {
                // Everything below the limit, and often close to it.
                const std::uint64_t most = (cocodec::kernels::row_extent_limit - 1) / (2 * n + 1);
                const std::uint64_t limit = n % 3 == 0 ? most : std::min(most, 2 * height);
                std::vector<std::uint32_t> pairs(2 * n);
                for (auto& run : pairs)
                    run =
                        static_cast<std::uint32_t>(random() % 6 == 0 ? 0 : random() % (limit + 1));
                extents_agree(kernels, pairs, random() % (limit + 1), height);
                if (n > 0) extents_agree(kernels, pairs, 0 - std::uint64_t{pairs[0]}, height);
            }
        }
    });
});

const check::Test last_rows("rows just before and after a column's end, close to the limit", [] {
    for_each_kernels([](const SetKernels& kernels) {
        for (std::uint64_t height = 1; height < 3000; height += height < 40 ? 1 : 97) {
            for (const std::uint64_t limit :
                 {cocodec::kernels::row_extent_limit, std::uint64_t{999}}) {
                const std::uint64_t top = (limit - 2) / height * height;
                for (std::uint64_t start = top < 2 ? 0 : top - 2; start <= top + 1; ++start) {
                    if (start + 1 >= limit) continue;
                    extents_agree(kernels, {static_cast<std::uint32_t>(start), 1}, 0, height);
                }
            }
        }
    });
});

const check::Test wide("the scalar kernel knows no limit", [] {
    const std::vector<std::uint32_t> pairs{4000000000, 3000000000, 4000000000, 5, 1, 4000000000};
    for (const std::uint64_t height : {1U, 17U, 4000000000U, 4294967295U})
        extents_agree(*cocodec::kernels::supported()[0]->sets, pairs, 123, height);
});

const check::Test common("common bits of rectangles", [] {
    masks::Random random(23);
    for_each_kernels([&](const SetKernels& kernels) {
        for (std::size_t n = 0; n <= 200; ++n) {
            const std::size_t rows = n % 4, left = n + n % 3, right = n + n % 5;
            std::vector<std::uint64_t> a(rows * left), b(rows * right);
            for (auto& word : a) word = n % 7 == 0 ? ~std::uint64_t{0} : random();
            for (auto& word : b) word = n % 7 == 0 ? ~std::uint64_t{0} : random();
            std::uint64_t expected = 0;
            for (std::size_t row = 0; row < rows; ++row)
                for (std::size_t i = 0; i < n; ++i)
                    expected += static_cast<std::uint64_t>(
                        std::popcount(a[row * left + i] & b[row * right + i]));
            const Exact<std::uint64_t> exact_a(a, n % 8), exact_b(b, n % 3);
            check::equal(
                kernels.and_popcount({exact_a.data(), left}, {exact_b.data(), right}, rows, n),
                expected);
        }
    });
});

/// Every NaN becomes one that is quiet: of a signalling one fmin makes a NaN on one system, and
/// gives the other number on another.
double quiet(double value) {
    return std::isnan(value) ? std::nan("") : value;
}

/// What fmin and fmax leave of two spans.
double slow_overlap(double start, double end, double gt_start, double gt_end) {
    return std::fmin(quiet(end), quiet(gt_end)) - std::fmax(quiet(start), quiet(gt_start));
}

/// The reference's bbIou for one pair.
double slow_iou(const BoxEdges& dt, const BoxEdges& gt, bool crowd) {
    const double w = slow_overlap(dt.left, dt.right, gt.left, gt.right);
    if (w <= 0) return 0;
    const double h = slow_overlap(dt.top, dt.bottom, gt.top, gt.bottom);
    if (h <= 0) return 0;
    const double both = w * h;
    return both / (crowd ? dt.area : dt.area + gt.area - both);
}

/// The same bits; any NaN is as good as another.
bool same(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) ||
           std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

const check::Test boxes("boxes, odd ones included, at every length", [] {
    masks::Random random(24);
    const double inf = std::numeric_limits<double>::infinity();
    const double signalling = std::numeric_limits<double>::signaling_NaN();
    const double odd[] = {std::nan(""), signalling, inf,   -inf,   0.0,
                          -0.0,         -3.5,       1e308, -1e308, 5e-324};
    const auto number = [&](unsigned chance) {
        return random() % 100 < chance ? odd[random() % std::size(odd)]
                                       : static_cast<double>(random() % 4000) / 7.0;
    };
    const auto box = [&](unsigned chance) {
        const double x = number(chance), y = number(chance), w = number(chance), h = number(chance);
        return BoxEdges{x, y, w + x, h + y, w * h};
    };
    for_each_kernels([&](const SetKernels& kernels) {
        for (std::size_t n = 0; n <= 200; ++n) {
            const unsigned chance = n % 3 == 0 ? 0 : 30;
            std::vector<BoxEdges> dt(n);
            std::vector<double> columns[5];
            for (BoxEdges& each : dt) {
                each = box(chance);
                const double values[] = {each.left, each.top, each.right, each.bottom, each.area};
                for (std::size_t k = 0; k < 5; ++k) columns[k].push_back(values[k]);
            }
            const Exact<double> left(columns[0], n % 8), top(columns[1], n % 3), right(columns[2]),
                bottom(columns[3], n % 5), area(columns[4], 1);
            const BoxColumns all{left.data(), top.data(), right.data(), bottom.data(), area.data()};
            for (const bool crowd : {false, true}) {
                const BoxEdges gt = box(chance);
                const Exact<double> out(std::vector<double>(n + 1, -7));
                kernels.box_iou(all, n, gt, crowd, out.data());
                for (std::size_t i = 0; i < n; ++i)
                    check::that(same(out.data()[i], slow_iou(dt[i], gt, crowd)));
                check::equal(out.data()[n], -7.0);
            }
        }
    });
});

const check::Test positives("where values are above 0", [] {
    masks::Random random(25);
    const double kinds[] = {0.0, -0.0, 1.0, 5e-324, -1.0, std::nan("")};
    for_each_kernels([&](const SetKernels& kernels) {
        for (std::size_t n = 0; n <= 200; ++n) {
            std::vector<double> values(n);
            for (auto& value : values) value = n % 9 == 0 ? 1 : kinds[random() % std::size(kinds)];
            std::vector<std::uint32_t> expected;
            for (std::size_t i = 0; i < n; ++i)
                if (values[i] > 0) expected.push_back(static_cast<std::uint32_t>(i));
            const Exact<double> exact(values, n % 8);
            const Exact<std::uint32_t> out(std::vector<std::uint32_t>(n + cocodec::kernels::slack));
            const std::size_t found = kernels.positive(exact.data(), n, out.data());
            check::equal(std::vector<std::uint32_t>(out.data(), out.data() + found), expected);
        }
    });
});

const check::Test words("words merged, and grown by bits", [] {
    masks::Random random(26);
    for_each_kernels([&](const SetKernels& kernels) {
        for (std::size_t n = 0; n <= 70; ++n) {
            std::vector<std::vector<std::uint64_t>> rows(6, std::vector<std::uint64_t>(n));
            for (auto& row : rows)
                for (auto& word : row) {
                    word = random();  // a quarter of the bits
                    word &= random();
                }
            std::vector<std::uint64_t> merged = rows[0], grown(n);
            const auto shift = static_cast<unsigned>(random() % 64);
            for (std::size_t i = 0; i < n; ++i) {
                merged[i] |= rows[1][i] | rows[2][i];
                for (unsigned bit = 0; bit < 64; ++bit) {
                    const auto is_set = [&](std::size_t row, unsigned at) {
                        return (rows[row][i] >> at & 1) != 0;
                    };
                    const bool up =
                        bit >= shift ? is_set(2, bit - shift) : is_set(3, bit + 64 - shift);
                    const bool down =
                        bit + shift < 64 ? is_set(4, bit + shift) : is_set(5, bit + shift - 64);
                    if (is_set(1, bit) || up || down) grown[i] |= std::uint64_t{1} << bit;
                }
            }
            const Exact<std::uint64_t> to(rows[0], n % 4), a(rows[1], 1), b(rows[2], n % 3),
                over(rows[3]), below(rows[4], 2), under(rows[5]);
            kernels.merge_words(to.data(), a.data(), b.data(), n);
            check::equal(std::vector<std::uint64_t>(to.data(), to.data() + n), merged);
            kernels.grow_words(
                to.data(), {a.data(), b.data(), over.data(), below.data(), under.data(), shift}, n);
            check::equal(std::vector<std::uint64_t>(to.data(), to.data() + n), grown);
        }
    });
});

}  // namespace
