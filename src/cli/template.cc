#include "cli/template.h"

#include <fmt/format.h>

#include <charconv>
#include <variant>

#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

using Value = std::variant<std::string, std::vector<std::string>, const Row*>;

constexpr unsigned parentheses_deep_max = 16;
constexpr size_t template_bytes_max = 64 * 1024;

[[noreturn]] void fail(const std::string& what) { throw Error(Errc::invalid, "--format: " + what); }

}  // namespace

// Text, or an expression: `kind` says which members count.
struct Template::Node {
  enum class Kind { text, dot, field, function, pipeline };
  Kind kind = Kind::text;
  std::string name;                              // text, field's or function's name
  std::vector<std::unique_ptr<Node>> arguments;  // of a function or of .Label; the commands of a pipeline
};

namespace {

using Node = Template::Node;
using NodePtr = std::unique_ptr<Node>;

NodePtr make(Node::Kind kind, std::string name = {}) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->name = std::move(name);
  return node;
}

// ---- functions -------------------------------------------------------------------------------------------------

std::string plain(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return "[" + join(*list, " ") + "]";
  return std::get<const Row*>(value)->json();
}

std::string to_json(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return json_quote(*text);
  if (const auto* row = std::get_if<const Row*>(&value)) return (*row)->json();
  std::vector<std::string> quoted;
  for (const std::string& item : std::get<std::vector<std::string>>(value)) quoted.push_back(json_quote(item));
  return "[" + join(quoted, ",") + "]";
}

std::string printed(const std::vector<Value>& values, std::string_view end) {
  std::vector<std::string> words;
  for (const Value& value : values) words.push_back(plain(value));
  return join(words, " ") + std::string(end);
}

std::string title(std::string text) {
  if (!text.empty()) text.replace(0, 1, upper(text.substr(0, 1)));
  return text;
}

Value joined(const std::vector<Value>& a) {
  const auto* list = std::get_if<std::vector<std::string>>(&a[0]);
  return list ? join(*list, plain(a[1])) : plain(a[0]);
}

Value length(const std::vector<Value>& a) {
  const auto* list = std::get_if<std::vector<std::string>>(&a[0]);
  return std::to_string(list ? list->size() : plain(a[0]).size());
}

Value truncated(const std::vector<Value>& a) {
  std::string text = plain(a[0]), limit = plain(a[1]);
  size_t columns_max = 0;
  auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), columns_max);
  if (error != std::errc() || end != limit.data() + limit.size()) fail("truncate wants a number, not '" + limit + "'");
  return columns(text) <= columns_max ? text : text.substr(0, columns_max);
}

struct Function {
  std::string_view name;
  size_t least, most;  // arguments
  Value (*call)(const std::vector<Value>&);
};

constexpr size_t any_number = 100;
constexpr Function functions[] = {
    {"json", 1, 1, [](const std::vector<Value>& a) -> Value { return to_json(a[0]); }},
    {"upper", 1, 1, [](const std::vector<Value>& a) -> Value { return upper(plain(a[0])); }},
    {"lower", 1, 1, [](const std::vector<Value>& a) -> Value { return lower(plain(a[0])); }},
    {"title", 1, 1, [](const std::vector<Value>& a) -> Value { return title(plain(a[0])); }},
    {"join", 2, 2, joined},
    {"split", 2, 2,
     [](const std::vector<Value>& a) -> Value { return split(plain(a[0]), std::string_view(plain(a[1]))); }},
    {"len", 1, 1, length},
    {"truncate", 2, 2, truncated},
    {"print", 0, any_number, [](const std::vector<Value>& a) -> Value { return printed(a, ""); }},
    {"println", 0, any_number, [](const std::vector<Value>& a) -> Value { return printed(a, "\n"); }},
};

