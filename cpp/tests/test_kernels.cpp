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

/// Bytes through `pack`, the bits through `transitions` and back through `unpack`: all of it
/// against single bytes.
void bytes_agree(const Table& table, const std::uint8_t* data, std::size_t n) {
    constexpr std::uint64_t untouched = 0xDEADBEEFDEADBEEF;
    const std::size_t words = (n + 63) / 64;
    std::vector<std::uint64_t> bits(words + 1, untouched), expected_bits(words + 1);
    expected_bits[words] = untouched;
    std::vector<std::uint8_t> bytes(n + 1, 77), expected_bytes(n + 1, 77);
    for (std::size_t i = 0; i < n; ++i) {
        expected_bits[i / 64] |= std::uint64_t{data[i] != 0} << (i % 64);
        expected_bytes[i] = data[i] != 0;
    }
    table.bits->pack(data, n, bits.data());
    check::equal(bits, expected_bits);
    table.bits->unpack(bits.data(), n, bytes.data());
    check::equal(bytes, expected_bytes);
    // Bits behind the end must not count.
    if (n % 64 != 0) bits[words - 1] |= ~std::uint64_t{0} << (n % 64);
    for (const bool before : {false, true}) {
        std::vector<std::uint32_t> expected, got(n + cocodec::kernels::slack);
        bool state = before;
        for (std::size_t i = 0; i < n; ++i) {
            if ((data[i] != 0) != state) expected.push_back(static_cast<std::uint32_t>(i));
            state = data[i] != 0;
        }
        got.resize(std::min(table.bits->transitions(bits.data(), n, before, got.data()), n));
        check::equal(got, expected);
    }
}

const check::Test bytes("bytes, bits and transitions at every length and alignment", [] {
    masks::Random random(15);
    for_each_table([&](const Table& table) {
        std::vector<std::uint8_t> memory(400);
        for (std::size_t n = 0; n <= 200; ++n) {
            const unsigned percent = n % 3 == 0 ? 2 : n % 3 == 1 ? 50 : 98;
            for (auto& byte : memory) {
                byte = random() % 100 < percent ? static_cast<std::uint8_t>(1 + random() % 255) : 0;
            }
            for (std::size_t align = 0; align < 64; align += n % 5 == 0 ? 1 : 7)
                bytes_agree(table, memory.data() + align, n);
        }
    });
});

const check::Test single("one change at every place", [] {
    for_each_table([](const Table& table) {
        for (std::size_t n = 1; n <= 130; ++n) {
            for (std::size_t at = 0; at < n; ++at) {
                std::vector<std::uint8_t> data(n);
                data[at] = 128;
                bytes_agree(table, data.data(), n);
                std::fill(data.begin() + static_cast<std::ptrdiff_t>(at), data.end(),
                          std::uint8_t{255});
                bytes_agree(table, data.data(), n);
            }
        }
    });
});

const check::Test fills("fill writes what the runs say and nothing else", [] {
    masks::Random random(17);
    for_each_table([&](const Table& table) {
        for (std::size_t n = 0; n <= 60; ++n) {
            std::vector<std::uint32_t> runs(n);
            std::vector<std::uint8_t> expected;
            for (std::size_t i = 0; i < n; ++i) {
                const std::size_t limit = n % 4 == 0   ? 3
                                          : n % 4 == 1 ? 40
                                          : n % 4 == 2 ? 300
                                                       : 9000;
                runs[i] = static_cast<std::uint32_t>(random() % limit);
                expected.insert(expected.end(), runs[i], static_cast<std::uint8_t>(i % 2));
            }
            expected.push_back(77);
            std::vector<std::uint8_t> got(expected.size(), 77);
            table.bits->fill(runs.data(), n, got.data());
            check::equal(got, expected);
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
                check::equal(table.sets->sum(runs.data() + align, n), expected);
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
