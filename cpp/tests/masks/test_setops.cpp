// setops.hpp: every operation on every pair of tiny masks, groups, broadcasting, refusals.
#include "cocodec/setops.hpp"

#include <functional>
#include <vector>

#include "check.hpp"
#include "masks.hpp"

using cocodec::ErrorCode;
using cocodec::GroupsView;
using cocodec::RleArray;
using cocodec::SetOp;
using cocodec::Size;
using masks::Bitmap;
using masks::Runs;

namespace {

const SetOp all_ops[] = {SetOp::union_, SetOp::intersection, SetOp::difference,
                         SetOp::symmetric_difference};

bool apply(SetOp op, bool a, bool b) {
    switch (op) {
        case SetOp::union_:
            return a || b;
        case SetOp::intersection:
            return a && b;
        case SetOp::difference:
            return a && !b;
        case SetOp::symmetric_difference:
            return a != b;
    }
    return false;
}

Bitmap apply(SetOp op, const Bitmap& a, const Bitmap& b) {
    Bitmap out = a;
    for (std::size_t i = 0; i < out.pixels.size(); ++i)
        out.pixels[i] = apply(op, a.pixels[i] != 0, b.pixels[i] != 0) ? 1 : 0;
    return out;
}

void pixels_are(const RleArray& got, const std::vector<Bitmap>& expected,
                check::Place place = check::here()) {
    check::equal(got.size(), expected.size(), place);
    cocodec::validate(got.view());
    for (std::size_t i = 0; i < got.size(); ++i) {
        check::that(got.sizes[i] == expected[i].size, place);
        check::that(masks::slow_decode(got.view()[i]).pixels == expected[i].pixels, place);
    }
}

std::vector<Bitmap> every_mask(Size size) {
    std::vector<Bitmap> out;
    for (std::size_t bits = 0; bits < std::size_t{1} << masks::pixels(size); ++bits) {
        Bitmap bitmap{size, masks::Pixels(masks::pixels(size))};
        for (std::size_t i = 0; i < bitmap.pixels.size(); ++i)
            bitmap.pixels[i] = static_cast<std::uint8_t>(bits >> i & 1);
        out.push_back(bitmap);
    }
    return out;
}

const check::Test exhaustive("every pair of masks of up to six pixels", [] {
    for (const Size size : {Size{1, 1}, Size{2, 2}, Size{3, 2}, Size{1, 5}}) {
        const std::vector<Bitmap> every = every_mask(size);
        std::vector<Bitmap> left, right;
        for (const Bitmap& a : every)
            for (const Bitmap& b : every) left.push_back(a), right.push_back(b);
        const RleArray a = masks::array(left), b = masks::array(right);
        for (const SetOp op : all_ops) {
            std::vector<Bitmap> expected;
            for (std::size_t i = 0; i < left.size(); ++i)
                expected.push_back(apply(op, left[i], right[i]));
            const RleArray got = cocodec::combine(a.view(), b.view(), op);
            pixels_are(got, expected);
            check::that(masks::same(got, masks::array(expected)));  // runs as `encode` cuts them
        }
    }
});

const check::Test broadcast("a batch of one serves every mask of the other side", [] {
    masks::Random random(8);
    std::vector<Bitmap> many;
    for (int i = 0; i < 9; ++i) many.push_back(masks::noise(random, {7, 11}, 40));
    const Bitmap one = masks::noise(random, {7, 11}, 60);
    const RleArray batch = masks::array(many), single = masks::array({one});
    for (const SetOp op : all_ops) {
        std::vector<Bitmap> forward, backward;
        for (const Bitmap& bitmap : many) {
            forward.push_back(apply(op, bitmap, one));
            backward.push_back(apply(op, one, bitmap));
        }
        pixels_are(cocodec::combine(batch.view(), single.view(), op), forward);
        pixels_are(cocodec::combine(single.view(), batch.view(), op), backward);
    }
});

struct Groups {
    std::vector<std::int64_t> members, offsets{0};
    void add(const std::vector<std::int64_t>& group) {
        members.insert(members.end(), group.begin(), group.end());
        offsets.push_back(static_cast<std::int64_t>(members.size()));
    }
    [[nodiscard]] GroupsView view() const {
        return {members.data(), offsets.data(), offsets.size() - 1};
    }
};

const check::Test folds("groups fold from left to right, on any number of threads", [] {
    masks::Random random(9);
    std::vector<Bitmap> many;
    for (int i = 0; i < 60; ++i)
        many.push_back(masks::noise(random, {19, 23}, i % 3 == 0 ? 2 : 50));
    const RleArray batch = masks::array(many);
    Groups groups;
    groups.add({3});
    groups.add({1, 2});
    groups.add({5, 4, 5});
    std::vector<std::int64_t> everyone;
    for (std::int64_t i = 0; i < 60; ++i) everyone.push_back(i);
    groups.add(everyone);
    for (const SetOp op : all_ops) {
        std::vector<Bitmap> expected;
        for (std::size_t g = 0; g + 1 < groups.offsets.size(); ++g) {
            const auto first = static_cast<std::size_t>(groups.offsets[g]);
            Bitmap folded = many[static_cast<std::size_t>(groups.members[first])];
            for (std::size_t i = first + 1; i < static_cast<std::size_t>(groups.offsets[g + 1]);
                 ++i)
                folded = apply(op, folded, many[static_cast<std::size_t>(groups.members[i])]);
            expected.push_back(folded);
        }
        for (const int threads : {0, 1, 2, 5})
            pixels_are(cocodec::combine(batch.view(), groups.view(), op, threads), expected);
    }
});

const check::Test no_groups("no groups give no masks", [] {
    const Groups none;
    check::equal(cocodec::combine(RleArray{}.view(), none.view(), SetOp::union_).size(), 0U);
    check::equal(cocodec::combine(RleArray{}.view(), RleArray{}.view(), SetOp::union_).size(), 0U);
});

const check::Test refusals("sizes and lengths must fit", [] {
    const RleArray mixed =
        masks::array({masks::draw({"#."}), masks::draw({"#."}), masks::draw({"#", "."})});
    Groups different, empty;
    different.add({0, 1});
    different.add({1, 2});
    empty.add({0});
    empty.add({});
    try {
        static_cast<void>(cocodec::combine(mixed.view(), different.view(), SetOp::union_));
        check::fail("no error");
    } catch (const cocodec::Error& error) {
        check::that(error.code() == ErrorCode::size_mismatch);
    }
    try {
        static_cast<void>(cocodec::combine(mixed.view(), empty.view(), SetOp::union_));
        check::fail("no error");
    } catch (const cocodec::Error& error) {
        check::that(error.code() == ErrorCode::bad_shape);
    }
    const auto code_of = [&](const RleArray& a, const RleArray& b) {
        try {
            static_cast<void>(cocodec::combine(a.view(), b.view(), SetOp::difference));
        } catch (const cocodec::Error& error) {
            return error.code();
        }
        return ErrorCode::ok;
    };
    const RleArray two = masks::array({masks::draw({"#."}), masks::draw({"#."})});
    check::that(code_of(mixed, two) == ErrorCode::bad_shape);
    RleArray first;
    first.append(mixed.view().slice(1, 2));
    check::that(code_of(first, two) == ErrorCode::size_mismatch);
});

const check::Test complement("the complement of the complement is the mask", [] {
    masks::Random random(10);
    std::vector<Bitmap> many{masks::draw({"..", ".."}),
                             masks::draw({"##", "##"}),
                             masks::draw({"#.", ".#"}),
                             {{0, 4}, {}}};
    for (int i = 0; i < 50; ++i) many.push_back(masks::noise(random, {5, 6}, 50));
    std::vector<Bitmap> opposite = many;
    for (Bitmap& bitmap : opposite)
        for (auto& pixel : bitmap.pixels) pixel = pixel == 0 ? 1 : 0;
    const RleArray batch = masks::array(many);
    const RleArray once = cocodec::complement(batch.view());
    pixels_are(once, opposite);
    pixels_are(cocodec::complement(once.view()), many);
});

const check::Test cut_runs("runs of length 0 change no pixel of a result", [] {
    const Runs cut{1, 0, 1, 1, 0, 2, 0, 0, 1}, other{0, 3, 0, 0, 3};
    const Size size{2, 3};
    RleArray a, b;
    a.append(masks::view(cut, size));
    b.append(masks::view(other, size));
    const Bitmap left = masks::slow_decode(a.view()[0]), right = masks::slow_decode(b.view()[0]);
    for (const SetOp op : all_ops)
        pixels_are(cocodec::combine(a.view(), b.view(), op), {apply(op, left, right)});
    Bitmap opposite = left;
    for (auto& pixel : opposite.pixels) pixel = pixel == 0 ? 1 : 0;
    pixels_are(cocodec::complement(a.view()), {opposite});
});

}  // namespace
