// Walking over JSON text: numbers, members, identities of ids, UTF-8.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "check.hpp"
#include "cocodec/segmentation.hpp"
#include "json/number.hpp"
#include "json/scan.hpp"

namespace {

using namespace cocodec;

/// The number that `text` is, read where the text ends with it and where more follows.
double number(std::string_view text) {
    double value = -12345, within = -12345;
    check::equal(json::parse_number(text, 0, value), text.size());
    check::equal(json::parse_number(std::string(text) + ", 17, 4]", 0, within), text.size());
    check::that(std::signbit(value) == std::signbit(within) && value == within);
    return value;
}

const check::Test numbers("numbers are rounded as strtod rounds them", [] {
    for (const char* text : {"0",
                             "-0",
                             "1",
                             "-1",
                             "10",
                             "0.1",
                             "175.16666666666669",
                             "174.1684027777778",
                             "1e22",
                             "1e23",
                             "9007199254740993",
                             "9007199254740992",
                             "123456789012345678901234567890",
                             "1e-22",
                             "1e-23",
                             "2.2250738585072011e-308",
                             "4.9e-324",
                             "2e-324",
                             "1.7976931348623157e308",
                             "0.000001e6",
                             "9.999999747378752e-06",
                             "0.30000000000000004",
                             "18446744073709551616",
                             "1E+2",
                             "5e-1",
                             "100000000000000000000000e-23",
                             "0.00000000000000000000000000000000000001",
                             "3.0"}) {
        check::equal(number(text), std::strtod(text, nullptr));
    }
    check::that(std::signbit(number("-0")));
    check::equal(number("1e999"), std::numeric_limits<double>::infinity());
    check::equal(number("-1e99999999999999999999"), -std::numeric_limits<double>::infinity());
    check::equal(number("1e-999"), 0.0);
    check::equal(number("0e99999"), 0.0);
    for (const char* text : {"", "-", ".5", "1.", "1e", "1e+", "01", "-01", "NaN", "Infinity", "+1",
                             "-Infinity", "e5"}) {
        double value = 0;
        check::equal(json::parse_number(text, 0, value), std::size_t{0});
        check::equal(json::parse_number(text + std::string(", 17, 4]"), 0, value), std::size_t{0});
    }
});

const check::Test random_numbers("a hundred thousand random numbers round as strtod does", [] {
    std::mt19937_64 random(7);
    char text[64];
    for (int i = 0; i < 100000; ++i) {
        const auto digits = static_cast<int>(random() % 20);
        const double size = std::pow(10.0, static_cast<double>(random() % 60) - 30);
        const double value = (static_cast<double>(random() % 2000001) - 1e6) / 1e6 * size;
        std::snprintf(text, sizeof text, i % 2 != 0 ? "%.*e" : "%.*f", digits, value);
        check::equal(number(text), std::strtod(text, nullptr));
    }
});

const check::Test members("members: the last of a key counts, escaped keys are read", [] {
    const std::string_view keys[] = {"id", "b"};
    json::Member found[2];
    const std::string_view object =
        R"( {"id": 1, "x": {"id": [2, "}"]}, "\u0069d" :"a\"]", "z":[], "c":null} )";
    json::find_members(object, keys, 2, found);
    check::equal(std::string(found[0].value.of(object)), std::string("\"a\\\"]\""));
    check::that(!found[0].spaced);
    check::that(!found[1].value.found());
    json::find_members("{}", keys, 2, found);
    check::that(!found[0].value.found());
    for (const char* bad :
         {"", "[", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{\"a\":[1}", "{\"a",
          "{\"a\":\"b", "{a:1}", "{\"a\" 1}", "{\"\\u12\":1}", "{\"\\q\":1}"}) {
        bool refused = false;
        try {
            json::find_members(bad, keys, 2, found);
        } catch (const Error& error) {
            refused = error.code() == ErrorCode::bad_json;
        }
        // "[1}" is closed as far as this scanner, which counts brackets, can tell.
        if (std::string_view(bad) != "{\"a\":[1}") check::that(refused);
    }
});

const check::Test identities("ids are the same if their values are", [] {
    const auto identity = [](std::string_view text) {
        std::string out;
        json::append_identity(text, out);
        return out;
    };
    check::equal(identity("1"), identity("1.0"));
    check::equal(identity("1"), identity("10e-1"));
    check::equal(identity("-0"), identity("0.00"));
    check::equal(identity("120"), identity("1.2E+2"));
    check::equal(identity("\"a\\u0041\\/\""), identity("\"aA/\""));
    check::equal(identity("\"\\ud83d\\ude00\""), identity("\"\xF0\x9F\x98\x80\""));
    // Where one byte more is needed.
    check::equal(identity("\"\\u007f\\u0080\""), identity("\"\x7F\xC2\x80\""));
    check::equal(identity("\"\\u07ff\\u0800\""), identity("\"\xDF\xBF\xE0\xA0\x80\""));
    check::equal(identity("\"\\uffff\\ud800\\udc00\""),
                 identity("\"\xEF\xBF\xBF\xF0\x90\x80\x80\""));
    check::that(identity("1") != identity("\"1\""));
    check::that(identity("1") != identity("-1"));
    check::that(identity("1") != identity("true"));
    check::that(identity("12") != identity("120"));
    // Beyond what a double can tell apart.
    check::that(
        identity("24057778806791742550516429517855579255991267211949624974827210018868072560176") !=
        identity("24057778806791742550516429517855579255991267211949624974827210018868072560177"));
    check::that(identity("1e99999999999999999") != identity("1e99999999999999998"));
});

const check::Test utf8("the first byte that is not UTF-8", [] {
    const auto place = [](std::string_view text) { return find_invalid_utf8(text); };
    check::equal(place(""), std::size_t{0});
    check::equal(place("abc\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 and so on"), std::size_t{24});
    check::equal(place("0123456789\xFF"), std::size_t{10});
    check::equal(place("a\xC0\x80"), std::size_t{1});
    check::equal(place("\xED\xA0\x80"), std::size_t{0});
    check::equal(place("\xF4\x90\x80\x80"), std::size_t{0});
    check::equal(place("ab\xE2\x82"), std::size_t{2});
});

}  // namespace
