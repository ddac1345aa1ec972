// Rows by id: a hash table from what an id means to the rows that have it. Nearly all ids are whole
// numbers, and those are looked up as numbers.

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include "cocodec/records.hpp"
#include "json/scan.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of looking one id up, for the choice of threads.
constexpr double lookup_ns = 60;
// So many digits fit 64 bits.
constexpr std::size_t most_id_digits = 18;

/// A whole number that is spelled in the one usual way. False for all else.
bool read_plain(std::string_view text, std::int64_t& value) noexcept {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > most_id_digits) return false;
    if (text[0] == '0' && (negative || text.size() > 1)) return false;
    value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    if (negative) value = -value;
    return true;
}

/// The same of a number that is spelled otherwise, by its identity: "n12e2" is 1200.
bool read_identity(std::string_view identity, std::int64_t& value) noexcept {
    if (identity == "n0") {
        value = 0;
        return true;
    }
    const std::size_t e = identity.find('e');
    if (identity[0] != 'n' || e == std::string_view::npos) return false;
    std::size_t zeros = 0;
    const char* const end = identity.data() + identity.size();
    const auto parsed = std::from_chars(identity.data() + e + 1, end, zeros);
    if (parsed.ec != std::errc() || parsed.ptr != end || zeros > most_id_digits) return false;
    const std::size_t digits = e - (identity[1] == '-' ? 2 : 1);
    if (digits + zeros > most_id_digits) return false;
    std::from_chars(identity.data() + 1, identity.data() + e, value);
    for (; zeros > 0; --zeros) value *= 10;
    return true;
}

/// What an id means: a whole number of few digits, or else what stands in `name`.
bool is_number(std::string_view id, std::int64_t& number, std::string& name) {
    if (read_plain(id, number)) return true;
    name.clear();
    json::append_identity(id, name);
    return read_identity(name, number);
}

}  // namespace

/// Rows in groups of one id: group g has rows[starts[g]] up to rows[starts[g + 1]], ascending.
struct IdIndex::Entries {
    std::unordered_map<std::int64_t, std::size_t> numbers;  // groups by id
    std::unordered_map<std::string, std::size_t> names;
    std::vector<std::size_t> starts;
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> parts;  // of every row; empty: all in one

    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// The group of an id, `none` if there is none. `name` is room to work in.
    [[nodiscard]] std::size_t find(std::string_view id, std::string& name) const {
        std::int64_t number = 0;
        if (is_number(id, number, name)) {
            const auto found = numbers.find(number);
            return found == numbers.end() ? none : found->second;
        }
        const auto found = names.find(name);
        return found == names.end() ? none : found->second;
    }
    /// The group of an id: `next`, if it has none yet.
    std::size_t add(std::string_view id, std::string& name, std::size_t next) {
        std::int64_t number = 0;
        if (is_number(id, number, name)) return numbers.try_emplace(number, next).first->second;
        return names.try_emplace(name, next).first->second;
    }
    [[nodiscard]] std::int32_t part_of(std::int64_t row) const {
        return parts.empty() ? 0 : parts[static_cast<std::size_t>(row)];
    }
    /// The last row of a group that belongs to `part`, -1 if there is none.
    [[nodiscard]] std::int64_t last_of(std::size_t group, std::int32_t part) const {
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(starts[group]);
        const auto last = rows.begin() + static_cast<std::ptrdiff_t>(starts[group + 1]);
        const auto behind = std::upper_bound(
            first, last, part, [&](std::int32_t p, std::int64_t row) { return p < part_of(row); });
        if (behind == first || part_of(*std::prev(behind)) != part) return -1;
        return *std::prev(behind);
    }
};

IdIndex::IdIndex(const RecordsView& ids, const std::int32_t* parts)
    : table_(std::make_unique<Entries>()) {
    constexpr std::size_t none = Entries::none;
    if (parts != nullptr) table_->parts.assign(parts, parts + ids.length);
    std::vector<std::size_t> group_of(ids.length, none), ends;
    std::string name;
    for (std::size_t i = 0; i < ids.length; ++i) {
        if (!ids.spans[i].found()) continue;
        group_of[i] = table_->add(ids[i], name, ends.size());
        if (group_of[i] == ends.size()) ends.push_back(0);
        ++ends[group_of[i]];
    }
    // Sizes become ends; filling from behind turns ends into starts and keeps rows ascending.
    for (std::size_t g = 1; g < ends.size(); ++g) ends[g] += ends[g - 1];
    const std::size_t total = ends.empty() ? 0 : ends.back();
    table_->rows.resize(total);
    for (std::size_t i = ids.length; i-- > 0;) {
        if (group_of[i] != none) table_->rows[--ends[group_of[i]]] = static_cast<std::int64_t>(i);
    }
    ends.push_back(total);
    table_->starts = std::move(ends);
}

IdIndex::IdIndex(IdIndex&&) noexcept = default;
IdIndex& IdIndex::operator=(IdIndex&&) noexcept = default;
IdIndex::~IdIndex() = default;

std::vector<std::int64_t> IdIndex::positions(std::string_view id) const {
    std::string name;
    const std::size_t group = table_->find(id, name);
    if (group == Entries::none) return {};
    const auto begin = table_->rows.begin();
    return {begin + static_cast<std::ptrdiff_t>(table_->starts[group]),
            begin + static_cast<std::ptrdiff_t>(table_->starts[group + 1])};
}

void IdIndex::match(const RecordsView& ids, const std::int32_t* parts, std::int64_t* rows,
                    int threads) const {
    const double work = lookup_ns * static_cast<double>(ids.length);
    parallel_for(ids.length, work, threads, [&](std::size_t first, std::size_t last) {
        std::string name;
        for (std::size_t i = first; i < last; ++i) {
            rows[i] = -1;
            if (!ids.spans[i].found()) continue;
            const std::size_t group = table_->find(ids[i], name);
            if (group == Entries::none) continue;
            rows[i] = table_->last_of(group, parts == nullptr ? 0 : parts[i]);
        }
    });
}

std::vector<std::vector<std::int64_t>> IdIndex::duplicates() const {
    std::vector<std::vector<std::int64_t>> result;
    for (std::size_t g = 0; g + 1 < table_->starts.size(); ++g) {
        std::size_t at = table_->starts[g];
        const std::size_t end = table_->starts[g + 1];
        while (at < end) {
            const std::int32_t part = table_->part_of(table_->rows[at]);
            std::vector<std::int64_t> same;
            for (; at < end && table_->part_of(table_->rows[at]) == part; ++at) {
                same.push_back(table_->rows[at]);
            }
            if (same.size() > 1) result.push_back(std::move(same));
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace cocodec
