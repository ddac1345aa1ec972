// Numbers and lists of numbers: their text, flat arrays, and the very text again.

#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "cocodec/error.hpp"
#include "cocodec/number_lists.hpp"

namespace {

using namespace cocodec;

NumberLists read(const std::string& text, int depth) {
    const Span span{0, static_cast<std::int64_t>(text.size())};
    return read_number_lists({text, &span, 1}, depth);
}

int spelling(const std::string& text, int depth) {
    return static_cast<int>(read(text, depth).spellings[0]);
}

std::string printed(const NumberLists& lists, int depth) {
    NumberListsView view;
    view.values = lists.values.data();
    view.count = lists.values.size();
    view.lists = depth > 0 ? lists.lists.data() : nullptr;
    view.list_count = depth > 0 ? lists.lists.size() - 1 : 0;
    view.rows = depth > 1 ? lists.rows.data() : nullptr;
    view.spellings = lists.spellings.data();
    view.length = lists.spellings.size();
    Buffer<char> text;
    Buffer<Span> spans;
    print_number_lists(view, text, spans);
    return {text.data(), text.size()};
}

const check::Test spellings("number lists tell spellings apart", [] {
    check::equal(spelling("1", 0), 2);
    check::equal(spelling("1.0", 0), 1);
    check::equal(spelling("1.50", 0), 3);
    check::equal(spelling("0.00001", 0), 3);
    check::equal(spelling("1e-05", 0), 1);
    check::equal(spelling("1e999", 0), 0);
    check::equal(spelling("9007199254740993", 0), 0);
    check::equal(spelling("\"1\"", 0), 0);
    check::equal(spelling("[1,2.5]", 1), 2);
    check::equal(spelling("[1,2.0]", 1), 3);
    check::equal(spelling("[1, 2]", 1), 2);
    check::equal(spelling("[1,2, 3]", 1), 3);
    check::equal(spelling("[ 1]", 1), 3);
    check::equal(spelling("[[1],2]", 2), 0);
    check::equal(spelling("[1,2", 1), 0);
    check::equal(spelling("[1,]", 1), 0);
    check::equal(spelling("", 1), 0);
});

const check::Test round_trip("number lists come back as they were", [] {
    const std::vector<std::string> texts{"[]",        "[[]]",           "[[1.0,2.5],[]]",
                                         "[[1,2.5]]", "[[-0.0,1e-05]]", "[[1e+16,0.1]]",
                                         "[[-0,12]]"};
    for (const std::string& text : texts) check::equal(printed(read(text, 2), 2), text);
    check::equal(printed(read("[1.0, 2]", 1), 1), std::string("[1.0,2.0]"));  // odd: as floats
    check::that(printed(read("null", 1), 1).empty());
});

const check::Test offsets("number lists refuse offsets that do not fit", [] {
    NumberLists lists = read("[1,2]", 1);
    lists.lists[1] = 3;
    check::raises(ErrorCode::bad_shape, -1, -1, [&] { (void)printed(lists, 1); });
    lists.lists[1] = -1;
    check::raises(ErrorCode::bad_shape, -1, -1, [&] { (void)printed(lists, 1); });
});

}  // namespace
