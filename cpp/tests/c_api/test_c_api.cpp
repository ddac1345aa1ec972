// cocodec.h: the same answers as the C++ functions, every misuse refused, nothing thrown.
#include "cocodec/cocodec.h"

#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "cocodec/counts.hpp"
#include "cocodec/dense.hpp"
#include "cocodec/error.hpp"
#include "cocodec/iou.hpp"
#include "cocodec/polygon.hpp"
#include "cocodec/setops.hpp"

#include "c_api/borrowed.hpp"
#include "check.hpp"
#include "masks.hpp"

namespace {

const cocodec_api& api = *cocodec_get_api();

/// A batch that the library made, given back at the end.
struct Owned {
    cocodec_masks masks{};

    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { api.release_masks(&masks); }
    operator cocodec_masks*() { return &masks; }
};

cocodec::RleArray some_masks() {
    masks::Random random(5);
    std::vector<masks::Bitmap> bitmaps;
    for (unsigned i = 0; i < 6; ++i) bitmaps.push_back(masks::noise(random, {9, 13}, 15 * i));
    return masks::array(bitmaps);
}

/// The call must fail like this, in the status and in the context.
void refused(std::int32_t got, const cocodec_context& context, std::int32_t status,
             const std::string& words, check::Place place = check::here()) {
    check::equal(got, status, place);
    check::equal(context.status, status, place);
    if (std::string(context.message).find(words) == std::string::npos) {
        check::fail("message is \"" + std::string(context.message) + "\", not " + words, place);
    }
}

const check::Test statuses("every code of the core has its number and name", [] {
    using cocodec::ErrorCode;
    for (int code = 0; code <= COCODEC_BAD_IMAGE; ++code) {
        check::equal(std::string(api.status_name(code)),
                     std::string(cocodec::name(static_cast<ErrorCode>(code))));
    }
    check::equal(COCODEC_BAD_COORDINATE, static_cast<int>(ErrorCode::bad_coordinate));
    check::equal(std::string(api.status_name(COCODEC_NO_MEMORY)), std::string("no_memory"));
    check::equal(std::string(api.status_name(77)), std::string("unknown"));
});

const check::Test pixels("pixels -> masks -> pixels", [] {
    masks::Random random(6);
    std::vector<std::uint8_t> stack(std::size_t{3} * 7 * 11);
    for (auto& pixel : stack) pixel = random() % 3 == 0 ? 9 : 0;
    const cocodec_dense dense{stack.data(), 3, {7, 11}, 77, 11, 1};
    Owned out;
    check::equal(api.encode(&dense, out, nullptr), COCODEC_OK);
    check::that(same(out.masks, cocodec::encode({stack.data(), 3, {7, 11}, 77, 11, 1})));
    check::equal(api.validate(out, nullptr), COCODEC_OK);

    std::vector<std::uint8_t> again(stack.size(), 7);
    const cocodec_target target{again.data(), 3, {7, 11}, 77, 11, 1, 0};
    check::equal(api.decode(out, &target, nullptr), COCODEC_OK);
    for (std::size_t i = 0; i < stack.size(); ++i) check::equal(again[i], stack[i] != 0);
    std::vector<std::uint8_t> zeros(stack.size());
    const cocodec_target clear{zeros.data(), 3, {7, 11}, 77, 11, 1, 1};
    check::equal(api.decode(out, &clear, nullptr), COCODEC_OK);
    check::that(zeros == again);
});

const check::Test scores("scores -> masks", [] {
    const float values[] = {0.5F, -1, 0, 2, 0.25F, 0.75F};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values);
    cocodec_scores input{bytes, 1, {2, 3}, 24, 12, 4, COCODEC_FLOAT32};
    Owned out;
    check::equal(api.encode_scores(&input, 0.25, out, nullptr), COCODEC_OK);
    check::that(same(out.masks, cocodec::encode({{bytes, 1, {2, 3}, 24, 12, 4}}, 0.25)));
    check::equal(out.masks.counts_length, 4);  // 0, 2, 3, 1

    cocodec_context context{};
    Owned none;
    refused(api.encode_scores(&input, std::nan(""), none, &context), context, COCODEC_BAD_ARGUMENT,
            "threshold is NaN");
    input.type = 4;
    refused(api.encode_scores(&input, 0, none, &context), context, COCODEC_BAD_ARGUMENT,
            "type is 4");
});

