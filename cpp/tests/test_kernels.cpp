// kernels/: every instruction set of this machine gives what a loop over single bytes gives, at
// every length and alignment, and writes nowhere else. threads.hpp: the split never shows.
#include "kernels/table.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "cocodec/isa.hpp"

#include "check.hpp"
#include "masks.hpp"
#include "threads.hpp"

using cocodec::kernels::Table;

namespace {

template <class Fn>
void for_each_table(const Fn& fn) {
    for (const Table* const* table = cocodec::kernels::supported(); *table != nullptr; ++table) {
        const int before = check::failures;
        fn(**table);
        if (check::failures != before)
            std::fprintf(stderr, "  in the table \"%s\"\n", (*table)->name);
    }
}

const check::Test list("the list starts with scalar and holds the active one", [] {
    const std::vector<std::string> names = cocodec::isas();
    check::equal(names.at(0), std::string("scalar"));
    check::that(std::find(names.begin(), names.end(), cocodec::isa()) != names.end());
    const char* forced = std::getenv("COCODEC_ISA");
    check::equal(cocodec::isa(), forced != nullptr ? std::string(forced) : names.back());
    check::equal(std::string(cocodec::kernels::active().name), cocodec::isa());
});

constexpr std::uint32_t untouched = 0xDEADBEEF;

void transitions_agree(const Table& table, const std::uint8_t* data, std::size_t n) {
    for (const bool before : {false, true}) {
        std::vector<std::uint32_t> expected, got(n + 1, untouched);
        bool state = before;
        for (std::size_t i = 0; i < n; ++i) {
            if ((data[i] != 0) != state) expected.push_back(static_cast<std::uint32_t>(i));
            state = data[i] != 0;
        }
        const std::size_t found = table.transitions(data, n, before, got.data());
        check::equal(got[n], untouched);  // one past what was promised
        got.resize(std::min(found, n));
        check::equal(got, expected);
    }
}

const check::Test transitions("transitions at every length to 200 and every alignment to 64", [] {
    masks::Random random(15);
    for_each_table([&](const Table& table) {
        std::vector<std::uint8_t> memory(400);
        for (std::size_t n = 0; n <= 200; ++n) {
            const unsigned percent = n % 3 == 0 ? 2 : n % 3 == 1 ? 50 : 98;
            for (auto& byte : memory) {
                byte = random() % 100 < percent ? static_cast<std::uint8_t>(1 + random() % 255) : 0;
            }
            for (std::size_t align = 0; align < 64; align += n % 5 == 0 ? 1 : 7)
                transitions_agree(table, memory.data() + align, n);
        }
    });
});

const check::Test single("one change at every place", [] {
    for_each_table([](const Table& table) {
        for (std::size_t n = 1; n <= 130; ++n) {
            for (std::size_t at = 0; at < n; ++at) {
                std::vector<std::uint8_t> data(n);
                data[at] = 128;
                transitions_agree(table, data.data(), n);
                std::fill(data.begin() + static_cast<std::ptrdiff_t>(at), data.end(),
                          std::uint8_t{255});
                transitions_agree(table, data.data(), n);
            }
        }
    });
});

const check::Test sums("sums do not wrap at 32 bits", [] {
    masks::Random random(16);
    for_each_table([&](const Table& table) {
        for (std::size_t n = 0; n <= 200; ++n) {
            std::vector<std::uint32_t> runs(n + 16);
            for (auto& run : runs) run = static_cast<std::uint32_t>(random()) | 0x80000000U;
            for (std::size_t align = 0; align < 16; ++align) {
                std::uint64_t expected = 0;
                for (std::size_t i = 0; i < n; ++i) expected += runs[align + i];
                check::equal(table.sum(runs.data() + align, n), expected);
            }
        }
    });
});

const check::Test every_item_once("parallel_for visits every item once", [] {
    for (const int threads : {0, 1, 2, 5, 40}) {
        for (const std::size_t n :
             {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
            std::vector<std::atomic<int>> visits(n);
            cocodec::parallel_for(n, 1e9, threads, [&](std::size_t first, std::size_t last) {
                for (std::size_t i = first; i < last; ++i) ++visits[i];
            });
            for (const auto& visit : visits) check::equal(visit.load(), 1);
        }
    }
});

const check::Test first_failure("of several failures the one of the first items is told", [] {
    for (const int threads : {1, 2, 8}) {
        std::string told;
        try {
            cocodec::parallel_for(64, 1e9, threads, [](std::size_t first, std::size_t last) {
                for (std::size_t i = first; i < last; ++i)
                    if (i == 11 || i > 40) throw std::runtime_error(std::to_string(i));
            });
        } catch (const std::runtime_error& error) {
            told = error.what();
        }
        check::equal(told, std::string("11"));
    }
});

}  // namespace
