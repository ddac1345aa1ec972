// Records: values, keys, ids and edits, in several texts at once.

#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "cocodec/records.hpp"
#include "cocodec/segmentation.hpp"

namespace {

using namespace cocodec;

/// Records that lie in texts of their own, or all in one.
struct Records {
    std::vector<std::string> texts;
    std::vector<std::string_view> views;
    std::vector<std::int32_t> which;
    std::vector<Span> spans;

    explicit Records(std::vector<std::string> records) : texts(std::move(records)) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            views.push_back(texts[i]);
            which.push_back(static_cast<std::int32_t>(i));
            spans.push_back({0, static_cast<std::int64_t>(texts[i].size())});
        }
    }
    [[nodiscard]] RecordsView view() const {
        return {{}, spans.data(), spans.size(), views.data(), which.data()};
    }
};

std::vector<std::string> values(const Records& records, const std::string& key, int threads = 1) {
    std::vector<Span> places(records.spans.size());
    std::vector<JsonKind> kinds(records.spans.size());
    find_values(records.view(), {key}, places.data(), kinds.data(), threads);
    std::vector<std::string> out;
    for (std::size_t i = 0; i < places.size(); ++i) {
        out.push_back(std::to_string(static_cast<int>(kinds[i])));
        if (places[i].found()) out.back() += std::string(places[i].of(records.texts[i]));
    }
    return out;
}

using Strings = std::vector<std::string>;

const check::Test finds("values are found with their kinds", [] {
    const Records records({R"({"a":1,"b": [1, {"a": 2}]})", R"( {"a":2})", "7", "", "{}",
                           R"({"\u0061" : "x\"", "a": -1.5e3})", R"({"a":null})", R"({"a":true})",
                           R"({"a":false,"c":0})", R"({"a":{"a":1}})", R"({"a":[]})",
                           R"({"a":-12})"});
    const Strings expected{"41",    "0",     "0",      "0",           "0",   "5-1.5e3",
                           "1null", "3true", "2false", R"(8{"a":1})", "7[]", "4-12"};
    check::equal(values(records, "a"), expected);
    check::equal(values(records, "a", 3), expected);
    check::equal(values(records, "c")[8], std::string("40"));
});

const check::Test broken("broken records are refused", [] {
    for (const char* text : {"{", R"({"a")", R"({"a":})", R"({"a":1)", R"({"a":1,})", R"({a:1})",
                             R"({"a":x})", R"({"a":"\)"}) {
        try {
            values(Records({text}), "a");
            check::fail(std::string("no error: ") + text);
        } catch (const Error& error) {
            check::that(error.code() == ErrorCode::bad_json);
        }
    }
});

const check::Test keys("keys are counted in their order, once a record", [] {
    const Records records({R"({"b":1,"a":2,"b":3})", R"({"\u0061":1,"c":{"d":1}})", "[1]"});
    for (const int threads : {1, 3}) {
        std::string shown;
        for (const KeyCount& count : count_keys(records.view(), threads)) {
            shown += count.key + std::to_string(count.records) + " ";
        }
        check::equal(shown, std::string("b1 a2 c1 "));
    }
});

const check::Test columns("numbers are read exactly or not at all", [] {
    std::int64_t integers[2] = {-1, -1};
    check::that(parse_integers(Records({"9223372036854775807", "-5"}).view(), integers));
    check::equal(integers[0], std::int64_t{9223372036854775807});
    check::that(!parse_integers(Records({"9223372036854775808"}).view(), integers));
    check::that(!parse_integers(Records({"1.0"}).view(), integers));
    double doubles[4] = {};
    check::that(parse_doubles(Records({"9007199254740992", "0.1"}).view(), doubles));
    check::equal(doubles[0], 9007199254740992.0);
    check::that(!parse_doubles(Records({"9007199254740993"}).view(), doubles));
    check::that(!parse_doubles(Records({"9223372036854775807"}).view(), doubles));
    check::that(!parse_doubles(Records({"100000000000000000000"}).view(), doubles));
    check::that(parse_doubles(Records({"1e300"}).view(), doubles));
    check::that(!parse_doubles(Records({"true"}).view(), doubles));
    check::that(parse_lists(Records({"[1, 2]", "[ 3.5,4 ]"}).view(), 2, doubles));
    check::equal(doubles[2], 3.5);
    for (const char* text : {"[1]", "[1,2,3]", "[]", "7", "[1,\"2\"]", "[1,[2]]"}) {
        check::that(!parse_lists(Records({text}).view(), 2, doubles));
    }
});

std::string edited(const std::string& record, const std::string& key, const std::string& value) {
    const Records records({record});
    Span place{0, static_cast<std::int64_t>(value.size())};
    if (value.empty()) place = {EditsView::remove, EditsView::remove};
    const EditsView edits{{key}, {{value, place.end}}, &place};
    const EditedRecords made = edit_records(records.view(), edits);
    return std::string(made.spans[0].of(made.texts[static_cast<std::size_t>(made.which[0])]));
}

