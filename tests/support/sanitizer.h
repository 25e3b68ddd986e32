// Whether a sanitizer watches: it has memory of its own, which no test must count or replace.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LUCID_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LUCID_TEST_SANITIZED 1
#endif
#endif
#ifndef LUCID_TEST_SANITIZED
#define LUCID_TEST_SANITIZED 0
#endif

namespace lucid::test {

inline constexpr bool sanitized = LUCID_TEST_SANITIZED != 0;

}  // namespace lucid::test
