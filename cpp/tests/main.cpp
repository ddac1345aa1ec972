// Runs every test that the program registered; the exit code says whether all held.
#include <cstdio>
#include <exception>

#include "check.hpp"

int main() {
    for (const check::Test& test : check::Test::all()) {
        const int before = check::failures;
        try {
            test.run();
        } catch (const std::exception& error) {
            check::fail(std::string("unexpected exception: ") + error.what(), {test.name, 0});
        }
        if (check::failures != before) std::fprintf(stderr, "FAILED  %s\n", test.name);
    }
    std::printf("%zu tests, %d failures\n", check::Test::all().size(), check::failures);
    // A program without tests proves nothing and must not look green.
    return check::failures == 0 && !check::Test::all().empty() ? 0 : 1;
}
