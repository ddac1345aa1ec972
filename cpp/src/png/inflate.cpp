// The decoder keeps 64 bits of the stream at hand. An entry of a table says all of a code: how many
// bits it has, what it stands for, and how many extra bits follow.
//
//   entry = value << 16 | extra << 8 | kind | length of the code (of a link: bits of its table)

#include "png/inflate.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <string>

#include "cocodec/error.hpp"

namespace cocodec::png {
namespace {

constexpr std::uint32_t is_literal = 0x80, is_end = 0x40, is_link = 0x20, length_bits = 0x1F;

[[noreturn]] void throw_bad(const char* what) {
    throw Error(ErrorCode::bad_image, std::string("the compressed pixels ") + what);
}

constexpr std::uint16_t length_base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                         15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                         67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                         2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::uint16_t distance_base[] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
constexpr std::uint8_t distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                           6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

std::uint32_t symbol_entry(std::size_t symbol) {
    if (symbol < 256) return static_cast<std::uint32_t>(symbol << 16) | is_literal;
    if (symbol == 256) return is_end;
    const std::size_t i = symbol - 257;
    if (i >= std::size(length_base)) return 0;
    return static_cast<std::uint32_t>(length_base[i]) << 16 |
           static_cast<std::uint32_t>(length_extra[i]) << 8;
}

std::uint32_t distance_entry(std::size_t symbol) {
    if (symbol >= std::size(distance_base)) return 0;
    return static_cast<std::uint32_t>(distance_base[symbol]) << 16 |
           static_cast<std::uint32_t>(distance_extra[symbol]) << 8;
}

std::uint32_t value_entry(std::size_t symbol) {
    return static_cast<std::uint32_t>(symbol << 16) | is_literal;
}

std::uint32_t reversed(std::uint32_t code, int length) {
    std::uint32_t out = 0;
    for (int i = 0; i < length; ++i) out |= (code >> i & 1) << (length - 1 - i);
    return out;
}

/// Canonical codes of these lengths (0: no code) -> a table. Entries without a code are 0. Codes
/// must not be more than there are; fewer are fine where there is one alone, or none.
template <class Codes, class Entry>
void build(Codes& table, const std::uint8_t* lengths, std::size_t n, const Entry& entry) {
    std::uint32_t counts[longest_code + 1] = {};
    for (std::size_t i = 0; i < n; ++i) ++counts[lengths[i]];
    counts[0] = 0;
    std::uint32_t next[longest_code + 2] = {};
    std::int64_t left = 1;
    std::uint32_t codes = 0;
    for (int length = 1; length <= longest_code; ++length) {
        left = 2 * left - counts[length];
        if (left < 0) throw_bad("have codes that contradict each other");
        codes += counts[length];
        next[length + 1] = (next[length] + counts[length]) << 1;
    }
    if (left > 0 && codes > 1) throw_bad("have codes that are incomplete");

    constexpr int bits = Codes::bits;
    constexpr std::size_t first = std::size_t{1} << bits;
    std::memset(table.entries, 0, sizeof table.entries);
    // How long the longest code behind each link is, and then where its table lies.
    std::uint8_t longest[first] = {};
    std::uint32_t code_of[320];
    for (std::size_t i = 0; i < n; ++i) {
        if (lengths[i] == 0) continue;
        code_of[i] = reversed(next[lengths[i]]++, lengths[i]);
        if (lengths[i] <= bits) continue;
        std::uint8_t& most = longest[code_of[i] & (first - 1)];
        most = std::max(most, lengths[i]);
    }
    std::size_t used = first;
    for (std::size_t k = 0; k < first; ++k) {
        if (longest[k] == 0) continue;
        const int more = longest[k] - bits;
        if (used + (std::size_t{1} << more) > std::size(table.entries)) {
            throw_bad("have codes that contradict each other");
        }
        table.entries[k] =
            static_cast<std::uint32_t>(used << 16) | is_link | static_cast<std::uint32_t>(more);
        used += std::size_t{1} << more;
    }
    for (std::size_t i = 0; i < n; ++i) {
        const int length = lengths[i];
        if (length == 0) continue;
        const std::uint32_t value = entry(i);
        if (value == 0) continue;  // a symbol that means nothing: an error where it occurs
        const std::uint32_t full = value | static_cast<std::uint32_t>(length);
        if (length <= bits) {
            for (std::size_t k = code_of[i]; k < first; k += std::size_t{1} << length) {
                table.entries[k] = full;
            }
            continue;
        }
        const std::uint32_t link = table.entries[code_of[i] & (first - 1)];
        std::uint32_t* const second = table.entries + (link >> 16);
        const std::size_t size = std::size_t{1} << (link & length_bits);
        for (std::size_t k = code_of[i] >> bits; k < size; k += std::size_t{1} << (length - bits)) {
            second[k] = full;
        }
    }
}

template <class Codes>
std::uint32_t look_up(const Codes& table, std::uint64_t bits) {
    const std::uint32_t entry = table.entries[bits & ((1U << Codes::bits) - 1)];
    if ((entry & is_link) == 0) return entry;
    const std::uint64_t rest = bits >> Codes::bits;
    return table.entries[(entry >> 16) + (rest & ((1U << (entry & length_bits)) - 1))];
}

}  // namespace

Inflater::Inflater(const std::uint8_t* bytes, std::size_t length)
    : in_(bytes), end_(bytes + length) {
    if (length < 2) throw_bad("end early");
    const unsigned head = bytes[0] * 256U + bytes[1];
    if ((bytes[0] & 15) != 8 || bytes[0] >> 4 > 7 || head % 31 != 0 || (bytes[1] & 32) != 0) {
        throw_bad("are no zlib stream");
    }
    in_ += 2;
}

/// At least 56 bits, if need be zeros behind the end.
void Inflater::refill() {
    if (count_ < 0) return;  // more was taken than there is
    if constexpr (std::endian::native == std::endian::little) {
        if (end_ - in_ >= 8) {
            std::uint64_t next = 0;
            std::memcpy(&next, in_, sizeof next);
            bits_ |= next << count_;
            const int bytes = (63 - count_) >> 3;
            in_ += bytes;
            count_ += 8 * bytes;
            return;
        }
    }
    while (count_ <= 56 && in_ < end_) {
        bits_ |= std::uint64_t{*in_++} << count_;
        count_ += 8;
    }
}

std::uint32_t Inflater::take(int n) {
    const auto value = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << n) - 1));
    bits_ >>= n;
    count_ -= n;
    if (count_ < 0) throw_bad("end early");
    return value;
}

