// What rings will cost before they are drawn: the columns that their edges cross (private).
#pragma once

#include "cocodec/polygon.hpp"
#include "masks/limits.hpp"

namespace cocodec {

/// `from_rings` for a call that has several such parts: `budget` is what all of them share. What a
/// part that fails was to cross is given back.
RleArray from_rings(const RingsView& rings, int threads, ColumnBudget& budget);

}  // namespace cocodec
