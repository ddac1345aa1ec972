// Encodes a stack of dense masks, unites them, and writes what COCO stores of the result.
#include <cocodec/counts.hpp>
#include <cocodec/dense.hpp>
#include <cocodec/error.hpp>
#include <cocodec/setops.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

namespace {

constexpr cocodec::Size size{6, 8};
constexpr std::size_t row = 8, mask = 6 * row;

/// A rectangle of ones in mask `index` of the stack.
void paint(std::vector<std::uint8_t>& stack, std::size_t index, std::size_t top, std::size_t left) {
    for (std::size_t y = top; y < top + 3; ++y) {
        for (std::size_t x = left; x < left + 4; ++x) stack[index * mask + y * row + x] = 1;
    }
}

void print(const cocodec::RleArray& masks) {
    for (std::size_t i = 0; i < masks.size(); ++i) {
        cocodec::Buffer<char> text;
        cocodec::format_counts(masks.view()[i], text);
        std::cout << R"({"size": )" << cocodec::to_text(masks.sizes[i]) << R"(, "counts": ")"
                  << std::string_view(text.data(), text.size()) << R"("}, )"
                  << cocodec::area(masks.view()[i]) << " pixels\n";
    }
}

}  // namespace

int main() {
    try {
        std::vector<std::uint8_t> stack(2 * mask);
        paint(stack, 0, 0, 1);
        paint(stack, 1, 2, 3);
        // Two masks, rows of 8 bytes: where each mask, row and column begins, in bytes.
        const cocodec::RleArray masks = cocodec::encode({stack.data(), 2, size, mask, row, 1});

        const std::int64_t members[] = {0, 1}, groups[] = {0, 2};
        print(cocodec::combine(masks.view(), {members, groups, 1}, cocodec::SetOp::union_));
        print(cocodec::combine(masks.view(), {members, groups, 1}, cocodec::SetOp::intersection));
    } catch (const cocodec::Error& error) {
        std::cerr << cocodec::name(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
