// Any bytes as a counts string: refused with an Error, or parsed, formatted and parsed to the same
// runs; nothing that is read off those runs may crash, however wrong their size is.
#include <cstdint>
#include <string_view>

#include "cocodec/counts.hpp"
#include "cocodec/error.hpp"

#include "oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const cocodec::Size image{input.take<std::int16_t>(), input.take<std::int16_t>()};
    cocodec::Buffer<std::uint32_t> runs;
    try {
        cocodec::parse_counts({input.text(), input.left()}, runs);
    } catch (const cocodec::Error& error) {
        fuzz::require(
            error.offset() >= 0 && error.offset() < static_cast<std::int64_t>(input.left()),
            "the place of an error lies in the string");
        fuzz::require(runs.empty(), "a refused string leaves the buffer as it was");
        return 0;
    }
    const cocodec::RleView mask{runs.data(), runs.size(), image};
    cocodec::Buffer<char> text;
    cocodec::format_counts(mask, text);
    cocodec::Buffer<std::uint32_t> again;
    cocodec::parse_counts({text.data(), text.size()}, again);
    fuzz::require(again.size() == runs.size(), "as many runs come back");
    for (std::size_t i = 0; i < runs.size(); ++i)
        fuzz::require(again[i] == runs[i], "the same runs");
    try {
        cocodec::validate(mask);
    } catch (const cocodec::Error&) {
        return 0;
    }
    const cocodec::Box box = cocodec::bbox(mask);
    const auto box_area =
        static_cast<std::uint64_t>(box.width) * static_cast<std::uint64_t>(box.height);
    fuzz::require(cocodec::area(mask) <= box_area, "the box holds the mask");
    fuzz::require(cocodec::equal(mask, mask), "a mask equals itself");
    return 0;
}
