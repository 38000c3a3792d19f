#pragma once
// The functions that templates call: Go's own and those Docker adds.
#include <string>
#include <string_view>
#include <vector>

#include "cli/value.h"

namespace ccocker::cli {

struct TemplateFunction {
  std::string_view name;
  size_t least, most;                        // arguments
  Value (*call)(const std::vector<Value>&);  // throws Error(Errc::invalid) for what it cannot use
};

const TemplateFunction* find_template_function(std::string_view name);
std::string template_function_names();  // "and, eq, ... and urlquery"

}  // namespace ccocker::cli
