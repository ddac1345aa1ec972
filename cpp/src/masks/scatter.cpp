// The factor of this process.
#include "masks/scatter.hpp"

#include <random>

namespace cocodec {

std::uint64_t unforeseen_factor() {
    static const std::uint64_t factor = [] {
        std::random_device random;
        return (std::uint64_t{random()} << 32 | random()) | 1;
    }();
    return factor;
}

}  // namespace cocodec
