// label_map.hpp: the same masks as comparing every label with every pixel, and the same map back,
// for every type of pixel, layout and number of threads.
#include "cocodec/label_map.hpp"

#include <cstring>
#include <limits>
#include <set>
#include <vector>

#include "check.hpp"
#include "masks.hpp"

using cocodec::ErrorCode;
using cocodec::LabelMapTarget;
using cocodec::LabelMapView;
using cocodec::LabelType;
using cocodec::Overlap;
using cocodec::PaintOptions;
using cocodec::RleArray;
using cocodec::Size;

namespace {

using Labels = std::vector<std::int64_t>;

constexpr LabelType integers[] = {LabelType::u8,  LabelType::u16, LabelType::u32, LabelType::i8,
                                  LabelType::i16, LabelType::i32, LabelType::i64};

std::size_t bytes_of(LabelType type) {
    switch (type) {
        case LabelType::u8:
        case LabelType::i8:
            return 1;
        case LabelType::u16:
        case LabelType::i16:
            return 2;
        case LabelType::rgb:
            return 3;
        case LabelType::i64:
            return 8;
        default:
            return 4;
    }
}

bool is_signed(LabelType type) {
    return type == LabelType::i8 || type == LabelType::i16 || type == LabelType::i32 ||
           type == LabelType::i64;
}

/// A map whose labels are given column by column, as bytes in one of two orders, with a few bytes
/// between lines so that pixels are not aligned.
struct Image {
    Size size;
    LabelType type;
    std::vector<std::uint8_t> memory;
    std::ptrdiff_t row_stride, column_stride;

