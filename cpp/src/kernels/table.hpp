// The kernels: bytes in, numbers out. No allocation, no exceptions, no idea of an Rle.
//
// One table per instruction set, one group of function pointers per topic, one file for each pair
// (avx2_bits.cpp, ...). Every table gives the same numbers as `scalar`; `active()` is the one in
// use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cocodec::kernels {

/// Some kernels store whole vectors: what they write to has room for this many values more.
inline constexpr std::size_t slack = 64;

/// Bytes, bits and the positions where they change. Bit i of a bit row is bit i % 64 of word i
/// / 64.
struct BitKernels {
    /// Bit i = (bytes[i] != 0) for i in 0..n; unused bits of the last word are 0.
    void (*pack)(const std::uint8_t* bytes, std::size_t n, std::uint64_t* bits) noexcept;

    /// The same, for bytes that no cache holds: what is best then may be slower in a cache.
    void (*pack_from_memory)(const std::uint8_t* bytes, std::size_t n,
                             std::uint64_t* bits) noexcept;

    /// bytes[i] = bit i, 0 or 1, for i in 0..n; writes exactly n bytes.
    void (*unpack)(const std::uint64_t* bits, std::size_t n, std::uint8_t* bytes) noexcept;

    /// Writes every i in 0..n where bit i differs from bit i - 1 (bit -1 being `before`); returns
    /// how many. Bits from n on are not looked at. `out` has room for n + slack values; n <= 2^32
    /// - 1.
    std::size_t (*transitions)(const std::uint64_t* bits, std::size_t n, bool before,
                               std::uint32_t* out) noexcept;

    /// Writes every i in 0..n where exactly one of a[i], b[i] is zero; returns how many. `out` has
    /// room for n + slack values; n <= 2^32 - 1.
    std::size_t (*differences)(const std::uint8_t* a, const std::uint8_t* b, std::size_t n,
                               std::uint32_t* out) noexcept;

    /// Writes runs[0] zeros, runs[1] ones, runs[2] zeros, ...; `size` = sum(runs), exactly so many
    /// bytes.
    void (*fill)(const std::uint32_t* runs, std::size_t n, std::uint8_t* bytes,
                 std::size_t size) noexcept;

    /// The same, for many bytes that are part of more than caches hold.
    void (*fill_memory)(const std::uint32_t* runs, std::size_t n, std::uint8_t* bytes,
                        std::size_t size) noexcept;
};

/// The counts string. These take what they are sure of and leave the rest, errors included, to the
/// caller.
struct CountsKernels {
    /// Writes the string of runs[0..n); returns its length. `out` has room for 7 n + slack chars.
    std::size_t (*format)(const std::uint32_t* runs, std::size_t n, char* out) noexcept;

    /// Reads whole numbers from the front of text[0..n) as long as they are good runs (0..2^32 - 1,
    /// chars of the alphabet); writes them to `out` (room for n + slack values), sets `consumed` to
    /// the chars they took and returns how many runs there are.
    std::size_t (*parse)(const char* text, std::size_t n, std::uint32_t* out,
                         std::size_t* consumed) noexcept;
};

/// Rows that foreground runs reach, counted from the top of the column in which each run starts: a
/// run that goes on into the next column reaches beyond the height. `first` > `last`: no run.
struct RowExtent {
    std::uint64_t first = ~std::uint64_t{0};  ///< the highest row that a run starts in
    std::uint64_t last = 0;                   ///< one past the lowest row that a run reaches
};

/// Positions and the height above this are for the scalar `row_extent` alone.
inline constexpr std::uint64_t row_extent_limit = std::uint64_t{1} << 24;

/// Boxes in columns: where each begins and ends, and width * height.
struct BoxColumns {
    const double* left;
    const double* top;
    const double* right;
    const double* bottom;
    const double* area;
};

/// One box, in the same form.
struct BoxEdges {
    double left, top, right, bottom, area;
};

/// A rectangle of words in a bitmap: row i begins at words + i * stride.
struct WordRows {
    const std::uint64_t* words;
    std::size_t stride;
};

/// Sums over runs, bitmaps, boxes.
/// Rows of words of which a bit's neighbours come: `above` moves up by `shift` bits and takes in
/// the uppermost of `over`, `below` moves down and takes in the lowest of `under`.
struct WordNeighbours {
    const std::uint64_t* here;
    const std::uint64_t* above;
    const std::uint64_t* over;
    const std::uint64_t* below;
    const std::uint64_t* under;
    unsigned shift;
};

struct SetKernels {
    /// Sum of n runs.
    std::uint64_t (*sum)(const std::uint32_t* runs, std::size_t n) noexcept;

    /// Sum of the foreground runs: runs[1] + runs[3] + ...
    std::uint64_t (*sum_foreground)(const std::uint32_t* runs, std::size_t n) noexcept;

    /// Is any of n runs 0?
    bool (*any_zero)(const std::uint32_t* runs, std::size_t n) noexcept;

