// The limits of the process.

#include "cocodec/limits.hpp"

#include <atomic>
#include <charconv>
#include <cstdlib>

#include "cocodec/error.hpp"

namespace cocodec {
namespace {

/// Each by itself, so that two threads may ask and set at once.
struct Kept {
    std::atomic<std::uint64_t> columns, masks, box_pixels, pixels, document;

    explicit Kept(const Limits& limits)
        : columns(limits.columns),
          masks(limits.masks),
          box_pixels(limits.box_pixels),
          pixels(limits.pixels),
          document(limits.document) {}
};

Kept& kept() {
    const auto standard = [] {
        const char* const set = std::getenv("COCODEC_LIMITS");
        return parse_limits(set == nullptr ? "" : set);
    };
    static Kept limits(standard());
    return limits;
}

}  // namespace

std::uint64_t* find_limit(Limits& limits, std::string_view name) noexcept {
    if (name == "columns") return &limits.columns;
    if (name == "masks") return &limits.masks;
    if (name == "box_pixels") return &limits.box_pixels;
    if (name == "pixels") return &limits.pixels;
    if (name == "document") return &limits.document;
    return nullptr;
}

Limits parse_limits(const std::string& text) {
    Limits found;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(','));
        rest.remove_prefix(one.size() < rest.size() ? one.size() + 1 : one.size());
        const std::size_t equals = one.find('=');
        std::uint64_t* const limit = find_limit(found, one.substr(0, equals));
        const char* const end = one.data() + one.size();
        const char* const number = equals < one.size() ? one.data() + equals + 1 : end;
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(number, end, value);
        if (limit == nullptr || parsed.ec != std::errc() || parsed.ptr != end) {
            throw Error(ErrorCode::bad_option,
                        "COCODEC_LIMITS is \"" + text +
                            "\", expected NAME=NUMBER, several with commas between them; the names "
                            "are columns, masks, box_pixels, pixels and document");
        }
        *limit = value;
    }
    return found;
}

Limits limits() {
    const Kept& now = kept();
    return {now.columns, now.masks, now.box_pixels, now.pixels, now.document};
}

void set_limits(const Limits& limits) {
    Kept& now = kept();
    now.columns = limits.columns;
    now.masks = limits.masks;
    now.box_pixels = limits.box_pixels;
    now.pixels = limits.pixels;
    now.document = limits.document;
}

}  // namespace cocodec
