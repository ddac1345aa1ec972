// What a JSON value is, as its first byte shows, and of a number whether it is a fraction.

#include <array>
#include <cstdint>

#include "cocodec/error.hpp"
#include "cocodec/json.hpp"
#include "json/scan.hpp"

namespace cocodec {
namespace {

/// What the chars of a number are: digits and signs, or what only fractions have.
enum NumberClass : std::uint8_t { foreign = 0, plain, fractional };

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = '0'; c <= '9'; ++c) classes[c] = plain;
    classes['+'] = classes['-'] = plain;
    classes['.'] = classes['e'] = classes['E'] = fractional;
    return classes;
}
constexpr std::array<std::uint8_t, 256> classes = make_classes();

}  // namespace

JsonKind json_kind(std::string_view value) {
    switch (value.empty() ? '\0' : value[0]) {
        case 'n':
            return JsonKind::null;
        case 'f':
            return JsonKind::false_;
        case 't':
            return JsonKind::true_;
        case '"':
            return JsonKind::string;
        case '[':
            return JsonKind::list;
        case '{':
            return JsonKind::object;
        default:
            break;
    }
    bool fraction = false, number = !value.empty();
    for (const char c : value) {
        const std::uint8_t what = classes[static_cast<unsigned char>(c)];
        number = number && what != foreign;
        fraction = fraction || what == fractional;
    }
    if (!number) throw Error(ErrorCode::bad_json, json::excerpt(value) + " is no JSON value");
    return fraction ? JsonKind::floating : JsonKind::integer;
}

}  // namespace cocodec
