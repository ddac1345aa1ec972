// What the fuzz targets share: reading values off the input, and stopping when a promise is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fuzz {

/// Stops the process in a way that every driver and sanitizer notices.
inline void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

/// Takes values off the front of the input; zeros when it has run out.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

    [[nodiscard]] std::size_t left() const { return left_; }
    [[nodiscard]] const char* text() const { return reinterpret_cast<const char*>(data_); }

    template <class T>
    T take() {
        T value{};
        const std::size_t n = left_ < sizeof value ? left_ : sizeof value;
        if (n > 0) std::memcpy(&value, data_, n);
        data_ += n;
        left_ -= n;
        return value;
    }
    /// 0 .. limit - 1
    std::uint32_t below(std::uint32_t limit) { return take<std::uint16_t>() % limit; }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

}  // namespace fuzz
