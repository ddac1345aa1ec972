// The values of records, by key: where they lie, of what kind they are, and as columns of numbers.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <system_error>
#include <utility>

#include "cocodec/error.hpp"
#include "cocodec/records.hpp"
#include "json/number.hpp"
#include "json/scan.hpp"
#include "json/space.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of scanning one byte of a record, for the choice of threads.
constexpr double scanned_byte_ns = 0.5;

bool is_object(std::string_view record) {
    return !record.empty() && record[0] == '{';
}

/// No integer of so many chars is rounded.
constexpr std::size_t surely_exact = 15;

/// An integer that a double holds exactly; `value` is what its text was rounded to.
bool is_exact(std::string_view text, double value) {
    std::int64_t integer = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), integer);
    constexpr double limit = 9223372036854775808.0;  // 2^63: from here on the cast would overflow
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value < limit &&
           static_cast<std::int64_t>(value) == integer;
}

/// Whether `value` is what the number `text` says, or the double nearest to a fraction.
bool is_faithful(std::string_view text, double value) {
    if (text.size() <= surely_exact) return true;
    return json_kind(text) == JsonKind::floating || is_exact(text, value);
}

/// The number that is all of `text`. False if it is none, or an integer that no double is equal to.
bool read_double(std::string_view text, double& value) {
    if (text.empty() || json::parse_number(text, 0, value) != text.size()) return false;
    return is_faithful(text, value);
}

/// The same for a number that comes next in `text`.
bool take_double(std::string_view text, std::size_t& at, double& value) {
    at = json::skip_space(text, at);
    const std::size_t end = json::parse_number(text, at, value);
    const bool taken = end != at && is_faithful(text.substr(at, end - at), value);
    at = end;
    return taken;
}

bool take(std::string_view text, std::size_t& at, char c) {
    at = json::skip_space(text, at);
    if (at == text.size()) return false;
    return text[at++] == c;
}

/// Counts keys, one record after the other.
class KeyCounter {
public:
    void add(std::string_view record) {
        if (!is_object(record)) return;
        ++records_;
        expected_ = 0;
        json::Scanner scanner(record);
        scanner.expect('{');
        if (scanner.accept('}')) return;
        do {
            count(scanner.string());
            scanner.expect(':');
            scanner.value();
        } while (scanner.more('}'));
    }

    /// Adds the counts of records that lie behind these.
    void merge(const KeyCounter& other) {
        for (const KeyCount& key : other.keys_) counter(key.key).records += key.records;
    }
    [[nodiscard]] std::vector<KeyCount> take() { return std::move(keys_); }

private:
    void count(std::string_view raw) {
        // Most records have their keys in one order.
        const bool guessed = expected_ < keys_.size() && keys_[expected_].key == raw;
        const std::size_t index = guessed ? expected_ : find(raw);
        expected_ = index + 1;
        if (last_[index] == records_) return;  // the key comes twice
        last_[index] = records_;
        ++keys_[index].records;
    }
    std::size_t find(std::string_view raw) {
        std::string key;
        json::unescape(raw, key);
        counter(key);
        return places_.find(key)->second;
    }
    KeyCount& counter(const std::string& key) {
        const auto [place, added] = places_.try_emplace(key, keys_.size());
        if (added) {
            keys_.push_back({key, 0});
            last_.push_back(0);
        }
        return keys_[place->second];
    }

    std::map<std::string, std::size_t, std::less<>> places_;
    std::vector<KeyCount> keys_;
    std::vector<std::uint64_t> last_;  // of each key, the number of the record that had it last
    std::uint64_t records_ = 0;
    std::size_t expected_ = 0;
};

}  // namespace

void find_values(const RecordsView& records, const std::vector<std::string_view>& keys,
                 Span* places, JsonKind* kinds, int threads) {
    parallel_for(
        records.length, scanned_byte_ns * records.bytes(), threads,
        [&](std::size_t first, std::size_t last) {
            std::vector<json::Member> members(keys.size());
            for (std::size_t i = first; i < last; ++i) {
                const std::string_view record = records[i];
                const bool object = is_object(record);
                if (object) json::find_members(record, keys.data(), keys.size(), members.data());
                for (std::size_t k = 0; k < keys.size(); ++k) {
                    const Span value = object ? members[k].value : Span{};
                    const std::size_t at = k * records.length + i;
                    kinds[at] = value.found() ? json_kind(value.of(record)) : JsonKind::missing;
                    const std::int64_t begin = records.spans[i].begin;
                    places[at] =
                        value.found() ? Span{value.begin + begin, value.end + begin} : Span{};
                }
            }
        });
}

std::vector<KeyCount> count_keys(const RecordsView& records, int threads) {
    auto counters =
        parallel_pieces<KeyCounter>(records.length, scanned_byte_ns * records.bytes(), threads,
                                    [&](std::size_t first, std::size_t last, KeyCounter& counter) {
                                        for (std::size_t i = first; i < last; ++i)
                                            counter.add(records[i]);
                                    });
    for (std::size_t part = 1; part < counters.size(); ++part) counters[0].merge(counters[part]);
    return counters[0].take();
}

bool parse_integers(const RecordsView& values, std::int64_t* out) {
    for (std::size_t i = 0; i < values.length; ++i) {
        if (!values.spans[i].found()) continue;
        const std::string_view text = values[i];
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out[i]);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return false;
    }
    return true;
}

bool parse_doubles(const RecordsView& values, double* out) {
    for (std::size_t i = 0; i < values.length; ++i) {
        if (values.spans[i].found() && !read_double(values[i], out[i])) return false;
    }
    return true;
}

bool parse_lists(const RecordsView& values, std::size_t width, double* out) {
    for (std::size_t i = 0; i < values.length; ++i) {
        if (!values.spans[i].found()) continue;
        const std::string_view list = values[i];
        std::size_t at = 0;
        if (!take(list, at, '[')) return false;
        for (std::size_t k = 0; k < width; ++k) {
            if (k > 0 && !take(list, at, ',')) return false;
            if (!take_double(list, at, out[i * width + k])) return false;
        }
        if (!take(list, at, ']')) return false;
    }
    return true;
}

std::vector<Span> list_elements(std::string_view list) {
    std::vector<Span> elements;
    json::Scanner scanner(list);
    scanner.expect('[');
    if (scanner.accept(']')) return elements;
    do {
        const std::size_t size = scanner.value().size();
        const auto end = static_cast<std::int64_t>(scanner.at());
        elements.push_back({end - static_cast<std::int64_t>(size), end});
    } while (scanner.more(']'));
    return elements;
}

std::vector<MemberPlace> object_members(std::string_view object) {
    std::vector<MemberPlace> members;
    json::Scanner scanner(object);
    scanner.expect('{');
    if (scanner.accept('}')) return members;
    const auto taken = [&](std::size_t size) {
        const auto end = static_cast<std::int64_t>(scanner.at());
        return Span{end - static_cast<std::int64_t>(size), end};
    };
    do {
        const Span key = taken(scanner.string().size() + 2);
        scanner.expect(':');
        const std::size_t size = scanner.value().size();
        members.push_back({key, taken(size)});
    } while (scanner.more('}'));
    return members;
}

}  // namespace cocodec
