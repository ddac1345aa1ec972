// brush.hpp: streams and back, and streams that are cut off.
#include "cocodec/brush.hpp"

#include "check.hpp"
#include "masks.hpp"

using cocodec::RleArray;

namespace {

const check::Test round_trips("a brush stream gives its mask back", [] {
    masks::Random random(5);
    for (int i = 0; i < 60; ++i) {
        const cocodec::Size size{1 + i % 7, 1 + i % 11};
        const RleArray mask = masks::array({masks::noise(random, size, 40)});
        cocodec::Buffer<std::uint8_t> stream;
        cocodec::encode_brush(mask.view()[0], stream);
        const RleArray back = cocodec::decode_brush(stream.data(), stream.size(), size);
        check::that(cocodec::equal(back.view()[0], mask.view()[0]));
    }
});

const check::Test noise_comes_back("a mask that changes with every pixel comes back", [] {
    masks::Random random(7);
    for (const cocodec::Size size : {cocodec::Size{64, 64}, {65, 130}, {200, 71}, {129, 64}}) {
        for (const unsigned percent : {2U, 50U, 98U}) {
            const RleArray mask = masks::array({masks::noise(random, size, percent)});
            cocodec::Buffer<std::uint8_t> stream;
            cocodec::encode_brush(mask.view()[0], stream);
            const RleArray back = cocodec::decode_brush(stream.data(), stream.size(), size);
            check::that(cocodec::equal(back.view()[0], mask.view()[0]));
        }
    }
});

const check::Test cut_off("a stream that is cut off is refused", [] {
    masks::Random random(6);
    const cocodec::Size size{5, 8};
    const RleArray mask = masks::array({masks::noise(random, size, 40)});
    cocodec::Buffer<std::uint8_t> stream;
    cocodec::encode_brush(mask.view()[0], stream);
    for (std::size_t n = 0; n + 1 < stream.size(); ++n) {
        bool refused = false;
        try {
            cocodec::decode_brush(stream.data(), n, size);
        } catch (const cocodec::Error&) {
            refused = true;
        }
        check::that(refused);
    }
});

}  // namespace
