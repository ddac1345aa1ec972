// Rings that are rasterised while later ones are still being collected.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "cocodec/error.hpp"
#include "cocodec/polygon.hpp"
#include "masks/threads.hpp"
#include "rings/columns.hpp"

namespace cocodec {

struct RingPipeline::State {
    struct Part {
        Rings rings;
        std::size_t first;  // of its masks, in the batch
        RleArray masks;
        std::exception_ptr failure;
    };

    const Size* sizes;
    ColumnBudget budget;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Part> parts;  // references stay good while it grows
    std::size_t begun = 0;   // so many parts are taken
    std::size_t masks = 0;   // in all parts
    bool complete = false;   // no more parts will come
    std::vector<Rings> used;
    std::vector<std::thread> helpers;

    /// Takes parts until there are none, and none will come.
    void work() {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return begun < parts.size() || complete; });
            if (begun >= parts.size()) return;
            Part& part = parts[begun++];
            lock.unlock();
            rasterise(part);
            lock.lock();
            used.push_back(std::move(part.rings));
        }
    }

    void rasterise(Part& part) noexcept {
        try {
            part.masks = from_rings(part.rings.view(sizes + part.first), 1, budget);
        } catch (const Error& error) {
            const std::int64_t item = error.item() + static_cast<std::int64_t>(part.first);
            part.failure = std::make_exception_ptr(error.at(item));
        } catch (...) {
            part.failure = std::current_exception();
        }
    }

    void close() {
        {
            const std::lock_guard<std::mutex> lock(mutex);
            complete = true;
        }
        changed.notify_all();
    }

    void join_helpers() {
        for (std::thread& helper : helpers) helper.join();
        helpers.clear();
    }
};

RingPipeline::RingPipeline(const Size* sizes, std::size_t helpers)
    : state_(std::make_unique<State>()) {
    state_->sizes = sizes;
    state_->helpers.reserve(helpers);
    try {
        for (std::size_t i = 0; i < helpers; ++i) {
            state_->helpers.emplace_back([state = state_.get()] { state->work(); });
        }
    } catch (const std::system_error&) {
        // No more threads to be had: `finish` does what is left.
    }
}

RingPipeline::~RingPipeline() {
    {
        const std::lock_guard<std::mutex> lock(state_->mutex);
        state_->begun = state_->parts.size();
    }
    state_->close();
    state_->join_helpers();
}

Rings RingPipeline::add(Rings rings) {
    Rings next;
    {
        const std::lock_guard<std::mutex> lock(state_->mutex);
        const std::size_t masks = rings.size();
        state_->parts.push_back({std::move(rings), state_->masks, {}, {}});
        state_->masks += masks;
        if (!state_->used.empty()) {
            next = std::move(state_->used.back());
            state_->used.pop_back();
        }
    }
    state_->changed.notify_one();
    return next;
}

RleArray RingPipeline::finish() {
    const std::size_t workers = state_->helpers.size() + 1;
    state_->close();
    state_->work();
    state_->join_helpers();
    std::vector<RleArray> pieces;
    pieces.reserve(state_->parts.size());
    for (State::Part& part : state_->parts) {
        if (part.failure) std::rethrow_exception(part.failure);
        pieces.push_back(std::move(part.masks));
    }
    return join(pieces, workers);
}

}  // namespace cocodec
