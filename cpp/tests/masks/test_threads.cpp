// threads.hpp: how many threads there are for a call, and that work is shared without a loss.
#include "masks/threads.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#ifdef _WIN32
#include <process.h>
#else
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "check.hpp"
#include "cocodec/dense.hpp"
#include "kernels/table.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t no_quota = std::numeric_limits<std::size_t>::max();

#ifdef _WIN32
int process_id() {
    return _getpid();
}
void set_variable(const char* name, const char* value) {
    _putenv_s(name, value);
}
void unset_variable(const char* name) {
    _putenv_s(name, "");
}
#else
pid_t process_id() {
    return getpid();
}
void set_variable(const char* name, const char* value) {
    setenv(name, value, 1);
}
void unset_variable(const char* name) {
    unsetenv(name);
}

/// What fn() gives in a forked process.
template <class Fn>
std::size_t in_fork(const Fn& fn) {
    const pid_t child = fork();
    if (child == 0) _exit(static_cast<int>(fn()));
    int status = 0;
    waitpid(child, &status, 0);
    return static_cast<std::size_t>(WEXITSTATUS(status));
}
#endif

/// A folder that looks like /sys/fs/cgroup, and goes with the test.
class Groups {
public:
    Groups()
        : root_(fs::temp_directory_path() / ("cocodec-groups-" + std::to_string(process_id()))) {
        fs::create_directories(root_);
    }
    Groups(const Groups&) = delete;
    Groups& operator=(const Groups&) = delete;
    ~Groups() { fs::remove_all(root_); }

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    [[nodiscard]] std::size_t quota(std::string_view groups) const {
        return cocodec::cgroup_quota(groups, root_.string());
    }

private:
    fs::path root_;
};

const check::Test second_version("the quota of cgroups v2, and of those they lie in", [] {
    const Groups groups;
    check::equal(groups.quota("0::/a/b\n"), no_quota);
    groups.write("a/b/cpu.max", "max 100000\n");
    check::equal(groups.quota("0::/a/b\n"), no_quota);
    groups.write("a/cpu.max", "350000 100000\n");
    check::equal(groups.quota("0::/a/b\n"), std::size_t{4});
    groups.write("a/b/cpu.max", "50000 100000\n");
    check::equal(groups.quota("0::/a/b\n"), std::size_t{1});
    check::equal(groups.quota("0::/other\n"), no_quota);
    groups.write("cpu.max", "200000 100000\n");
    check::equal(groups.quota("0::/\n"), std::size_t{2});
    check::equal(groups.quota("0::/of/the/host/only\n"), std::size_t{2});
});

