// Counts that are no counts: what they seem to be. Asked only after a refusal.

#include <charconv>
#include <vector>

#include "cocodec/counts.hpp"
#include "cocodec/error.hpp"

namespace cocodec {
namespace {

/// Whether a text is the counts string of a mask of `size`; appends its runs if it is.
bool fits(std::string_view text, Size size, Buffer<std::uint32_t>& out) {
    const std::size_t before = out.size();
    try {
        parse_counts(text, out);
        validate(RleView{out.data() + before, out.size() - before, size});
        return true;
    } catch (const Error&) {
        out.resize(before);
        return false;
    }
}

bool fits(std::string_view text, Size size) {
    Buffer<std::uint32_t> runs;
    return fits(text, size, runs);
}

int base64_digit(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

/// False if the text is no base64.
bool decode_base64(std::string_view text, std::string& out) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return false;
    unsigned bits = 0;
    int length = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) return false;
        bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFFU;
        length += 6;
        if (length < 8) continue;
        length -= 8;
        out.push_back(static_cast<char>(bits >> length & 0xFFU));
    }
    return true;
}

bool is_bytes_literal(std::string_view text) noexcept {
    return text.size() >= 3 && text[0] == 'b' && (text[1] == '\'' || text[1] == '"') &&
           text.back() == text[1];
}

/// The text with every two backslashes made one; empty if it has no two in a row.
std::string halved(std::string_view text) {
    if (text.find("\\\\") == std::string_view::npos) return {};
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out.push_back(text[i]);
        if (text.substr(i, 2) == "\\\\") ++i;
    }
    return out;
}

/// Kaggle's "start length start length ...": starts ascend, and nothing lies outside the image.
template <class Number>
bool are_starts_and_lengths(const Number* numbers, std::size_t length, Size size) noexcept {
    const auto pixels =
        static_cast<std::uint64_t>(size.height) * static_cast<std::uint64_t>(size.width);
    if (length == 0 || length % 2 != 0) return false;
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < length; i += 2) {
        const std::uint64_t start = numbers[i], run = numbers[i + 1];
        if (start < end || run == 0 || run > pixels || start > pixels + 1 - run) return false;
        end = start + run;
    }
    return true;
}

/// Numbers with white space or commas between them; empty if there is anything else.
std::vector<std::uint64_t> spelled_numbers(std::string_view text) {
    std::vector<std::uint64_t> out;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        if (*at == ' ' || *at == ',') {
            ++at;
            continue;
        }
        std::uint64_t value = 0;
        const auto [next, failed] = std::from_chars(at, end, value);
        if (failed != std::errc() || (next != end && *next != ' ' && *next != ',')) return {};
        if (value > 0xFFFFFFFFFFFFFU) return {};
        out.push_back(value);
        at = next;
    }
    return out;
}

constexpr const char* kaggle =
    "; these look like pairs of start and length (as on Kaggle, where the first pixel is 1): "
    "counts are the lengths of background and foreground in turn";

}  // namespace

bool parse_base64_counts(std::string_view text, Size size, Buffer<std::uint32_t>& out) {
    std::string decoded;
    return !text.empty() && decode_base64(text, decoded) && fits(decoded, size, out);
}

std::string describe_counts(std::string_view text, Size size) {
    if (is_bytes_literal(text)) {
        return "; this is a Python bytes object printed as text: write what stands between its "
               "quotes, counts.decode() in place of str(counts)";
    }
    const std::string once = halved(text);
    if (!once.empty() && fits(once, size)) {
        return "; every backslash is doubled: with single ones it covers the mask exactly "
               "(escaped twice as JSON)";
    }
    if (!text.empty() && (text.front() == '{' || text.front() == '[') &&
        (text.back() == '}' || text.back() == ']')) {
        return "; this is JSON printed as text: write it as it is, json.loads(text) in place of "
               "the text";
    }
    if (text.find_first_of(" ,") == std::string_view::npos) return {};
    const std::vector<std::uint64_t> numbers = spelled_numbers(text);
    if (are_starts_and_lengths(numbers.data(), numbers.size(), size)) return kaggle;
    std::uint64_t sum = 0;
    for (const std::uint64_t number : numbers) sum += number;
    const auto pixels =
        static_cast<std::uint64_t>(size.height) * static_cast<std::uint64_t>(size.width);
    if (numbers.size() < 1U << 11 && !numbers.empty() && sum == pixels) {
        return "; these are the counts as numbers in a text: write them as a list, [3, 5, ...]";
    }
    return {};
}

std::string describe_runs(const std::uint32_t* runs, std::size_t length, Size size) {
    return are_starts_and_lengths(runs, length, size) ? kaggle : "";
}

}  // namespace cocodec
