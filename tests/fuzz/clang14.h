// libstdc++ 12 hides std::expected from clang 14, which says that it knows concepts of 2019 only. What is fuzzed never
// makes one; loop/error.h just has to be able to name it.
#pragma once
#include <version>
#ifndef __cpp_lib_expected
namespace std {
template <typename Value, typename Failure>
class expected;
}
#endif
