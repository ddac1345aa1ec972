// How many processors there are for us. A container with 2 of 64 processors shows all 64 to those
// who do not ask; and of eight forked data loaders each must not take the whole machine.

#include "masks/threads.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "cocodec/error.hpp"

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace cocodec {
namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The start of a small file; empty if it cannot be read.
std::string small_file(const std::string& path) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) return {};
    std::string text(1 << 14, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    return text;
}

/// Takes the integer that `text` starts with. False, and nothing taken, if there is none.
bool take_integer(std::string_view& text, std::int64_t& value) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return true;
}

/// Processors that `quota` microseconds in each `period` are worth.
std::size_t processors(std::int64_t quota, std::int64_t period) {
    if (quota <= 0 || period <= 0) return no_limit;
    return static_cast<std::size_t>((quota - 1) / period + 1);
}

/// cgroup v2: "200000 100000" or "max 100000".
std::size_t quota_of_v2(const std::string& folder) {
    const std::string file = small_file(folder + "/cpu.max");
    std::string_view text = file;
    std::int64_t quota = 0, period = 0;
    if (!take_integer(text, quota) || text.empty()) return no_limit;
    text.remove_prefix(1);
    return take_integer(text, period) ? processors(quota, period) : no_limit;
}

/// cgroup v1: a file each; -1 is no quota.
std::size_t quota_of_v1(const std::string& folder) {
    const std::string quota_file = small_file(folder + "/cpu.cfs_quota_us");
    const std::string period_file = small_file(folder + "/cpu.cfs_period_us");
    std::string_view quota_text = quota_file, period_text = period_file;
    std::int64_t quota = 0, period = 0;
    if (!take_integer(quota_text, quota) || !take_integer(period_text, period)) return no_limit;
    return processors(quota, period);
}

/// The least quota of a group and those that it lies in. Where a container shows its own group as
/// the root, the path from outside is not there, and the root is what counts.
template <class Quota>
std::size_t least_quota(const std::string& root, std::string path, const Quota& quota_of) {
    std::size_t least = no_limit;
    if (path.empty() || path[0] != '/') path.clear();
    while (true) {
        while (!path.empty() && path.back() == '/') path.pop_back();
        least = std::min(least, quota_of(root + path));
        if (path.empty()) return least;
        const std::size_t slash = path.rfind('/');
        path.resize(slash == std::string::npos ? 0 : slash);
    }
}

bool lists_cpu(std::string_view controllers) {
    while (!controllers.empty()) {
        const std::size_t end = std::min(controllers.find(','), controllers.size());
        if (controllers.substr(0, end) == "cpu") return true;
        controllers.remove_prefix(std::min(end + 1, controllers.size()));
    }
    return false;
}

std::size_t affinity() {
    std::size_t processors = 0;
#ifdef __linux__
    // Machines of more processors than a cpu_set_t has room for want a larger one.
    for (std::size_t room = 1024; processors == 0 && room <= std::size_t{1} << 20; room *= 4) {
        cpu_set_t* const set = CPU_ALLOC(room);
        if (set == nullptr) break;
        if (sched_getaffinity(0, CPU_ALLOC_SIZE(room), set) == 0) {
            processors = static_cast<std::size_t>(CPU_COUNT_S(CPU_ALLOC_SIZE(room), set));
        }
        CPU_FREE(set);
    }
#endif
    if (processors == 0) processors = std::thread::hardware_concurrency();
    return std::max<std::size_t>(1, processors);
}

std::int64_t this_process() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    return getpid();
#else
    return 1;
#endif
}

/// COCODEC_NUM_THREADS; `no_limit` if it is not set.
std::size_t environment_limit() {
    const char* const set = std::getenv("COCODEC_NUM_THREADS");
    if (set == nullptr || *set == '\0') return no_limit;
    std::string_view text = set;
    std::int64_t value = 0;
    if (take_integer(text, value) && text.empty() && value > 0) {
        return static_cast<std::size_t>(value);
    }
    throw Error(ErrorCode::bad_option,
                "COCODEC_NUM_THREADS is \"" + std::string(set) + "\", expected a number above 0");
}

// A process that was forked has these from its parent: what is said in them counts where they name
// the process itself.
std::atomic<std::int64_t> home_process{this_process()};
std::atomic<std::int64_t> limited_process{0};
std::atomic<std::size_t> limit_of_process{no_limit};

}  // namespace

std::size_t cgroup_quota(std::string_view groups, const std::string& root) {
    std::size_t least = no_limit;
    while (!groups.empty()) {
        const std::size_t end = std::min(groups.find('\n'), groups.size());
        const std::string_view line = groups.substr(0, end);
        groups.remove_prefix(std::min(end + 1, groups.size()));
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', std::min(first, line.size() - 1) + 1);
        if (second == std::string_view::npos) continue;
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        const std::string path(line.substr(second + 1));
        if (controllers.empty()) least = std::min(least, least_quota(root, path, quota_of_v2));
        if (!lists_cpu(controllers)) continue;
        for (const std::string mount : {"/cpu", "/cpu,cpuacct"}) {
            least = std::min(least, least_quota(root + mount, path, quota_of_v1));
        }
    }
    return least;
}

std::size_t usable_processors() {
#ifdef __linux__
    static const std::size_t quota =
        cgroup_quota(small_file("/proc/self/cgroup"), "/sys/fs/cgroup");
    return std::min(affinity(), quota);
#else
    return affinity();
#endif
}

std::size_t automatic_threads() {
    const std::int64_t process = this_process();
    if (limited_process == process) return std::min(usable_processors(), limit_of_process.load());
    if (home_process != process) return 1;
    return std::min(usable_processors(), environment_limit());
}

void set_thread_limit(std::size_t limit) noexcept {
    limit_of_process = limit;
    limited_process = limit == 0 ? 0 : this_process();
}

void declare_worker() noexcept {
    home_process = 0;
}

}  // namespace cocodec
