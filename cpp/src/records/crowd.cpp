// One idea of a crowd, for every column and every value.

#include <algorithm>
#include <cctype>

#include "cocodec/segmentation.hpp"
#include "json/scan.hpp"

namespace cocodec {
namespace {

Crowd parse_word(std::string_view raw) {
    std::string word;
    json::unescape(raw, word);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (word == "1" || word == "true") return Crowd::yes;
    return word.empty() || word == "0" || word == "false" ? Crowd::no : Crowd::unclear;
}

}  // namespace

Crowd parse_crowd(std::string_view text) {
    if (text.empty() || text == "null" || text == "false") return Crowd::no;
    if (text == "true") return Crowd::yes;
    if (text[0] == '"') return parse_word(json::Scanner(text).string());
    double number = 0;
    if (!parse_number_text(text, number)) return Crowd::unclear;
    if (number == 0) return Crowd::no;
    return number == 1 ? Crowd::yes : Crowd::unclear;
}

}  // namespace cocodec
