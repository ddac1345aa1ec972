// How a batch is split over threads. Threads live for one call; results never depend on their
// number.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cocodec/rle.hpp"
#include "cocodec/threads.hpp"

namespace cocodec {

/// Processors that a process of these groups (the text of /proc/self/cgroup) may keep busy, by the
/// cgroups that are mounted at `root`; the largest number if there is no quota.
[[nodiscard]] std::size_t cgroup_quota(std::string_view groups, const std::string& root);

/// Below this much work a second thread costs more than it brings.
inline constexpr double worthwhile_ns = 2e6;

/// How many threads a batch of `n` items gets. `threads` 0 = automatic, otherwise exactly that many
/// (never more than items).
inline std::size_t thread_count(std::size_t n, double work_ns, int threads) {
    if (n < 2 || threads == 1) return 1;
    std::size_t wanted = threads > 0 ? static_cast<std::size_t>(threads) : 1;
    if (threads <= 0 && work_ns >= worthwhile_ns) {
        wanted = automatic_threads();
    }
    return std::min(n, wanted);
}

/// Calls fn(part) for part in 0..parts, on `workers` threads that take the next part when they are
/// done with one. The exception of the lowest part is rethrown, so that errors do not depend on
/// timing.
template <class Fn>
void run_parts(std::size_t parts, std::size_t workers, const Fn& fn) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    std::size_t failed_part = parts;
    const auto work = [&] {
        for (std::size_t part = next++; part < parts; part = next++) {
            try {
                fn(part);
            } catch (...) {
                const std::lock_guard<std::mutex> lock(mutex);
                if (part < failed_part) {
                    failed_part = part;
                    failure = std::current_exception();
                }
            }
        }
    };
    std::vector<std::thread> pool;
    pool.reserve(workers - 1);
    try {
        for (std::size_t i = 1; i < workers; ++i) pool.emplace_back(work);
    } catch (const std::system_error&) {
        // No more threads to be had: those that started, and this one, do the rest.
    }
    work();
    for (std::thread& thread : pool) thread.join();
    if (failure) std::rethrow_exception(failure);
}

/// How 0..n is cut into parts, and how many threads share these. More parts than threads: items
/// differ in cost, and a thread may be held up by other programs.
struct Split {
    std::size_t n, workers, parts;

    Split(std::size_t items, double work_ns, int threads)
        : n(items),
          workers(thread_count(items, work_ns, threads)),
          parts(workers == 1 ? 1 : std::min(items, workers * 8)) {}
    /// The first item of a part; of the one behind the last, `n`.
    [[nodiscard]] std::size_t start(std::size_t part) const { return n * part / parts; }
};

/// fn(first, last) over 0..n in pieces, in parallel where that pays. Pieces must not depend on each
/// other.
template <class Fn>
void parallel_for(std::size_t n, double work_ns, int threads, const Fn& fn) {
    if (n == 0) return;
    const Split split(n, work_ns, threads);
    run_parts(split.parts, split.workers,
              [&](std::size_t part) { fn(split.start(part), split.start(part + 1)); });
}

/// fn(first, last, piece) makes a Piece of items first..last; at least one comes back, in order.
template <class Piece, class Fn>
std::vector<Piece> parallel_pieces(std::size_t n, double work_ns, int threads, const Fn& fn) {
    const Split split(n, work_ns, threads);
    std::vector<Piece> pieces(split.parts);
    run_parts(split.parts, split.workers, [&](std::size_t part) {
        fn(split.start(part), split.start(part + 1), pieces[part]);
    });
    return pieces;
}

/// Joins pieces that were built by themselves, in order. Large ones are copied by `workers`
/// threads: the memory that they are copied to is new, and to be given it costs more than the copy.
inline RleArray join(std::vector<RleArray>& pieces, std::size_t workers) {
    constexpr std::size_t large = std::size_t{1} << 18;
    RleArray result;
    std::vector<std::size_t> starts{0};
    std::size_t masks = 0;
    for (const RleArray& piece : pieces) {
        starts.push_back(starts.back() + piece.counts.size());
        masks += piece.size();
    }
    result.counts.resize(starts.back());
    result.offsets.reserve(masks + 1);
    result.sizes.reserve(masks);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto start = static_cast<std::int64_t>(starts[i]);
        for (std::size_t m = 1; m <= pieces[i].size(); ++m) {
            result.offsets.push_back(start + pieces[i].offsets[m]);
        }
        result.sizes.append(pieces[i].sizes.data(), pieces[i].sizes.size());
    }
    run_parts(pieces.size(), starts.back() < large ? 1 : workers, [&](std::size_t i) {
        const Buffer<std::uint32_t> counts = std::move(pieces[i].counts);
        std::copy_n(counts.data(), counts.size(), result.counts.data() + starts[i]);
    });
    return result;
}

/// fn(first, last, out) appends masks first..last to `out`; the pieces come back joined, in order.
/// cost_before(i) is what masks 0..i cost together: where they differ much, pieces of the same cost
/// keep all threads busy to the end.
template <class Cost, class Fn>
RleArray parallel_build(std::size_t n, const Cost& cost_before, int threads, const Fn& fn) {
    const double work_ns = cost_before(n);
    const auto [items, workers, parts] = Split(n, work_ns, threads);
    if (parts == 1) {
        RleArray result;
        fn(std::size_t{0}, items, result);
        return result;
    }
    std::vector<std::size_t> starts{0};
    for (std::size_t part = 1; part < parts; ++part) {
        const double share = work_ns * static_cast<double>(part) / static_cast<double>(parts);
        std::size_t low = starts.back(), high = n;  // first i with cost_before(i) >= share
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (cost_before(middle) < share) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        starts.push_back(low);
    }
    starts.push_back(n);
    std::vector<RleArray> pieces(parts);
    run_parts(parts, workers,
              [&](std::size_t part) { fn(starts[part], starts[part + 1], pieces[part]); });
    return join(pieces, workers);
}

/// The same for masks that cost about the same.
template <class Fn>
RleArray parallel_build(std::size_t n, double work_ns, int threads, const Fn& fn) {
    const double each = n == 0 ? 0 : work_ns / static_cast<double>(n);
    return parallel_build(
        n, [&](std::size_t i) { return each * static_cast<double>(i); }, threads, fn);
}

}  // namespace cocodec
