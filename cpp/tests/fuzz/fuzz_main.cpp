// Drives a libFuzzer entry point without libFuzzer: files and folders of files first, then random
// and mutated bytes until the time or the number of runs is up. Finds less than libFuzzer, but
// needs no clang. The seed, which is printed, decides every input: the same seed meets the same
// crash again.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

struct Options {
    double seconds = 5;
    std::uint64_t runs = ~std::uint64_t{0};
    std::uint64_t seed = 0;
    std::vector<std::string> files;
};

Options options_from(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const char* value = i + 1 < argc ? argv[i + 1] : "0";
        if (argument == "--seconds") {
            options.seconds = std::strtod(value, nullptr), ++i;
        } else if (argument == "--runs") {
            options.runs = std::strtoull(value, nullptr, 10), ++i;
        } else if (argument == "--seed") {
            options.seed = std::strtoull(value, nullptr, 10), ++i;
        } else if (std::filesystem::is_directory(argument)) {
            for (const auto& entry : std::filesystem::directory_iterator(argument))
                options.files.push_back(entry.path().string());
        } else {
            options.files.push_back(argument);
        }
    }
    // Folders have no order of their own, and the seed is to decide every input.
    std::sort(options.files.begin(), options.files.end());
    return options;
}

Bytes read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Random bytes, half of them from the alphabet of counts strings and of JSON.
std::uint8_t random_byte(std::mt19937_64& random) {
    const std::uint64_t r = random();
    switch (r & 3) {
        case 0:
            return static_cast<std::uint8_t>(48 + (r >> 8) % 64);
        case 1:
            return static_cast<std::uint8_t>("{}[]\",:0123456789.-e counts"[(r >> 8) % 27]);
        default:
            return static_cast<std::uint8_t>(r >> 8);
    }
}

void mutate(Bytes& bytes, std::mt19937_64& random) {
    for (std::uint64_t change = 0, changes = 1 + random() % 4; change < changes; ++change) {
        const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
        const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        switch (bytes.empty() ? 0 : random() % 5) {
            case 0:
                bytes.insert(place, random_byte(random));
                break;
            case 1:
                bytes.erase(place);
                break;
            case 2:
                *place = random_byte(random);
                break;
            case 3:
                *place ^= static_cast<std::uint8_t>(1U << random() % 8);
                break;
            default: {
                const Bytes tail(place, bytes.end());
                if (bytes.size() < 2000) bytes.insert(place, tail.begin(), tail.end());
            }
        }
    }
}

/// Where a debugger finds the input that stopped the process.
Bytes current_input;

void run(const Bytes& bytes) {
    current_input = bytes;
    LLVMFuzzerTestOneInput(current_input.data(), current_input.size());
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = options_from(argc, argv);
    std::mt19937_64 random(options.seed);
    std::vector<Bytes> pool{{}};
    for (const std::string& path : options.files) {
        pool.push_back(read(path));
        run(pool.back());
    }
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
    std::uint64_t done = 0;
    for (; done < options.runs && (done % 64 != 0 || Clock::now() < end); ++done) {
        Bytes bytes = pool[random() % pool.size()];
        if (random() % 4 == 0) {
            bytes.resize(random() % 64);
            for (auto& byte : bytes) byte = random_byte(random);
        } else {
            mutate(bytes, random);
        }
        run(bytes);
        if (pool.size() < 4096) {
            pool.push_back(bytes);
        } else {
            pool[random() % pool.size()] = bytes;
        }
    }
    std::printf("%llu inputs, nothing found\n", static_cast<unsigned long long>(done));
    return 0;
}
