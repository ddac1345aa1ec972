// kernels/*_rings.cpp: every instruction set of this machine crosses columns where scalar does, and
// scalar where a loop over the reference's steps does (test_polygon walks them all); runs of pairs
// are what a loop makes of them.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "check.hpp"
#include "kernel_tables.hpp"
#include "kernels/table.hpp"
#include "masks.hpp"

using cocodec::kernels::near_limit;
using cocodec::kernels::RingEdges;
using cocodec::kernels::RingKernels;
using cocodec::kernels::slack;

namespace {

template <class Fn>
void for_each_kernels(const Fn& fn) {
    for_each_table([&](const cocodec::kernels::KernelTable& table) { fn(*table.rings); });
}

/// What a table makes of a ring: whether it is near, the columns of its vertices, and the rows of
/// each edge by itself.
struct Crossed {
    bool near = false;
    std::vector<std::int32_t> columns;
    std::vector<std::vector<std::uint32_t>> rows;

    bool operator==(const Crossed&) const = default;
};

class Edges {
public:
    explicit Edges(std::size_t n) : numbers_(3 * (n + slack)), terms_(8 * (n + slack)) {
        std::int32_t* const all = numbers_.data();
        edges = {all, all + n + slack, all + 2 * (n + slack), terms_.data()};
    }
    RingEdges edges{};

private:
    std::vector<std::int32_t> numbers_;
    std::vector<double> terms_;
};

Crossed crossed(const RingKernels& kernels, const std::vector<double>& ring, std::int32_t height,
                std::int32_t width) {
    const std::size_t n = ring.size() / 2;
    const Edges memory(n);
    const RingEdges& edges = memory.edges;
    Crossed made;
    made.near = kernels.prepare(ring.data(), n, width, edges);
    if (!made.near) return made;
    made.columns.assign(edges.column, edges.column + n + 1);
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t from = edges.column[i], to = edges.column[i + 1];
        const auto columns = static_cast<std::size_t>(std::abs(to - from));
        std::vector<std::uint32_t> rows(columns + slack);
        if (columns > 0) kernels.cross(edges, {&i, 1, 1, std::min(from, to)}, height, rows.data());
        rows.resize(columns);
        made.rows.push_back(rows);
    }
    return made;
}

/// Points of every kind: near each other, far away, on the grid, on top of each other.
std::vector<double> some_ring(masks::Random& random, std::size_t n) {
    const double reach[] = {3, 30, 700, 5000, near_limit};
    const double wide = reach[random() % 5], grid = random() % 3 == 0 ? 10 : 1e6;
    std::vector<double> ring(2 * n);
    for (double& v : ring) {
        const double part = static_cast<double>(random() >> 11) / 9007199254740992.0;
        v = std::round((1.5 * part - .25) * wide * grid) / grid;
        v = std::clamp(v, -near_limit, near_limit);
    }
    for (std::size_t i = 2; i < 2 * n; ++i) {
        if (random() % 8 == 0) ring[i] = ring[i - 2];  // level, upright, or nothing
    }
    return ring;
}

const check::Test crossings("edges cross columns where scalar says", [] {
    masks::Random random(61);
    const RingKernels& scalar = *(*cocodec::kernels::supported())->rings;
    for_each_kernels([&](const RingKernels& kernels) {
        for (std::size_t i = 0; i < 3000; ++i) {
            const std::vector<double> ring = some_ring(random, 1 + i % 37);
            const auto height = static_cast<std::int32_t>(random() % 900);
            const auto width = static_cast<std::int32_t>(random() % 900);
            check::that(crossed(kernels, ring, height, width) ==
                        crossed(scalar, ring, height, width));
        }
    });
});

const check::Test widest("edges across the whole grid cross where scalar says", [] {
    const RingKernels& scalar = *(*cocodec::kernels::supported())->rings;
    const std::int32_t most = std::numeric_limits<std::int32_t>::max();
    const double steps[] = {.1, .2, .3, .5, 1, 3, 1e3, near_limit};
    for_each_kernels([&](const RingKernels& kernels) {
        for (const double dx : steps) {
            for (const double dy : steps) {
                const std::vector<double> ring = {-near_limit, near_limit, near_limit, -dy,
                                                  0,           dy,         dx,         0};
                check::that(crossed(kernels, ring, most, most) ==
                            crossed(scalar, ring, most, most));
            }
        }
    });
});