const check::Test first_version("the quota of cgroups v1, whatever else is listed", [] {
    const Groups groups;
    const std::string_view text =
        "12:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:cpuset:/\n0::/\n";
    check::equal(groups.quota(text), no_quota);
    groups.write("cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
    groups.write("cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    check::equal(groups.quota(text), std::size_t{3});
    groups.write("cpu,cpuacct/docker/x/cpu.cfs_quota_us", "-1\n");
    groups.write("cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000\n");
    check::equal(groups.quota(text), std::size_t{3});
    groups.write("cpu,cpuacct/docker/x/cpu.cfs_quota_us", "100000\n");
    check::equal(groups.quota(text), std::size_t{1});
});

const check::Test odd_texts("odd group files are no quota", [] {
    const Groups groups;
    for (const char* text : {"", "\n", "0", "0:", "0::", "::", ":::", "0::/\n\n\n", "a:b:c:d"}) {
        check::equal(groups.quota(text), no_quota);
    }
    for (const char* text : {"", "max", "100", "100 ", "100 0", "0 100", "-1 100", "x y"}) {
        groups.write("cpu.max", text);
        check::equal(groups.quota("0::/\n"), no_quota);
    }
});

const check::Test limits("limits hold, in the process that set them", [] {
    const std::size_t all = cocodec::usable_processors();
    check::that(all >= 1);
    unset_variable("COCODEC_NUM_THREADS");
    check::equal(cocodec::automatic_threads(), all);
    cocodec::set_thread_limit(1);
    check::equal(cocodec::automatic_threads(), std::size_t{1});
    cocodec::set_thread_limit(1000);
    check::equal(cocodec::automatic_threads(), all);
#if !defined(_WIN32) && !defined(__EMSCRIPTEN__)
    check::equal(in_fork(cocodec::automatic_threads), std::size_t{1});
    check::equal(in_fork([] {
                     cocodec::set_thread_limit(1000);
                     return cocodec::automatic_threads();
                 }),
                 all);
#endif
    cocodec::set_thread_limit(0);
    check::equal(cocodec::automatic_threads(), all);
    set_variable("COCODEC_NUM_THREADS", "1");
    check::equal(cocodec::automatic_threads(), std::size_t{1});
    for (const char* bad : {"0", "-1", "two", "2x", " 2", "99999999999999999999"}) {
        set_variable("COCODEC_NUM_THREADS", bad);
        check::raises(cocodec::ErrorCode::bad_option, -1, -1,
                      [] { (void)cocodec::automatic_threads(); });
    }
    unset_variable("COCODEC_NUM_THREADS");
});

const check::Test pieces("every item is in one piece, and pieces come back in order", [] {
    for (const std::size_t n : {0u, 1u, 2u, 7u, 100u}) {
        for (const int threads : {1, 2, 5}) {
            const auto found = cocodec::parallel_pieces<std::vector<std::size_t>>(
                n, 0, threads,
                [](std::size_t first, std::size_t last, std::vector<std::size_t>& piece) {
                    for (std::size_t i = first; i < last; ++i) piece.push_back(i);
                });
            check::that(!found.empty());
            std::vector<std::size_t> joined, expected(n);
            std::iota(expected.begin(), expected.end(), std::size_t{0});
            for (const auto& piece : found) joined.insert(joined.end(), piece.begin(), piece.end());
            check::that(joined == expected);
        }
    }
});

/// Whether encoding so many empty masks of a megapixel is shared: what was joined has no memory to
/// spare.
bool is_shared(std::size_t masks) {
    constexpr std::size_t pixels = std::size_t{1} << 20;
    const std::vector<std::uint8_t> background(pixels);
    cocodec::DenseView dense;
    dense.data = background.data();
    dense.length = masks;
    dense.size = {1 << 10, 1 << 10};
    dense.row_stride = 1;
    dense.column_stride = 1 << 10;  // one mask again and again
    const cocodec::RleArray runs = cocodec::encode(dense, 0);
    check::equal(runs.counts.size(), masks);
    return runs.counts.capacity() == masks;
}

const check::Test sharing("a batch is shared when the kernels in use take long enough for it", [] {
    const double pixel = cocodec::kernels::active().costs.encoded_pixel;
    const auto masks = static_cast<std::size_t>(cocodec::worthwhile_ns / pixel / (1 << 20));
    check::that(masks > 4);
    check::equal(is_shared(masks + 2), cocodec::automatic_threads() > 1);
    check::that(!is_shared(masks - 2));
});

const check::Test slower("portable kernels cost more than those of an instruction set", [] {
    const auto* const* table = cocodec::kernels::supported();
    const cocodec::kernels::Costs scalar = table[0]->costs;
    // 92 MB took AVX2 kernels 7 ms on a Zen 2, and one thread: their cost was AVX-512's.
    check::that(scalar.encoded_pixel * 92e6 > cocodec::worthwhile_ns);
    for (const auto* const* better = table + 1; *better != nullptr; ++better) {
        const cocodec::kernels::Costs costs = (*better)->costs;
        check::that(costs.encoded_pixel * 92e6 > cocodec::worthwhile_ns);
        check::that(costs.encoded_pixel > 0 && costs.encoded_pixel < scalar.encoded_pixel);
        check::that(costs.encoded_score > 0 && costs.encoded_score < scalar.encoded_score);
        check::that(costs.decoded_pixel > 0 && costs.decoded_pixel < scalar.decoded_pixel);
        check::that(costs.compared_word > 0 && costs.compared_word < scalar.compared_word);
        check::that(costs.ring_edge > 0 && costs.ring_edge <= scalar.ring_edge);  // NEON has no own
    }
});

}  // namespace
