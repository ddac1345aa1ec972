#include "png/deflate.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <queue>
#include <utility>

#include "png/chunks.hpp"
#include "png/inflate.hpp"

namespace cocodec::png {
namespace {

constexpr std::size_t longest_match = 258, shortest_match = 3;
constexpr std::size_t farthest_match = 32768;
constexpr std::size_t symbols = 286, distances = 30, end_symbol = 256;
constexpr std::size_t looked_at = 4;  // bytes that a match has at least here
constexpr int hash_bits = 13;

/// Which symbol says a number, and how many bits follow it with what is beyond its least number.
struct Said {
    std::uint16_t symbol, extra_bits, extra;
};

Said length_symbol(std::size_t length) {
    if (length == longest_match) return {285, 0, 0};
    const std::size_t rest = length - shortest_match;
    // Groups of four symbols each; in every group the lengths are twice as far apart.
    unsigned bits = 0;
    while (rest >> bits >= 8) ++bits;
    const std::size_t step = rest >> bits;
    return {static_cast<std::uint16_t>(257 + std::size_t{4} * bits + step),
            static_cast<std::uint16_t>(bits),
            static_cast<std::uint16_t>(rest & ((std::size_t{1} << bits) - 1))};
}

Said distance_symbol(std::size_t distance) {
    const std::size_t rest = distance - 1;
    if (rest < 4) return {static_cast<std::uint16_t>(rest), 0, 0};
    // Groups of two symbols each, twice as far apart in every group.
    unsigned bits = 0;
    while (rest >> bits >= 4) ++bits;
    return {static_cast<std::uint16_t>(std::size_t{2} * bits + (rest >> bits)),
            static_cast<std::uint16_t>(bits),
            static_cast<std::uint16_t>(rest & ((std::size_t{1} << bits) - 1))};
}

/// How many bytes are alike, `most` at most.
std::size_t alike(const std::uint8_t* a, const std::uint8_t* b, std::size_t most) {
    std::size_t n = 0;
    while (n + 8 <= most && std::memcmp(a + n, b + n, 8) == 0) n += 8;
    while (n < most && a[n] == b[n]) ++n;
    return n;
}

/// Lengths of Huffman's codes for these numbers of occurrences; 0 for what does not occur. Numbers
/// are made more alike until no code is too long.
std::vector<std::uint8_t> code_lengths(std::vector<std::uint64_t> counts) {
    const std::size_t n = counts.size();
    std::vector<std::uint8_t> lengths(n);
    for (;;) {
        using Node = std::pair<std::uint64_t, std::size_t>;
        std::priority_queue<Node, std::vector<Node>, std::greater<>> open;
        std::vector<std::size_t> parents(2 * n, 0);
        for (std::size_t i = 0; i < n; ++i) {
            if (counts[i] > 0) open.push({counts[i], i});
        }
        std::size_t next = n;
        while (open.size() > 1) {
            const Node a = open.top();
            open.pop();
            const Node b = open.top();
            open.pop();
            parents[a.second] = parents[b.second] = next;
            open.push({a.first + b.first, next++});
        }
        int most = 0;
        for (std::size_t i = 0; i < n; ++i) {
            int depth = 0;
            for (std::size_t at = i; counts[i] > 0 && parents[at] != 0; at = parents[at]) ++depth;
            lengths[i] = static_cast<std::uint8_t>(depth);
            most = std::max(most, depth);
        }
        if (most <= longest_code) return lengths;
        for (std::uint64_t& count : counts) count = count == 0 ? 0 : count / 2 + 1;
    }
}

/// Canonical codes, bits in the order in which they are written.
std::vector<std::uint16_t> codes_of(const std::vector<std::uint8_t>& lengths) {
    std::array<std::uint32_t, longest_code + 2> next{};
    for (const std::uint8_t length : lengths) {
        if (length > 0) ++next[length + 1U];
    }
    std::uint32_t first = 0;
    for (std::size_t length = 1; length < next.size(); ++length) {
        first = (first + next[length]) << 1;
        next[length] = first;
    }
    std::vector<std::uint16_t> codes(lengths.size());
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (lengths[i] == 0) continue;
        std::uint32_t code = next[lengths[i]]++, turned = 0;
        for (int bit = 0; bit < lengths[i]; ++bit, code >>= 1) turned = turned << 1 | (code & 1);
        codes[i] = static_cast<std::uint16_t>(turned);
    }
    return codes;
}

class CodeWriter {
public:
    explicit CodeWriter(Buffer<std::uint8_t>& out) : out_(out) {}
    void put(std::uint32_t value, int n) {
        bits_ |= std::uint64_t{value} << count_;
        for (count_ += n; count_ >= 8; count_ -= 8, bits_ >>= 8) {
            out_.push_back(static_cast<std::uint8_t>(bits_ & 0xFF));
        }
    }
    void close() { put(0, (8 - count_) % 8); }

private:
    Buffer<std::uint8_t>& out_;
    std::uint64_t bits_ = 0;
    int count_ = 0;
};

void put_number(Buffer<std::uint8_t>& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
    }
}

void put_chunk(Buffer<std::uint8_t>& out, const char* name, const std::uint8_t* bytes,
               std::size_t n) {
    put_number(out, static_cast<std::uint32_t>(n));
    const std::size_t start = out.size();
    out.append(reinterpret_cast<const std::uint8_t*>(name), 4);
    out.append(bytes, n);
    put_number(out, checksum(out.data() + start, n + 4));
}

}  // namespace

