// Editing records: their own text with new values spliced in.

#include <algorithm>
#include <cstring>
#include <utility>

#include "cocodec/error.hpp"
#include "cocodec/records.hpp"
#include "json/scan.hpp"
#include "json/space.hpp"
#include "masks/threads.hpp"

namespace cocodec {
namespace {

// Measured cost of one byte of a record, scanned and copied; for the choice of threads.
constexpr double spliced_byte_ns = 1.0;
// Records that go into one text: large enough to be few, small enough to be freed bit by bit.
constexpr std::int64_t text_bytes = 8 << 20;

/// Appends `json`, with a space behind each comma and colon that has none.
void append_spaced(std::string_view json, std::string& out) {
    bool quoted = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        out.push_back(c);
        if (quoted && c == '\\' && i + 1 < json.size()) {
            out.push_back(json[++i]);
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == ',' || c == ':') && i + 1 < json.size() &&
                   !json::is_space(json[i + 1])) {
            out.push_back(' ');
        }
    }
}

void append_key(std::string_view key, std::string& out) {
    out.push_back('"');
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            static constexpr char digits[] = "0123456789abcdef";
            out.append("\\u00");
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
            continue;
        }
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    out.push_back('"');
}

std::size_t as_size(std::int64_t value) {
    return static_cast<std::size_t>(value);
}

/// Whether white space stands behind a record's first colon.
bool is_spaced(std::string_view record) {
    std::size_t at = record.find('"');
    if (at == std::string_view::npos) return false;
    for (++at; at < record.size() && record[at] != '"'; ++at) {
        if (record[at] == '\\') ++at;
    }
    at = record.find(':', at);
    return at != std::string_view::npos && at + 1 < record.size() && json::is_space(record[at + 1]);
}

/// Edits one record after the other; keeps its memory between them.
class RecordEditor {
public:
    RecordEditor(const EditsView& edits, std::size_t stride) : edits_(edits), stride_(stride) {}

    /// Appends record `row`, edited, to `out`.
    void edit(std::string_view record, std::size_t row, std::string& out) {
        record_ = record;
        members_ = object_members(record);
        changes_.assign(members_.size(), Span{EditsView::keep, 0});
        owners_.assign(members_.size(), 0);
        added_.clear();
        changed_ = false;
        for (std::size_t k = 0; k < edits_.keys.size(); ++k) apply(k, row);
        if (!changed_) {
            out.append(record);
            return;
        }
        spaced_ = is_spaced(record_);
        write(row, out);
    }

private:
    /// Notes what becomes of the members with key k.
    void apply(std::size_t k, std::size_t row) {
        const Span place = edits_.places[k * stride_ + row];
        if (place.begin == EditsView::keep) return;
        std::size_t last = members_.size();
        for (std::size_t m = 0; m < members_.size(); ++m) {
            const Span key{members_[m].key.begin + 1, members_[m].key.end - 1};
            if (!json::key_is(key.of(record_), edits_.keys[k])) continue;
            last = m;
            if (place.begin == EditsView::remove) changes_[m] = place;
        }
        changed_ |= place.begin != EditsView::remove || last < members_.size();
        if (place.begin == EditsView::remove) return;
        if (last == members_.size()) return added_.push_back(k);
        changes_[last] = place;
        owners_[last] = k;
    }

    /// The text between the member before `m`, or the opening brace, and `m`.
    [[nodiscard]] std::string_view lead(std::size_t m) const {
        const std::int64_t begin = m == 0 ? 1 : members_[m - 1].value.end;
        return Span{begin, members_[m].key.begin}.of(record_);
    }

    void write(std::size_t row, std::string& out) const {
        out.push_back('{');
        bool first = true;
        for (std::size_t m = 0; m < members_.size(); ++m) {
            if (changes_[m].begin == EditsView::remove) continue;
            out.append(lead(first ? 0 : m));
            first = false;
            out.append(Span{members_[m].key.begin, members_[m].value.begin}.of(record_));
            if (changes_[m].begin == EditsView::keep) {
                out.append(members_[m].value.of(record_));
            } else {
                append_value(edits_.values[owners_[m]], changes_[m], out);
            }
        }
        for (const std::size_t k : added_) {
            append_added(k, row, first, out);
            first = false;
        }
        const std::size_t end = members_.empty() ? 1 : as_size(members_.back().value.end);
        // Of an object that has become empty, no white space is kept.
        out.append(first || members_.empty() ? std::string_view("}") : record_.substr(end));
    }