const check::Test single_edits("edits splice one value and nothing else", [] {
    const auto same = [](const char* record, const char* key, const char* value,
                         const char* expected) {
        check::equal(edited(record, key, value), std::string(expected));
    };
    same(R"({"a": 1 ,"b":2})", "a", "[1,2]", R"({"a": [1, 2] ,"b":2})");
    same(R"({"a":1 ,"b": 2})", "a", "[1,2]", R"({"a":[1,2] ,"b": 2})");
    same(R"({"a":1,"b":2,"a":3})", "a", "9", R"({"a":1,"b":2,"a":9})");
    same(R"({"a":1,"b":2,"a":3})", "a", "", R"({"b":2})");
    same(R"({ "a":1 , "b":2 })", "a", "", R"({ "b":2 })");
    same(R"({ "a":1 , "b":2 })", "b", "", R"({ "a":1 })");
    same(R"({ "a":1 })", "a", "", "{}");
    same(R"({ "a":1 })", "b", "", R"({ "a":1 })");
    same("{ }", "b", "", "{ }");
    same("{ }", "b", "{\"x\":1}", R"({"b":{"x":1}})");
    same(R"({"a": 1})", "b", R"({"x,:":1})", R"({"a": 1, "b": {"x,:": 1}})");
    same("{\n  \"a\": 1\n}", "b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}");
    same(R"({"a":1})", "q\"\\\n", "2", R"({"a":1,"q\"\\\u000a":2})");
    same(R"({"a":1})", "\x1F ", "2", R"({"a":1,"\u001f ":2})");
    same(R"({"q\"\\\n":1})", "q\"\\\n", "2", R"({"q\"\\\n":2})");
});

const check::Test edits_in_bulk("many records go into several texts, on any number of threads", [] {
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i) {
        texts.push_back("{\"a\":" + std::to_string(i) + ",\"s\":\"" + std::string(1 << 19, 'x') +
                        "\"}");
    }
    const Records records(texts);
    const std::string value = "-1";
    std::vector<Span> places(texts.size(), Span{0, 2});
    places[3] = {EditsView::keep, 0};
    const EditsView edits{{"a"}, {{value, 2}}, places.data()};
    for (const int threads : {1, 2}) {
        const EditedRecords made = edit_records(records.view(), edits, threads);
        check::that(made.texts.size() > 1);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::string& text = made.texts[static_cast<std::size_t>(made.which[i])];
            const std::string expected = i == 3 ? "{\"a\":3," : "{\"a\":-1,";
            check::that(made.spans[i].of(text).substr(0, expected.size()) == expected);
        }
    }
});

const check::Test ids("rows are found by the value of their ids, part by part", [] {
    const Records records({"1", "\"1\"", "1.0", "true", "10e-1", "\"\\u0031\"", "[ 1]", "[1]"});
    const std::int32_t parts[] = {0, 0, 0, 0, 1, 1, 1, 1};
    const IdIndex index(records.view(), parts);
    check::equal(index.positions("1"), std::vector<std::int64_t>{0, 2, 4});
    check::equal(index.positions("\"1\""), std::vector<std::int64_t>{1, 5});
    check::equal(index.positions("2"), std::vector<std::int64_t>{});
    const Records asked({"1", "1", "\"1\"", "null", "[1]"});
    const std::int32_t asked_parts[] = {0, 1, 1, 0, 0};
    std::vector<std::int64_t> rows(5);
    index.match(asked.view(), asked_parts, rows.data(), 2);
    check::equal(rows, std::vector<std::int64_t>{2, 4, 5, -1, -1});
    const auto duplicates = index.duplicates();
    check::equal(duplicates.size(), std::size_t{2});
    check::equal(duplicates[0], std::vector<std::int64_t>{0, 2});
    check::equal(duplicates[1], std::vector<std::int64_t>{6, 7});
});

const check::Test gathered("pieces are copied in order, neighbours at once", [] {
    const std::string_view texts[] = {"abcdef", "XY"};
    const std::int32_t which[] = {0, 0, 1, 0, 0};
    const Span spans[] = {{1, 2}, {2, 4}, {0, 2}, {5, 5}, {0, 1}};
    const RecordsView pieces{{}, spans, 5, texts, which};
    std::string out(gathered_size(pieces), '?');
    gather(pieces, out.data());
    check::equal(out, std::string("bcdXYa"));
});

const check::Test printed("masks are printed, and read back as the same", [] {
    RleArray masks;
    for (const std::uint32_t run : {5U, 2U, 13U}) masks.counts.push_back(run);
    masks.finish({4, 5});
    masks.counts.push_back(6);
    masks.finish({2, 3});
    const auto text = [&](const Spelling& spelling, int threads) {
        const PrintedSegmentations made = print_segmentations(masks.view(), spelling, threads);
        std::string out;
        for (const PrintedSegmentation& row : made.rows) {
            const std::string_view whole(made.text.data(), made.text.size());
            out += std::string(row.value.of(whole)) + "|";
            if (row.counts.found()) out += std::string(row.counts.of(whole)) + "|";
        }
        return out;
    };
    for (const int threads : {1, 2}) {
        check::equal(text(CountsForm::list, threads),
                     std::string("{\"size\":[4,5],\"counts\":[5,2,13]}|[5,2,13]|"
                                 "{\"size\":[2,3],\"counts\":[6]}|[6]|"));
        check::equal(text(CountsForm::string, threads),
                     std::string("{\"size\":[4,5],\"counts\":\"52=\"}|\"52=\"|"
                                 "{\"size\":[2,3],\"counts\":\"6\"}|\"6\"|"));
        check::equal(text(TraceOptions(), threads), std::string("[[1,1,2,1,2,3,1,3]]|[]|"));
    }
});

const check::Test measured("rings are measured, whatever else is not", [] {
    const Records records({"[[0,0,4,0,4,3,0,3],[1,1,2,1,2,2]]", "[[5,6]]", "[]", "null", "{",
                           R"({"size":[1,1],"counts":[1]})", "[1,2,3,4]"});
    RingMeasure out[7];
    measure_rings(records.view(), out, 2);
    check::equal(out[0].area, 12.5);
    check::equal(out[0].bbox.width, 4.0);
    check::that(out[1].has_points && out[1].area == 0 && out[1].bbox.y == 6);
    for (const int i : {2, 3, 4, 5}) check::that(!out[i].has_points);
    check::equal(out[6].area, 0.0);  // a flat list is a ring, here of two points
    check::equal(out[6].bbox.height, 2.0);
});

}  // namespace