void Deflater::add(const std::uint8_t* bytes, std::size_t n) {
    constexpr std::size_t together = 5552;  // as many sums as fit 32 bits
    for (std::size_t i = 0; i < n;) {
        for (const std::size_t stop = std::min(n, i + together); i < stop; ++i) {
            low_ += bytes[i];
            high_ += low_;
        }
        low_ %= 65521;
        high_ %= 65521;
    }
    const std::size_t first = bytes_.size();
    bytes_.append(bytes, n);
    find_matches(first);
}

/// Turns what lies from `first` on into tokens.
void Deflater::find_matches(std::size_t first) {
    if (heads_.empty()) heads_.resize(std::size_t{1} << hash_bits);
    const std::uint8_t* const bytes = bytes_.data();
    const std::size_t end = bytes_.size();
    for (std::size_t at = first; at < end;) {
        std::size_t length = 0, distance = 0;
        if (end - at >= looked_at) {
            const std::size_t most = std::min(end - at, longest_match);
            std::uint32_t next = 0;
            std::memcpy(&next, bytes + at, sizeof next);
            std::size_t& head = heads_[next * 0x9E3779B1U >> (32 - hash_bits)];
            if (at > 0) {
                length = alike(bytes + at, bytes + at - 1, most);
                distance = 1;
            }
            if (head > 0 && at - (head - 1) <= farthest_match && length < most) {
                const std::size_t other = alike(bytes + at, bytes + (head - 1), most);
                if (other > length) {
                    length = other;
                    distance = at - (head - 1);
                }
            }
            head = at + 1;
        }
        if (length < looked_at) {
            tokens_.push_back({bytes[at++], 0});
            continue;
        }
        // A distance of 32768 is 0 in 16 bits less one: kept less one.
        tokens_.push_back(
            {static_cast<std::uint16_t>(256 + length), static_cast<std::uint16_t>(distance - 1)});
        at += length;
    }
}

Buffer<std::uint8_t> Deflater::finish() {
    std::vector<std::uint64_t> counts(symbols), distance_counts(distances);
    for (const Token& token : tokens_) {
        if (token.value < 256) {
            ++counts[token.value];
            continue;
        }
        ++counts[length_symbol(token.value - std::size_t{256}).symbol];
        ++distance_counts[distance_symbol(token.distance + std::size_t{1}).symbol];
    }
    counts[end_symbol] = 1;
    // A code by itself would have no bits.
    for (std::uint64_t* count : {&counts[0], &distance_counts[0], &distance_counts[1]}) {
        *count = std::max<std::uint64_t>(*count, 1);
    }
    const std::vector<std::uint8_t> lengths = code_lengths(std::move(counts));
    const std::vector<std::uint8_t> distance_lengths = code_lengths(std::move(distance_counts));
    const std::vector<std::uint16_t> codes = codes_of(lengths);
    const std::vector<std::uint16_t> distance_codes = codes_of(distance_lengths);

    Buffer<std::uint8_t> out;
    out.push_back(0x78);
    out.push_back(0x01);
    CodeWriter bits(out);
    bits.put(1, 1);  // the last block
    bits.put(2, 2);  // with codes of its own
    bits.put(symbols - 257, 5);
    bits.put(distances - 1, 5);
    bits.put(15, 4);
    // Lengths are written with four bits each, 0 to 15: 16 codes of the same length.
    static constexpr std::uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    for (const std::uint8_t value : order) bits.put(value < 16 ? 4 : 0, 3);
    const std::vector<std::uint16_t> of_lengths = codes_of(std::vector<std::uint8_t>(16, 4));
    for (const std::uint8_t length : lengths) bits.put(of_lengths[length], 4);
    for (const std::uint8_t length : distance_lengths) bits.put(of_lengths[length], 4);
    const auto put = [&](Said said, const auto& with, const auto& of_length) {
        bits.put(with[said.symbol], of_length[said.symbol]);
        bits.put(said.extra, said.extra_bits);
    };
    for (const Token& token : tokens_) {
        if (token.value < 256) {
            bits.put(codes[token.value], lengths[token.value]);
            continue;
        }
        put(length_symbol(token.value - std::size_t{256}), codes, lengths);
        put(distance_symbol(token.distance + std::size_t{1}), distance_codes, distance_lengths);
    }
    bits.put(codes[end_symbol], lengths[end_symbol]);
    bits.close();
    put_number(out, high_ << 16 | low_);
    return out;
}

Buffer<std::uint8_t> write_chunks(const PngHeader& header, const Buffer<std::uint8_t>& pixels) {
    Buffer<std::uint8_t> out, values;
    const std::uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    out.append(signature, sizeof signature);
    put_number(values, static_cast<std::uint32_t>(header.size.width));
    put_number(values, static_cast<std::uint32_t>(header.size.height));
    values.push_back(static_cast<std::uint8_t>(header.bits));
    values.push_back(static_cast<std::uint8_t>(header.colour));
    for (int i = 0; i < 3; ++i) values.push_back(0);  // deflate, its filters, not interlaced
    put_chunk(out, "IHDR", values.data(), values.size());
    // A chunk has less than 2^31 bytes.
    constexpr std::size_t most = std::size_t{1} << 30;
    for (std::size_t at = 0; at < pixels.size(); at += most) {
        put_chunk(out, "IDAT", pixels.data() + at, std::min(most, pixels.size() - at));
    }
    put_chunk(out, "IEND", nullptr, 0);
    return out;
}

}  // namespace cocodec::png
