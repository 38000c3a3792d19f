#include "cli/template_expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/template_functions.h"
#include "cli/template_number.h"

namespace ccocker::cli {
namespace {

using Term = TemplateTerm;
using TermPtr = TemplateTermPtr;

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, size_t line, size_t column, TemplateSurroundings& around)
      : text_(text), line_(line), column_(column), around_(around) {}

  TemplatePipeline pipeline_step(bool range) {
    TemplatePipeline out;
    read_declaration(out, range);
    out.commands = commands();
    if (!rest().empty()) fail(fmt::format("'{}' is not understood in {{{{{}}}}}", rest(), text_));
    if (out.declares)
      for (const std::string& name : out.variables) around_.variables.push_back(name);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { template_failure(around_.style, what); }

  std::string_view rest() {
    while (at_ < text_.size() && template_blanks.find(text_[at_]) != template_blanks.npos) ++at_;
    return text_.substr(at_);
  }

  // "$x :=", "$x =", and in a range "$i, $x :=". Without one nothing is taken.
  void read_declaration(TemplatePipeline& out, bool range) {
    size_t begin = at_;
    std::vector<std::string> names;
    while (rest().starts_with('$') && names.size() < 2) {
      ++at_;
      names.push_back("$" + std::string(take_word()));
      if (!range || !rest().starts_with(',')) break;
      ++at_;
    }
    bool declares = rest().starts_with(":="), assigns = !declares && rest().starts_with('=');
    if (names.empty() || (!declares && !assigns)) {
      at_ = begin;
      return;
    }
    at_ += declares ? 2 : 1;
    if (assigns) {
      for (const std::string& name : names) require_variable(name);
    }
    out.variables = std::move(names);
    out.declares = declares;
  }

  std::vector<TermPtr> commands() {
    std::vector<TermPtr> out;
    out.push_back(command(false));
    while (rest().starts_with('|')) {
      ++at_;
      out.push_back(command(true));
    }
    return out;
  }

  bool command_ends() { return rest().empty() || rest()[0] == '|' || rest()[0] == ')'; }

  TermPtr command(bool piped) {
    if (command_ends()) fail(fmt::format("{{{{{}}}}} lacks a field or a function", text_));
    TermPtr head = operand();
    std::vector<TermPtr> arguments;
    while (!command_ends()) arguments.push_back(argument());
    check(*head, arguments.size(), piped);
    for (TermPtr& term : arguments) head->arguments.push_back(std::move(term));
    return head;
  }

  static bool is_label(const Term& term) {
    return term.kind == Term::Kind::dot && term.fields.size() == 1 && term.fields[0] == "Label";
  }

  void check(const Term& head, size_t arguments, bool piped) {
    if (head.kind == Term::Kind::function) return check_function(head.name, arguments + piped);
    if (is_label(head) && !around_.known.empty()) {
      if (arguments != 1 || piped) fail("use .Label with one key, such as {{.Label \"app\"}}");
      return;
    }
    if (arguments + piped > 0) fail(fmt::format("only a function takes values, in {{{{{}}}}}", text_));
  }

  void check_function(const std::string& name, size_t count) const {
    const TemplateFunction& function = *find_template_function(name);
    if (count >= function.least && count <= function.most) return;
    const char* s = function.least == 1 ? "" : "s";
    fail(fmt::format("{} takes {} value{}, not {}", function.name, function.least, s, count));
  }

  TermPtr argument() {
    TermPtr term = operand();
    bool alone = term->kind == Term::Kind::function && find_template_function(term->name)->least == 0;
    bool label = is_label(*term) && !around_.known.empty();
    if ((term->kind == Term::Kind::function && !alone) || label)
      fail(fmt::format("put ( ) around {} and its values", label ? "Label" : term->name));
    return term;
  }

  TermPtr make(Term::Kind kind) {
    auto term = std::make_unique<Term>();
    term->kind = kind;
    term->line = line_;
    term->column = column_ + at_;
    return term;
  }

  TermPtr operand() {
    char c = rest()[0];
    size_t begin = at_;
    TermPtr term;
    if (c == '(')
      term = parentheses();
    else if (c == '"' || c == '`')
      term = quoted(c);
    else if (c == '.' && !number_begins())
      term = make(Term::Kind::dot);
    else if (c == '$')
      term = variable();
    else
      term = word();
    read_fields(*term);
    term->text = std::string(text_.substr(begin, at_ - begin));
    return term;
  }

  TermPtr parentheses() {
    if (++depth_ > template_nesting_max) fail("parentheses are nested too deeply");
    TermPtr term = make(Term::Kind::group);
    ++at_;
    term->arguments = commands();
    if (!rest().starts_with(')')) fail("a ')' is missing in {{" + std::string(text_) + "}}");
    ++at_;
    --depth_;
    return term;
  }

  TermPtr quoted(char quote) {
    TermPtr term = make(Term::Kind::constant);
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      bool escaped = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size();
      value += escaped ? unescaped(text_[++at_]) : text_[at_];
    }
    if (at_ == text_.size()) fail(fmt::format("a closing {} is missing in {{{{{}}}}}", quote, text_));
    ++at_;
    term->constant = value;
    return term;
  }

