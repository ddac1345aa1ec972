// kernels/: every instruction set of this machine gives what a loop over single bytes gives, at
// every length and alignment, and writes nowhere else. threads.hpp: the split never shows.
#include "kernels/table.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "cocodec/isa.hpp"

#include "check.hpp"
#include "kernel_tables.hpp"
#include "masks.hpp"
#include "masks/threads.hpp"

using cocodec::kernels::KernelTable;

namespace {

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
void bytes_agree(const KernelTable& table, const std::uint8_t* data, std::size_t n) {
    constexpr std::uint64_t untouched = 0xDEADBEEFDEADBEEF;
    const std::size_t words = (n + 63) / 64;
    std::vector<std::uint64_t> bits(words + 1, untouched), expected_bits(words + 1);
    expected_bits[words] = untouched;
    std::vector<std::uint8_t> bytes(n + 1, 77), expected_bytes(n + 1, 77);
    for (std::size_t i = 0; i < n; ++i) {
        expected_bits[i / 64] |= std::uint64_t{data[i] != 0} << (i % 64);
        expected_bytes[i] = data[i] != 0;
    }
    for (const auto pack : {table.bits->pack_from_memory, table.bits->pack}) {
        std::fill(bits.begin(), bits.end(), untouched);
        pack(data, n, bits.data());
        check::equal(bits, expected_bits);
    }
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

/// `differences` of two stretches of bytes, against single bytes.
void differences_agree(const KernelTable& table, const std::uint8_t* a, const std::uint8_t* b,
                       std::size_t n) {
    std::vector<std::uint32_t> expected, got(n + cocodec::kernels::slack);
    for (std::size_t i = 0; i < n; ++i) {
        if ((a[i] != 0) != (b[i] != 0)) expected.push_back(static_cast<std::uint32_t>(i));
    }
    got.resize(std::min(table.bits->differences(a, b, n, got.data()), n));
    check::equal(got, expected);
}

const check::Test bytes("bytes, bits and transitions at every length and alignment", [] {
    masks::Random random(15);
    for_each_table([&](const KernelTable& table) {
        std::vector<std::uint8_t> memory(400);
        for (std::size_t n = 0; n <= 200; ++n) {
            const unsigned percent = n % 3 == 0 ? 2 : n % 3 == 1 ? 50 : 98;
            for (auto& byte : memory) {
                byte = random() % 100 < percent ? static_cast<std::uint8_t>(1 + random() % 255) : 0;
            }
            for (std::size_t align = 0; align < 64; align += n % 5 == 0 ? 1 : 7) {
                bytes_agree(table, memory.data() + align, n);
                differences_agree(table, memory.data() + align, memory.data() + 70, n);
            }
        }
    });
});

const check::Test single("one change at every place", [] {
    for_each_table([](const KernelTable& table) {
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

const check::Test stretches(
    "one byte, or all but one, in stretches that are looked at together", [] {
        masks::Random random(16);
        for_each_table([&](const KernelTable& table) {
            for (const std::size_t n : {511U, 512U, 513U, 1023U, 1024U, 1100U, 2048U}) {
                for (std::size_t at = 0; at < n; at += 1 + random() % 23) {
                    for (const auto around : std::array<std::uint8_t, 3>{0, 1, 255}) {
                        std::vector<std::uint8_t> data(n, around);
                        bytes_agree(table, data.data(), n);
                        data[at] = static_cast<std::uint8_t>(around == 0 ? 1 + random() % 255 : 0);
                        bytes_agree(table, data.data(), n);
                        std::fill(data.begin() + static_cast<std::ptrdiff_t>(at), data.end(),
                                  data[at]);
                        bytes_agree(table, data.data(), n);
                    }
                }
            }
        });
    });

const check::Test fills("fill writes what the runs say and nothing else", [] {
    masks::Random random(17);
    for_each_table([&](const KernelTable& table) {
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
            for (const auto fill : {table.bits->fill, table.bits->fill_memory}) {
                std::vector<std::uint8_t> got(expected.size(), 77);
                fill(runs.data(), n, got.data(), expected.size() - 1);
                check::equal(got, expected);
            }
        }
    });
});

const check::Test places("fill_memory writes nothing before or behind, wherever it begins", [] {
    masks::Random random(18);
    for_each_table([&](const KernelTable& table) {
        for (std::size_t begin = 0; begin < 130; ++begin) {
            for (const std::size_t limit : {4U, 70U, 400U}) {
                std::vector<std::uint32_t> runs(begin % 7);
                std::vector<std::uint8_t> expected(begin, 77);
                for (std::size_t i = 0; i < runs.size(); ++i) {
                    runs[i] = static_cast<std::uint32_t>(random() % limit);
                    expected.insert(expected.end(), runs[i], static_cast<std::uint8_t>(i % 2));
                }
                const std::size_t size = expected.size() - begin;
                expected.insert(expected.end(), 70, 77);
                std::vector<std::uint8_t> got(expected.size(), 77);
                table.bits->fill_memory(runs.data(), runs.size(), got.data() + begin, size);
                check::equal(got, expected);
            }
        }
    });
});

const check::Test sums("sums do not wrap at 32 bits", [] {
    masks::Random random(16);
    for_each_table([&](const KernelTable& table) {
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

/// Runs with differences of every length in chars.
masks::Runs random_runs(masks::Random& random, std::size_t n) {
    masks::Runs runs(n);
    for (auto& run : runs) run = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
    return runs;
}

/// One number at a time, straight from the format's description.
std::string slow_format(const masks::Runs& runs) {
    std::string text;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::int64_t value = runs[i];
        if (i > 2) value -= runs[i - 2];
        // Five bits at a time until the rest is nothing but the sign.
        while (value < -16 || value > 15) {
            text += static_cast<char>(48 + (value & 31) + 32);
            value >>= 5;
        }
        text += static_cast<char>(48 + (value & 31));
    }
    return text;
}

const check::Test formats("counts strings of any length, nothing written behind the room", [] {
    masks::Random random(20);
    for_each_table([&](const KernelTable& table) {
        for (std::size_t n = 0; n <= 200; ++n) {
            const masks::Runs runs = random_runs(random, n);
            std::vector<char> out(7 * n + cocodec::kernels::slack + 1, '~');
            const std::size_t length = table.counts->format(runs.data(), n, out.data());
            check::equal(out.back(), '~');
            check::equal(std::string(out.data(), std::min(length, out.size())), slow_format(runs));
        }
    });
});

/// What a kernel reads off the front must be a prefix of the runs, and take just its chars.
void reads_prefix(const KernelTable& table, const std::string& text, const masks::Runs& good) {
    std::vector<std::uint32_t> out(text.size() + cocodec::kernels::slack + 1, 77);
    std::size_t consumed = 0;
    const std::size_t n = table.counts->parse(text.data(), text.size(), out.data(), &consumed);
    check::equal(out.back(), 77U);
    check::that(n <= good.size());
    const masks::Runs prefix(good.begin(),
                             good.begin() + static_cast<std::ptrdiff_t>(std::min(n, good.size())));
    check::equal(masks::Runs(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n)), prefix);
    check::equal(consumed, slow_format(prefix).size());
}

const check::Test parses("parse stops before whatever is not a good run", [] {
    masks::Random random(21);
    for_each_table([&](const KernelTable& table) {
        for (std::size_t n = 0; n <= 200; ++n) {
            const masks::Runs runs = random_runs(random, n);
            const std::string text = slow_format(runs);
            reads_prefix(table, text, runs);
            for (const char* bad :
                 {" 1111", "/1111", "p1111", "\3771111", "P", "Pnn", "PPPPPPPP0", "oooooooo0"})
                reads_prefix(table, text + bad, runs);
            masks::Runs with_zeros = runs;
            with_zeros.insert(with_zeros.end(), 3, 0);
            reads_prefix(table, slow_format(with_zeros) + "O111", with_zeros);
            if (check::failures > 5) return;
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