    /// Over n pairs (background run, foreground run); foreground runs of 0 do not count. `origin`
    /// is the position of pairs[0], counted from the top of a column, and may wrap below 0 as long
    /// as origin + pairs[0] does not. All but the scalar one need height and every end of a run to
    /// lie below row_extent_limit.
    RowExtent (*row_extent)(const std::uint32_t* pairs, std::size_t n, std::uint64_t origin,
                            std::uint64_t height) noexcept;

    /// Bits that are set in both rectangles of rows x n words.
    std::uint64_t (*and_popcount)(WordRows a, WordRows b, std::size_t rows, std::size_t n) noexcept;

    /// IoU of n boxes with one, operation for operation as pycocotools' bbIou: 0 unless both
    /// overlaps are above 0 or NaN; a NaN edge gives way to the other box's edge.
    void (*box_iou)(const BoxColumns& dt, std::size_t n, const BoxEdges& gt, bool crowd,
                    double* out) noexcept;

    /// Writes every i in 0..n where values[i] > 0, which NaN is not; returns how many. `out` has
    /// room for n + slack values; n <= 2^32 - 1.
    std::size_t (*positive)(const double* values, std::size_t n, std::uint32_t* out) noexcept;

    /// to[i] |= a[i] | b[i] for n words; `to` is none of the others.
    void (*merge_words)(std::uint64_t* to, const std::uint64_t* a, const std::uint64_t* b,
                        std::size_t n) noexcept;

    /// to[i] = all bits that lie `neighbours.shift` bits (0..63) before or behind those of here[i],
    /// and those themselves, for n words; `to` is none of the others.
    void (*grow_words)(std::uint64_t* to, const WordNeighbours& neighbours, std::size_t n) noexcept;
};

/// A ring's vertices on the reference's grid of fifths, and what is kept of its edges while they
/// are crossed. Edge i leads from vertex i to vertex i + 1; vertex n is the first one again. All
/// arrays have room for n + slack values, `terms` for 8 of each. `column` is anybody's to read, the
/// rest is between `prepare` and `cross` of one table.
struct RingEdges {
    std::int32_t* x;
    std::int32_t* y;
    std::int32_t* column;  ///< the first one whose centre lies beyond the vertex, cut to 0..width
    double* terms;
};

/// Edges that are crossed one after the other, from left to right.
struct EdgeWalk {
    const std::size_t* first;  ///< which edge
    std::ptrdiff_t step;       ///< 1 or -1, to the next one
    std::size_t length;
    std::int32_t column;  ///< the first column
};

/// The grid ends at +-2^22, where all errors in the crossings of steep edges together stay below
/// 2^-5 of a step.
inline constexpr double near_limit = 8e5;

/// Rings whose coordinates lie within +-near_limit.
struct RingKernels {
    /// Scales n >= 1 vertices, x0, y0, x1, y1, ..., and finds their columns. False if they are no
    /// such ring: then nothing of it is to be used.
    bool (*prepare)(const double* xy, std::size_t n, std::int32_t width,
                    const RingEdges& edges) noexcept;

    /// Writes the row at which the walk crosses each column, 0..height; an edge crosses the columns
    /// from its left end's to the one before its right end's. `rows` has room for `slack` values
    /// more.
    void (*cross)(const RingEdges& edges, const EdgeWalk& walk, std::int32_t height,
                  std::uint32_t* rows) noexcept;

    /// Two crossings a column, at rows a[i] and b[i] of column i, turn into runs: out[2 i] = height
    /// + a[i] - b[i - 1], out[2 i + 1] = b[i] - a[i], each below 2^31 and none 0 but perhaps
    /// out[0], which nobody vouches for. Stops before the first eight columns (of those from 0 on)
    /// that are not so; returns how many it did. a and b can be read from -1 to n + slack, `out`
    /// has room for 2 n + slack values.
    std::size_t (*pair_runs)(const std::uint32_t* a, const std::uint32_t* b, std::size_t n,
                             std::uint32_t height, std::uint32_t* out) noexcept;
};

/// What kernels cost, in nanoseconds, memory included: for the choice of threads. Measured on
/// processors of x86-64, but for NEON's, which are guessed from AVX2's and from counts of
/// instructions: no processor that has it was at hand.
struct Costs {
    double encoded_pixel;  ///< bytes -> runs
    double encoded_score;  ///< one byte of a score -> runs
    double decoded_pixel;  ///< runs -> bytes
    double compared_word;  ///< a word of two bitmaps
    double ring_edge;      ///< an edge of a ring -> runs
};

struct KernelTable {
    const char* name;
    const BitKernels* bits;
    const CountsKernels* counts;
    const SetKernels* sets;
    const RingKernels* rings;
    Costs costs;
};

extern const BitKernels scalar_bits, avx2_bits, avx512_bits, neon_bits;
extern const CountsKernels scalar_counts, avx2_counts, avx512_counts, neon_counts;
extern const SetKernels scalar_sets, avx2_sets, avx512_sets, neon_sets;
extern const RingKernels scalar_rings, avx2_rings, avx512_rings;

/// The table for COCODEC_ISA, or the best for this machine. Throws Error{unknown_isa}.
const KernelTable& active();

/// Every table that this machine can run, scalar first, best last; nullptr ends the list.
const KernelTable* const* supported() noexcept;

}  // namespace cocodec::kernels
