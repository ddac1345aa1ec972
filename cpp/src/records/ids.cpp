// Rows by id: a hash table from what an id means to the rows that have it.

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "cocodec/records.hpp"
#include "json/scan.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of looking one id up, for the choice of threads.
constexpr double lookup_ns = 150;

}  // namespace

/// Rows in groups of one id: group g has rows[starts[g]] up to rows[starts[g + 1]], ascending.
struct IdIndex::Entries {
    std::unordered_map<std::string, std::size_t> groups;
    std::vector<std::size_t> starts;
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> parts;  // of every row; empty: all in one

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
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    if (parts != nullptr) table_->parts.assign(parts, parts + ids.length);
    std::vector<std::size_t> group_of(ids.length, none), ends;
    std::string identity;
    for (std::size_t i = 0; i < ids.length; ++i) {
        if (!ids.spans[i].found()) continue;
        identity.clear();
        json::append_identity(ids[i], identity);
        const auto [place, added] = table_->groups.try_emplace(identity, ends.size());
        if (added) ends.push_back(0);
        group_of[i] = place->second;
        ++ends[place->second];
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
    std::string identity;
    json::append_identity(id, identity);
    const auto found = table_->groups.find(identity);
    if (found == table_->groups.end()) return {};
    const auto begin = table_->rows.begin();
    return {begin + static_cast<std::ptrdiff_t>(table_->starts[found->second]),
            begin + static_cast<std::ptrdiff_t>(table_->starts[found->second + 1])};
}

void IdIndex::match(const RecordsView& ids, const std::int32_t* parts, std::int64_t* rows,
                    int threads) const {
    const double work = lookup_ns * static_cast<double>(ids.length);
    parallel_for(ids.length, work, threads, [&](std::size_t first, std::size_t last) {
        std::string identity;
        for (std::size_t i = first; i < last; ++i) {
            rows[i] = -1;
            if (!ids.spans[i].found()) continue;
            identity.clear();
            json::append_identity(ids[i], identity);
            const auto found = table_->groups.find(identity);
            if (found == table_->groups.end()) continue;
            rows[i] = table_->last_of(found->second, parts == nullptr ? 0 : parts[i]);
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
