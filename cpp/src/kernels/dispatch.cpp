// Chooses the table of kernels, once.

#include <cstdlib>
#include <cstring>

#include "cocodec/error.hpp"
#include "cocodec/isa.hpp"
#include "kernels/table.hpp"

namespace cocodec {
namespace kernels {
namespace {

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
    static const Table* const tables[] = {&scalar, nullptr};
    return tables;
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
