#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cli/value.h"

namespace ccocker::cli {

constexpr int64_t template_padding_max = 1000;  // columns; also digits, where a precision asks for them

// Go's fmt.Sprintf. As there nothing fails: what does not fit is said in the text, such as "%!d(string=abc)",
// "%!s(MISSING)" and "%!(EXTRA int=1)". Widths and precisions count code points. %c prints no control character.
std::string format_like_go(std::string_view format, std::span<const Value> values);

}  // namespace ccocker::cli
