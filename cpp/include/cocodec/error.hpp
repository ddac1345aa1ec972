// What can go wrong, and the one exception that says so. Floor 0: everything may include this.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace cocodec {

/// One code per kind of refusal. The values are part of the ABI: append, never renumber.
enum class ErrorCode : int {
    ok = 0,
    bad_size = 1,        ///< A height or width is negative or above 2^32 - 1.
    bad_sum = 2,         ///< Runs do not cover exactly height * width pixels.
    bad_counts = 3,      ///< A counts string has a foreign char, ends inside a number or overflows.
    bad_run = 4,         ///< A run is negative or above 2^32 - 1.
    size_mismatch = 5,   ///< Masks that must have the same size do not.
    bad_coordinate = 6,  ///< A coordinate is NaN, infinite or beyond +-1e14.
    bad_shape = 7,       ///< Offsets, lengths or dimensions do not fit together.
    bad_segmentation = 8,  ///< A JSON segmentation is none of the known spellings.
    bad_json = 9,          ///< Bytes that should be JSON are not.
    unknown_isa = 10,      ///< COCODEC_ISA names an instruction set that is not to be had here.
    too_large = 11,        ///< A result would need more memory than can be addressed.
    has_holes = 12,        ///< A mask has holes, which the caller did not want.
    bad_option = 13,       ///< An option has a value that means nothing.
    bad_label = 14,        ///< A label does not fit its map, or several masks claim one pixel.
    bad_image = 15,        ///< Bytes that should be a PNG are not.
};

/// The code's name as written above, for messages and for bindings.
const char* name(ErrorCode code) noexcept;

/// Thrown by the core (kernels never throw). `item` is the index of the mask (ring, box, row) in
/// the batch, `offset` the index inside it (of a run, char or coordinate); -1 where there is none.
class Error : public std::exception {
public:
    Error(ErrorCode code, std::string message, std::int64_t item = -1, std::int64_t offset = -1)
        : code_(code), message_(std::move(message)), item_(item), offset_(offset) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] std::int64_t item() const noexcept { return item_; }
    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

    /// The same error, said of mask `item` of a batch.
    [[nodiscard]] Error at(std::int64_t item) const { return {code_, message_, item, offset_}; }

private:
    ErrorCode code_;
    std::string message_;
    std::int64_t item_;
    std::int64_t offset_;
};

}  // namespace cocodec
