// A growable array of plain values that never touches memory it was not asked to touch.
// std::vector would zero what the next line overwrites; for run counts that is half the work.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

namespace cocodec {

/// Asks the system for large pages behind memory of several megabytes: fresh pages cost more than
/// what most operations write into them. Does nothing where that is not to be had.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() noexcept = default;
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        swap(other);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { std::free(data_); }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }

    /// Makes room for `extra` more values and returns where they go; follow with `advance`.
    /// Amortised constant. Throws std::bad_alloc before anything changes.
    T* room(std::size_t extra) {
        if (extra > capacity_ - size_) grow(extra);
        return data_ + size_;
    }
    /// Counts `n` values that were written at `room(...)` as part of the array.
    void advance(std::size_t n) noexcept { size_ += n; }

    void push_back(T value) {
        *room(1) = value;
        ++size_;
    }
    void append(const T* values, std::size_t n) {
        if (n == 0) return;
        std::memcpy(static_cast<void*>(room(n)), values, n * sizeof(T));
        size_ += n;
    }
    void reserve(std::size_t n) {
        if (n > capacity_) reallocate(n);
    }
    /// To be called now and then while a batch is appended: `done` of `total` items are in. Early
    /// on makes room for as much as all of them will need if the others are like these, because
    /// growing step by step touches large memory twice.
    void foresee(std::size_t done, std::size_t total) noexcept {
        if (done == 0 || done != total / 32 || size_ < large_memory / 64 / sizeof(T)) return;
        try {
            reserve(size_ / 7 * 8 * (total / done));
        } catch (const std::bad_alloc&) {
            // The others may be smaller after all.
        }
    }
    /// New values are left uninitialised.
    void resize(std::size_t n) {
        reserve(n);
        size_ = n;
    }
    void clear() noexcept { size_ = 0; }
    /// Gives memory beyond `size()` back.
    void shrink() {
        if (size_ < capacity_ && size_ > 0) reallocate(size_);
    }
    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

private:
    void grow(std::size_t extra) {
        const std::size_t limit = std::numeric_limits<std::size_t>::max() / 2 / sizeof(T);
        if (extra > limit - size_) throw std::bad_alloc();
        const std::size_t doubled = capacity_ > limit / 2 ? limit : capacity_ * 2;
        const std::size_t needed = size_ + extra;
        reallocate(doubled > needed ? doubled : needed);
    }
    void reallocate(std::size_t n) {
        if (n > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_alloc();
        void* moved = std::realloc(static_cast<void*>(data_), (n > 0 ? n : 1) * sizeof(T));
        if (moved == nullptr) throw std::bad_alloc();
        if (n >= large_memory / sizeof(T)) prefer_large_pages(moved, n * sizeof(T));
        data_ = static_cast<T*>(moved);
        capacity_ = n;
    }

    static constexpr std::size_t large_memory = std::size_t{1} << 22;

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace cocodec
