// Checks of what C callers pass.

#include "c_api/views.hpp"

namespace cocodec::c {
namespace {

[[noreturn]] void throw_bad_offset(const char* what, std::int64_t value, std::size_t index,
                                   const std::string& expected) {
    std::string message(what);
    message += '[';
    message += std::to_string(index);
    message += "] is ";
    message += std::to_string(value);
    message += ", expected ";
    message += expected;
    throw Error(ErrorCode::bad_shape, std::move(message));
}

[[noreturn]] void throw_unknown(const char* what, std::int32_t value) {
    std::string message(what);
    message += " is ";
    message += std::to_string(value);
    message += ", expected 0..3";
    throw Misuse(std::move(message));
}

constexpr std::int64_t no_offsets[] = {0};

}  // namespace

const std::int64_t* require_offsets(const std::int64_t* offsets, std::size_t length,
                                    std::int64_t limit, const char* what) {
    if (length == 0) return no_offsets;
    require(offsets, what);
    std::int64_t least = 0;
    for (std::size_t i = 0; i <= length; ++i) {
        if (offsets[i] < least) {
            throw_bad_offset(what, offsets[i], i, "at least " + std::to_string(least));
        }
        least = offsets[i];
    }
    if (least > limit) throw_bad_offset(what, least, length, "at most " + std::to_string(limit));
    return offsets;
}

RleArrayView shape_of(const cocodec_masks* masks) {
    const cocodec_masks& from = require(masks, "masks");
    const std::size_t length = require_length(from.length, "length");
    const std::size_t runs = require_length(from.counts_length, "counts_length");
    return {require_array(from.counts, length > 0 ? runs : 0, "counts"),
            require_offsets(from.offsets, length, from.counts_length, "offsets"),
            sizes(from.sizes, length), length};
}

RleArrayView view(const cocodec_masks* masks) {
    const RleArrayView checked = shape_of(masks);
    validate(checked);
    return checked;
}

RingsView view(const cocodec_rings* rings) {
    const cocodec_rings& from = require(rings, "rings");
    const std::size_t length = require_length(from.length, "length");
    const std::size_t n = require_length(from.rings_length, "rings_length");
    const std::size_t points = require_length(from.points_length, "points_length");
    return {require_array(from.xy, length > 0 && n > 0 ? points : 0, "xy"),
            require_offsets(from.ring_offsets, n, from.points_length, "ring_offsets"),
            require_offsets(from.mask_offsets, length, from.rings_length, "mask_offsets"),
            sizes(from.sizes, length), length};
}

PositionsView view(const cocodec_positions* positions) {
    const cocodec_positions& from = require(positions, "positions");
    const std::size_t length = require_length(from.length, "length");
    const std::size_t n = require_length(from.positions_length, "positions_length");
    return {require_array(from.positions, length > 0 ? n : 0, "positions"),
            require_offsets(from.offsets, length, from.positions_length, "offsets"), length};
}

GroupsView view(const cocodec_groups* groups, std::size_t n) {
    const cocodec_groups& from = require(groups, "groups");
    const std::size_t length = require_length(from.length, "length");
    const std::size_t members = require_length(from.members_length, "members_length");
    const GroupsView checked{require_array(from.members, length > 0 ? members : 0, "members"),
                             require_offsets(from.offsets, length, from.members_length, "offsets"),
                             length};
    for (std::int64_t i = checked.offsets[0]; i < checked.offsets[length]; ++i) {
        const std::int64_t member = checked.members[i];
        if (member >= 0 && static_cast<std::uint64_t>(member) < n) continue;
        throw_bad_offset("members", member, static_cast<std::size_t>(i),
                         "an index of " + std::to_string(n) + " masks");
    }
    return checked;
}

SetOp operation(std::int32_t operation) {
    switch (operation) {
        case COCODEC_UNION:
            return SetOp::union_;
        case COCODEC_INTERSECTION:
            return SetOp::intersection;
        case COCODEC_DIFFERENCE:
            return SetOp::difference;
        case COCODEC_SYMMETRIC_DIFFERENCE:
            return SetOp::symmetric_difference;
        default:
            throw_unknown("operation", operation);
    }
}

ScoreType type_of(const cocodec_scores& scores) {
    static_assert(static_cast<int>(ScoreType::float64) == COCODEC_FLOAT64);
    if (scores.type < COCODEC_FLOAT16 || scores.type > COCODEC_FLOAT64) {
        throw_unknown("type", scores.type);
    }
    return static_cast<ScoreType>(scores.type);
}

}  // namespace cocodec::c
