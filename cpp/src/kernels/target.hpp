// Which instruction sets this compiler can be asked for, function by function. No compiler flag
// turns them on for a whole file: code that runs everywhere must stay code that runs everywhere.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#define COCODEC_X86 1
#endif
#if defined(__aarch64__) || defined(_M_ARM64)
#define COCODEC_NEON 1
#endif

#if defined(__GNUC__) || defined(__clang__)
#define COCODEC_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define COCODEC_TARGET_AVX512                                                   \
    __attribute__((                                                             \
        target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl," \
               "avx512vbmi,avx512vbmi2,avx512bitalg,avx512vpopcntdq")))
#else
// MSVC lets every function use every intrinsic.
#define COCODEC_TARGET_AVX2
#define COCODEC_TARGET_AVX512
#endif

// A loop that several instruction sets share takes their functions as arguments of a template. It
// has no target of its own, so it must become part of a function that has one: only then can these
// become part of it.
#if defined(__GNUC__) || defined(__clang__)
#define COCODEC_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define COCODEC_ALWAYS_INLINE __forceinline
#endif

// GCC 12's own intrinsics start from `_mm_undefined_*`, which it then reports as uninitialised.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
