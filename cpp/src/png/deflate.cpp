#include "png/deflate.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <utility>

#include "png/chunks.hpp"

namespace cocodec::png {
namespace {

constexpr std::size_t longest_match = 258, shortest_match = 3;
constexpr std::size_t symbols = 286, end_symbol = 256;
constexpr int longest_code = 15;

/// Which symbol says a length, and how many bits follow it with what is beyond its least length.
struct LengthSymbol {
    std::uint16_t symbol, extra_bits, extra;
};

LengthSymbol symbol_of(std::size_t length) {
    if (length == longest_match) return {285, 0, 0};
    const std::size_t rest = length - shortest_match;
    // Groups of four symbols each; in every group the lengths are twice as far apart.
    unsigned bits = 0;
    while (rest >> bits >= 8) ++bits;
    const std::size_t step = rest >> bits;
    return {static_cast<std::uint16_t>(257 + 4 * bits + step), static_cast<std::uint16_t>(bits),
            static_cast<std::uint16_t>(rest & ((std::size_t{1} << bits) - 1))};
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

class BitWriter {
public:
    explicit BitWriter(Buffer<std::uint8_t>& out) : out_(out) {}
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

void Deflater::end_run() {
    while (run_ >= shortest_match) {
        const std::size_t length = std::min(run_, longest_match);
        tokens_.push_back(static_cast<std::uint16_t>(256 + length));
        run_ -= length;
    }
    for (; run_ > 0; --run_) tokens_.push_back(static_cast<std::uint16_t>(last_));
}

void Deflater::add(const std::uint8_t* bytes, std::size_t n) {
    constexpr std::size_t together = 5552;  // as many sums as fit 32 bits
    for (std::size_t i = 0; i < n;) {
        for (const std::size_t stop = std::min(n, i + together); i < stop; ++i) {
            low_ += bytes[i];
            high_ += low_;
            if (bytes[i] == last_) {
                ++run_;
                continue;
            }
            end_run();
            last_ = bytes[i];
            tokens_.push_back(bytes[i]);
        }
        low_ %= 65521;
        high_ %= 65521;
    }
}

Buffer<std::uint8_t> Deflater::finish() {
    end_run();
    std::vector<std::uint64_t> counts(symbols);
    const auto symbol = [](std::uint16_t token) {
        return token < 256 ? LengthSymbol{token, 0, 0} : symbol_of(token - std::size_t{256});
    };
    for (const std::uint16_t token : tokens_) ++counts[symbol(token).symbol];
    counts[end_symbol] = 1;
    counts[0] += counts[0] == 0 ? 1 : 0;  // a code by itself would have no bits
    const std::vector<std::uint8_t> lengths = code_lengths(std::move(counts));
    const std::vector<std::uint16_t> codes = codes_of(lengths);

    Buffer<std::uint8_t> out;
    out.push_back(0x78);
    out.push_back(0x01);
    BitWriter bits(out);
    bits.put(1, 1);  // the last block
    bits.put(2, 2);  // with codes of its own
    bits.put(symbols - 257, 5);
    bits.put(0, 5);  // one distance
    bits.put(15, 4);
    // Lengths are written with four bits each, 0 to 15: 16 codes of the same length.
    static constexpr std::uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    for (const std::uint8_t value : order) bits.put(value < 16 ? 4 : 0, 3);
    const std::vector<std::uint16_t> of_lengths = codes_of(std::vector<std::uint8_t>(16, 4));
    for (const std::uint8_t length : lengths) bits.put(of_lengths[length], 4);
    bits.put(of_lengths[1], 4);  // distance 1 has a code of one bit: 0
    for (const std::uint16_t token : tokens_) {
        const LengthSymbol said = symbol(token);
        bits.put(codes[said.symbol], lengths[said.symbol]);
        if (token < 256) continue;
        bits.put(said.extra, said.extra_bits);
        bits.put(0, 1);
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
