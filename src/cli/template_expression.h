#pragma once
// What stands between the {{ and }} of a template.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/template.h"
#include "cli/template_node.h"

namespace ccocker::cli {

constexpr unsigned template_nesting_max = 16;  // of parentheses, and of blocks
constexpr std::string_view template_blanks = " \t\r\n";
bool is_template_word(char c);  // letters, digits and _

// What an expression must know of the template around it.
struct TemplateSurroundings {
  const TemplateStyle& style;
  std::span<const std::string> known;
  std::vector<std::string> variables;  // in sight
  unsigned rebound = 0;                // blocks around in which the dot is not the top value
};

// `text` is without trim marks and keyword, and begins at `line` and `column` of the template. What it declares is put
// in sight. Only in a range two variables may be declared.
TemplatePipeline parse_template_expression(std::string_view text, size_t line, size_t column, bool range,
                                           TemplateSurroundings& around);

}  // namespace ccocker::cli
