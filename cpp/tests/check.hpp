// The C++ tests' own assertions, and nothing else. A test is an object at namespace scope:
//
//     const check::Test empty("an empty mask has no area", [] { check::equal(area(mask), 0U); });
//
// Assertions report and go on; main.cpp runs every test of its program.
#pragma once

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "cocodec/error.hpp"

namespace check {

struct Test {
    const char* name;
    void (*run)();
    static std::vector<Test>& all() {
        static std::vector<Test> tests;
        return tests;
    }
    Test(const char* name_of, void (*body)()) : name(name_of), run(body) { all().push_back(*this); }
};

/// Where an assertion stands; helpers pass their caller's place on.
struct Place {
    const char* file;
    int line;
};
constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
}

inline int failures = 0;

inline void fail(const std::string& what, Place place = here()) {
    ++failures;
    std::fprintf(stderr, "%s:%d: %s\n", place.file, place.line, what.c_str());
}

inline void that(bool holds, Place place = here()) {
    if (!holds) fail("does not hold", place);
}

template <class T>
std::string show(const T& value) {
    std::ostringstream text;
    if constexpr (requires { text << value; }) {
        text << value;
    } else if constexpr (requires { value.begin(); }) {
        for (const auto& item : value) text << show(item) << ' ';
    }
    return text.str();
}

template <class A, class B>
void equal(const A& got, const B& expected, Place place = here()) {
    if (!(got == expected)) fail("got " + show(got) + ", expected " + show(expected), place);
}

/// `body` must throw exactly this error, place included.
template <class Body>
void raises(cocodec::ErrorCode code, std::int64_t item, std::int64_t offset, const Body& body,
            Place place = here()) {
    try {
        body();
    } catch (const cocodec::Error& error) {
        if (error.code() == code && error.item() == item && error.offset() == offset) return;
        return fail("another error: code " + std::to_string(static_cast<int>(error.code())) +
                        ", item " + std::to_string(error.item()) + ", offset " +
                        std::to_string(error.offset()) + ": " + error.message(),
                    place);
    }
    fail("no error", place);
}

}  // namespace check
