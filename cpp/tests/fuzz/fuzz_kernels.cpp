// The same bytes through the kernels of every instruction set of this machine: each gives what the
// scalar ones give. Inputs are copied to memory that ends with them, so that a load beyond is seen.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "kernels/table.hpp"

#include "oracle.hpp"

namespace {

using cocodec::kernels::KernelTable;
using cocodec::kernels::slack;
using Positions = std::vector<std::uint32_t>;

/// As many values of a type as the bytes hold, at the end of an allocation.
template <class T>
struct Exact {
    std::size_t n;
    std::unique_ptr<T[]> values;

    Exact(const void* bytes, std::size_t size) : n(size / sizeof(T)), values(new T[n]) {
        if (n > 0) std::memcpy(values.get(), bytes, n * sizeof(T));
    }
};

/// What a kernel wrote, of `n` values for which there is room, and the slack behind them.
template <class Kernel>
Positions written(std::size_t n, const Kernel& kernel) {
    Positions out(n + slack);
    const std::size_t count = kernel(out.data());
    fuzz::require(count <= n, "no more than there is room for");
    out.resize(count);
    return out;
}

void bits(const KernelTable& scalar, const KernelTable& table, const Exact<std::uint8_t>& bytes) {
    const std::size_t n = bytes.n, words = (n + 63) / 64;
    std::vector<std::uint64_t> expected(words), got(words);
    scalar.bits->pack(bytes.values.get(), n, expected.data());
    table.bits->pack(bytes.values.get(), n, got.data());
    fuzz::require(got == expected, "pack");
    std::vector<std::uint8_t> flags(n), others(n);
    scalar.bits->unpack(expected.data(), n, flags.data());
    table.bits->unpack(expected.data(), n, others.data());
    fuzz::require(flags == others, "unpack");
    for (const bool before : {false, true}) {
        const auto changes = [&](const KernelTable& by) {
            return written(n, [&](std::uint32_t* out) {
                return by.bits->transitions(expected.data(), n, before, out);
            });
        };
        fuzz::require(changes(scalar) == changes(table), "transitions");
    }
    const std::size_t half = n / 2;
    const auto differences = [&](const KernelTable& by) {
        return written(half, [&](std::uint32_t* out) {
            return by.bits->differences(bytes.values.get(), bytes.values.get() + n - half, half,
                                        out);
        });
    };
    fuzz::require(differences(scalar) == differences(table), "differences");
}

void fill(const KernelTable& scalar, const KernelTable& table, const Exact<std::uint8_t>& bytes) {
    const Positions runs(bytes.values.get(), bytes.values.get() + bytes.n);
    std::size_t size = 0;
    for (const std::uint32_t run : runs) size += run;
    std::vector<std::uint8_t> expected(size, 7), got(size, 7);
    scalar.bits->fill(runs.data(), runs.size(), expected.data(), size);
    table.bits->fill(runs.data(), runs.size(), got.data(), size);
    fuzz::require(got == expected, "fill");
    std::fill(got.begin(), got.end(), std::uint8_t{2});
    table.bits->fill_memory(runs.data(), runs.size(), got.data(), size);
    fuzz::require(got == expected, "fill_memory");
}

void text(const KernelTable& scalar, const KernelTable& table, const Exact<char>& chars,
          const Exact<std::uint32_t>& runs) {
    const auto format = [&](const KernelTable& by) {
        std::vector<char> out(7 * runs.n + slack);
        out.resize(by.counts->format(runs.values.get(), runs.n, out.data()));
        return out;
    };
    fuzz::require(format(scalar) == format(table), "format");
    std::size_t consumed[2] = {};
    const auto parse = [&](const KernelTable& by, std::size_t& taken) {
        return written(chars.n, [&](std::uint32_t* out) {
            return by.counts->parse(chars.values.get(), chars.n, out, &taken);
        });
    };
    const Positions expected = parse(scalar, consumed[0]), got = parse(table, consumed[1]);
    // What a kernel is not sure of it may leave to the caller: then it has taken a part.
    fuzz::require(consumed[0] <= chars.n && consumed[1] <= chars.n, "parse takes what there is");
    fuzz::require(got.size() <= expected.size() || consumed[0] <= consumed[1], "parse");
    const std::size_t common = std::min(got.size(), expected.size());
    fuzz::require(std::equal(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(common),
                             expected.begin()),
                  "parse: the same numbers");
}

void sums(const KernelTable& scalar, const KernelTable& table, const Exact<std::uint32_t>& runs,
          std::uint64_t height) {
    const std::uint32_t* values = runs.values.get();
    const auto &a = *scalar.sets, &b = *table.sets;
    fuzz::require(a.sum(values, runs.n) == b.sum(values, runs.n), "sum");
    fuzz::require(a.sum_foreground(values, runs.n) == b.sum_foreground(values, runs.n),
                  "sum_foreground");
    fuzz::require(a.any_zero(values, runs.n) == b.any_zero(values, runs.n), "any_zero");
    Positions small(values, values + runs.n / 2 * 2);
    for (auto& run : small) run %= 1 + (1U << 23) / static_cast<std::uint32_t>(small.size() + 1);
    const auto expected = a.row_extent(small.data(), small.size() / 2, 0, height);
    const auto got = b.row_extent(small.data(), small.size() / 2, 0, height);
    fuzz::require(expected.first == got.first && expected.last == got.last, "row_extent");
}

void words(const KernelTable& scalar, const KernelTable& table, const Exact<std::uint64_t>& bits,
           unsigned shift) {
    const std::size_t n = bits.n / 5;
    const std::uint64_t* w = bits.values.get();
    const auto &a = *scalar.sets, &b = *table.sets;
    fuzz::require(a.and_popcount({w, n}, {w + 2 * n, n}, 2, n) ==
                      b.and_popcount({w, n}, {w + 2 * n, n}, 2, n),
                  "and_popcount");
    std::vector<std::uint64_t> expected(w, w + n), got = expected;
    a.merge_words(expected.data(), w + n, w + 2 * n, n);
    b.merge_words(got.data(), w + n, w + 2 * n, n);
    fuzz::require(expected == got, "merge_words");
    const cocodec::kernels::WordNeighbours around{w, w + n, w + 2 * n, w + 3 * n, w + 4 * n, shift};
    a.grow_words(expected.data(), around, n);
    b.grow_words(got.data(), around, n);
    fuzz::require(expected == got, "grow_words");
}

void doubles(const KernelTable& scalar, const KernelTable& table, const Exact<double>& numbers,
             bool crowd) {
    const double* v = numbers.values.get();
    const auto positive = [&](const KernelTable& by) {
        return written(numbers.n,
                       [&](std::uint32_t* out) { return by.sets->positive(v, numbers.n, out); });
    };
    fuzz::require(positive(scalar) == positive(table), "positive");
    const std::size_t n = numbers.n / 5;
    if (n == 0) return;
    const cocodec::kernels::BoxColumns boxes{v, v + n, v + 2 * n, v + 3 * n, v + 4 * n};
    const cocodec::kernels::BoxEdges box{v[0], v[n], v[2 * n], v[3 * n], v[4 * n]};
    std::vector<double> expected(n, -7), got(n, -7);
    scalar.sets->box_iou(boxes, n, box, crowd, expected.data());
    table.sets->box_iou(boxes, n, box, crowd, got.data());
    for (std::size_t i = 0; i < n; ++i) {
        const bool neither = std::isnan(expected[i]) && std::isnan(got[i]);
        fuzz::require(neither || expected[i] == got[i], "box_iou");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint32_t height = 1 + input.below(3000);
    const auto flags = input.take<std::uint8_t>();
    const void* rest = input.text();
    const std::size_t left = input.left();
    const auto* tables = cocodec::kernels::supported();
    for (const auto* table = tables + 1; *table != nullptr; ++table) {
        bits(**tables, **table, {rest, left});
        fill(**tables, **table, {rest, left});
        text(**tables, **table, {rest, left}, {rest, left});
        sums(**tables, **table, {rest, left}, height);
        words(**tables, **table, {rest, left}, flags % 64);
        doubles(**tables, **table, {rest, left}, flags >= 128);
    }
    return 0;
}
