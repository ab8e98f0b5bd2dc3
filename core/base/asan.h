/* Whether AddressSanitizer watches memory: then what is not handed out is told to it, and nothing comes from elsewhere than malloc. */
#ifndef CORE_BASE_ASAN_H
#define CORE_BASE_ASAN_H

#ifdef __SANITIZE_ADDRESS__ /* gcc */
#define KEEP_ASAN 1
#elif defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define KEEP_ASAN 1
#endif
#endif
#ifndef KEEP_ASAN
#define KEEP_ASAN 0
#endif

#endif
