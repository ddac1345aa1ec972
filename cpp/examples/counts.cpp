// Encodes a dense mask and prints what COCO stores of it. The README shows this program.
#include <cocodec/counts.hpp>
#include <cocodec/dense.hpp>

#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

int main() {
    const cocodec::Size size{4, 4};
    std::vector<std::uint8_t> pixels(4 * 4);
    for (std::size_t i = 0; i < 4; ++i) pixels[4 * i + i] = 1;

    // One mask in C order: strides from mask to mask, row to row and column to column, in bytes.
    const cocodec::RleArray masks = cocodec::encode({pixels.data(), 1, size, 16, 4, 1});

    cocodec::Buffer<char> text;
    cocodec::format_counts(masks.view()[0], text);
    std::cout << std::string_view(text.data(), text.size()) << '\n';  // 01400000
}
