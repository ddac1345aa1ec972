// Any bytes as what other formats hold: Label Studio's brush, lines of numbers, lists of numbers in
// JSON, rings that are plain, walks over centres. Refused, or what is written reads back the same.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cocodec/brush.hpp"
#include "cocodec/centres.hpp"
#include "cocodec/error.hpp"
#include "cocodec/json.hpp"
#include "cocodec/number_lists.hpp"
#include "cocodec/plain_rings.hpp"
#include "cocodec/row_text.hpp"

#include "oracle.hpp"

namespace {

using cocodec::Buffer;
using cocodec::RecordsView;
using cocodec::RleArray;
using cocodec::Size;
using cocodec::Span;

void brush(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return;
    const Size image{1 + data[0] % 40, 1 + data[1] % 40};
    const RleArray mask = cocodec::decode_brush(data + 2, size - 2, image);
    cocodec::validate(mask.view());
    Buffer<std::uint8_t> stream;
    cocodec::encode_brush(mask.view()[0], stream);
    const RleArray again = cocodec::decode_brush(stream.data(), stream.size(), image);
    fuzz::require(cocodec::equal(mask.view()[0], again.view()[0]), "a brush comes back");
}

void lines(std::string_view text) {
    const std::int64_t begins[] = {0, static_cast<std::int64_t>(text.size())};
    const cocodec::NumberLines read = cocodec::read_number_lines(text, begins, 1, "word");
    const std::size_t n = read.files.size();
    fuzz::require(read.offsets.size() == n + 1 && read.numbers.size() == n, "columns fit");
    for (std::size_t i = 0; i + 1 < read.tails.size(); i += 2)
        fuzz::require(read.tails[i] <= read.tails[i + 1], "a tail goes forward");
    const std::vector<std::uint8_t> decimals(n, 17);
    Buffer<char> printed;
    Buffer<std::int64_t> ends;
    cocodec::print_number_lines(read.values.data(), read.offsets.data(), n, {decimals.data()},
                                printed, ends);
    fuzz::require(ends.size() == n, "an end for each line");
}

void lists(std::string_view text, int depth) {
    const Span span{0, static_cast<std::int64_t>(text.size())};
    const cocodec::NumberLists read = cocodec::read_number_lists({text, &span, 1}, depth);
    const cocodec::NumberListsView view{read.values.data(),
                                        read.values.size(),
                                        depth == 0 ? nullptr : read.lists.data(),
                                        depth == 0 ? 0 : read.lists.size() - 1,
                                        depth == 2 ? read.rows.data() : nullptr,
                                        read.spellings.data(),
                                        1};
    Buffer<char> printed;
    Buffer<Span> spans;
    cocodec::print_number_lists(view, printed, spans);
    const cocodec::NumberLists again =
        cocodec::read_number_lists({{printed.data(), printed.size()}, spans.data(), 1}, depth);
    if (read.spellings[0] == cocodec::NumberSpelling::none) return;
    fuzz::require(again.values.size() == read.values.size(), "as many numbers come back");
    for (std::size_t i = 0; i < read.values.size(); ++i)
        fuzz::require(again.values[i] == read.values[i], "the same numbers");
}

void rings(std::string_view text) {
    const Span span{0, static_cast<std::int64_t>(text.size())};
    const cocodec::PlainRings found = cocodec::find_plain_rings({text, &span, 1}, true);
    fuzz::require(found.shapes.size() == 1 && found.offsets.size() == 2, "one row");
    const bool plain = found.shapes[0] != cocodec::PlainShape::other;
    fuzz::require(plain == !found.spans.empty(), "plain rows have rings");
    for (const Span ring : found.spans) {
        const std::string_view inner = ring.of(text);
        fuzz::require(inner.size() >= 2 && inner.front() == '[' && inner.back() == ']',
                      "a ring is a list");
    }
}

void walks(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const Size image{1 + input.below(60), 1 + input.below(60)};
    std::vector<std::int32_t> xy;
    while (input.left() > 0 && xy.size() < 60) {
        xy.push_back(input.take<std::int8_t>());
        xy.push_back(input.take<std::int8_t>());
    }
    const std::int64_t offsets[] = {0, static_cast<std::int64_t>(xy.size() / 2)};
    const RleArray mask = cocodec::fill_centres(xy.data(), offsets, &image, 1, 1);
    cocodec::validate(mask.view());
    const cocodec::CentreWalks walk = cocodec::trace_centres(mask.view(), 1);
    const RleArray back =
        cocodec::fill_centres(walk.xy.data(), walk.offsets.data(), &image, 1, 1, walk.links.data());
    fuzz::require(cocodec::equal(mask.view()[0], back.view()[0]), "a walk gives its mask back");
}

/// An Error is an answer.
template <class Call>
void refused_or(const Call& call) {
    try {
        call();
    } catch (const cocodec::Error&) {
        // Refused.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    refused_or([&] { brush(data, size); });
    refused_or([&] { lines(text); });
    for (const int depth : {0, 1, 2}) refused_or([&] { lists(text, depth); });
    refused_or([&] { rings(text); });
    refused_or([&] { walks(data, size); });
    return 0;
}
