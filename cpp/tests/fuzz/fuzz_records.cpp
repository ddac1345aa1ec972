// Any bytes as a record: refused with an Error, or its values lie in it, an edit is read back, and
// undoing the edit gives the same values.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/records.hpp"

#include "oracle.hpp"

namespace {

using namespace cocodec;

struct Found {
    bool refused = false;
    JsonKind kind = JsonKind::missing;
    std::string text;
};

RecordsView only(std::string_view record, Span& span) {
    span = {0, static_cast<std::int64_t>(record.size())};
    return {record, &span, 1};
}

Found find(std::string_view record, std::string_view key) {
    Span span, place;
    Found found;
    try {
        find_values(only(record, span), {key}, &place, &found.kind);
    } catch (const Error&) {
        found.refused = true;
        return found;
    }
    fuzz::require(place.found() == (found.kind != JsonKind::missing), "a kind has a place");
    if (!place.found()) return found;
    fuzz::require(place.begin < place.end && place.end <= span.end, "a value lies in its record");
    found.text = std::string(place.of(record));
    return found;
}

std::string edit(std::string_view record, std::string_view key, std::string_view value) {
    Span span, place{0, static_cast<std::int64_t>(value.size())};
    if (value.empty()) place = {EditsView::remove, EditsView::remove};
    const EditsView edits{{key}, {{value, 0}}, &place};
    const EditedRecords made = edit_records(only(record, span), edits);
    fuzz::require(made.texts.size() == 1 && made.spans.size() == 1, "one record, one text");
    return std::string(made.spans[0].of(made.texts[0]));
}

void edit_and_undo(std::string_view record, std::string_view key) {
    const Found before = find(record, key), other = find(record, "other");
    if (before.refused || other.refused || record.empty() || record[0] != '{') return;
    std::string changed;
    try {
        changed = edit(record, key, "[1]");
    } catch (const Error&) {
        return;  // text behind the object, which reading does not look at
    }
    const Found after = find(changed, key);
    fuzz::require(!after.refused && after.text == "[1]", "an edit is read back");
    fuzz::require(find(changed, "other").text == other.text, "others stay");
    const std::string undone = edit(changed, key, before.text);
    fuzz::require(find(undone, key).text == before.text, "an edit can be undone");
    if (before.kind != JsonKind::missing)
        fuzz::require(undone == record, "and nothing else has changed");
}

void index(std::string_view id) {
    Span span;
    const RecordsView ids = only(id, span);
    try {
        const IdIndex table(ids, nullptr);
        std::int64_t row = -1;
        table.match(ids, nullptr, &row);
        fuzz::require(row == 0 && table.positions(id).size() == 1, "an id is found");
    } catch (const Error&) {
        // Refused: fine.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string record = R"({"x": )" + std::string(text) + R"(, "other": "o"})";
    for (const std::string_view key : {"x", "", "\"\\\n"}) {
        edit_and_undo(text, key);
        edit_and_undo(record, key);
    }
    index(text);
    Span span;
    try {
        static_cast<void>(count_keys(only(text, span)));
        static_cast<void>(list_elements(text));
        double numbers[2];
        static_cast<void>(parse_doubles(only(text, span), numbers));
        static_cast<void>(parse_lists(only(text, span), 2, numbers));
    } catch (const Error&) {
        // Refused: fine.
    }
    return 0;
}
