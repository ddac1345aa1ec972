// What buffer.hpp asks of the operating system.

#include "cocodec/buffer.hpp"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace cocodec {

void prefer_large_pages(void* memory, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Only whole pages of the system can be named; the rest of the block may be another's.
    constexpr std::uintptr_t page = 1 << 16;
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const auto begin = (address + page - 1) / page * page, end = (address + bytes) / page * page;
    if (begin < end) {
        madvise(static_cast<char*>(memory) + (begin - address), end - begin, MADV_HUGEPAGE);
    }
#else
    static_cast<void>(memory);
    static_cast<void>(bytes);
#endif
}

}  // namespace cocodec
