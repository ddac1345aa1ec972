// Any bytes as a PNG, and any bytes as the compressed pixels of one that is right otherwise:
// refused with an Error, or masks that cover the image.
#include <cstdint>
#include <cstring>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/limits.hpp"
#include "cocodec/png.hpp"
#include "png/deflate.hpp"

#include "oracle.hpp"

namespace {

/// A picture of many pixels takes long, and shows nothing that a small one does not.
const bool is_limited = [] {
    cocodec::Limits limits;
    limits.pixels = 1 << 16;
    cocodec::set_limits(limits);
    return true;
}();

void read(const std::uint8_t* data, std::size_t size) {
    try {
        const cocodec::LabelledMasks found = cocodec::from_label_png({data, size}, std::nullopt);
        const cocodec::PngHeader header = cocodec::read_png_header({data, size});
        std::uint64_t pixels = 0;
        for (std::size_t i = 0; i < found.masks.size(); ++i) {
            pixels += cocodec::area(found.masks.view()[i]);
        }
        fuzz::require(pixels == header.size.area(), "every pixel has a label");
        cocodec::validate(found.masks.view());
        const std::uint64_t samples = header.size.area() * header.channels();
        std::vector<std::uint8_t> out(static_cast<std::size_t>(samples) * 2);
        cocodec::read_png({data, size}, out.data());
    } catch (const cocodec::Error&) {
        // Refused.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read(data, size);
    if (size < 2) return 0;
    cocodec::PngHeader header;
    header.size = {1 + data[0] % 40, 1 + data[1] % 40};
    header.bits = data[0] % 2 == 0 ? 8 : 16;
    header.colour =
        header.bits == 8 && data[1] % 2 == 0 ? cocodec::PngColour::rgb : cocodec::PngColour::grey;
    cocodec::Buffer<std::uint8_t> content;
    const std::uint8_t head[] = {0x78, 0x9C};
    content.append(head, 2);
    content.append(data + 2, size - 2);
    const cocodec::Buffer<std::uint8_t> png = cocodec::png::write_chunks(header, content);
    read(png.data(), png.size());
    return 0;
}
