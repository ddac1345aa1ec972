// error.hpp and buffer.hpp: what floor 0 promises to everybody above.
#include "cocodec/error.hpp"

#include <string>
#include <type_traits>
#include <utility>

#include "cocodec/buffer.hpp"

#include "check.hpp"

using cocodec::Buffer;
using cocodec::Error;
using cocodec::ErrorCode;

namespace {

const check::Test carries("an error carries its code, message and place", [] {
    const Error error(ErrorCode::bad_sum, "runs cover 47 of 600 pixels", 3, 5);
    check::that(error.code() == ErrorCode::bad_sum);
    check::equal(std::string(error.what()), error.message());
    check::equal(error.item(), 3);
    check::equal(error.offset(), 5);
});

const check::Test nowhere("no place is -1", [] {
    const Error error(ErrorCode::bad_json, "");
    check::equal(error.item(), -1);
    check::equal(error.offset(), -1);
});

const check::Test moved("at() says the same of another mask and keeps the offset", [] {
    const Error error = Error(ErrorCode::bad_run, "run 4 is -1", -1, 4).at(12);
    check::that(error.code() == ErrorCode::bad_run);
    check::equal(error.message(), std::string("run 4 is -1"));
    check::equal(error.item(), 12);
    check::equal(error.offset(), 4);
});

const check::Test codes("the numbers of the codes are the ABI's", [] {
    const ErrorCode in_order[] = {ErrorCode::ok,
                                  ErrorCode::bad_size,
                                  ErrorCode::bad_sum,
                                  ErrorCode::bad_counts,
                                  ErrorCode::bad_run,
                                  ErrorCode::size_mismatch,
                                  ErrorCode::bad_coordinate,
                                  ErrorCode::bad_shape,
                                  ErrorCode::bad_segmentation,
                                  ErrorCode::bad_json,
                                  ErrorCode::unknown_isa,
                                  ErrorCode::too_large,
                                  ErrorCode::has_holes,
                                  ErrorCode::bad_option,
                                  ErrorCode::bad_label,
                                  ErrorCode::bad_image};
    int expected = 0;
    for (const ErrorCode code : in_order) check::equal(static_cast<int>(code), expected++);
});

const check::Test buffer_grows("a buffer grows and keeps its values", [] {
    Buffer<int> buffer;
    check::that(buffer.empty());
    for (int i = 0; i < 1000; ++i) buffer.push_back(i);
    check::equal(buffer.size(), 1000U);
    check::that(buffer.capacity() >= 1000);
    for (int i = 0; i < 1000; ++i) check::equal(buffer[static_cast<std::size_t>(i)], i);
    buffer.shrink();
    check::equal(buffer.capacity(), 1000U);
    check::equal(buffer[999], 999);
});

const check::Test buffer_room("room does not count until advance", [] {
    Buffer<int> buffer;
    int* place = buffer.room(10);
    place[0] = 5;
    check::equal(buffer.size(), 0U);
    buffer.advance(1);
    check::equal(buffer.size(), 1U);
    check::equal(buffer[0], 5);
    const int more[] = {6, 7};
    buffer.append(more, 2);
    buffer.append(nullptr, 0);
    check::equal(buffer.size(), 3U);
    check::equal(buffer[2], 7);
});

const check::Test buffer_moves("a moved buffer takes the memory along", [] {
    static_assert(!std::is_copy_constructible_v<Buffer<int>>);
    static_assert(std::is_nothrow_move_constructible_v<Buffer<int>>);
    Buffer<int> a;
    a.push_back(1);
    const int* memory = a.data();
    Buffer<int> b(std::move(a));
    check::that(b.data() == memory);
    Buffer<int> c;
    c = std::move(b);
    check::that(c.data() == memory);
});

const check::Test buffer_too_large("absurd sizes throw before anything changes", [] {
    Buffer<std::uint64_t> buffer;
    buffer.push_back(1);
    for (const std::size_t absurd :
         {~std::size_t{0}, ~std::size_t{0} / 8, ~std::size_t{0} / 16 + 1}) {
        bool thrown = false;
        try {
            buffer.room(absurd);
        } catch (const std::bad_alloc&) {
            thrown = true;
        }
        check::that(thrown);
        check::equal(buffer.size(), 1U);
        check::equal(buffer[0], 1U);
    }
});

}  // namespace
