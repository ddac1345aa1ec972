// What the tests of kernels share: every instruction set of this machine, and which one was wrong.
#pragma once

#include <cstdio>

#include "check.hpp"
#include "kernels/table.hpp"

/// Calls `fn` with every table; where checks fail in it the table is named.
template <class Fn>
void for_each_table(const Fn& fn) {
    for (const auto* const* table = cocodec::kernels::supported(); *table != nullptr; ++table) {
        const int before = check::failures;
        fn(**table);
        if (check::failures != before)
            std::fprintf(stderr, "  in the table \"%s\"\n", (*table)->name);
    }
}
