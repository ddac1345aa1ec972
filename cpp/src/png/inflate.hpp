// Inflating (RFC 1950, 1951), a stretch at a time, into a window that the caller moves along
// (private).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cocodec::png {

/// Bits of a code at most.
inline constexpr int longest_code = 15;
/// Bytes that a match may reach back.
inline constexpr std::size_t history = 32768;
/// Bytes that are written behind the limit at most.
inline constexpr std::size_t overshoot = 258 + 64;

/// Goes on at `out` for `length` bytes with what lies `distance` before; up to 32 bytes behind are
/// overwritten.
inline void repeat(std::uint8_t* out, std::size_t distance, std::size_t length) {
    const std::uint8_t* from = out - distance;
    std::uint8_t* const end = out + length;
    if (distance == 1) {
        std::memset(out, *from, length);
        return;
    }
    if (distance < 16) {
        // The pattern is written out until it can be copied by 16 bytes.
        const std::size_t step = distance * (15 / distance + 1);
        for (std::size_t i = 0; i < step; ++i) out[i] = from[i];
        if (length <= step) return;
        from = out;
        out += step;
    }
    do {
        std::memcpy(out, from, 16);
        out += 16;
        from += 16;
    } while (out < end);
}

class Inflater {
public:
    /// Takes a zlib stream: all of its bytes. They must outlive the inflater.
    Inflater(const std::uint8_t* bytes, std::size_t length);

    /// Writes at `out` until `limit` is reached, or a little more, or the stream ends; returns
    /// where it stopped. From `start` on lies what was written before, at least `history` bytes of
    /// it if there are as many. Throws Error{bad_image}.
    std::uint8_t* run(const std::uint8_t* start, std::uint8_t* out, std::uint8_t* limit);

    /// Whether the last block has ended.
    [[nodiscard]] bool is_done() const noexcept { return state_ == State::done; }

private:
    enum class State { header, stored, symbols, done };

    /// A table for codes: the first `bits` bits lead to an entry, longer codes to a second table.
    template <int Bits, std::size_t Entries>
    struct CodeTable {
        static constexpr int bits = Bits;
        std::uint32_t entries[Entries];
    };

    void refill();
    std::uint32_t take(int n);
    void read_header();
    void read_lengths();
    void use_fixed_codes();
    std::uint8_t* copy_stored(std::uint8_t* out, std::uint8_t* limit);
    std::uint8_t* decode(const std::uint8_t* start, std::uint8_t* out, std::uint8_t* limit);

    const std::uint8_t* in_;
    const std::uint8_t* end_;
    std::uint64_t bits_ = 0;  // the next bits of the stream, the first lowest
    int count_ = 0;           // how many of them are real; below 0: the stream is too short
    State state_ = State::header;
    bool is_last_ = false;
    std::size_t stored_ = 0;  // bytes left of a stored block
    CodeTable<11, 2048 + 1024> symbols_;
    CodeTable<9, 512 + 256> distances_;
};

}  // namespace cocodec::png
