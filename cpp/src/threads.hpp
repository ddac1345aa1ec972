// How a batch is split over threads. Threads live for one call; results never depend on their
// number.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "cocodec/rle.hpp"

namespace cocodec {

/// Below this much work a second thread costs more than it brings.
inline constexpr double worthwhile_ns = 2e6;

/// How many threads a batch of `n` items gets. `threads` 0 = automatic, otherwise exactly that many
/// (never more than items).
inline std::size_t thread_count(std::size_t n, double work_ns, int threads) {
    if (n < 2 || threads == 1) return 1;
    std::size_t wanted = threads > 0 ? static_cast<std::size_t>(threads) : 1;
    if (threads <= 0 && work_ns >= worthwhile_ns) {
        wanted = std::max<std::size_t>(1, std::thread::hardware_concurrency());
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

/// fn(first, last) over 0..n in pieces, in parallel where that pays. Pieces must not depend on each
/// other.
template <class Fn>
void parallel_for(std::size_t n, double work_ns, int threads, const Fn& fn) {
    const std::size_t workers = thread_count(n, work_ns, threads);
    if (workers == 1) {
        if (n > 0) fn(std::size_t{0}, n);
        return;
    }
    // More parts than threads: items differ in cost, and a thread may be held up by other programs.
    const std::size_t parts = std::min(n, workers * 8);
    run_parts(parts, workers,
              [&](std::size_t part) { fn(n * part / parts, n * (part + 1) / parts); });
}

/// fn(first, last, out) appends masks first..last to `out`; the pieces come back joined, in order.
template <class Fn>
RleArray parallel_build(std::size_t n, double work_ns, int threads, const Fn& fn) {
    const std::size_t workers = thread_count(n, work_ns, threads);
    RleArray result;
    if (workers == 1) {
        fn(std::size_t{0}, n, result);
        return result;
    }
    const std::size_t parts = std::min(n, workers * 8);
    std::vector<RleArray> pieces(parts);
    run_parts(parts, workers, [&](std::size_t part) {
        fn(n * part / parts, n * (part + 1) / parts, pieces[part]);
    });
    std::size_t runs = 0;
    for (const RleArray& piece : pieces) runs += piece.counts.size();
    result.counts.reserve(runs);
    for (const RleArray& piece : pieces) result.append(piece.view());
    return result;
}

}  // namespace cocodec
