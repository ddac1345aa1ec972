// Scatter: numbers of every kind find a place at once, those too that were chosen to collide under
// a factor that everybody knows.
#include "masks/scatter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_set>
#include <vector>

#include "check.hpp"

namespace {

constexpr std::uint64_t count = 1 << 15;
using Kind = std::function<std::uint64_t(std::uint64_t)>;

/// How many places are looked at until each number has one, in a table that stays half free.
std::size_t steps(const Kind& kind) {
    const cocodec::Scatter scatter;
    std::vector<bool> taken(2 * count);
    std::size_t steps = 0;
    for (std::uint64_t k = 0; k < count; ++k) {
        std::size_t at = static_cast<std::size_t>(scatter(kind(k))) & (taken.size() - 1);
        for (++steps; taken[at]; ++steps) at = (at + 1) & (taken.size() - 1);
        taken[at] = true;
    }
    return steps;
}

/// What gives 1 when it is multiplied by an odd number.
std::uint64_t inverse(std::uint64_t odd) {
    std::uint64_t found = odd;
    for (int i = 0; i < 6; ++i) found *= 2 - odd * found;
    return found;
}

const check::Test places("numbers of every kind find a place at once", [] {
    const std::uint64_t golden = inverse(0x9E3779B97F4A7C15), other = inverse(0xBF58476D1CE4E5B9);
    check::that(golden * 0x9E3779B97F4A7C15 == 1);
    const std::vector<Kind> kinds = {
        [](std::uint64_t k) { return k; },
        [](std::uint64_t k) { return 7919 * k + 12345; },
        [](std::uint64_t k) { return k << 32; },
        [](std::uint64_t k) { return k << 49; },
        [](std::uint64_t k) { return ~k; },
        [&](std::uint64_t k) { return golden * k; },
        [&](std::uint64_t k) { return golden * (k << 20); },
        [&](std::uint64_t k) { return golden * (other * (k << 40)); },
    };
    for (const Kind& kind : kinds) check::that(steps(kind) < 3 * count);
});

const check::Test apart("no two numbers are one, and a process keeps its factor", [] {
    const cocodec::Scatter scatter;
    std::unordered_set<std::uint64_t> seen;
    for (std::uint64_t k = 0; k < count; ++k) seen.insert(scatter(k * 65537));
    check::that(seen.size() == count);
    const std::uint64_t factor = cocodec::unforeseen_factor();
    check::that(factor % 2 == 1);
    check::equal(cocodec::unforeseen_factor(), factor);
});

}  // namespace
