// KINDRED_OLDEST(function): its references mean the version that the first glibc of this architecture had.
#pragma once

#include <cstdlib>

// Sanitizers stand in for such functions themselves, and musl has no versions.
#if defined(__GLIBC__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#if defined(__x86_64__)
#define KINDRED_OLDEST(function) __asm__(".symver " #function "," #function "@GLIBC_2.2.5")
#elif defined(__aarch64__)
#define KINDRED_OLDEST(function) __asm__(".symver " #function "," #function "@GLIBC_2.17")
#endif
#endif

#ifndef KINDRED_OLDEST
#define KINDRED_OLDEST(function) static_assert(true)
#endif
