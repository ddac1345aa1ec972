/// How many threads a call with `threads` = 0 may use.
#pragma once

#include <cstddef>

namespace cocodec {

/// Processors that this process may use: those of its affinity, and no more than the quota of its
/// cgroups (v1 or v2) allows, rounded up. At least 1. The quota is read once, the affinity anew.
[[nodiscard]] std::size_t usable_processors();

/// As many threads as `threads` = 0 stands for, where there is work for them: the usable
/// processors, no more than `set_thread_limit` or else COCODEC_NUM_THREADS says. 1 in a process
/// that was forked from one that had loaded this library, and in what is said to be a worker,
/// unless that process itself called `set_thread_limit`. At least 1. Throws Error{bad_option} if
/// COCODEC_NUM_THREADS is set and no number above 0.
[[nodiscard]] std::size_t automatic_threads();

/// Limits what `threads` = 0 stands for in this process; 0 takes the limit away again. Calls that
/// ask for a number of threads get that number.
void set_thread_limit(std::size_t limit) noexcept;

/// Says that this process is one of several that share the machine, as a forked one is taken to be.
void declare_worker() noexcept;

}  // namespace cocodec
