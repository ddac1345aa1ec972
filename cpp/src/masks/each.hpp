// A batch, mask by mask, over threads (private).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/error.hpp"
#include "cocodec/rle.hpp"
#include "masks/limits.hpp"
#include "masks/threads.hpp"

namespace cocodec::runwise {

/// One mask for each of `masks`: Worker has add(RleView mask, std::size_t i, RleArray& out), and
/// memory of its own that it keeps from one mask to the next; `make()` makes one for each thread.
/// What the masks gain in runs is limited. Errors are said of the mask that they befell.
template <class Make>
RleArray build_each(RleArrayView masks, double ns_per_run, int threads, const Make& make) {
    const auto cost_before = [&](std::size_t i) {
        return static_cast<double>(masks.offsets[i] - masks.offsets[0]) * ns_per_run;
    };
    ColumnBudget budget;
    return parallel_build(masks.length, cost_before, threads,
                          [&](std::size_t first, std::size_t last, RleArray& out) {
                              auto worker = make();
                              for (std::size_t i = first; i < last; ++i) {
                                  try {
                                      const std::size_t before = out.counts.size();
                                      worker.add(masks[i], i, out);
                                      budget.spend_gain(masks[i].length,
                                                        out.counts.size() - before);
                                  } catch (const Error& error) {
                                      throw error.at(static_cast<std::int64_t>(i));
                                  }
                                  out.counts.foresee(i - first + 1, last - first);
                              }
                          });
}

}  // namespace cocodec::runwise
