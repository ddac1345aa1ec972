// Which tables there are, which of them this machine can run, and the choice of one.

#include <array>
#include <cstdlib>
#include <cstring>

#include "cocodec/error.hpp"
#include "cocodec/isa.hpp"
#include "kernels/table.hpp"
#include "kernels/target.hpp"

#if defined(COCODEC_X86) && defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace cocodec {
namespace kernels {
namespace {

const Table scalar = {"scalar", &scalar_bits, &scalar_counts, &scalar_sets};

#ifdef COCODEC_X86
const Table avx2 = {"avx2", &avx2_bits, &avx2_counts, &avx2_sets};
const Table avx512 = {"avx512", &avx512_bits, &avx512_counts, &avx512_sets};

#if defined(_MSC_VER) && !defined(__clang__)
/// Bits of CPUID leaf 7: what the kernels use, and whether the system saves the registers.
bool has_bits(int word, unsigned wanted, unsigned long long saved) noexcept {
    int leaf[4];
    __cpuid(leaf, 0);
    if (leaf[0] < 7) return false;
    __cpuidex(leaf, 1, 0);
    if ((leaf[2] & (1 << 27)) == 0 || (_xgetbv(0) & saved) != saved) return false;
    __cpuidex(leaf, 7, 0);
    return (static_cast<unsigned>(leaf[word]) & wanted) == wanted;
}
bool has_avx2() noexcept {
    return has_bits(1, 1U << 3 | 1U << 5 | 1U << 8, 0x6);
}
bool has_avx512() noexcept {
    return has_avx2() && has_bits(1, 1U << 16 | 1U << 17 | 1U << 30 | 1U << 31, 0xE6) &&
           has_bits(2, 1U << 1 | 1U << 6 | 1U << 12 | 1U << 14, 0xE6);
}
#else
bool has_avx2() noexcept {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
bool has_avx512() noexcept {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif
#endif

#ifdef COCODEC_NEON
const Table neon = {"neon", &neon_bits, &neon_counts, &neon_sets};
#endif

std::array<const Table*, 4> find_supported() noexcept {
    std::array<const Table*, 4> tables{};
    std::size_t n = 0;
    tables[n++] = &scalar;
#ifdef COCODEC_X86
    if (has_avx2()) tables[n++] = &avx2;
    if (has_avx512()) tables[n++] = &avx512;
#endif
#ifdef COCODEC_NEON
    tables[n++] = &neon;
#endif
    return tables;
}

const Table& choose() {
    const Table* const* best = supported();
    while (best[1] != nullptr) ++best;
    const char* wanted = std::getenv("COCODEC_ISA");
    if (wanted == nullptr || *wanted == '\0') return **best;
    std::string known;
    for (const Table* const* table = supported(); *table != nullptr; ++table) {
        if (std::strcmp((*table)->name, wanted) == 0) return **table;
        known += known.empty() ? "" : ", ";
        known += (*table)->name;
    }
    throw Error(ErrorCode::unknown_isa, "COCODEC_ISA is \"" + std::string(wanted) +
                                            "\"; this machine and build can run: " + known);
}

}  // namespace

const Table* const* supported() noexcept {
    static const std::array<const Table*, 4> tables = find_supported();
    return tables.data();
}

const Table& active() {
    static const Table& table = choose();
    return table;
}

}  // namespace kernels

std::vector<std::string> isas() {
    std::vector<std::string> names;
    for (const kernels::Table* const* t = kernels::supported(); *t != nullptr; ++t) {
        names.emplace_back((*t)->name);
    }
    return names;
}

std::string isa() {
    return kernels::active().name;
}

}  // namespace cocodec
