// Any runs as a batch of masks: refused, or decoded in two memory orders and encoded back to an
// equal mask, and combined and compared with each other to what the pixels say.
#include <cstdint>
#include <vector>

#include "cocodec/dense.hpp"
#include "cocodec/error.hpp"
#include "cocodec/iou.hpp"
#include "cocodec/setops.hpp"

#include "oracle.hpp"

namespace {

using cocodec::RleArray;
using cocodec::SetOp;
using Pixels = std::vector<std::uint8_t>;

/// Runs with the chance of zero-length ones; mostly made to fit the image, or nothing would get
/// far.
RleArray mask_from(fuzz::Input& input, cocodec::Size size) {
    RleArray out;
    std::uint64_t left = size.area();
    const bool fits = input.below(8) != 0;
    for (std::uint32_t n = input.below(40); n > 0 && left > 0; --n) {
        const auto run =
            static_cast<std::uint32_t>(input.take<std::uint8_t>() % (fits ? left + 1 : 256));
        out.counts.push_back(run);
        left -= run < left ? run : left;
    }
    if (fits) out.counts.push_back(static_cast<std::uint32_t>(left));
    out.finish(size);
    return out;
}

bool valid(const RleArray& mask) {
    try {
        cocodec::validate(mask.view());
    } catch (const cocodec::Error& error) {
        fuzz::require(error.code() == cocodec::ErrorCode::bad_sum && error.item() == 0,
                      "bad_sum of mask 0");
        return false;
    }
    return true;
}

Pixels round_trip(const RleArray& mask) {
    const cocodec::Size size = mask.sizes[0];
    const auto height = static_cast<std::ptrdiff_t>(size.height);
    const auto width = static_cast<std::ptrdiff_t>(size.width);
    Pixels columns(static_cast<std::size_t>(size.area())), rows(columns.size());
    cocodec::decode(mask.view(), {columns.data(), 1, size, 0, 1, height});
    cocodec::decode(mask.view(), {rows.data(), 1, size, 0, width, 1});
    const RleArray a = cocodec::encode({columns.data(), 1, size, 0, 1, height});
    const RleArray b = cocodec::encode({rows.data(), 1, size, 0, width, 1});
    fuzz::require(cocodec::equal(a.view()[0], mask.view()[0]), "decode, encode: the same mask");
    fuzz::require(cocodec::equal(a.view()[0], b.view()[0]), "both orders agree");
    fuzz::require(a.counts.size() == b.counts.size(), "one canonical form");
    return columns;
}

void compare_pair(const RleArray& a, const RleArray& b, const Pixels& p, const Pixels& q) {
    const auto check = [&](SetOp op, auto rule) {
        const RleArray got = cocodec::combine(a.view(), b.view(), op);
        const Pixels pixels = round_trip(got);
        for (std::size_t i = 0; i < p.size(); ++i)
            fuzz::require(pixels[i] == (rule(p[i], q[i]) ? 1 : 0),
                          "a set operation, pixel by pixel");
    };
    check(SetOp::union_, [](int x, int y) { return (x | y) != 0; });
    check(SetOp::intersection, [](int x, int y) { return (x & y) != 0; });
    check(SetOp::difference, [](int x, int y) { return x != 0 && y == 0; });
    check(SetOp::symmetric_difference, [](int x, int y) { return x != y; });
    std::uint64_t both = 0, either = 0;
    for (std::size_t i = 0; i < p.size(); ++i) both += p[i] & q[i], either += p[i] | q[i];
    double got = -7;
    cocodec::iou(a.view(), b.view(), nullptr, &got);
    fuzz::require(got == (both == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either)),
                  "IoU");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const cocodec::Size image{input.below(70), input.below(70)};
    const RleArray a = mask_from(input, image), b = mask_from(input, image);
    if (!valid(a) || !valid(b)) return 0;
    const Pixels p = round_trip(a), q = round_trip(b);
    compare_pair(a, b, p, q);
    const RleArray opposite = cocodec::complement(a.view());
    fuzz::require(cocodec::area(opposite.view()[0]) == image.area() - cocodec::area(a.view()[0]),
                  "complement");
    return 0;
}
