// Where numbers stand in a table of open places: scattered as no file can foresee. With factors
// that are always the same, numbers can be chosen that all want one place, and the search for each
// goes past all the others.
#pragma once

#include <cstdint>

namespace cocodec {

/// An odd number, another in every process.
std::uint64_t unforeseen_factor();

/// Mixes the bits of numbers: no two give the same, and all bits of the result are good.
class Scatter {
public:
    [[nodiscard]] std::uint64_t operator()(std::uint64_t value) const noexcept {
        value = (value ^ (value >> 32)) * factor_;
        value = (value ^ (value >> 29)) * 0xBF58476D1CE4E5B9;
        return value ^ (value >> 32);
    }

private:
    std::uint64_t factor_ = unforeseen_factor();
};

}  // namespace cocodec
