// Any bytes as JSON: refused with an Error, or the same keys whatever number of them is asked for,
// each a string in the text.
#include <cstdint>
#include <string_view>

#include "cocodec/duplicate_keys.hpp"
#include "cocodec/error.hpp"

#include "oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto all = cocodec::find_duplicate_keys(text, size);
        fuzz::require(all.first.size() == all.count, "all are named");
        for (const cocodec::Span key : all.first) {
            const std::string_view quoted = key.of(text);
            fuzz::require(quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"',
                          "a key is a string");
        }
        const auto two = cocodec::find_duplicate_keys(text, 2);
        fuzz::require(two.count == all.count, "the limit does not change the number");
        for (std::size_t i = 0; i < two.first.size(); ++i)
            fuzz::require(two.first[i].begin == all.first[i].begin, "the first are the first");
    } catch (const cocodec::Error&) {
    }
    return 0;
}
