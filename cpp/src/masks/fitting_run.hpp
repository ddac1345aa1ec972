// The one place that refuses a run of more pixels than a run can count (floor 1b, private).
#pragma once

#include <cstdint>
#include <string>

#include "cocodec/error.hpp"

namespace cocodec {

/// The run as it is stored; throws Error{bad_run} where it does not fit.
inline std::uint32_t fitting_run(std::uint64_t run) {
    if (run > 0xFFFFFFFF) {
        throw Error(ErrorCode::bad_run,
                    "a run of " + std::to_string(run) + " pixels does not fit 32 bits");
    }
    return static_cast<std::uint32_t>(run);
}

}  // namespace cocodec
