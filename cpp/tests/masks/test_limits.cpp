// limits.hpp: the limits of the process, and how COCODEC_LIMITS spells them.
#include "cocodec/limits.hpp"

#include "check.hpp"
#include "cocodec/dense.hpp"

namespace {

using cocodec::Limits;

bool same(const Limits& a, const Limits& b) {
    return a.columns == b.columns && a.masks == b.masks && a.box_pixels == b.box_pixels &&
           a.pixels == b.pixels && a.document == b.document;
}

const check::Test text("limits are read from a text", [] {
    check::that(same(cocodec::parse_limits(""), Limits()));
    const Limits some = cocodec::parse_limits("columns=5,document=18446744073709551615");
    check::equal(some.columns, std::uint64_t{5});
    check::equal(some.document, ~std::uint64_t{0});
    check::equal(some.masks, Limits().masks);
    check::that(same(cocodec::parse_limits("columns=1,masks=2,box_pixels=3,pixels=4,document=0"),
                     {1, 2, 3, 4, 0}));
    for (const char* bad :
         {"columns", "columns=", "columns=-1", "columns=1x", "columns= 1", "=1", "rows=1",
          "columns=18446744073709551616", "columns=1;masks=1", ",columns=1", "columns=1,,"}) {
        check::raises(cocodec::ErrorCode::bad_option, -1, -1,
                      [&] { (void)cocodec::parse_limits(bad); });
    }
});

const check::Test kept("what is set is kept", [] {
    const Limits before = cocodec::limits();
    const Limits other{10, 20, 30, 40, 50};
    cocodec::set_limits(other);
    check::that(same(cocodec::limits(), other));
    cocodec::set_limits(before);
    check::that(same(cocodec::limits(), before));
    Limits limits;
    check::that(cocodec::find_limit(limits, "pixels") == &limits.pixels);
    check::that(cocodec::find_limit(limits, "none") == nullptr);
});

const check::Test stacks("a stack of more masks than the limit is refused", [] {
    const Limits before = cocodec::limits();
    Limits few = before;
    few.masks = 2;
    cocodec::set_limits(few);
    const std::uint8_t pixels[12] = {};
    const auto encoded = [&](std::size_t length) {
        return cocodec::encode(cocodec::DenseView{pixels, length, {2, 2}, 4, 1, 2}).size();
    };
    check::equal(encoded(2), 2U);
    check::raises(cocodec::ErrorCode::too_large, -1, -1, [&] { static_cast<void>(encoded(3)); });
    cocodec::set_limits(before);
});

}  // namespace
