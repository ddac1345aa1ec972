// Names of the error codes.

#include "cocodec/error.hpp"

namespace cocodec {

const char* name(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::ok:
            return "ok";
        case ErrorCode::bad_size:
            return "bad_size";
        case ErrorCode::bad_sum:
            return "bad_sum";
        case ErrorCode::bad_counts:
            return "bad_counts";
        case ErrorCode::bad_run:
            return "bad_run";
        case ErrorCode::size_mismatch:
            return "size_mismatch";
        case ErrorCode::bad_coordinate:
            return "bad_coordinate";
        case ErrorCode::bad_shape:
            return "bad_shape";
        case ErrorCode::bad_segmentation:
            return "bad_segmentation";
        case ErrorCode::bad_json:
            return "bad_json";
        case ErrorCode::unknown_isa:
            return "unknown_isa";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::has_holes:
            return "has_holes";
        case ErrorCode::bad_option:
            return "bad_option";
        case ErrorCode::bad_label:
            return "bad_label";
        case ErrorCode::bad_image:
            return "bad_image";
    }
    return "unknown";
}

}  // namespace cocodec
