// Any bytes as a list in pieces: the values are those of the whole text, or a place is refused.
#include <cstdint>
#include <string_view>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/json_split.hpp"
#include "cocodec/json_stream.hpp"
#include "cocodec/records.hpp"

#include "oracle.hpp"

namespace {

/// Values as spans of `text`, found with only its first `window`, 2 `window`, ... bytes at hand.
bool grow(std::string_view text, std::size_t window, cocodec::Separator separator,
          std::vector<cocodec::Span>& out) {
    cocodec::StretchStart start;
    start.separator = separator;
    for (std::size_t size = window;; size += window) {
        start.last = size >= text.size();
        const cocodec::Stretch stretch =
            cocodec::split_values(text.substr(0, size), start, static_cast<std::size_t>(-1));
        out.insert(out.end(), stretch.values.begin(), stretch.values.end());
        fuzz::require(stretch.at >= start.at && stretch.at <= text.size(), "it goes forward");
        if (stretch.closed) return true;
        if (start.last) return false;
        start.at = stretch.at;
        start.first = start.first && stretch.values.empty();
    }
}

/// What is split at once is split as by those who count brackets.
void split_at_once(std::string_view text) {
    static_cast<void>(cocodec::split_object(text, {"a"}));
    const auto elements = cocodec::split_list(text);
    if (!elements) return;
    const std::size_t start = text.find('[');
    const auto expected = cocodec::list_elements(text.substr(start));
    fuzz::require(elements->size() == expected.size(), "as many elements");
    for (std::size_t i = 0; i < expected.size(); ++i) {
        fuzz::require((*elements)[i].of(text) == expected[i].of(text.substr(start)),
                      "the same elements");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t window = 1 + input.take<std::uint8_t>();
    const auto separator =
        input.take<std::uint8_t>() % 2 ? cocodec::Separator::space : cocodec::Separator::comma;
    const std::string_view text(input.text(), input.left());
    split_at_once(text);
    std::vector<cocodec::Span> pieces, whole;
    bool closed = false, refused = false;
    try {
        closed = grow(text, text.size() + 1, separator, whole);
    } catch (const cocodec::Error& error) {
        fuzz::require(error.offset() >= 0 && error.offset() <= static_cast<std::int64_t>(size),
                      "the place lies in the text");
        refused = true;
    }
    try {
        const bool same = grow(text, window, separator, pieces) == closed;
        fuzz::require(!refused && same, "pieces end as the whole does");
    } catch (const cocodec::Error&) {
        fuzz::require(refused, "pieces are refused where the whole is");
        return 0;
    }
    fuzz::require(pieces.size() == whole.size(), "as many values");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        fuzz::require(pieces[i].begin == whole[i].begin && pieces[i].end == whole[i].end,
                      "the same values");
    }
    return 0;
}