const Function* find_function(std::string_view name) {
  for (const Function& function : functions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

// ---- parsing ---------------------------------------------------------------------------------------------------

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// What stands between {{ and }}.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::span<const std::string> known) : text_(text), known_(known) {}

  NodePtr parse() {
    NodePtr node = pipeline();
    if (!rest().empty()) fail(fmt::format("'{}' is not understood in {{{{{}}}}}", rest(), text_));
    return node;
  }

 private:
  std::string_view rest() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return text_.substr(at_);
  }

  NodePtr pipeline() {
    NodePtr node = make(Node::Kind::pipeline);
    node->arguments.push_back(command(false));
    while (rest().starts_with('|')) {
      ++at_;
      node->arguments.push_back(command(true));
    }
    return node;
  }

  bool command_ends() { return rest().empty() || rest()[0] == '|' || rest()[0] == ')'; }

  NodePtr command(bool piped) {
    if (command_ends()) fail(fmt::format("{{{{{}}}}} lacks a field or a function", text_));
    NodePtr head = operand();
    std::vector<NodePtr> arguments;
    while (!command_ends()) arguments.push_back(argument());
    check(*head, arguments.size(), piped);
    for (NodePtr& node : arguments) head->arguments.push_back(std::move(node));
    return head;
  }

  void check(const Node& head, size_t arguments, bool piped) {
    if (head.kind == Node::Kind::function) return check_function(*find_function(head.name), arguments + piped);
    bool is_label = head.kind == Node::Kind::field && head.name == "Label";
    if (is_label && (arguments != 1 || piped)) fail("use .Label with one key, such as {{.Label \"app\"}}");
    if (!is_label && arguments + piped > 0) fail(fmt::format("only a function takes values, in {{{{{}}}}}", text_));
  }

  static void check_function(const Function& function, size_t count) {
    if (count >= function.least && count <= function.most) return;
    const char* s = function.least == 1 ? "" : "s";
    fail(fmt::format("{} takes {} value{}, not {}", function.name, function.least, s, count));
  }

  NodePtr argument() {
    NodePtr node = operand();
    bool is_label = node->kind == Node::Kind::field && node->name == "Label";
    if (node->kind == Node::Kind::function || is_label)
      fail(fmt::format("put ( ) around {} and its values", node->name));
    return node;
  }

  NodePtr operand() {
    char c = rest()[0];
    if (c == '(') return parentheses();
    if (c == '"' || c == '`') return quoted(c);
    if (c == '.') return field();
    return word();
  }

  NodePtr parentheses() {
    if (++depth_ > parentheses_deep_max) fail("parentheses are nested too deeply");
    ++at_;
    NodePtr node = pipeline();
    if (!rest().starts_with(')')) fail("a ')' is missing in {{" + std::string(text_) + "}}");
    ++at_;
    --depth_;
    return node;
  }

  NodePtr quoted(char quote) {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      bool escaped = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size();
      value += escaped ? unescaped(text_[++at_]) : text_[at_];
    }
    if (at_ == text_.size()) fail(fmt::format("a closing {} is missing in {{{{{}}}}}", quote, text_));
    ++at_;
    return make(Node::Kind::text, value);
  }

  static char unescaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c; }

  std::string_view take_word() {
    size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  NodePtr field() {
    ++at_;
    std::string_view name = take_word();
    if (name.empty()) return make(Node::Kind::dot);
    bool known = name == "Label" || std::find(known_.begin(), known_.end(), name) != known_.end();
    if (!known) {
      fail(fmt::format("there is no field .{} here; known are .{}", name,
                       fmt::join(known_.begin(), known_.end(), " .")));
    }
    return make(Node::Kind::field, std::string(name));
  }

  NodePtr word() {
    std::string_view name = take_word();
    if (is_number(name)) return make(Node::Kind::text, std::string(name));
    if (name.empty() || !find_function(name)) {
      fail(fmt::format(
          "there is no function '{}'; known are json, upper, lower, title, join, split, len, truncate, print and "
          "println",
          name.empty() ? rest() : name));
    }
    return make(Node::Kind::function, std::string(name));
  }

  std::string_view text_;
  std::span<const std::string> known_;
  size_t at_ = 0;
  unsigned depth_ = 0;
};

