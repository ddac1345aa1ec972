// Records, the objects in a document's lists: found, read and edited where they lie.
//
// Nothing here builds a tree. A record is a span of text; reading finds the spans of its values,
// and an edit makes the record's text anew with some values spliced in, every other byte as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cocodec/json.hpp"

namespace cocodec {

/// Finds, for each of `keys`, its value in every record: places[k * records.length + i], in the
/// text of record i; of a key that comes twice the last counts, as for json.load. `kinds` goes with
/// it. A record that is no object has no values. O(bytes). Throws Error{bad_json}.
void find_values(const RecordsView& records, const std::vector<std::string_view>& keys,
                 Span* places, JsonKind* kinds, int threads = 1);

/// A key, unescaped, and how many records have it.
struct KeyCount {
    std::string key;
    std::int64_t records = 0;
};

/// All keys of the records, in the order in which they first appear. O(bytes).
std::vector<KeyCount> count_keys(const RecordsView& records, int threads = 1);

/// Reads integers; where there is no value `out` is left as it was. False if one is no integer or
/// does not fit; what `out` holds then means nothing.
bool parse_integers(const RecordsView& values, std::int64_t* out);

/// Reads numbers, correctly rounded, as `parse_integers` does. False if one is no number, or an
/// integer that no double is equal to.
bool parse_doubles(const RecordsView& values, double* out);

/// Reads lists of `width` numbers each into rows of `out`, as `parse_doubles` does. False if one is
/// anything else.
bool parse_lists(const RecordsView& values, std::size_t width, double* out);

/// Where the elements of a list, given as JSON text, lie. O(bytes). Throws Error{bad_json}.
std::vector<Span> list_elements(std::string_view list);

/// A member of an object: its key with the quotes, and its value.
struct MemberPlace {
    Span key;
    Span value;
};

/// Where the members of an object, given as JSON text, lie. O(bytes). Throws Error{bad_json}.
std::vector<MemberPlace> object_members(std::string_view object);

/// Rows by id. Ids are told apart by the value of their JSON text: 1 and 1.0 are one id; 1, "1" and
/// true are three. `parts` (one per row, ascending; nullptr: all in one) are the documents that
/// they belong to, each with ids of its own.
class IdIndex {
public:
    /// O(bytes) for the values of the ids; rows without one are not in it. Throws Error{bad_json}.
    IdIndex(const RecordsView& ids, const std::int32_t* parts);
    IdIndex(IdIndex&&) noexcept;
    IdIndex& operator=(IdIndex&&) noexcept;
    ~IdIndex();

    /// The rows, ascending, that have the id with this JSON text, in all parts.
    [[nodiscard]] std::vector<std::int64_t> positions(std::string_view id) const;
    /// For each of `ids` the last row of the same part that has it, -1 if there is none. Safe from
    /// many threads.
    void match(const RecordsView& ids, const std::int32_t* parts, std::int64_t* rows,
               int threads = 1) const;
    /// Rows that share their id with another of their part: one list per id, by first row.
    [[nodiscard]] std::vector<std::vector<std::int64_t>> duplicates() const;

private:
    struct Entries;
    std::unique_ptr<Entries> table_;
};

/// JSON text of values. Those that begin before `verbatim_from` have no white space, and are spaced
/// as the record is that they go to; the others are spliced in as they are.
struct ValuesView {
    std::string_view text;
    std::int64_t verbatim_from = 0;
};

/// New values for keys of records. places[k * n + i] is the value of keys[k] in record i: a span of
/// values[k].text, `keep` or `remove`.
struct EditsView {
    std::vector<std::string_view> keys;
    std::vector<ValuesView> values;
    const Span* places = nullptr;

    static constexpr std::int64_t keep = -1;  ///< as `Span::begin`: the value stays, or stays away
    static constexpr std::int64_t remove = -2;  ///< as `Span::begin`: the key goes
};

/// Records made anew, in some texts; `which` and `spans` as RecordsView has them.
struct EditedRecords {
    std::vector<std::string> texts;
    std::vector<std::int32_t> which;
    std::vector<Span> spans;
};

/// Splices values into records: a key that is there gets the new value (its last occurrence, if it
/// comes twice), one that is not comes behind the others, spaced as the record is; `remove` takes
/// every occurrence. Every other byte stays as it was. O(bytes). Throws Error{bad_json} for a
/// record that is no object.
EditedRecords edit_records(const RecordsView& records, const EditsView& edits, int threads = 1);

/// Whether lists of numbers, spaced in one way each, are spaced as an edit spaces what it puts into
/// their records: then printing them there gives their own bytes. 1 or 0 a row.
void match_spacing(const RecordsView& records, const RecordsView& lists, std::uint8_t* out);

/// `json` with a space behind each comma and colon that has none. O(bytes).
std::string spaced_json(std::string_view json);

/// How many bytes the pieces have together.
std::size_t gathered_size(const RecordsView& pieces) noexcept;
/// Copies the pieces one behind the other to `out`.
void gather(const RecordsView& pieces, char* out) noexcept;

}  // namespace cocodec
