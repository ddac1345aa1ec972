// kernels/*_counts.cpp: every instruction set of this machine writes and reads counts strings as
// the definition has them, one number at a time; at every length and alignment, whatever is wrong.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "kernels/counts.hpp"
#include "masks.hpp"

using cocodec::kernels::CountsKernels;
using cocodec::kernels::slack;
using masks::Runs;

namespace {

struct Named {
    const char* name;
    const CountsKernels* counts;
};

std::vector<Named> all_kernels() {
    std::vector<Named> all{{"scalar", &cocodec::kernels::scalar_counts}};
#if defined(COCODEC_NEON)
    all.push_back({"neon", &cocodec::kernels::neon_counts});
#endif
#if defined(COCODEC_X86) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
        all.push_back({"avx2", &cocodec::kernels::avx2_counts});
    }
    if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bitalg")) {
        all.push_back({"avx512", &cocodec::kernels::avx512_counts});
    }
#endif
    return all;
}

template <class Fn>
void for_each_kernel(const Fn& fn) {
    for (const Named& kernel : all_kernels()) {
        const int before = check::failures;
        fn(*kernel.counts);
        if (check::failures != before) std::fprintf(stderr, "  in %s_counts\n", kernel.name);
    }
}

// ---------------------------------------------------------------- the definition

std::string slow_format(const Runs& runs) {
    std::string text;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::int64_t value = runs[i];
        if (i > 2) value -= runs[i - 2];
        for (bool more = true; more;) {
            auto group = static_cast<int>(value & 31);
            value >>= 5;
            more = (group & 16) != 0 ? value != -1 : value != 0;
            text += static_cast<char>(group + (more ? 32 : 0) + 48);
        }
    }
    return text;
}

/// The good numbers at the front of `text`, and how many chars they took.
std::size_t slow_parse(std::string_view text, Runs& runs) {
    std::size_t index = 0;
    for (;;) {
        std::int64_t value = 0;
        std::size_t chars = 0;
        for (bool more = true; more; ++chars) {
            if (chars == 7 || index + chars == text.size()) return index;
            const int group = static_cast<unsigned char>(text[index + chars]) - 48;
            if (group < 0 || group > 63) return index;
            value |= static_cast<std::int64_t>(group & 31) << (5 * chars);
            more = (group & 32) != 0;
            if (!more && (group & 16) != 0) value -= std::int64_t{1} << (5 * chars + 5);
        }
        if (runs.size() > 2) value += runs[runs.size() - 2];
        if (value < 0 || value > 0xFFFFFFFF) return index;
        runs.push_back(static_cast<std::uint32_t>(value));
        index += chars;
    }
}

// ---------------------------------------------------------------- comparison

/// `shift` moves input and output away from an aligned address; the input ends where its memory
/// ends, so that the sanitizer sees what is read behind it.
void format_agrees(const CountsKernels& kernel, const Runs& runs, std::size_t shift) {
    const std::unique_ptr<std::uint32_t[]> memory(new std::uint32_t[shift + runs.size()]);
    std::copy(runs.begin(), runs.end(), memory.get() + shift);
    std::vector<char> out(shift + 7 * runs.size() + slack, '~');
    const std::size_t n = kernel.format(memory.get() + shift, runs.size(), out.data() + shift);
    check::equal(std::string(out.data() + shift, n), slow_format(runs));
    check::equal(std::count(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(shift), '~'),
                 static_cast<std::ptrdiff_t>(shift));
}

void parse_agrees(const CountsKernels& kernel, std::string_view text, std::size_t shift) {
    const std::unique_ptr<char[]> memory(new char[shift + text.size()]);
    std::copy(text.begin(), text.end(), memory.get() + shift);
    Runs expected, got(shift + text.size() + slack, 77);
    const std::size_t expected_consumed = slow_parse(text, expected);
    std::size_t consumed = 99;
    const std::size_t n =
        kernel.parse(memory.get() + shift, text.size(), got.data() + shift, &consumed);
    check::equal(consumed, expected_consumed);
    for (std::size_t i = 0; i < shift; ++i) check::equal(got[i], 77U);
    got.erase(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(shift));
    got.resize(std::min(n, text.size()));
    check::equal(got, expected);
}

void both_agree(const CountsKernels& kernel, const Runs& runs, std::size_t shift) {
    format_agrees(kernel, runs, shift);
    parse_agrees(kernel, slow_format(runs), shift);
}

/// Runs of a kind: about so many bits each.
Runs random_runs(masks::Random& random, std::size_t n, unsigned bits) {
    Runs runs(n);
    for (auto& run : runs) {
        run = static_cast<std::uint32_t>(random() >> (64 - 1 - random() % std::max(bits, 1U)));
    }
    return runs;
}

const check::Test lengths("every length, every alignment, runs of every width", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        masks::Random random(21);
        for (std::size_t n = 0; n <= 200; ++n) {
            for (const unsigned bits : {1U, 3U, 5U, 8U, 12U, 16U, 21U, 32U}) {
                both_agree(kernel, random_runs(random, n, bits), n % 17);
            }
            both_agree(kernel, Runs(n, 0), n % 64);
            both_agree(kernel, Runs(n, 0xFFFFFFFF), n % 64);
        }
        for (std::size_t shift = 0; shift < 70; ++shift) {
            both_agree(kernel, random_runs(random, 150, 10), shift);
        }
    });
});

