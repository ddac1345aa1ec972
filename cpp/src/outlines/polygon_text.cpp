// Rings as JSON text.

#include "outlines/polygon_text.hpp"

#include <charconv>
#include <cstdint>

namespace cocodec {
namespace {

constexpr std::size_t max_digits = 20;

/// Appends the ring of `n` coordinates. There is room for every number, so each is written in
/// place.
void append_ring(const double* xy, std::size_t n, std::string_view comma, Buffer<char>& out) {
    char* const begin = out.room(n * (max_digits + comma.size()) + 2);
    char* at = begin;
    *at++ = '[';
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) at += comma.copy(at, comma.size());
        at = std::to_chars(at, at + max_digits, static_cast<std::int64_t>(xy[i])).ptr;
    }
    *at++ = ']';
    out.advance(static_cast<std::size_t>(at - begin));
}

}  // namespace

void append_rings(const Polygons& polygons, std::size_t mask, std::string_view comma,
                  Buffer<char>& out) {
    const Rings& rings = polygons.rings;
    const auto first = static_cast<std::size_t>(rings.mask_offsets[mask]);
    const auto last = static_cast<std::size_t>(rings.mask_offsets[mask + 1]);
    out.push_back('[');
    for (std::size_t ring = first; ring < last; ++ring) {
        if (ring > first) out.append(comma.data(), comma.size());
        const auto begin = static_cast<std::size_t>(rings.ring_offsets[ring]);
        const auto end = static_cast<std::size_t>(rings.ring_offsets[ring + 1]);
        append_ring(rings.xy.data() + 2 * begin, 2 * (end - begin), comma, out);
    }
    out.push_back(']');
}

}  // namespace cocodec
