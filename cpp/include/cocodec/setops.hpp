// Union, intersection, difference, symmetric difference and complement of masks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/rle.hpp"

namespace cocodec {

enum class SetOp { union_, intersection, difference, symmetric_difference };

/// Groups of masks: group g combines masks members[offsets[g]] .. members[offsets[g + 1] - 1].
struct GroupsView {
    const std::int64_t* members = nullptr;
    const std::int64_t* offsets = nullptr;  ///< length + 1 values
    std::size_t length = 0;
};

/// One mask per group, folded from left to right. All masks of a group must have one size
/// (Error{size_mismatch}); a group must not be empty (Error{bad_shape}).
RleArray combine(RleArrayView masks, const GroupsView& groups, SetOp op, int threads = 1);

/// a[i] op b[i]; a side of length 1 serves every mask of the other.
RleArray combine(RleArrayView a, RleArrayView b, SetOp op, int threads = 1);

/// Foreground and background exchanged.
RleArray complement(RleArrayView masks);

}  // namespace cocodec