// ---- evaluation ------------------------------------------------------------------------------------------------

Value evaluate(const Node& node, const Row& row, const Value* piped);

Value evaluate_pipeline(const Node& node, const Row& row) {
  Value value = evaluate(*node.arguments[0], row, nullptr);
  for (size_t i = 1; i < node.arguments.size(); ++i) value = evaluate(*node.arguments[i], row, &value);
  return value;
}

Value evaluate_function(const Node& node, const Row& row, const Value* piped) {
  std::vector<Value> values;
  for (const NodePtr& argument : node.arguments) values.push_back(evaluate(*argument, row, nullptr));
  if (piped) values.push_back(*piped);
  return find_function(node.name)->call(values);
}

Value evaluate_field(const Node& node, const Row& row) {
  if (node.name == "Label" && !node.arguments.empty()) {
    std::string key = plain(evaluate(*node.arguments[0], row, nullptr));
    if (row.heading) return key;
    auto found = row.labels.find(key);
    return found == row.labels.end() ? "" : printable(found->second);
  }
  const Field* field = row.find(node.name);
  return field ? printable(field->value) : "";
}

Value evaluate(const Node& node, const Row& row, const Value* piped) {
  switch (node.kind) {
    case Node::Kind::text:
      return node.name;
    case Node::Kind::dot:
      return &row;
    case Node::Kind::field:
      return evaluate_field(node, row);
    case Node::Kind::function:
      return evaluate_function(node, row, piped);
    case Node::Kind::pipeline:
      return evaluate_pipeline(node, row);
  }
  return "";
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : 0;
    if (next == 't' || next == 'n') {
      out += next == 't' ? '\t' : '\n';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The end of the expression that starts at `at`: the next "}}" outside of quotes.
size_t expression_end(std::string_view text, size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quote == '"' && c == '\\') {
      ++at;
    } else if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '`') {
      quote = c;
    } else if (text.substr(at, 2) == "}}") {
      return at;
    }
  }
  fail("a closing }} is missing in '" + std::string(text) + "'");
}

}  // namespace

Template::Template(std::string_view source, std::span<const std::string> known) {
  if (source.size() > template_bytes_max) fail("the template is longer than 64 KiB");
  std::string text = unescape(source);
  size_t at = 0;
  while (at < text.size()) {
    size_t open = text.find("{{", at);
    if (open != at) nodes_.push_back(make(Node::Kind::text, text.substr(at, open - at)));
    if (open == text.npos) break;
    size_t close = expression_end(text, open + 2);
    std::string_view inside = std::string_view(text).substr(open + 2, close - open - 2);
    at = close + 2;
    bool trim_left = inside.starts_with("- "), trim_right = inside.ends_with(" -");
    if (trim_left) inside.remove_prefix(2);
    if (trim_right && inside.size() >= 2) inside.remove_suffix(2);
    if (trim_left && !nodes_.empty() && nodes_.back()->kind == Node::Kind::text) {
      std::string& before = nodes_.back()->name;
      before.resize(before.find_last_not_of(" \t\r\n") + 1);
    }
    nodes_.push_back(ExpressionParser(inside, known).parse());
    if (trim_right) at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  }
}

Template::Template(Template&&) noexcept = default;
Template::~Template() = default;

std::string Template::apply(const Row& row) const {
  std::string out;
  for (const NodePtr& node : nodes_) out += plain(evaluate(*node, row, nullptr));
  return out;
}

const Field* Row::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string Row::json() const {
  std::vector<std::string> members;
  for (const Field& field : fields) {
    members.push_back(json_quote(field.name) + ":" + (field.bare ? field.value : json_quote(field.value)));
  }
  return "{" + join(members, ",") + "}";
}

}  // namespace ccocker::cli