void Inflater::read_header() {
    refill();
    is_last_ = take(1) != 0;
    switch (take(2)) {
        case 0: {
            take(count_ % 8);
            const std::uint32_t length = take(16), inverse = take(16);
            if ((length ^ inverse) != 0xFFFF) throw_bad("have a stored block of no clear length");
            // Whole bytes that were looked at go back.
            in_ -= count_ / 8;
            bits_ = 0;
            count_ = 0;
            stored_ = length;
            state_ = State::stored;
            return;
        }
        case 1:
            use_fixed_codes();
            break;
        case 2:
            read_lengths();
            break;
        default:
            throw_bad("have a block of no known kind");
    }
    state_ = State::symbols;
}

void Inflater::use_fixed_codes() {
    std::uint8_t lengths[288 + 32];
    std::fill_n(lengths, 144, std::uint8_t{8});
    std::fill_n(lengths + 144, 112, std::uint8_t{9});
    std::fill_n(lengths + 256, 24, std::uint8_t{7});
    std::fill_n(lengths + 280, 8, std::uint8_t{8});
    std::fill_n(lengths + 288, 32, std::uint8_t{5});
    build(symbols_, lengths, 288, symbol_entry);
    build(distances_, lengths + 288, 32, distance_entry);
}

void Inflater::read_lengths() {
    static constexpr std::uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    refill();
    const std::size_t symbols = take(5) + 257, distances = take(5) + 1, codes = take(4) + 4;
    if (symbols > 286 || distances > 30) throw_bad("have too many codes");
    std::uint8_t of_lengths[19] = {};
    for (std::size_t i = 0; i < codes; ++i) {
        refill();
        of_lengths[order[i]] = static_cast<std::uint8_t>(take(3));
    }
    CodeTable<7, 128> table;
    build(table, of_lengths, 19, value_entry);
    std::uint8_t lengths[286 + 30 + 138];
    std::size_t n = 0;
    while (n < symbols + distances) {
        refill();
        const std::uint32_t entry = look_up(table, bits_);
        if (entry == 0) throw_bad("have a code that is none");
        take(static_cast<int>(entry & length_bits));
        const std::uint32_t value = entry >> 16;
        if (value < 16) {
            lengths[n++] = static_cast<std::uint8_t>(value);
            continue;
        }
        if (value == 16 && n == 0) throw_bad("repeat a length before the first");
        const std::uint8_t repeated = value == 16 ? lengths[n - 1] : std::uint8_t{0};
        const std::size_t times = value == 16   ? take(2) + 3
                                  : value == 17 ? take(3) + 3
                                                : take(7) + 11;
        std::fill_n(lengths + n, times, repeated);
        n += times;
    }
    if (n != symbols + distances) throw_bad("have more lengths than codes");
    if (lengths[256] == 0) throw_bad("have a block that cannot end");
    build(symbols_, lengths, symbols, symbol_entry);
    build(distances_, lengths + symbols, distances, distance_entry);
}