    void append_added(std::size_t k, std::size_t row, bool first, std::string& out) const {
        if (!members_.empty()) {
            if (first) {
                out.append(lead(0));
            } else if (members_.size() > 1) {
                out.append(lead(1));
            } else {
                out.push_back(',');
                out.append(lead(0).empty() && spaced_ ? std::string_view(" ") : lead(0));
            }
        } else if (!first) {
            out.push_back(',');
        }
        append_key(edits_.keys[k], out);
        out.append(spaced_ ? ": " : ":");
        append_value(edits_.values[k], edits_.places[k * stride_ + row], out);
    }

    void append_value(const ValuesView& values, Span place, std::string& out) const {
        if (spaced_ && place.begin < values.verbatim_from) {
            append_spaced(place.of(values.text), out);
        } else {
            out.append(place.of(values.text));
        }
    }

    const EditsView& edits_;
    std::size_t stride_;
    std::string_view record_;
    std::vector<MemberPlace> members_;
    std::vector<Span> changes_;        // of each member: its new value, or keep, or remove
    std::vector<std::size_t> owners_;  // of each member with a new value: which of edits_.values
    std::vector<std::size_t> added_;   // keys that the record does not have
    bool changed_ = false;
    bool spaced_ = false;
};

std::vector<std::size_t> cut(const RecordsView& records) {
    std::vector<std::size_t> starts{0};
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < records.length; ++i) {
        bytes += records.spans[i].end - records.spans[i].begin;
        if (bytes >= text_bytes && i + 1 < records.length) {
            starts.push_back(i + 1);
            bytes = 0;
        }
    }
    starts.push_back(records.length);
    return starts;
}

}  // namespace

EditedRecords edit_records(const RecordsView& records, const EditsView& edits, int threads) {
    const std::vector<std::size_t> starts = cut(records);
    const std::size_t parts = starts.size() - 1;
    EditedRecords result;
    result.texts.resize(parts);
    result.which.resize(records.length);
    result.spans.resize(records.length);
    const double work =
        spliced_byte_ns * static_cast<double>(parts) * static_cast<double>(text_bytes);
    run_parts(parts, thread_count(parts, work, threads), [&](std::size_t part) {
        RecordEditor editor(edits, records.length);
        std::string& text = result.texts[part];
        // Most edits make records shorter, or hardly longer: what grows is moved, and is twice
        // there.
        std::size_t size = 0;
        for (std::size_t i = starts[part]; i < starts[part + 1]; ++i) size += records[i].size();
        text.reserve(size + size / 16);
        for (std::size_t i = starts[part]; i < starts[part + 1]; ++i) {
            const auto begin = static_cast<std::int64_t>(text.size());
            editor.edit(records[i], i, text);
            result.which[i] = static_cast<std::int32_t>(part);
            result.spans[i] = {begin, static_cast<std::int64_t>(text.size())};
        }
        text.shrink_to_fit();
    });
    return result;
}

void match_spacing(const RecordsView& records, const RecordsView& lists, std::uint8_t* out) {
    for (std::size_t i = 0; i < records.length; ++i) {
        const std::size_t comma = lists[i].find(',');
        const bool is_free = comma == std::string_view::npos;
        const bool alike = is_free || json::is_space(lists[i][comma + 1]) == is_spaced(records[i]);
        out[i] = static_cast<std::uint8_t>(alike);
    }
}

std::string spaced_json(std::string_view json) {
    std::string out;
    out.reserve(json.size() + json.size() / 8);
    append_spaced(json, out);
    return out;
}

std::size_t gathered_size(const RecordsView& pieces) noexcept {
    std::size_t size = 0;
    for (std::size_t i = 0; i < pieces.length; ++i) size += pieces[i].size();
    return size;
}

void gather(const RecordsView& pieces, char* out) noexcept {
    for (std::size_t i = 0; i < pieces.length;) {
        // Pieces that lie one behind the other are one.
        Span span = pieces.spans[i];
        const std::size_t first = i++;
        while (i < pieces.length && pieces.spans[i].begin == span.end &&
               (pieces.which == nullptr || pieces.which[i] == pieces.which[first])) {
            span.end = pieces.spans[i++].end;
        }
        if (!span.found()) continue;
        const std::string_view text = span.of(pieces.text_of(first));
        std::memcpy(out, text.data(), text.size());
        out += text.size();
    }
}

}  // namespace cocodec