const check::Test walks("edges of a walk come one behind the other, either way", [] {
    const std::vector<double> ring = {0, 0, 3, 9, 20, 11, 21, 2, 60, 5.5};
    const std::size_t edges[] = {0, 1, 2, 3}, back[] = {4};
    for_each_kernels([&](const RingKernels& kernels) {
        const Crossed alone = crossed(kernels, ring, 12, 64);
        const Edges memory(5);
        check::that(kernels.prepare(ring.data(), 5, 64, memory.edges));
        std::vector<std::uint32_t> rows(60 + slack), expected;
        kernels.cross(memory.edges, {edges, 1, 4, 0}, 12, rows.data());
        rows.resize(60);
        for (std::size_t i = 0; i < 4; ++i) {
            expected.insert(expected.end(), alone.rows[i].begin(), alone.rows[i].end());
        }
        check::equal(rows, expected);
        rows.resize(60 + slack);
        kernels.cross(memory.edges, {back, -1, 1, 0}, 12, rows.data());
        rows.resize(60);
        check::equal(rows, alone.rows[4]);
    });
});

const check::Test nowhere("a coordinate that is far or no number is seen wherever it is", [] {
    const double beyond[] = {std::nextafter(near_limit, 1e9), -1e300,
                             std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()};
    for_each_kernels([&](const RingKernels& kernels) {
        for (std::size_t n = 1; n <= 20; ++n) {
            for (std::size_t at = 0; at < 2 * n; ++at) {
                std::vector<double> ring(2 * n, -near_limit);
                check::that(crossed(kernels, ring, 5, 5).near);
                ring[at] = beyond[at % 4];
                check::that(!crossed(kernels, ring, 5, 5).near);
            }
        }
    });
});

/// Two rows a column, mostly one above the other, between a value before them and slack.
struct Pairs {
    std::vector<std::uint32_t> a, b;

    Pairs(masks::Random& random, std::size_t n, std::uint32_t height, unsigned odd)
        : a(n + 1 + slack, 7), b(n + 1 + slack, 7) {
        for (std::size_t i = 1; i <= n; ++i) {
            a[i] = static_cast<std::uint32_t>(random() % height);
            b[i] = a[i] + 1 + static_cast<std::uint32_t>(random() % (height - a[i]));
            if (random() % 1000 < odd) std::swap(a[i], b[i]);
            if (random() % 1000 < odd) b[i] = a[i];
            if (random() % 1000 < odd) a[i] = 0, b[i] = height;
        }
    }
};

bool is_odd(std::uint32_t run) {
    return run == 0 || run > 0x7FFFFFFF;
}

const check::Test pairs("pairs of rows become runs up to eight that do not", [] {
    masks::Random random(62);
    for_each_kernels([&](const RingKernels& kernels) {
        for (std::size_t i = 0; i < 6000; ++i) {
            const std::size_t n = 1 + i % 70;
            const auto height =
                static_cast<std::uint32_t>(1 + random() % (i % 5 == 0 ? 1U << 30 : 400));
            const Pairs rows(random, n, height, i % 3 == 0 ? 0 : 30);
            const std::uint32_t *a = rows.a.data() + 1, *b = rows.b.data() + 1;
            std::vector<std::uint32_t> expected(2 * n), got(2 * n + slack);
            std::size_t calm = n;
            for (std::size_t k = n; k-- > 0;) {
                const std::uint32_t before = k > 0 ? b[k - 1] : 0;
                expected[2 * k] = height + a[k] - before;
                expected[2 * k + 1] = b[k] - a[k];
                if (is_odd(expected[2 * k + 1]) || (k > 0 && is_odd(expected[2 * k])))
                    calm = k / 8 * 8;
            }
            check::equal(kernels.pair_runs(a, b, n, height, got.data()), calm);
            expected.resize(2 * calm);
            got.resize(2 * calm);
            if (calm > 0) got[0] = expected[0];  // nobody vouches for it
            check::equal(got, expected);
        }
    });
});

}  // namespace