std::uint8_t* Inflater::copy_stored(std::uint8_t* out, std::uint8_t* limit) {
    const std::size_t n = std::min(stored_, static_cast<std::size_t>(limit - out));
    if (n > static_cast<std::size_t>(end_ - in_)) throw_bad("end early");
    std::memcpy(out, in_, n);
    in_ += n;
    stored_ -= n;
    if (stored_ == 0) state_ = is_last_ ? State::done : State::header;
    return out + n;
}

std::uint8_t* Inflater::decode(const std::uint8_t* start, std::uint8_t* out, std::uint8_t* limit) {
    while (out < limit) {
        refill();
        std::uint32_t entry = look_up(symbols_, bits_);
        // Two literals in a row need no more than 30 bits.
        for (int i = 0; i < 2 && (entry & is_literal) != 0; ++i) {
            const auto length = static_cast<int>(entry & length_bits);
            bits_ >>= length;
            count_ -= length;
            *out++ = static_cast<std::uint8_t>(entry >> 16);
            entry = look_up(symbols_, bits_);
        }
        if ((entry & is_literal) != 0) {
            if (count_ < 0) throw_bad("end early");
            continue;
        }
        if (entry == 0) throw_bad("have a code that is none");
        refill();
        const auto length = static_cast<int>(entry & length_bits);
        bits_ >>= length;
        count_ -= length;
        if ((entry & is_end) != 0) {
            if (count_ < 0) throw_bad("end early");
            state_ = is_last_ ? State::done : State::header;
            return out;
        }
        const std::size_t match = (entry >> 16) + take(static_cast<int>(entry >> 8 & 0xFF));
        const std::uint32_t back = look_up(distances_, bits_);
        if (back == 0) throw_bad("have a code that is none");
        take(static_cast<int>(back & length_bits));
        const std::size_t distance = (back >> 16) + take(static_cast<int>(back >> 8 & 0xFF));
        if (distance > static_cast<std::size_t>(out - start)) throw_bad("reach back too far");
        repeat(out, distance, match);
        out += match;
    }
    return out;
}

std::uint8_t* Inflater::run(const std::uint8_t* start, std::uint8_t* out, std::uint8_t* limit) {
    while (out < limit && state_ != State::done) {
        if (state_ == State::header) {
            read_header();
        } else if (state_ == State::stored) {
            out = copy_stored(out, limit);
        } else {
            out = decode(start, out, limit);
        }
    }
    return out;
}

}  // namespace cocodec::png