    Image(Size size_of, LabelType type_of, bool columns) : size(size_of), type(type_of) {
        const auto bytes = static_cast<std::ptrdiff_t>(bytes_of(type));
        const auto side = static_cast<std::ptrdiff_t>(columns ? size.height : size.width);
        const std::ptrdiff_t line = bytes * side + 3;
        row_stride = columns ? bytes : line;
        column_stride = columns ? line : bytes;
        memory.resize(static_cast<std::size_t>(line) *
                          static_cast<std::size_t>(columns ? size.width : size.height) +
                      1);
    }
    [[nodiscard]] std::size_t place(std::size_t i) const {
        const auto h = static_cast<std::ptrdiff_t>(size.height);
        const auto at = static_cast<std::ptrdiff_t>(i);
        return static_cast<std::size_t>(at % h * row_stride + at / h * column_stride);
    }
    void write(const Labels& labels) {  // little-endian machines only, as all that CI has
        for (std::size_t i = 0; i < labels.size(); ++i)
            std::memcpy(memory.data() + place(i), &labels[i], bytes_of(type));
    }
    [[nodiscard]] std::int64_t read(std::size_t i) const {
        std::int64_t label = 0;
        std::memcpy(&label, memory.data() + place(i), bytes_of(type));
        const std::size_t spare = 64 - 8 * bytes_of(type);
        if (is_signed(type))
            label = static_cast<std::int64_t>(static_cast<std::uint64_t>(label) << spare) >> spare;
        return label;
    }
    [[nodiscard]] LabelMapView view() const {
        return {memory.data(), type, size, row_stride, column_stride, 1};
    }
    LabelMapTarget target() { return {memory.data(), type, size, row_stride, column_stride, 1}; }
};

RleArray slow_masks(const Labels& pixels, Size size, const Labels& labels) {
    std::vector<masks::Bitmap> bitmaps;
    for (const std::int64_t label : labels) {
        masks::Bitmap bitmap{size, {}};
        for (const std::int64_t pixel : pixels) bitmap.pixels.push_back(pixel == label ? 1 : 0);
        bitmaps.push_back(bitmap);
    }
    return masks::array(bitmaps);
}

Labels random_pixels(masks::Random& random, Size size, const Labels& palette) {
    Labels pixels(masks::pixels(size));
    std::int64_t label = 0;
    const std::uint64_t stay = 1 + random() % 8;
    for (auto& pixel : pixels) {
        if (random() % stay == 0) label = palette[random() % palette.size()];
        pixel = label;
    }
    return pixels;
}

void round_trip(const Labels& pixels, Size size, LabelType type, bool columns, int threads) {
    Image image(size, type, columns);
    image.write(pixels);
    const auto found = cocodec::from_label_map(image.view(), 0, threads);
    std::set<std::int64_t> distinct(pixels.begin(), pixels.end());
    distinct.erase(0);
    const Labels labels(distinct.begin(), distinct.end());
    check::equal(Labels(found.labels.begin(), found.labels.end()), labels);
    check::that(masks::same(found.masks, slow_masks(pixels, size, labels)));
    if (type == LabelType::rgb) return;
    Image painted(size, type, columns);
    cocodec::paint_labels(found.masks.view(), found.labels.data(), painted.target(),
                          {0, Overlap::error, threads});
    for (std::size_t i = 0; i < pixels.size(); ++i) check::equal(painted.read(i), pixels[i]);
}

const check::Test types("every type of pixel in both orders, there and back", [] {
    masks::Random random(31);
    for (int i = 0; i < 40; ++i) {
        const Size size{static_cast<std::int64_t>(random() % 9),
                        static_cast<std::int64_t>(random() % 9)};
        for (const LabelType type : integers) {
            Labels palette{0, 1, 2, 127};
            if (is_signed(type)) palette.push_back(-128);
            if (type == LabelType::u32) palette.push_back(0xFFFFFFFF);
            if (type == LabelType::i64) {
                palette.push_back(std::numeric_limits<std::int64_t>::min());
                palette.push_back(std::numeric_limits<std::int64_t>::max());
            }
            const Labels pixels = random_pixels(random, size, palette);
            round_trip(pixels, size, type, i % 2 == 0, 1 + i % 3);
        }
        const Labels colours = random_pixels(random, size, {0, 1, 0xFF, 0x100, 0x10000, 0xFFFFFF});
        round_trip(colours, size, LabelType::rgb, i % 2 == 0, 1 + i % 3);
    }
});

const check::Test strips("strips of columns and pieces of columns join", [] {
    masks::Random random(32);
    for (const Size size : {Size{2, 2500}, Size{2500, 2}, Size{40, 1025}}) {
        for (const bool columns : {false, true}) {
            const Labels pixels = random_pixels(random, size, {0, 1, 2, 3});
            round_trip(pixels, size, LabelType::u16, columns, 1);
            round_trip(pixels, size, LabelType::u16, columns, 3);
            round_trip(Labels(pixels.size(), 5), size, LabelType::u8, columns, 2);
        }
    }
});

const check::Test no_background("without a background every label has a mask", [] {
    const std::uint8_t pixels[] = {0, 0, 3, 0};
    const LabelMapView view{pixels, LabelType::u8, {2, 2}, 2, 1, 1};
    const auto found = cocodec::from_label_map(view, std::nullopt);
    check::equal(Labels(found.labels.begin(), found.labels.end()), Labels{0, 3});
    check::equal(masks::runs_of(found.masks.view()[0]), masks::Runs{0, 1, 1, 2});
    check::equal(masks::runs_of(found.masks.view()[1]), masks::Runs{1, 1, 2});
});

const check::Test order("later masks win, or earlier ones, or nobody", [] {
    const RleArray two = masks::array({masks::draw({"##.", "##."}), masks::draw({".##", "..."})});
    const std::int64_t labels[] = {1, 2};
    const auto paint = [&](Overlap overlap) {
        std::vector<std::uint8_t> out(6, 7);
        cocodec::paint_labels(two.view(), labels, {out.data(), LabelType::u8, {2, 3}, 3, 1, 1},
                              {9, overlap, 1});
        return out;
    };
    check::equal(paint(Overlap::last), std::vector<std::uint8_t>{1, 2, 2, 1, 1, 9});
    check::equal(paint(Overlap::first), std::vector<std::uint8_t>{1, 1, 2, 1, 1, 9});
    check::raises(ErrorCode::bad_label, -1, -1, [&] { paint(Overlap::error); });
});

const check::Test refusals("sizes and labels are checked before a pixel is written", [] {
    const RleArray two = masks::array({masks::draw({"#."}), masks::draw({".#"})});
    std::vector<std::uint8_t> memory(8, 7);
    const auto paint = [&](Labels labels, LabelType type, Size size, std::int64_t background) {
        cocodec::paint_labels(two.view(), labels.data(), {memory.data(), type, size, 4, 1, 1},
                              PaintOptions{background, Overlap::last, 1});
    };
    check::raises(ErrorCode::size_mismatch, 0, -1,
                  [&] { paint({1, 2}, LabelType::u8, {2, 1}, 0); });
    check::raises(ErrorCode::bad_label, 1, -1, [&] { paint({1, 256}, LabelType::u8, {1, 2}, 0); });
    check::raises(ErrorCode::bad_label, 0, -1, [&] { paint({-1, 2}, LabelType::u16, {1, 2}, 0); });
    check::raises(ErrorCode::bad_label, -1, -1, [&] { paint({1, 2}, LabelType::i8, {1, 2}, 128); });
    check::raises(ErrorCode::bad_label, -1, -1, [&] { paint({1, 2}, LabelType::rgb, {1, 2}, 0); });
    check::raises(ErrorCode::bad_size, -1, -1, [&] { paint({1, 2}, LabelType::u8, {1, -2}, 0); });
    check::raises(ErrorCode::bad_size, -1, -1, [&] {
        static_cast<void>(
            cocodec::from_label_map({memory.data(), LabelType::u8, {-1, 2}, 4, 1, 1}, 0));
    });
    check::equal(memory, std::vector<std::uint8_t>(8, 7));
});

}  // namespace
