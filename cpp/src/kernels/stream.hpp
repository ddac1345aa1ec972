// Runs as bytes, past the caches: what the tables of AVX2 and of AVX-512 share.
#pragma once

#include "kernels/target.hpp"

#ifdef COCODEC_X86

#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cocodec::kernels {

/// Bytes in the order of their addresses, stored line by line: a line that is stored whole, and
/// past the caches, need not be read before.
class LineWriter {
public:
    COCODEC_TARGET_AVX2 explicit LineWriter(std::uint8_t* bytes) noexcept
        : filled_(reinterpret_cast<std::uintptr_t>(bytes) % line),
          skipped_(filled_),
          to_(bytes - filled_) {}

    /// n bytes of `value`.
    COCODEC_TARGET_AVX2 void add(std::size_t n, int value) noexcept {
        const __m256i bytes = _mm256_set1_epi8(static_cast<char>(value));
        store(buffer_ + filled_, bytes);
        if (filled_ + n < line) {
            filled_ += n;
            return;
        }
        n -= line - filled_;
        flush(line);
        for (; n >= line; n -= line, to_ += line) {
            auto* const out = reinterpret_cast<__m256i*>(to_);
            _mm256_stream_si256(out, bytes);
            _mm256_stream_si256(out + 1, bytes);
        }
        store(buffer_, bytes);
        filled_ = n;
    }

    /// What is in the last line. The bytes can be read from now on.
    COCODEC_TARGET_AVX2 void close() noexcept {
        if (filled_ > skipped_) flush(filled_);
        _mm_sfence();
    }

private:
    static constexpr std::size_t line = 64;

    COCODEC_TARGET_AVX2 static void store(std::uint8_t* to, __m256i bytes) noexcept {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to) + 1, bytes);
    }
    /// The first `end` bytes of the line; where the line begins before the first byte, not that.
    COCODEC_TARGET_AVX2 void flush(std::size_t end) noexcept {
        if (end == line && skipped_ == 0) {
            const auto* const from = reinterpret_cast<const __m256i*>(buffer_);
            auto* const out = reinterpret_cast<__m256i*>(to_);
            _mm256_stream_si256(out, _mm256_load_si256(from));
            _mm256_stream_si256(out + 1, _mm256_load_si256(from + 1));
        } else {
            std::memcpy(to_ + skipped_, buffer_ + skipped_, end - skipped_);
        }
        skipped_ = 0;
        to_ += line;
    }

    alignas(line) std::uint8_t buffer_[2 * line];  // the line, and room for what is stored too much
    std::size_t filled_;
    std::size_t skipped_;
    std::uint8_t* to_;
};

COCODEC_TARGET_AVX2 inline void fill_past_caches(const std::uint32_t* runs, std::size_t n,
                                                 std::uint8_t* bytes, std::size_t size) noexcept {
    if (size == 0) return;
    LineWriter writer(bytes);
    for (std::size_t i = 0; i < n; ++i) writer.add(runs[i], static_cast<int>(i % 2));
    writer.close();
}

}  // namespace cocodec::kernels

#endif  // COCODEC_X86
