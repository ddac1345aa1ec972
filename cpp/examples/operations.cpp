// Grows a mask, takes it apart, measures its parts and traces them; and back from the rings.
#include <cocodec/components.hpp>
#include <cocodec/dense.hpp>
#include <cocodec/error.hpp>
#include <cocodec/measures.hpp>
#include <cocodec/morphology.hpp>
#include <cocodec/polygon.hpp>
#include <cocodec/transform.hpp>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <vector>

int main() {
    try {
        const cocodec::Size size{12, 16};
        std::vector<std::uint8_t> pixels(12 * 16);
        for (const std::size_t at : {2u * 16 + 2, 2u * 16 + 4, 9u * 16 + 12}) pixels[at] = 1;
        const cocodec::RleArray mask = cocodec::encode({pixels.data(), 1, size, 0, 16, 1});

        // One row and two columns around each pixel.
        const cocodec::RleArray grown =
            cocodec::morphology(mask.view(), cocodec::Morphology::dilate,
                                cocodec::Neighbourhood::box(1, 2), cocodec::Outside::background);
        const cocodec::Components parts =
            cocodec::connected_components(grown.view(), cocodec::Connectivity::eight);
        std::vector<cocodec::Point> centres(parts.masks.size());
        cocodec::centroid(parts.masks.view(), centres.data());
        for (std::size_t i = 0; i < parts.masks.size(); ++i) {
            std::cout << cocodec::area(parts.masks.view()[i]) << " pixels around " << centres[i].x
                      << ", " << centres[i].y << '\n';
        }

        const std::vector<cocodec::Size> half(parts.masks.size(), {6, 8});
        const cocodec::RleArray small =
            cocodec::resize(parts.masks.view(), half.data(), cocodec::ResizeRule::area);
        const cocodec::Polygons polygons = cocodec::trace(small.view(), {});
        const cocodec::RleArray again = cocodec::from_rings(polygons.rings.view(half.data()));
        for (std::size_t i = 0; i < small.size(); ++i) {
            std::cout << cocodec::area(again.view()[i]) << " of " << cocodec::area(small.view()[i])
                      << " pixels back\n";
        }
    } catch (const cocodec::Error& error) {
        std::cerr << cocodec::name(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