const check::Test shapes("rings and boxes", [] {
    const double xy[] = {1, 1, 8, 1, 8, 6, 1, 6, 2.5, 2.5, 9, 3, 4, 9};
    const std::int64_t rings[] = {0, 4, 7}, of_masks[] = {0, 2, 2, 2};
    const cocodec::Size sizes[] = {{10, 12}, {3, 4}, {0, 0}};
    const auto* c_sizes = reinterpret_cast<const cocodec_size*>(sizes);
    const cocodec_rings input{xy, 7, rings, 2, of_masks, c_sizes, 3};
    Owned out, from_boxes;
    check::equal(api.from_rings(&input, out, nullptr), COCODEC_OK);
    check::that(same(out.masks, cocodec::from_rings({xy, rings, of_masks, sizes, 3})));

    const cocodec::Box boxes[] = {{1, 2, 3.5, 4}, {0, 0, 9, 9}};
    const cocodec_boxes c_boxes{reinterpret_cast<const cocodec_box*>(boxes), 2};
    check::equal(api.from_boxes(&c_boxes, c_sizes, from_boxes, nullptr), COCODEC_OK);
    check::that(same(from_boxes.masks, cocodec::from_boxes(boxes, sizes, 2)));
});

const check::Test sets("merging, by groups and by pairs", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks masks = borrow(array);
    const std::int64_t members[] = {0, 3, 5, 1, 2}, offsets[] = {0, 3, 5};
    const cocodec_groups groups{members, 5, offsets, 2};
    const cocodec::SetOp ops[] = {cocodec::SetOp::union_, cocodec::SetOp::intersection,
                                  cocodec::SetOp::difference, cocodec::SetOp::symmetric_difference};
    for (std::int32_t op = 0; op < 4; ++op) {
        Owned grouped, paired;
        check::equal(api.combine(&masks, &groups, op, grouped, nullptr), COCODEC_OK);
        check::that(
            same(grouped.masks, cocodec::combine(array.view(), {members, offsets, 2}, ops[op])));
        check::equal(api.combine_pairs(&masks, &masks, op, paired, nullptr), COCODEC_OK);
        check::that(same(paired.masks, cocodec::combine(array.view(), array.view(), ops[op])));
    }
    Owned out;
    check::equal(api.complement(&masks, out, nullptr), COCODEC_OK);
    check::that(same(out.masks, cocodec::complement(array.view())));
});

const check::Test measures("IoU, areas and boxes", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks masks = borrow(array);
    const std::uint8_t crowd[] = {0, 1, 0, 1, 0, 1};
    std::vector<double> got(36), expected(36);
    check::equal(api.iou(&masks, &masks, crowd, got.data(), nullptr), COCODEC_OK);
    cocodec::iou(array.view(), array.view(), crowd, expected.data());
    check::that(got == expected);

    std::vector<std::uint64_t> areas(6), expected_areas(6);
    check::equal(api.area(&masks, areas.data(), nullptr), COCODEC_OK);
    cocodec::area(array.view(), expected_areas.data());
    check::that(areas == expected_areas);

    std::vector<cocodec_box> boxes(6);
    std::vector<cocodec::Box> expected_boxes(6);
    check::equal(api.bbox(&masks, boxes.data(), nullptr), COCODEC_OK);
    cocodec::bbox(array.view(), expected_boxes.data());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        check::equal(boxes[i].x, expected_boxes[i].x);
        check::equal(boxes[i].y, expected_boxes[i].y);
        check::equal(boxes[i].width, expected_boxes[i].width);
        check::equal(boxes[i].height, expected_boxes[i].height);
    }

    const cocodec_boxes view{boxes.data(), 6};
    check::equal(api.box_iou(&view, &view, nullptr, got.data(), nullptr), COCODEC_OK);
    cocodec::iou(expected_boxes.data(), 6, expected_boxes.data(), 6, nullptr, expected.data());
    check::that(got == expected);
});

const check::Test strings("counts strings, both ways", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks masks = borrow(array);
    cocodec_texts texts{};
    check::equal(api.format_counts(&masks, &texts, nullptr), COCODEC_OK);
    check::equal(texts.length, 6);
    check::equal(texts.chars_length, texts.offsets[6]);
    for (std::size_t i = 0; i < 6; ++i) {
        cocodec::Buffer<char> expected;
        cocodec::format_counts(array.view()[i], expected);
        check::equal(
            std::string(texts.chars + texts.offsets[i], texts.chars + texts.offsets[i + 1]),
            std::string(expected.data(), expected.size()));
    }
    Owned out;
    check::equal(api.parse_counts(&texts, masks.sizes, out, nullptr), COCODEC_OK);
    check::that(same(out.masks, array));
    api.release_texts(&texts);
    check::that(texts.owner == nullptr && texts.chars == nullptr);
    api.release_texts(&texts);
    api.release_texts(nullptr);
    api.release_masks(nullptr);
});

