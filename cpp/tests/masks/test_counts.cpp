// counts.hpp: the compressed string, both ways, and every way in which it can be broken.
#include "cocodec/counts.hpp"

#include <string>

#include "check.hpp"
#include "masks.hpp"

using cocodec::Buffer;
using cocodec::ErrorCode;
using masks::Runs;

namespace {

Runs parsed(std::string_view text) {
    Buffer<std::uint32_t> out;
    cocodec::parse_counts(text, out);
    return {out.begin(), out.end()};
}

std::string formatted(const Runs& runs) {
    Buffer<char> out;
    cocodec::format_counts(masks::view(runs, {}), out);
    return {out.begin(), out.end()};
}

void both_ways(const Runs& runs, const std::string& text, check::Place place = check::here()) {
    check::equal(formatted(runs), text, place);
    check::equal(parsed(text), runs, place);
}

const check::Test known("strings that pycocotools writes", [] {
    both_ways({}, "");
    both_ways({0}, "0");
    both_ways({600}, "hb0");
    both_ways({0, 20}, "0d0");
    // The first differences stand at index 3, not at 2.
    both_ways({7, 4, 2, 4, 2, 4, 2, 4, 7}, "742000005");
    both_ways({0, 84, 1, 11, 1, 11, 1, 11}, "0d21gM0000");
    both_ways({20, 1, 6, 1, 3, 1, 3, 3, 3, 8, 2, 8, 2, 8, 2, 5, 6, 1, 17}, "d0160M00205O0000M4L;");
    both_ways(
        {42, 8, 12, 8, 12, 8, 12, 8, 12, 12, 8, 12, 8, 12, 8, 12, 12, 8, 12, 8, 12, 8, 12, 8, 326},
        "Z18<0000004L000004L000000j9");
});

/// A number as strings have it, whatever it is: five bits a char, and whether more follow.
std::string number(std::int64_t value) {
    std::string text;
    for (bool more = true; more;) {
        const std::int64_t bits = value & 31;
        value >>= 5;
        more = value != ((bits & 16) != 0 ? -1 : 0);
        text.push_back(static_cast<char>(48 + bits + (more ? 32 : 0)));
    }
    return text;
}

std::string refusal(const std::string& text) {
    try {
        static_cast<void>(parsed(text));
    } catch (const cocodec::Error& error) {
        return error.what();
    }
    return "taken";
}

const check::Test impossible("a run that cannot be is named with its value", [] {
    const std::string lie = "); runs lie in 0..4294967295";
    // From index 3 on a number is the difference to the run two places back.
    check::equal(refusal(number(5) + number(3) + number(4) + number(-10)),
                 "run 3 is -7 (counts string, index 3" + lie);
    check::equal(refusal(number(5) + number(3) + number(-1)),
                 "run 2 is -1 (counts string, index 2" + lie);
    check::equal(refusal(number(4294967295) + number(4294967295) + number(0) + number(6)),
                 "run 3 is 4294967301 (counts string, index 15" + lie);
});

const check::Test limits("the largest runs and differences survive", [] {
    const std::uint32_t most = 0xFFFFFFFF;
    for (const Runs& runs :
         {Runs{most}, Runs{0, most, 0, 0, most, most, 0, 1}, Runs{most, 0, 5, most, 0},
          Runs{15, 16, 31, 32, 511, 512, 1023, 1024}}) {
        check::equal(parsed(formatted(runs)), runs);
    }
    check::that(formatted({most}).size() <= 7);
});

const check::Test random_runs("random runs come back, a string is the only one for its runs", [] {
    masks::Random random(3);
    for (int round = 0; round < 500; ++round) {
        Runs runs(random() % 40);
        for (auto& run : runs) run = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
        const std::string text = formatted(runs);
        check::equal(parsed(text), runs);
        check::equal(formatted(parsed(text)), text);
    }
});

const check::Test appends("both ways append to what is there", [] {
    Buffer<std::uint32_t> runs;
    cocodec::parse_counts("742000005", runs);
    // The second string starts its differences anew.
    cocodec::parse_counts("742000005", runs);
    check::equal(runs.size(), 18U);
    check::equal(runs[9 + 4], 2U);
    Buffer<char> text;
    text.push_back('x');
    cocodec::format_counts({runs.data(), 9, {}}, text);
    check::equal(std::string(text.begin(), text.end()), std::string("x742000005"));
});

void refused(ErrorCode code, std::int64_t offset, std::string_view text,
             check::Place place = check::here()) {
    Buffer<std::uint32_t> out;
    out.push_back(99);
    check::raises(code, -1, offset, [&] { cocodec::parse_counts(text, out); }, place);
    // "leaves out as it was"
    check::equal(out.size(), 1U, place);
    check::equal(out[0], 99U, place);
}

const check::Test foreign("a char outside the alphabet is named by its index", [] {
    refused(ErrorCode::bad_counts, 2, "74 2");
    refused(ErrorCode::bad_counts, 0, "/");
    refused(ErrorCode::bad_counts, 1, "7p");
    refused(ErrorCode::bad_counts, 3, std::string_view("742\0", 4));
    refused(ErrorCode::bad_counts, 1, "7\xff");
    refused(ErrorCode::bad_counts, 1, "h\n0");
});

const check::Test truncated("a string that ends inside a number", [] {
    refused(ErrorCode::bad_counts, 0, "h");
    refused(ErrorCode::bad_counts, 1, "7hb");
});

const check::Test overlong("more groups than any run needs", [] {
    refused(ErrorCode::bad_counts, 1, "7PPPPPPPP0");
    refused(ErrorCode::bad_counts, 0, std::string(1000, 'o') + "0");
});

const check::Test out_of_range("negative runs and runs above 2^32 - 1", [] {
    refused(ErrorCode::bad_run, 0, "O");     // -1 at index 0
    refused(ErrorCode::bad_run, 3, "110N");  // 1 - 2 at index 3
    // 2^32, first as it stands, then as 2^32 - 1 and a difference of
    // 1 two places on.
    refused(ErrorCode::bad_run, 0, "PPPPPP4");
    refused(ErrorCode::bad_run, 9, "0oooooo301");
});

}  // namespace
