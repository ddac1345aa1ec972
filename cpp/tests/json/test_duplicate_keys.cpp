// Keys that come twice in an object.

#include <string>

#include "check.hpp"
#include "cocodec/duplicate_keys.hpp"
#include "cocodec/error.hpp"

namespace {

using namespace cocodec;

/// The number of keys that come again, and each of the first `limit` with the place of its quote.
std::string found(std::string_view text, std::size_t limit = 10) {
    const DuplicateKeys keys = find_duplicate_keys(text, limit);
    std::string out = std::to_string(keys.count);
    for (const Span key : keys.first) {
        out += ' ';
        out += std::to_string(key.begin);
        out += key.of(text);
    }
    return out;
}

const check::Test plain("keys that come again in their own object", [] {
    check::equal(found(""), std::string("0"));
    check::equal(found(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]})"), std::string("0"));
    check::equal(found(R"({"a": 1, "a": 2, "a": 3})"), std::string(R"(2 9"a" 17"a")"));
    check::equal(found(R"(["a", "a", {"a": "a", "b": ["a", "b"]}])"), std::string("0"));
    check::equal(found(R"([{"x": "}", "x\"": 1, "x": 0}])"), std::string(R"(1 22"x")"));
    check::equal(found("{\"a\": 1}\n{\"a\": 1, \"a\": 2}"), std::string(R"(1 18"a")"));
});

const check::Test escaped("keys are what they stand for", [] {
    check::equal(found(R"({"a": 1, "\u0061": 2})"), std::string(R"(1 9"\u0061")"));
    check::equal(found(R"({"\\u0061": 1, "a": 2, "/": 3, "\/": 4})"), std::string(R"(1 31"\/")"));
});

const check::Test outermost("the outermost come first, however many there are", [] {
    std::string text = R"({"k": [)";
    for (int i = 0; i < 1000; ++i) text += R"({"a": 0, "a": 0},)";
    const std::size_t outer = text.size() + 4;
    text += R"({}],"k": 0})";
    std::string expected = "1001 ";
    expected += std::to_string(outer);
    expected += R"("k" 16"a")";
    check::equal(found(text, 2), expected);
    check::equal(found(text, 0), std::string("1001"));
});

const check::Test many("objects of many keys", [] {
    std::string text = "{";
    for (int i = 0; i < 5000; ++i) {
        text += '"';
        text += std::to_string(i % 4999);
        text += "\": 0,";
    }
    text.back() = '}';
    check::equal(find_duplicate_keys(text, 3).count, std::size_t{1});
});

const check::Test broken("broken text is an error or passed over", [] {
    check::equal(found("]}]}{\"a\":1,\"a\""), std::string("0"));
    check::raises(ErrorCode::bad_json, -1, 1, [] { find_duplicate_keys(R"({"a)", 1); });
    for (const char* text : {R"({"\q": 1, "b": 2})", R"({"\u00": 1, "b": 2})"}) {
        check::raises(ErrorCode::bad_json, -1, -1, [&] { find_duplicate_keys(text, 1); });
    }
});

}  // namespace
