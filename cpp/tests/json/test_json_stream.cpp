// Lists in pieces: the same values wherever the text is cut, and nothing taken before it is whole.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "cocodec/json_stream.hpp"

namespace {

using namespace cocodec;

std::vector<std::string> values_of(std::string_view text, const Stretch& stretch) {
    std::vector<std::string> out;
    for (const Span& value : stretch.values) out.emplace_back(value.of(text));
    return out;
}

constexpr std::size_t all = static_cast<std::size_t>(-1);

/// What is found if `window` bytes come at a time, and what has been taken goes.
std::vector<std::string> in_pieces(const std::string& text, std::size_t window, bool lines) {
    std::vector<std::string> out;
    std::string held;
    std::size_t read = 0;
    StretchStart start;
    start.separator = lines ? Separator::space : Separator::comma;
    for (;;) {
        const Stretch stretch = split_values(held, start, all);
        for (std::string& value : values_of(held, stretch)) out.push_back(std::move(value));
        if (stretch.closed || start.last) return out;
        if (!stretch.values.empty()) start.first = false;
        held.erase(0, stretch.at);
        held += text.substr(std::min(read, text.size()), window);
        start.last = read >= text.size();
        read += window;
    }
}

const check::Test pieces("the same values wherever the text is cut", [] {
    const std::string inside =
        R"( {"a": "]}\"\\", "b": [1, [2, {"c": "x,y"}]]} , -1.5e3,null ,"\\\"[" ,[],true, 7)"
        R"(, [12345678901234567890123456789012345678901234567890, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])";
    const std::vector<std::string> expected = in_pieces(inside + " ] ", 10000, false);
    check::equal(expected.size(), 8U);
    check::equal(expected[3], std::string(R"("\\\"[")"));
    for (std::size_t window = 1; window < inside.size() + 3; ++window) {
        check::equal(in_pieces(inside + "]", window, false) == expected, true);
    }
    const std::string lines = "{\"a\": [1]}\n{}\r\n [2] 3 \"x\" 17";
    const std::vector<std::string> values = in_pieces(lines, 10000, true);
    check::equal(values.size(), 6U);
    check::equal(values.back(), std::string("17"));
    for (std::size_t window = 1; window < lines.size() + 3; ++window) {
        check::equal(in_pieces(lines, window, true) == values, true);
    }
});

const check::Test cut("a number at the end may go on", [] {
    check::equal(split_values("1, 2", {}, all).values.size(), 1U);
    check::equal(split_values("1, 2 ", {}, all).values.size(), 2U);
    check::equal(whole_value("  12", 0, false), 0U);
    check::equal(whole_value("  12", 0, true), 4U);
    check::equal(whole_value(" [1, 2", 0, true), 0U);
    check::equal(whole_value("", 0, true), 0U);
});

const check::Test limits("no more values than asked for", [] {
    const Stretch stretch = split_values("1,2,3]", {}, 2);
    check::equal(stretch.values.size(), 2U);
    check::equal(stretch.at, 3U);
    check::equal(stretch.closed, false);
});

const check::Test broken("a missing comma is named with its place", [] {
    for (const auto& [text, offset] : {std::pair{"1 2 ", 2}, {"1,,2", 2}, {"{} }", 3}, {":", 0}}) {
        try {
            split_values(text, {}, all);
            check::fail(text);
        } catch (const Error& error) {
            check::equal(error.offset(), static_cast<std::int64_t>(offset));
            check::equal(error.code() == ErrorCode::bad_json, true);
        }
    }
});

}  // namespace
