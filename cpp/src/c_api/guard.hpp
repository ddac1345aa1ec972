// The wall that no exception passes, and how results are handed to C callers (private).
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "c_api/views.hpp"
#include "cocodec/cocodec.h"
#include "cocodec/error.hpp"
#include "cocodec/rle.hpp"

namespace cocodec::c {

static_assert(static_cast<int>(ErrorCode::bad_image) == COCODEC_BAD_IMAGE);

struct Failure {
    std::int32_t status = COCODEC_OK;
    const char* message = "";
    std::int64_t item = -1;
    std::int64_t offset = -1;
};

inline std::int32_t report(cocodec_context* context, const Failure& failure) noexcept {
    if (context != nullptr) {
        context->status = failure.status;
        context->item = failure.item;
        context->offset = failure.offset;
        std::snprintf(context->message, sizeof context->message, "%s", failure.message);
    }
    return failure.status;
}

/// Runs `work`; whatever it throws becomes a status.
template <class Work>
std::int32_t guarded(cocodec_context* context, const Work& work) noexcept {
    try {
        work();
        return report(context, {});
    } catch (const Error& error) {
        return report(context, {static_cast<std::int32_t>(error.code()), error.what(), error.item(),
                                error.offset()});
    } catch (const Misuse& error) {
        return report(context, {COCODEC_BAD_ARGUMENT, error.what()});
    } catch (const std::bad_alloc&) {
        return report(context, {COCODEC_NO_MEMORY, "not enough memory"});
    } catch (const std::length_error&) {
        return report(context, {COCODEC_NO_MEMORY, "not enough memory"});
    } catch (const std::exception& error) {
        return report(context, {COCODEC_INTERNAL, error.what()});
    } catch (...) {
        return report(context, {COCODEC_INTERNAL, "an unknown error"});
    }
}

/// The same for work that fills `*out`, a batch of the library's: zeros before, and if it fails.
template <class Batch, class Work>
std::int32_t filled(Batch* out, cocodec_context* context, const Work& work) noexcept {
    if (out == nullptr) return report(context, {COCODEC_BAD_ARGUMENT, "out is NULL"});
    *out = {};
    return guarded(context, work);
}

inline int threads(const cocodec_context* context) {
    return context == nullptr ? 0 : context->threads;
}

/// The strings of a batch, owned.
struct Texts {
    Buffer<char> chars;
    Buffer<std::int64_t> offsets;
};

/// `*out` becomes a batch of masks that belongs to the library.
inline void give(RleArray masks, cocodec_masks* out) {
    auto owner = std::make_unique<RleArray>(std::move(masks));
    owner->counts.shrink();
    const RleArrayView view = owner->view();
    *out = {view.counts,
            view.offsets[view.length],
            view.offsets,
            reinterpret_cast<const cocodec_size*>(view.sizes),
            static_cast<std::int64_t>(view.length),
            owner.release()};
}

/// Work that makes a batch of masks: `*out` is that batch, or zeros.
template <class Work>
std::int32_t build(cocodec_masks* out, cocodec_context* context, const Work& work) noexcept {
    return filled(out, context, [&] { give(work(), out); });
}

/// The same for whole numbers.
inline void give(Buffer<std::int64_t> values, cocodec_integers* out) {
    auto owner = std::make_unique<Buffer<std::int64_t>>(std::move(values));
    const Buffer<std::int64_t>& kept = *owner;
    *out = {kept.data(), static_cast<std::int64_t>(kept.size()), owner.release()};
}

/// The same, of a call that has given masks already: they do not stay if there is no memory left.
inline void give_or_release(Buffer<std::int64_t> values, cocodec_integers* out,
                            cocodec_masks* masks) {
    try {
        give(std::move(values), out);
    } catch (...) {
        delete static_cast<RleArray*>(masks->owner);
        *masks = {};
        throw;
    }
}

}  // namespace cocodec::c