const check::Test nothing("no masks, no groups, no strings", [] {
    const cocodec_masks none{};
    const cocodec_groups groups{};
    const cocodec_rings rings{};
    const cocodec_boxes boxes{};
    cocodec_texts texts{}, empty{};
    Owned a, b, c, d, e;
    check::equal(api.combine(&none, &groups, COCODEC_UNION, a, nullptr), COCODEC_OK);
    check::equal(api.from_rings(&rings, b, nullptr), COCODEC_OK);
    check::equal(api.from_boxes(&boxes, nullptr, c, nullptr), COCODEC_OK);
    check::equal(api.complement(&none, d, nullptr), COCODEC_OK);
    check::equal(api.format_counts(&none, &texts, nullptr), COCODEC_OK);
    check::equal(api.parse_counts(&empty, nullptr, e, nullptr), COCODEC_OK);
    check::equal(api.area(&none, nullptr, nullptr), COCODEC_OK);
    check::equal(api.iou(&none, &none, nullptr, nullptr, nullptr), COCODEC_OK);
    for (const Owned* out : {&a, &b, &c, &d, &e}) check::equal(out->masks.length, 0);
    check::equal(api.validate(a, nullptr), COCODEC_OK);
    api.release_texts(&texts);
});

const check::Test faults("an error of the core keeps its place and its words", [] {
    const std::uint32_t counts[] = {2, 4, 6, 5, 1};
    const std::int64_t offsets[] = {0, 3, 5};
    const cocodec_size sizes[] = {{3, 4}, {3, 4}};
    const cocodec_masks masks{counts, 5, offsets, sizes, 2, nullptr};
    cocodec_context context{};
    std::uint64_t areas[2];
    refused(api.area(&masks, areas, &context), context, COCODEC_BAD_SUM, "6 of 12");
    check::equal(context.item, 1);
    check::equal(context.offset, -1);

    const std::int64_t places[] = {0, 1, 3};
    const cocodec_texts texts{"0 ~", 3, places, 2, nullptr};
    Owned out;
    refused(api.parse_counts(&texts, sizes, out, &context), context, COCODEC_BAD_COUNTS, "0x20");
    check::equal(context.item, 1);
    check::equal(context.offset, 0);
    check::that(out.masks.owner == nullptr);

    const cocodec_masks good{counts, 5, offsets, sizes, 1, nullptr};
    check::equal(api.area(&good, areas, &context), COCODEC_OK);
    check::equal(context.status, COCODEC_OK);
    check::equal(std::string(context.message), std::string());
    check::equal(context.item, -1);
});

