#pragma once
// A template as it was parsed.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/value.h"

namespace ccocker::cli {

struct TemplateStyle;

// An operand or a function call of a pipeline.
struct TemplateTerm {
  enum class Kind { constant, dot, variable, function, group };
  Kind kind = Kind::dot;
  Value constant;
  std::string name;                                      // of a variable ("$", "$x") or a function
  std::vector<std::string> fields;                       // .A.B behind it
  std::vector<std::unique_ptr<TemplateTerm>> arguments;  // of a function, or of .Label; the commands of a group
  std::string text;                                      // as typed, and where, for what is said about it
  size_t line = 1, column = 0;
};
using TemplateTermPtr = std::unique_ptr<TemplateTerm>;

struct TemplatePipeline {
  std::vector<std::string> variables;  // what it is assigned to; two in a range
  bool declares = false;               // := rather than =
  std::vector<TemplateTermPtr> commands;
};

struct TemplateStep;

struct TemplateBlock {
  std::vector<TemplateStep> steps;
};

struct TemplateStep {
  enum class Kind { text, action, if_, range, with, break_, continue_ };
  Kind kind = Kind::text;
  std::string text;
  TemplatePipeline pipeline;
  TemplateBlock body, otherwise;
};

// Errc::invalid says what is wrong. `known` are the fields of the top value, unchecked when empty.
TemplateBlock parse_template(std::string_view text, std::span<const std::string> known, const TemplateStyle& style);

[[noreturn]] void template_failure(const TemplateStyle& style, const std::string& what);

}  // namespace ccocker::cli
