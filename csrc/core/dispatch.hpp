// Runtime choice of the instruction set: one portable build that uses what the processor has.
//
// PYSNN_CLONES before a function makes the compiler emit it once per instruction set; the loader picks
// the widest that the processor runs. Put it on functions that hold a whole loop, never on what is
// called inside one: a clone is not inlined. All clones give the same bits (-ffp-contract=off).
#pragma once

#include <cstddef>  // any standard header says which C library this is

// The attribute needs indirect functions (glibc) and the names of the levels (Clang from 19 on, which is tested). The
// sanitizers' runtimes are not up yet when the loader resolves indirect functions: CMake sets PYSNN_NO_CLONES there.
#if !defined(PYSNN_NO_CLONES) && defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && \
    (!defined(__clang__) || __clang_major__ >= 19) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PYSNN_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#define PYSNN_HAS_CLONES 1
#else
#define PYSNN_CLONES
#define PYSNN_HAS_CLONES 0
#endif

// Before the declaration of such a function in a header: Clang calls the choice among clones by a name of its own, GCC
// by the function's, and takes no second attribute.
#if PYSNN_HAS_CLONES && defined(__clang__)
#define PYSNN_DECLARES_CLONES PYSNN_CLONES
#else
#define PYSNN_DECLARES_CLONES
#endif

// For what a cloned loop calls: inlined into every clone, so that it is compiled for that instruction set.
#if defined(__GNUC__)
#define PYSNN_INLINE inline __attribute__((always_inline))
#else
#define PYSNN_INLINE inline
#endif