  static char unescaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c; }

  TermPtr variable() {
    TermPtr term = make(Term::Kind::variable);
    ++at_;
    term->name = "$" + std::string(take_word());
    require_variable(term->name);
    return term;
  }

  void require_variable(const std::string& name) {
    bool seen =
        name == "$" || std::find(around_.variables.begin(), around_.variables.end(), name) != around_.variables.end();
    if (!seen) fail(fmt::format("undefined variable \"{}\"", name));
  }

  TermPtr word() {
    TermPtr term = make(Term::Kind::constant);
    std::string_view name = take_number();
    if (!name.empty()) {
      term->constant = number(name);
      return term;
    }
    name = take_word();
    if (name == "true" || name == "false") {
      term->constant = name == "true";
    } else if (name != "nil") {
      bool known = !name.empty() && find_template_function(name);
      if (!known)
        fail(fmt::format("there is no function '{}'; known are {}", name.empty() ? rest() : name,
                         template_function_names()));
      term->kind = Term::Kind::function;
      term->name = std::string(name);
    }
    return term;
  }

  Value number(std::string_view text) {
    if (std::optional<Value> value = parse_template_number(text)) return *value;
    fail(fmt::format("'{}' is not a number", text));
  }

  bool number_begins() const {
    size_t at = at_;
    if (text_[at] == '-' || text_[at] == '+') ++at;
    if (at < text_.size() && text_[at] == '.') ++at;
    return at < text_.size() && text_[at] >= '0' && text_[at] <= '9';
  }

  // All that belongs to a number or would have to: "-1.5e+3", "0x1F", "12x".
  std::string_view take_number() {
    if (!number_begins()) return {};
    size_t begin = at_++;
    for (; at_ < text_.size(); ++at_) {
      bool exponent = (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') && (text_[at_] == '-' || text_[at_] == '+');
      if (!exponent && text_[at_] != '.' && !is_template_word(text_[at_])) break;
    }
    return text_.substr(begin, at_ - begin);
  }

  std::string_view take_word() {
    size_t begin = at_;
    while (at_ < text_.size() && is_template_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // ".A.B" that follows directly. Go counts the column of what is said about a chain from its second field.
  void read_fields(Term& term) {
    bool is_dot = term.kind == Term::Kind::dot;
    while (at_ < text_.size() && text_[at_] == '.') {
      size_t begin = at_++;
      std::string_view name = take_word();
      if (name.empty()) {
        if (is_dot && term.fields.empty()) return;
        fail(fmt::format("a field's name is missing behind '.' in {{{{{}}}}}", text_));
      }
      term.fields.emplace_back(name);
      if (term.fields.size() == 2 || term.kind != Term::Kind::dot) term.column = column_ + begin;
    }
    bool is_top = (is_dot && around_.rebound == 0) || (term.kind == Term::Kind::variable && term.name == "$");
    if (is_top && !term.fields.empty()) check_known(term.fields[0]);
  }

  void check_known(const std::string& name) {
    const auto& known = around_.known;
    if (known.empty() || name == "Label" || std::find(known.begin(), known.end(), name) != known.end()) return;
    fail(fmt::format("there is no field .{} here; known are .{}", name, fmt::join(known.begin(), known.end(), " .")));
  }

  std::string_view text_;
  size_t line_, column_;
  TemplateSurroundings& around_;
  size_t at_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

bool is_template_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

TemplatePipeline parse_template_expression(std::string_view text, size_t line, size_t column, bool range,
                                           TemplateSurroundings& around) {
  return ExpressionParser(text, line, column, around).pipeline_step(range);
}

}  // namespace ccocker::cli