const check::Test misuse("NULL, negative lengths and offsets that lead outside are refused", [] {
    const std::uint32_t counts[] = {2, 4, 6};
    const std::int64_t rising[] = {0, 3}, outside[] = {0, 4}, falling[] = {3, 0}, low[] = {-1, 3};
    const cocodec_size sizes[] = {{3, 4}};
    const cocodec_masks good{counts, 3, rising, sizes, 1, nullptr};
    cocodec_context context{};
    std::uint64_t area = 0;
    const auto wrong = [&](const cocodec_masks& masks, std::int32_t status, const char* words,
                           check::Place place = check::here()) {
        refused(api.area(&masks, &area, &context), context, status, words, place);
    };
    wrong({counts, 3, outside, sizes, 1, nullptr}, COCODEC_BAD_SHAPE, "offsets[1] is 4");
    wrong({counts, 3, falling, sizes, 1, nullptr}, COCODEC_BAD_SHAPE, "offsets[1] is 0");
    wrong({counts, 3, low, sizes, 1, nullptr}, COCODEC_BAD_SHAPE, "offsets[0] is -1");
    wrong({nullptr, 3, rising, sizes, 1, nullptr}, COCODEC_BAD_ARGUMENT, "counts is NULL");
    wrong({counts, 3, nullptr, sizes, 1, nullptr}, COCODEC_BAD_ARGUMENT, "offsets is NULL");
    wrong({counts, 3, rising, nullptr, 1, nullptr}, COCODEC_BAD_ARGUMENT, "sizes is NULL");
    wrong({counts, 3, rising, sizes, -2, nullptr}, COCODEC_BAD_ARGUMENT, "length is -2");
    wrong({counts, -3, rising, sizes, 1, nullptr}, COCODEC_BAD_ARGUMENT, "counts_length is -3");
    refused(api.area(nullptr, &area, &context), context, COCODEC_BAD_ARGUMENT, "masks is NULL");
    refused(api.area(&good, nullptr, &context), context, COCODEC_BAD_ARGUMENT, "out is NULL");
    refused(api.complement(&good, nullptr, &context), context, COCODEC_BAD_ARGUMENT, "out is NULL");
    refused(api.format_counts(&good, nullptr, &context), context, COCODEC_BAD_ARGUMENT, "out");
    Owned out;
    refused(api.combine_pairs(&good, &good, 9, out, &context), context, COCODEC_BAD_ARGUMENT,
            "operation is 9");
    const std::int64_t members[] = {0, 1}, groups[] = {0, 2};
    const cocodec_groups group{members, 2, groups, 1};
    refused(api.combine(&good, &group, 0, out, &context), context, COCODEC_BAD_SHAPE,
            "members[1] is 1, expected an index of 1 masks");
    const double xy[] = {0, 0, 1, 1, 0, 1};
    const std::int64_t points[] = {0, 4}, rings[] = {0, 1};
    const cocodec_rings beyond{xy, 3, points, 1, rings, sizes, 1};
    refused(api.from_rings(&beyond, out, &context), context, COCODEC_BAD_SHAPE,
            "ring_offsets[1] is 4, expected at most 3");
    const cocodec_dense dense{nullptr, 1, {3, 4}, 12, 4, 1};
    refused(api.encode(&dense, out, &context), context, COCODEC_BAD_ARGUMENT, "data is NULL");
});

const check::Test long_words("a message that is too long is cut", [] {
    check::that(sizeof(cocodec_context::message) == 256);
    const std::string text(300, '0');
    const std::string foreign = text + " ";
    const std::int64_t places[] = {0, 301};
    const cocodec_size size{1, 1};
    const cocodec_texts texts{foreign.data(), 301, places, 1, nullptr};
    cocodec_context context;
    std::memset(&context, 0x7F, sizeof context);
    context.threads = 1;
    Owned out;
    check::equal(api.parse_counts(&texts, &size, out, &context), COCODEC_BAD_COUNTS);
    check::that(std::memchr(context.message, 0, sizeof context.message) != nullptr);
});

/// One pass over the table with masks that other threads read too.
bool works(const cocodec_masks& masks, cocodec_context& context) {
    Owned others, both, again;
    cocodec_texts texts{};
    std::vector<double> ious(36);
    std::vector<std::uint8_t> dense(std::size_t{6} * 9 * 13);
    const cocodec_target target{dense.data(), 6, {9, 13}, 117, 13, 1, 1};
    const cocodec_dense source{dense.data(), 6, {9, 13}, 117, 13, 1};
    const bool good =
        api.complement(&masks, others, &context) == COCODEC_OK &&
        api.combine_pairs(&masks, others, COCODEC_UNION, both, &context) == COCODEC_OK &&
        api.iou(&masks, both, nullptr, ious.data(), &context) == COCODEC_OK &&
        api.decode(&masks, &target, &context) == COCODEC_OK &&
        api.encode(&source, again, &context) == COCODEC_OK &&
        api.format_counts(again, &texts, &context) == COCODEC_OK &&
        again.masks.counts_length == masks.counts_length;
    api.release_texts(&texts);
    return good && both.masks.counts[1] == 117;
}

const check::Test threads("many threads at once, each of which may use several", [] {
    const cocodec::RleArray array = some_masks();
    const cocodec_masks masks = borrow(array);
    bool good[8] = {};
    std::vector<std::thread> pool;
    for (std::int32_t i = 0; i < 8; ++i) {
        const auto work = [&masks, &flag = good[i], i] {
            cocodec_context context{};
            context.threads = i % 3;
            flag = true;
            for (int round = 0; round < 20; ++round) flag = flag && works(masks, context);
        };
#ifdef __EMSCRIPTEN__
        work();  // no other thread is to be had
#else
        pool.emplace_back(work);
#endif
    }
    for (std::thread& thread : pool) thread.join();
    for (const bool flag : good) check::that(flag);
});

}  // namespace
