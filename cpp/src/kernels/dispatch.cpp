// Which tables there are, which of them this machine can run, and the choice of one.

#include <array>
#include <cstdlib>
#include <cstring>

#include "cocodec/error.hpp"
#include "cocodec/isa.hpp"
#include "kernels/table.hpp"
#include "kernels/target.hpp"

#ifdef COCODEC_X86
#ifdef _MSC_VER
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace cocodec {
namespace kernels {
namespace {

const KernelTable scalar = {"scalar",     &scalar_bits,  &scalar_counts,
                            &scalar_sets, &scalar_rings, {0.15, 0.08, 0.06, 0.6, 45}};

#ifdef COCODEC_X86
const KernelTable avx2 = {"avx2",     &avx2_bits,  &avx2_counts,
                          &avx2_sets, &avx2_rings, {0.06, 0.05, 0.04, 0.2, 26}};
const KernelTable avx512 = {"avx512",     &avx512_bits,  &avx512_counts,
                            &avx512_sets, &avx512_rings, {0.04, 0.04, 0.03, 0.12, 24}};

// The processor is asked directly: `__builtin_cpu_supports` needs a runtime library that not every
// compiler links (zig's does not), and there it says no to everything, without an error.
struct Registers {
    unsigned eax, ebx, ecx, edx;
};

Registers cpuid(unsigned leaf, unsigned subleaf) noexcept {
#ifdef _MSC_VER
    int r[4];
    __cpuidex(r, static_cast<int>(leaf), static_cast<int>(subleaf));
    return {static_cast<unsigned>(r[0]), static_cast<unsigned>(r[1]), static_cast<unsigned>(r[2]),
            static_cast<unsigned>(r[3])};
#else
    Registers r{};
    __cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
    return r;
#endif
}

/// Which registers the system saves when it switches threads (XCR0). Needs OSXSAVE.
unsigned saved_registers() noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
    return static_cast<unsigned>(_xgetbv(0));
#else
    // Not the intrinsic: that one wants a compiler flag for the whole file.
    unsigned low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0U));
    return low;
#endif
}

constexpr unsigned bit(unsigned n) noexcept {
    return 1U << n;
}
constexpr bool has_all(unsigned word, unsigned wanted) noexcept {
    return (word & wanted) == wanted;
}

// What the functions in target.hpp are compiled for, and no less.
constexpr unsigned leaf1_ecx = bit(23) | bit(27) | bit(28);  // popcnt, osxsave, avx
constexpr unsigned leaf7_ebx = bit(3) | bit(5) | bit(8);     // bmi, avx2, bmi2
constexpr unsigned extended_ecx = bit(5);                    // lzcnt
constexpr unsigned ymm_saved = bit(1) | bit(2);              // xmm, upper halves of ymm
constexpr unsigned leaf7_ebx_512 = bit(16) | bit(17) | bit(30) | bit(31);  // f, dq, bw, vl
constexpr unsigned leaf7_ecx_512 = bit(1) | bit(6) | bit(12) | bit(14);    // vbmi, vbmi2, bitalg,
                                                                           // vpopcntdq
constexpr unsigned zmm_saved = ymm_saved | bit(5) | bit(6) | bit(7);

bool has_avx2() noexcept {
    if (cpuid(0, 0).eax < 7 || cpuid(0x80000000U, 0).eax < 0x80000001U) return false;
    return has_all(cpuid(1, 0).ecx, leaf1_ecx) && has_all(saved_registers(), ymm_saved) &&
           has_all(cpuid(7, 0).ebx, leaf7_ebx) && has_all(cpuid(0x80000001U, 0).ecx, extended_ecx);
}
bool has_avx512() noexcept {
    return has_avx2() && has_all(saved_registers(), zmm_saved) &&
           has_all(cpuid(7, 0).ebx, leaf7_ebx_512) && has_all(cpuid(7, 0).ecx, leaf7_ecx_512);
}
#endif

#ifdef COCODEC_NEON
const KernelTable neon = {"neon",     &neon_bits,    &neon_counts,
                          &neon_sets, &scalar_rings, {0.08, 0.06, 0.05, 0.3, 45}};
#endif

std::array<const KernelTable*, 4> find_supported() noexcept {
    std::array<const KernelTable*, 4> tables{};
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

const KernelTable& choose() {
    const KernelTable* const* best = supported();
    while (best[1] != nullptr) ++best;
    const char* wanted = std::getenv("COCODEC_ISA");
    if (wanted == nullptr || *wanted == '\0') return **best;
    std::string known;
    for (const KernelTable* const* table = supported(); *table != nullptr; ++table) {
        if (std::strcmp((*table)->name, wanted) == 0) return **table;
        known += known.empty() ? "" : ", ";
        known += (*table)->name;
    }
    throw Error(ErrorCode::unknown_isa, "COCODEC_ISA is \"" + std::string(wanted) +
                                            "\"; this machine and build can run: " + known);
}

}  // namespace

const KernelTable* const* supported() noexcept {
    static const std::array<const KernelTable*, 4> tables = find_supported();
    return tables.data();
}

const KernelTable& active() {
    static const KernelTable& table = choose();
    return table;
}

}  // namespace kernels

std::vector<std::string> isas() {
    std::vector<std::string> names;
    for (const kernels::KernelTable* const* t = kernels::supported(); *t != nullptr; ++t) {
        names.emplace_back((*t)->name);
    }
    return names;
}

std::string isa() {
    return kernels::active().name;
}

}  // namespace cocodec
