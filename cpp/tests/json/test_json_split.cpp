// JSON taken apart: members and elements where they lie, and nothing of what is not sure to be
// JSON.

#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "cocodec/json_split.hpp"

namespace {

using namespace cocodec;

std::vector<std::string> texts(std::string_view text, const std::vector<Span>& spans) {
    std::vector<std::string> out;
    for (const Span& span : spans) out.emplace_back(span.of(text));
    return out;
}

using Texts = std::vector<std::string>;

const check::Test members("members and the elements of wanted lists", [] {
    const std::string_view text = R"( {"a": [1, {"b": "]"}], "c" : [2], "a": null} )";
    const auto found = split_object(text, {"a"});
    check::that(found.has_value());
    if (!found || found->size() != 3) return check::fail("not three members");
    check::equal((*found)[0].key.of(text), std::string_view(R"("a")"));
    check::equal((*found)[0].value.of(text), std::string_view(R"([1, {"b": "]"}])"));
    check::that((*found)[0].elements.has_value());
    check::equal(texts(text, *(*found)[0].elements), Texts{"1", R"({"b": "]"})"});
    check::that(!(*found)[1].elements.has_value());
    check::equal((*found)[2].value.of(text), std::string_view("null"));
});

const check::Test elements("elements of a list, numbers in blocks of 64 bytes", [] {
    for (std::size_t count = 1; count < 200; ++count) {
        std::string list = "[[";
        for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "-0.25" : ", 17.5";
        list += "], [], 3]";
        const auto found = split_list(list);
        check::that(found.has_value() && found->size() == 3);
        if (found) check::equal(texts(list, *found)[0], list.substr(1, list.size() - 9));
    }
});

const check::Test faults("one wrong byte anywhere in a long list of numbers", [] {
    std::string good = "[";
    for (int i = 0; i < 40; ++i) good += "10.25, -3,";
    good += "0]";
    check::that(split_list(good).has_value());
    for (std::size_t at = 1; at + 1 < good.size(); ++at) {
        for (const char c : {'[', '"', '{', 'x', '\0'}) {
            std::string bad = good;
            bad[at] = c;
            check::that(!split_list(bad).has_value());
        }
        std::string cut = good.substr(0, at);
        check::that(!split_list(cut).has_value());
    }
});

const check::Test inner("lists of numbers in a list, the fault at every place of a block", [] {
    const std::string digits(80, '1');
    const std::string good[] = {"1,2", "1, 2", "-0.5", "0", "-0", "0.0", "0." + digits};
    const std::string bad[] = {"1 2",
                               "1.2.3",
                               "01",
                               "-01",
                               "1.",
                               ".5",
                               "-",
                               "1,,2",
                               "1, ,2",
                               "1-2",
                               "- 1",
                               "1 .5",
                               "1. 5",
                               "--1",
                               "1.5.",
                               "1-",
                               "00.5",
                               "1,",
                               "1,-",
                               "1, ",
                               "1.-5",
                               "1 5",
                               digits + ".1" + digits + ".1"};
    for (std::size_t n = 0; n < 70; ++n) {
        const std::string before = "[[" + std::string(n, '7') + (n == 0 ? "" : ",");
        for (const std::string_view after : {"]]", ",3]]", ", 3.5]]"}) {
            for (const std::string& text : good) {
                check::that(split_list(before + text + std::string(after)).has_value());
            }
            for (const std::string& text : bad) {
                check::that(!split_list(before + text + std::string(after)).has_value());
            }
        }
    }
});

const check::Test unsure("what is no JSON, or written as few do", [] {
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    for (const std::string_view text :
         {std::string_view(deep), std::string_view("[01]"), std::string_view("[1.]"),
          std::string_view("[-]"), std::string_view("[1.2.3]"), std::string_view("[1,]"),
          std::string_view("[,1]"), std::string_view("[1 2]"), std::string_view("[tru]"),
          std::string_view(R"(["\x"])"), std::string_view(R"(["\ud800"])"),
          std::string_view("[\"\n\"]"), std::string_view("[{1: 2}]"), std::string_view("[1] 2"),
          std::string_view("[{\"a\": 1]"), std::string_view("")}) {
        check::that(!split_list(text).has_value());
    }
});

}  // namespace
