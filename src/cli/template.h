#pragma once
// Go's text/template as `--format` and `inspect -f` need it: fields, variables, pipelines, if, range, with, and the
// functions of Go and of Docker.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/value.h"

namespace ccocker::cli {

struct Field {
  std::string name, value;
  bool bare = false;  // JSON writes it without quotes: a number, true or false
};

// One object that a command prints as a line.
struct Row {
  std::vector<Field> fields;
  std::map<std::string, std::string> labels;  // for {{.Label "key"}}
  bool heading = false;                       // its values are column headings; a label's heading is its key

  const Field* find(std::string_view name) const;
  std::string json() const;  // one line
};

struct TemplateStyle {
  std::string prefix = "--format: ";  // of what it says is wrong
  bool unescape = true;               // "\t" and "\n" written as backslash sequences, since shells pass them on
  bool printable = true;              // control characters of values are made visible, except in JSON
};

struct TemplateBlock;  // cli/template_node.h

// A compiled template.
class Template {
 public:
  // Errc::invalid says what is wrong in `text`. `known` are a row's fields; none is checked where it is empty.
  Template(std::string_view text, std::span<const std::string> known, TemplateStyle style = {});
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // Errc::invalid when a value has no such field, or a function gets what it cannot use.
  std::string apply(const Row& row) const;
  std::string apply(const Value& value) const;

 private:
  TemplateStyle style_;
  std::unique_ptr<TemplateBlock> block_;
};

}  // namespace ccocker::cli
