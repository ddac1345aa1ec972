// Rings that are copied as they stand: which are, and where they lie.

#include <string>
#include <string_view>

#include "check.hpp"
#include "cocodec/plain_rings.hpp"

namespace {

using namespace cocodec;

PlainRings find(const std::string& text) {
    const Span span{0, static_cast<std::int64_t>(text.size())};
    return find_plain_rings({text, &span, 1}, true);
}

int shape(const std::string& text) {
    return static_cast<int>(find(text).shapes[0]);
}

const check::Test shapes("plain rings are told from all else", [] {
    check::equal(shape("[[1,2,3,4,5,6]]"), 1);
    check::equal(shape("[ [1.5, 2.0,3,4,5,-6] , [0.0001,0,1,1,2,-0.0] ]"), 1);
    check::equal(shape("[1,2,3,4,5,6]"), 2);
    for (const char* other : {"",
                              "[",
                              "[]",
                              "[[]]",
                              "[[1,2,3,4]]",
                              "[[1,2,3,4,5]]",
                              "[[1,2,3,4,5,6,7]]",
                              "[[1,2,3,4,5,6]",
                              "[1,2,3,4,5,6",
                              "[[1,2,3,4,5,6]]x",
                              "[[1,2,3,4,5,1e2]]",
                              "[[1,2,3,4,5,6E1]]",
                              "[[1,2,3,4,5,1.50]]",
                              "[[1,2,3,4,5,01]]",
                              "[[1,2,3,4,5,-0]]",
                              "[[1,2,3,4,5,.5]]",
                              "[[1,2,3,4,5,5.]]",
                              "[[1,2,3,4,5,0.00001]]",
                              "[[1,2,3,4,5,1000001]]",
                              "[[1,2,3,4,5,1.1234567890123456]]",
                              "[[1,2,3,4,5,\"6\"]]",
                              "[[1,2],[3,4],[5,6]]",
                              "[[[1,2],[3,4],[5,6]]]",
                              "{}",
                              "null"}) {
        check::equal(shape(other), 0);
        check::equal(find(other).spans.size(), std::size_t{0});
    }
});

const check::Test places("plain rings are found where they lie", [] {
    const std::string text = "[[1,2,3,4,5,6.25], [1.5,2.5,3.5,4.5,5.5,6.5]]";
    const PlainRings found = find(text);
    check::equal(found.spans.size(), std::size_t{2});
    check::equal(found.offsets[1], std::int64_t{2});
    check::equal(found.spans[0].of(text), std::string_view("[1,2,3,4,5,6.25]"));
    check::equal(found.spans[1].of(text), std::string_view("[1.5,2.5,3.5,4.5,5.5,6.5]"));
    check::equal(found.sums[0], 21.25 + 24.0);
    check::equal(int{found.habits[0].decimals}, 2);
    check::equal(int{found.habits[0].integers}, 1);
    check::equal(int{found.habits[1].decimals}, 1);
    check::equal(int{found.habits[1].integers}, 0);
    check::equal(int{found.habits[1].spaced}, 0);
    check::equal(int{find("[[1, 2,3,4,5,6]]").habits[0].spaced}, 1);
});

const check::Test measures("plain rings are measured as parsed ones are", [] {
    const std::string text = "[[1.5,2,9.25,2,9.25,8], [0,0,4,0,4,3,-0.0,3]]";
    Segmentation parsed;
    parse_segmentation(text, parsed);
    const RingMeasure expected = measure_rings(parsed);
    const RingMeasure found = find(text).measures[0];
    check::equal(found.has_points, true);
    check::equal(found.area, expected.area);
    check::equal(found.bbox.x, expected.bbox.x);
    check::equal(found.bbox.width, expected.bbox.width);
    check::equal(found.bbox.height, expected.bbox.height);
    check::equal(find("[[1,2,3,4,5,1e2]]").measures[0].has_points, false);
});

const check::Test rasterised("plain rings are rasterised each in its image", [] {
    const std::string text = "[1.5,2,9.25,2,9.25,8] , [0,0,4,0,4,3]|[0,0,4,0,4,3]";
    const Span spans[] = {{0, 37}, {38, 51}};
    const Size sizes[] = {{10, 10}, {5, 20}};
    const RleArray made = rasterize_plain_rings({text, spans, 2}, sizes);
    const double xy[] = {1.5, 2, 9.25, 2, 9.25, 8, 0, 0, 4, 0, 4, 3, 0, 0, 4, 0, 4, 3};
    const std::int64_t rings[] = {0, 3, 6, 9}, masks[] = {0, 2, 3};
    const RleArray expected = from_rings({xy, rings, masks, sizes, 2});
    check::equal(made.size(), std::size_t{2});
    check::equal(made.counts.size(), expected.counts.size());
    for (std::size_t i = 0; i < made.counts.size(); ++i) {
        check::equal(made.counts[i], expected.counts[i]);
    }
    const Span wrong{0, 13};
    check::raises(ErrorCode::bad_json, 0, -1,
                  [&] { rasterize_plain_rings({text, &wrong, 1}, sizes); });
});

}  // namespace
