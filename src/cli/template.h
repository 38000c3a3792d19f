#pragma once
// The part of Go's text/template that `--format` needs: {{.Field}}, {{json .}}, pipelines and a few functions.
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::cli {

struct Field {
  std::string name, value;
  bool bare = false;  // JSON writes it without quotes: a number, true or false
};

// One object that a command prints.
struct Row {
  std::vector<Field> fields;
  std::map<std::string, std::string> labels;  // for {{.Label "key"}}
  bool heading = false;                       // its values are column headings; a label's heading is its key

  const Field* find(std::string_view name) const;
  std::string json() const;  // one line
};

// A compiled template.
class Template {
 public:
  struct Node;

  // Functions: json upper lower title join split len truncate print println. "\t" and "\n" written as backslash
  // sequences are understood, since shells pass them on. Errc::invalid names what is wrong; `known` are the fields.
  Template(std::string_view text, std::span<const std::string> known);
  Template(Template&&) noexcept;
  ~Template();

  // Errc::invalid when a function gets what it cannot use.
  std::string apply(const Row& row) const;

 private:
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace ccocker::cli
