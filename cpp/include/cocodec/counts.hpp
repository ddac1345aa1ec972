// The compressed counts string <-> runs.
//
// Five data bits per char, bit 5 = "more follows", + 48, so the alphabet is chr(48)..chr(111). The
// last group is sign-extended from its bit 4. From index 3 on a run is stored as its difference to
// the run two places back. (COCO API, cocodataset.org/#format-data; pycocotools common/maskApi.c.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// Appends the runs of `text` to `out`. Throws Error{bad_counts | bad_run} with the index of the
/// char and leaves `out` as it was. Does not check the sum; see `validate`.
void parse_counts(std::string_view text, Buffer<std::uint32_t>& out);

/// Appends the string of `mask` to `out`: at most 7 chars a run.
void format_counts(RleView mask, Buffer<char>& out);

/// Appends the runs of a text that is base64 of a counts string of `size`; false, and nothing
/// appended, if it is anything else. To be asked where the text itself is no counts string.
bool parse_base64_counts(std::string_view text, Size size, Buffer<std::uint32_t>& out);

/// What a text that is no counts string of `size` seems to be, and what to do: a part of a sentence
/// to be put behind a refusal, "; ..."; empty if it looks like nothing known.
std::string describe_counts(std::string_view text, Size size);
/// The same of a list of runs.
std::string describe_runs(const std::uint32_t* runs, std::size_t length, Size size);

}  // namespace cocodec