const check::Test edges("differences around every power of two, both signs, at every lane", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        for (unsigned bit = 0; bit < 32; ++bit) {
            for (const std::uint32_t around : {0xFFFFFFFFU, 0U, 1U}) {
                const std::uint32_t value = (std::uint32_t{1} << bit) + around;
                for (std::size_t lane = 0; lane < 20; ++lane) {
                    Runs runs(40, 5);
                    runs[lane] = value;
                    both_agree(kernel, runs, 0);
                    runs.assign(40, 0x7FFFFFFF);
                    runs[lane + 1] -= value;
                    both_agree(kernel, runs, 1);
                    runs.assign(40, 0xFFFFFFF0);
                    runs[lane] = value;
                    both_agree(kernel, runs, 2);
                }
            }
        }
    });
});

const check::Test of_one_char("numbers of one char, and others between them", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        masks::Random random(25);
        for (const std::uint32_t start : {20U, 0x7FFFFFF0U, 0xFFFFFFF0U}) {
            for (const std::size_t rare : {1000U, 60U, 20U, 9U}) {
                for (std::size_t n = 0; n < 150; ++n) {
                    Runs runs(n, start);
                    for (std::size_t i = 2; i < n; ++i) {
                        const auto step = static_cast<std::uint32_t>(random() % 32) - 16;
                        runs[i] = runs[i - 2] + step;  // wraps: from one end to the other
                        if (random() % rare == 0) runs[i] += 1U << random() % 32;
                    }
                    both_agree(kernel, runs, n % 5);
                }
            }
        }
    });
});

const check::Test climbing("runs that climb to the limits and fall to 0, and beyond", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        const std::uint32_t limit = cocodec::kernels::lane_limit;
        for (const std::uint32_t start : {0U, limit - 20, 0x7FFFFF00U, 0xFFFFFF00U, 600000U}) {
            for (const std::int64_t step : {1, 15, 400, 16383, 524287, -1, -16, -512, -524288}) {
                std::string text = slow_format({start, start, start});
                const Runs rising{0, 0, 0, static_cast<std::uint32_t>(step < 0 ? 0 : step)};
                const std::string up = slow_format(rising).substr(3);
                const auto fallen = static_cast<std::uint32_t>(step < 0 ? -step : 0);
                const std::string down =
                    slow_format({0, fallen, 0, 0}).substr(slow_format({0, fallen, 0}).size());
                for (int i = 0; i < 150; ++i) text += step < 0 ? down : up;
                parse_agrees(kernel, text, 0);
            }
        }
    });
});

const check::Test broken("any char anywhere may be any other", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        masks::Random random(22);
        for (int round = 0; round < 4000; ++round) {
            std::string text = slow_format(
                random_runs(random, random() % 150, 1 + static_cast<unsigned>(round) % 32U));
            if (text.empty()) continue;
            for (std::size_t k = random() % 3; k > 0; --k) {
                text[random() % text.size()] = static_cast<char>(random());
            }
            if (round % 3 == 0) text.resize(random() % (text.size() + 1));
            parse_agrees(kernel, text, static_cast<std::size_t>(round % 9));
        }
        for (int c = 0; c < 256; ++c) {
            for (const std::size_t place :
                 std::initializer_list<std::size_t>{0, 3, 7, 40, 70, 139}) {
                std::string text(140, '0');
                text[place] = static_cast<char>(c);
                parse_agrees(kernel, text, 0);
            }
        }
    });
});

const check::Test overlong("numbers of six, seven, eight and more chars at every place", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        for (std::size_t more = 0; more < 12; ++more) {
            for (std::size_t place = 0; place < 100; ++place) {
                for (const char end : {'0', '1', '3', 'O'}) {
                    const std::string number = std::string(more, 'P') + end;
                    const std::string negative = std::string(more, 'o') + end;
                    parse_agrees(kernel, std::string(place, '0') + number + "00000000000", 0);
                    parse_agrees(kernel, std::string(place, '0') + negative + "00000000000", 0);
                }
            }
        }
        parse_agrees(kernel, std::string(300, 'P'), 0);
        parse_agrees(kernel, std::string(300, 'o') + "0", 0);
    });
});

const check::Test random_text("texts of the alphabet alone", [] {
    for_each_kernel([](const CountsKernels& kernel) {
        masks::Random random(23);
        for (int round = 0; round < 3000; ++round) {
            // High first runs, so that most sums stay above 0 for a while.
            std::string text = slow_format({1U << 30, 1U << 20, 1U << 12});
            const std::size_t n = random() % 260;
            const std::uint64_t rare = 2 + random() % 6;
            for (std::size_t i = 0; i < n; ++i) {
                text += static_cast<char>(48 + random() % 32 + (random() % rare == 0 ? 32 : 0));
            }
            parse_agrees(kernel, text, 0);
        }
    });
});

}  // namespace
