// One walk over the text, with a stack of the objects and lists that are open; the keys of the open
// objects lie one after the other in one vector.

#include "cocodec/duplicate_keys.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>

#include "json/scan.hpp"

namespace cocodec {
namespace {

/// What a byte means between strings.
enum Mark : std::uint8_t { other = 0, quote, open_object, open_list, close, comma };

constexpr std::array<std::uint8_t, 256> make_classes(bool in_list) {
    std::array<std::uint8_t, 256> classes{};
    classes['"'] = quote;
    classes['{'] = open_object;
    classes['['] = open_list;
    classes['}'] = classes[']'] = close;
    if (!in_list) classes[','] = comma;  // in long lists of numbers commas need no stop
    return classes;
}
constexpr std::array<std::uint8_t, 256> classes_in_list = make_classes(true);
constexpr std::array<std::uint8_t, 256> classes_in_object = make_classes(false);

/// Up to here every key is compared with every other one.
constexpr std::size_t few = 16;

class KeyWalk {
public:
    KeyWalk(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

    DuplicateKeys run() {
        for (std::size_t at = 0; (at = next(at)) < text_.size();) at = step(at);
        prune();
        DuplicateKeys out;
        out.count = count_;
        for (const Found& found : found_) out.first.push_back(found.key);
        return out;
    }

private:
    struct Open {
        bool is_object = false;
        bool wants_key = false;
        std::size_t first_key = 0;
    };

    struct Found {
        std::size_t depth = 0;
        Span key;

        bool operator<(const Found& other) const noexcept {
            return depth != other.depth ? depth < other.depth : key.begin < other.key.begin;
        }
    };

    [[nodiscard]] bool in_object() const noexcept {
        return !open_.empty() && open_.back().is_object;
    }

    /// Index of the next byte that means something, from `at` on.
    [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
        const bool object = in_object();
        const auto& classes = object ? classes_in_object : classes_in_list;
        if (!object) at = json::skip_numbers(text_, at);
        while (at < text_.size() && classes[byte(at)] == other) ++at;
        return at;
    }

    [[nodiscard]] unsigned char byte(std::size_t at) const noexcept {
        return static_cast<unsigned char>(text_[at]);
    }

    std::size_t step(std::size_t at) {
        switch (classes_in_object[byte(at)]) {
            case quote:
                return take_string(at);
            case open_object:
                open_.push_back({true, true, keys_.size()});
                break;
            case open_list:
                open_.push_back({false, false, keys_.size()});
                break;
            case close:
                close_last();
                break;
            default:
                open_.back().wants_key = true;
                break;
        }
        return at + 1;
    }

    std::size_t take_string(std::size_t at) {
        json::Scanner scanner(text_, at);
        scanner.string();
        if (in_object() && open_.back().wants_key) {
            keys_.push_back(
                {static_cast<std::int64_t>(at), static_cast<std::int64_t>(scanner.at())});
            open_.back().wants_key = false;
        }
        return scanner.at();
    }

    void close_last() {
        if (open_.empty()) return;
        const std::size_t first = open_.back().first_key;
        if (open_.back().is_object && keys_.size() - first > 1) check(first);
        keys_.resize(first);
        open_.pop_back();
    }

    [[nodiscard]] std::string_view inside(Span key) const noexcept {
        return text_.substr(static_cast<std::size_t>(key.begin) + 1,
                            static_cast<std::size_t>(key.end - key.begin) - 2);
    }

    /// Compares the keys of an object, which are those from `first` on.
    void check(std::size_t first) {
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
        const auto plain = [&](Span key) { return !json::has_escapes(inside(key)); };
        if (keys_.size() - first > few || !std::all_of(begin, keys_.end(), plain)) {
            check_sorted(first);
            return;
        }
        for (auto key = begin + 1; key != keys_.end(); ++key) {
            const auto same = [&](Span other) { return inside(other) == inside(*key); };
            if (std::any_of(begin, key, same)) remember(*key);
        }
    }

    /// The same for many keys, or keys that are not spelled as they read.
    void check_sorted(std::size_t first) {
        std::vector<std::string> names(keys_.size() - first);
        std::vector<std::size_t> order(names.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (const std::size_t i : order) json::unescape(inside(keys_[first + i]), names[i]);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
        for (std::size_t i = 1; i < order.size(); ++i) {
            if (names[order[i]] == names[order[i - 1]]) remember(keys_[first + order[i]]);
        }
    }

    /// Inner objects close before outer ones, so what comes first is known at the end only; what
    /// cannot be among it is dropped now and then.
    void remember(Span key) {
        ++count_;
        found_.push_back({open_.size(), key});
        if (found_.size() / 2 > limit_ + few) prune();
    }

    void prune() {
        std::sort(found_.begin(), found_.end());
        if (found_.size() > limit_) found_.resize(limit_);
    }

    std::string_view text_;
    std::size_t limit_;
    std::vector<Open> open_;
    std::vector<Span> keys_;
    std::vector<Found> found_;
    std::size_t count_ = 0;
};

}  // namespace

DuplicateKeys find_duplicate_keys(std::string_view text, std::size_t limit) {
    return KeyWalk(text, limit).run();
}

}  // namespace cocodec
