// dense.hpp: every memory order, any strides, thread counts, refusals.
#include "cocodec/dense.hpp"

#include <algorithm>
#include <vector>

#include "check.hpp"
#include "kernels/table.hpp"
#include "masks.hpp"
#include "masks/run_writer.hpp"

using cocodec::DenseTarget;
using cocodec::DenseView;
using cocodec::ErrorCode;
using cocodec::RleArray;
using cocodec::Size;
using masks::Bitmap;
using masks::Runs;

namespace {

/// Where pixel (m, y, x) of a stack lies; `offset` is that of pixel (0, 0, 0).
struct Layout {
    const char* name;
    std::ptrdiff_t offset, mask, row, column;
    std::size_t bytes;
};

std::vector<Layout> layouts(std::size_t length, Size size) {
    const auto n = static_cast<std::ptrdiff_t>(length);
    const auto h = static_cast<std::ptrdiff_t>(size.height);
    const auto w = static_cast<std::ptrdiff_t>(size.width);
    const std::size_t all = length * masks::pixels(size);
    return {
        {"F order, mask after mask", 0, h * w, 1, h, all},
        {"C order, mask after mask", 0, h * w, w, 1, all},
        {"masks innermost", 0, 1, n * w, n, all},
        {"masks between rows and columns", 0, w, n * w, 1, all},
        {"F order with a gap", 3, (h + 5) * w, 1, h + 5,
         static_cast<std::size_t>((h + 5) * w * n + 3)},
        {"every second byte", 1, 2 * h * w, 2 * w, 2, 2 * all + 1},
        {"upside down", (h - 1) * w, h * w, -w, 1, all},
        {"all strides negative", n * h * w - 1, -h * w, -1, -h, all},
    };
}

template <class Byte>
cocodec::Dense<Byte> stack(Byte* memory, const Layout& layout, std::size_t length, Size size) {
    return {memory + layout.offset, length, size, layout.mask, layout.row, layout.column};
}

template <class Fn>
void for_each_pixel(std::size_t length, Size size, const Layout& layout, const Fn& fn) {
    for (std::size_t m = 0; m < length; ++m)
        for (std::ptrdiff_t x = 0; x < size.width; ++x)
            for (std::ptrdiff_t y = 0; y < size.height; ++y)
                fn(m, static_cast<std::size_t>(x * size.height + y),
                   static_cast<std::size_t>(layout.offset +
                                            static_cast<std::ptrdiff_t>(m) * layout.mask +
                                            y * layout.row + x * layout.column));
}

std::vector<Bitmap> stack_of_noise(masks::Random& random, std::size_t length, Size size,
                                   unsigned percent) {
    std::vector<Bitmap> bitmaps;
    for (std::size_t i = 0; i < length; ++i) bitmaps.push_back(masks::noise(random, size, percent));
    return bitmaps;
}

void agrees_in_every_layout(const std::vector<Bitmap>& bitmaps, int threads) {
    const Size size = bitmaps[0].size;
    const RleArray expected = masks::array(bitmaps);
    for (const Layout& layout : layouts(bitmaps.size(), size)) {
        std::vector<std::uint8_t> memory(layout.bytes, 0xEE);
        for_each_pixel(
            bitmaps.size(), size, layout, [&](std::size_t m, std::size_t i, std::size_t at) {
                // Any non-zero byte is foreground; neighbours may differ in value.
                memory[at] =
                    static_cast<std::uint8_t>(bitmaps[m].pixels[i] == 0 ? 0 : 1 + at % 255);
            });
        const DenseView view =
            stack<const std::uint8_t>(memory.data(), layout, bitmaps.size(), size);
        check::that(masks::same(cocodec::encode(view, threads), expected));

        std::vector<std::uint8_t> got(layout.bytes, 0xEE), wanted(layout.bytes, 0xEE);
        for_each_pixel(bitmaps.size(), size, layout,
                       [&](std::size_t m, std::size_t i, std::size_t at) {
                           wanted[at] = bitmaps[m].pixels[i];
                       });
        cocodec::decode(expected.view(),
                        stack<std::uint8_t>(got.data(), layout, bitmaps.size(), size), threads);
        // Bytes between the pixels must stay as they were.
        check::that(got == wanted);
    }
}

const check::Test small("small masks in every layout", [] {
    masks::Random random(4);
    const std::vector<Size> sizes{{1, 1}, {1, 9},  {9, 1},   {3, 4},
                                  {8, 8}, {17, 5}, {2, 130}, {64, 65}};
    for (const Size size : sizes)
        for (const unsigned percent : {0U, 3U, 50U, 97U, 100U})
            agrees_in_every_layout(stack_of_noise(random, 3, size, percent), 1);
});

const check::Test lengths("columns of every length, so that every tail is met", [] {
    masks::Random random(5);
    for (std::int64_t height = 1; height <= 80; ++height)
        agrees_in_every_layout(stack_of_noise(random, 2, {height, 3}, height % 2 == 0 ? 50 : 10),
                               1);
});

const check::Test large("masks longer than the blocks they are read in", [] {
    masks::Random random(6);
    const std::vector<Size> sizes{{300, 200}, {1, 70000}, {70000, 1}};
    for (const Size size : sizes) agrees_in_every_layout(stack_of_noise(random, 2, size, 1), 1);
});

const check::Test blocks("changes next to every block border", [] {
    for (const std::size_t border :
         {std::size_t{4096}, std::size_t{8192}, std::size_t{16384}, std::size_t{32768}}) {
        for (std::size_t at = border - 2; at <= border + 2; ++at) {
            Bitmap bitmap{{100, 1000}, masks::Pixels(100000)};
            std::fill(bitmap.pixels.begin() + static_cast<std::ptrdiff_t>(at), bitmap.pixels.end(),
                      std::uint8_t{1});
            const DenseView view{bitmap.pixels.data(), 1, bitmap.size, 0, 1, 100};
            check::equal(masks::runs_of(cocodec::encode(view).view()[0]),
                         masks::slow_encode(bitmap));
        }
    }
});

const check::Test threads("any number of threads gives the same", [] {
    masks::Random random(7);
    const std::vector<Bitmap> bitmaps = stack_of_noise(random, 50, {40, 30}, 30);
    for (const int count : {0, 1, 2, 3, 7, 64}) agrees_in_every_layout(bitmaps, count);
});

const check::Test nothing("empty stacks and empty images", [] {
    check::equal(cocodec::encode(DenseView{nullptr, 0, {4, 5}, 20, 5, 1}).size(), 0U);
    for (const Size size : {Size{0, 5}, Size{5, 0}, Size{0, 0}}) {
        const RleArray out = cocodec::encode(DenseView{nullptr, 2, size, 0, 1, 1});
        check::equal(out.size(), 2U);
        cocodec::validate(out.view());
        cocodec::decode(out.view(), DenseTarget{nullptr, 2, size, 0, 1, 1});
    }
});

const check::Test refusals("sizes, lengths and sums are checked before a byte is written", [] {
    const RleArray two = masks::array({masks::draw({"#.", ".#"}), masks::draw({"##", ".#"})});
    std::vector<std::uint8_t> memory(16, 7);
    const auto target = [&](std::size_t n, Size size) {
        return DenseTarget{memory.data(), n, size, 4, 1, 2};
    };
    check::raises(ErrorCode::size_mismatch, -1, -1,
                  [&] { cocodec::decode(two.view(), target(3, {2, 2})); });
    check::raises(ErrorCode::size_mismatch, 0, -1,
                  [&] { cocodec::decode(two.view(), target(2, {2, 1})); });
    RleArray mixed;
    mixed.append(two.view()[0]);
    const Runs three{1, 2}, broken{1, 1};
    mixed.append(masks::view(three, {3, 1}));
    check::raises(ErrorCode::size_mismatch, 1, -1,
                  [&] { cocodec::decode(mixed.view(), target(2, {2, 2})); });
    RleArray bad;
    bad.append(two.view()[0]);
    bad.append(masks::view(broken, {2, 2}));
    check::raises(ErrorCode::bad_sum, 1, -1,
                  [&] { cocodec::decode(bad.view(), target(2, {2, 2})); });
    check::raises(ErrorCode::bad_size, -1, -1, [&] {
        static_cast<void>(cocodec::encode(DenseView{memory.data(), 1, {-1, 2}, 0, 1, 1}));
    });
    check::equal(std::count(memory.begin(), memory.end(), std::uint8_t{7}), 16);
});

const check::Test zero_runs("runs of length 0 decode to nothing", [] {
    const Runs runs{0, 0, 0, 1, 0, 2, 1, 0, 0, 0};
    RleArray batch;
    batch.append(masks::view(runs, {2, 2}));
    std::vector<std::uint8_t> memory(4, 7);
    cocodec::decode(batch.view(), DenseTarget{memory.data(), 1, {2, 2}, 4, 1, 2});
    check::equal(memory, std::vector<std::uint8_t>{1, 1, 1, 0});
});

/// Which of the two was asked to pack bytes.
std::size_t packed_in_cache = 0, packed_from_memory = 0;

void count_in_cache(const std::uint8_t*, std::size_t n, std::uint64_t* bits) noexcept {
    packed_in_cache += n;
    std::fill_n(bits, (n + 63) / 64, 0);
}
void count_from_memory(const std::uint8_t*, std::size_t n, std::uint64_t* bits) noexcept {
    packed_from_memory += n;
    std::fill_n(bits, (n + 63) / 64, 0);
}

const check::Test memory("masks that no cache holds are read as what lies in memory", [] {
    cocodec::kernels::KernelTable table = cocodec::kernels::active();
    cocodec::kernels::BitKernels bits = *table.bits;
    bits.pack = count_in_cache;
    bits.pack_from_memory = count_from_memory;
    table.bits = &bits;
    const std::vector<std::uint8_t> pixels(cocodec::from_memory);
    cocodec::RunScratch scratch(pixels.size());
    for (const std::size_t n : {pixels.size() - 1, pixels.size()}) {
        packed_in_cache = packed_from_memory = 0;
        cocodec::Buffer<std::uint32_t> counts;
        cocodec::RunWriter(counts, scratch, table).add_bytes(pixels.data(), n);
        check::equal(packed_in_cache, n < pixels.size() ? n : 0);
        check::equal(packed_from_memory, n < pixels.size() ? 0 : n);
    }
});

const check::Test past_caches("many pixels are filled past the caches, small masks never", [] {
    cocodec::kernels::BitKernels bits = *cocodec::kernels::active().bits;
    bits.fill_memory = [](const std::uint32_t*, std::size_t, std::uint8_t*, std::size_t) noexcept {
    };
    const std::uint64_t all = cocodec::from_memory, image = 307200;  // 480 x 640
    check::that(cocodec::fill_for(bits, image, 54) == bits.fill);
    check::that(cocodec::fill_for(bits, image, 55) == bits.fill_memory);
    check::that(cocodec::fill_for(bits, all - 1, 1) == bits.fill);
    check::that(cocodec::fill_for(bits, all, 1) == bits.fill_memory);
    check::that(cocodec::fill_for(bits, 64, 1 << 24) == bits.fill);
    check::that(cocodec::fill_for(bits, 0, 1 << 24) == bits.fill);
});

}  // namespace
