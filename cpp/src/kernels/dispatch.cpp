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

std::array<const Table*, 4> find_supported() noexcept {
    std::array<const Table*, 4> tables{};
    std::size_t n = 0;
    tables[n++] = &scalar;
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
