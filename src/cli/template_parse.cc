#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/template.h"
#include "cli/template_functions.h"
#include "cli/template_node.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

using Term = TemplateTerm;
using TermPtr = TemplateTermPtr;
using Step = TemplateStep;

constexpr unsigned nesting_max = 16;  // of parentheses, and of blocks
constexpr size_t template_bytes_max = 64 * 1024;
constexpr std::string_view blanks = " \t\r\n";

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_blank(char c) { return blanks.find(c) != blanks.npos; }

// What a parser of expressions must know of the template around it.
struct Surroundings {
  const TemplateStyle& style;
  std::span<const std::string> known;
  std::vector<std::string> variables;  // in sight
  unsigned rebound = 0;                // blocks around in which the dot is not the top value
};

// What stands between {{ and }}, without trim marks and keyword.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, size_t line, size_t column, Surroundings& around)
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
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
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
    else if (c == '.')
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
    if (++depth_ > nesting_max) fail("parentheses are nested too deeply");
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
    bool seen = name == "$" || std::find(around_.variables.begin(), around_.variables.end(), name) != around_.variables.end();
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
        fail(fmt::format("there is no function '{}'; known are {}", name.empty() ? rest() : name, template_function_names()));
      term->kind = Term::Kind::function;
      term->name = std::string(name);
    }
    return term;
  }

  Value number(std::string_view text) {
    int64_t integer = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (error == std::errc() && end == text.data() + text.size()) return integer;
    fail(fmt::format("'{}' is not a number", text));
  }

  std::string_view take_number() {
    size_t sign = text_[at_] == '-' ? 1 : 0;
    bool digit = at_ + sign < text_.size() && text_[at_ + sign] >= '0' && text_[at_ + sign] <= '9';
    if (!digit) return {};
    size_t begin = at_;
    at_ += sign;
    take_word();
    return text_.substr(begin, at_ - begin);
  }

  std::string_view take_word() {
    size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
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
  Surroundings& around_;
  size_t at_ = 0;
  unsigned depth_ = 0;
};

// One {{...}}: what is inside, and what its marks trim.
struct Action {
  std::string_view inside;
  size_t begin = 0, end = 0;  // of the whole, in the text
  bool trim_left = false, trim_right = false;
};

class TemplateParser {
 public:
  TemplateParser(std::string_view text, std::span<const std::string> known, const TemplateStyle& style)
      : text_(text), around_{style, known, {}, 0} {}

  TemplateBlock parse() {
    TemplateBlock block;
    std::string_view stop = parse_into(block);
    if (!stop.empty()) fail(fmt::format("unexpected {{{{{}}}}}", stop));
    return block;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { template_failure(around_.style, what); }

  // Parses to the "end" or "else..." of the block, which it gives; empty at the end of the text.
  std::string_view parse_into(TemplateBlock& block) {
    while (at_ < text_.size()) {
      size_t open = text_.find("{{", at_);
      std::string_view plain = text_.substr(at_, open == text_.npos ? open : open - at_);
      if (open == text_.npos) {
        add_text(block, plain);
        at_ = text_.size();
        break;
      }
      Action action = read_action(open);
      if (action.trim_left) plain = plain.substr(0, plain.find_last_not_of(blanks) + 1);
      add_text(block, plain);
      at_ = action.end;
      if (action.trim_right) at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
      std::string_view word = keyword(action.inside);
      if (word == "end" || word == "else") return action.inside;
      add_step(block, word, action);
    }
    return {};
  }

  static void add_text(TemplateBlock& block, std::string_view plain) {
    if (plain.empty()) return;
    block.steps.emplace_back();
    block.steps.back().text = std::string(plain);
  }

  Action read_action(size_t open) {
    Action action;
    size_t close = action_end(open + 2);
    action.begin = open;
    action.end = close + 2;
    action.inside = text_.substr(open + 2, close - open - 2);
    std::string_view& in = action.inside;
    action.trim_left = in.size() >= 2 && in[0] == '-' && is_blank(in[1]);
    if (action.trim_left) in.remove_prefix(1);
    action.trim_right = in.size() >= 2 && in.back() == '-' && is_blank(in[in.size() - 2]);
    if (action.trim_right) in.remove_suffix(1);
    in = in.substr(std::min(in.find_first_not_of(blanks), in.size()));
    in = in.substr(0, in.find_last_not_of(blanks) + 1);
    return action;
  }

  // Where the "}}" is, outside of quotes.
  size_t action_end(size_t at) const {
    char quote = 0;
    for (; at < text_.size(); ++at) {
      char c = text_[at];
      if (quote == '"' && c == '\\') {
        ++at;
      } else if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '`') {
        quote = c;
      } else if (text_.substr(at, 2) == "}}") {
        return at;
      }
    }
    fail("a closing }} is missing in '" + std::string(text_) + "'");
  }

  static std::string_view keyword(std::string_view inside) {
    constexpr std::string_view words[] = {"if",    "range",    "with",   "end",      "else",
                                          "break", "continue", "define", "template", "block"};
    size_t end = 0;
    while (end < inside.size() && is_word(inside[end])) ++end;
    std::string_view word = inside.substr(0, end);
    return std::find(std::begin(words), std::end(words), word) == std::end(words) ? std::string_view() : word;
  }

  void add_step(TemplateBlock& block, std::string_view word, const Action& action) {
    if (action.inside.starts_with("/*")) {
      if (!action.inside.ends_with("*/") || action.inside.size() < 4) fail("a comment has no end");
      return;
    }
    if (word == "define" || word == "template" || word == "block")
      fail(fmt::format("{{{{{}}}}} is not supported: a template here has one part", word));
    Step step;
    if (word.empty()) {
      step.kind = Step::Kind::action;
      step.pipeline = pipeline(action.inside, false);
    } else if (word == "break" || word == "continue") {
      if (ranges_ == 0) fail(fmt::format("{{{{{}}}}} outside {{{{range}}}}", word));
      if (action.inside != word) fail(fmt::format("unexpected text behind {{{{{}", word));
      step.kind = word == "break" ? Step::Kind::break_ : Step::Kind::continue_;
    } else {
      step = control(word, action.inside);
    }
    block.steps.push_back(std::move(step));
  }

  TemplatePipeline pipeline(std::string_view expression, bool range) {
    size_t begin = static_cast<size_t>(expression.data() - text_.data());
    std::string_view before = text_.substr(0, expression.empty() ? at_ : begin);
    size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    size_t last = before.rfind('\n');
    size_t column = before.size() - (last == before.npos ? 0 : last + 1);
    return ExpressionParser(expression, line, column, around_).pipeline_step(range);
  }

  // if, range or with, up to its end. `inside` begins with the keyword.
  Step control(std::string_view word, std::string_view inside) {
    if (++depth_ > nesting_max) fail("blocks are nested too deeply");
    size_t outer_variables = around_.variables.size();
    Step step;
    step.kind = word == "if" ? Step::Kind::if_ : word == "range" ? Step::Kind::range : Step::Kind::with;
    bool rebinds = step.kind != Step::Kind::if_, is_range = step.kind == Step::Kind::range;
    step.pipeline = pipeline(inside.substr(word.size()), is_range);
    around_.rebound += rebinds;
    ranges_ += is_range;
    std::string_view stop = parse_into(step.body);
    around_.rebound -= rebinds;
    ranges_ -= is_range;
    if (stop.starts_with("else")) {
      parse_else(step, stop.substr(4));
    } else if (stop != "end") {
      missing_end(word, stop);
    }
    around_.variables.resize(outer_variables);
    --depth_;
    return step;
  }

  // "else", or "else if ..." that shares the one end.
  void parse_else(Step& step, std::string_view more) {
    std::string_view chained = trim(more);
    if (!chained.empty()) {
      std::string_view word = keyword(chained);
      if (word != "if" && word != "with") fail(fmt::format("'{}' is not understood behind else", chained));
      step.otherwise.steps.push_back(control(word, chained));
      return;
    }
    std::string_view stop = parse_into(step.otherwise);
    if (stop != "end") missing_end("else", stop);
  }

  [[noreturn]] void missing_end(std::string_view word, std::string_view stop) const {
    if (!stop.empty()) fail(fmt::format("unexpected {{{{{}}}}} in {}", stop, word));
    fail(fmt::format("the {{{{end}}}} of {{{{{}}}}} is missing", word));
  }

  std::string_view text_;
  Surroundings around_;
  size_t at_ = 0;
  unsigned depth_ = 0, ranges_ = 0;
};

}  // namespace

void template_failure(const TemplateStyle& style, const std::string& what) {
  throw Error(Errc::invalid, style.prefix + what);
}

TemplateBlock parse_template(std::string_view text, std::span<const std::string> known, const TemplateStyle& style) {
  if (text.size() > template_bytes_max) template_failure(style, "the template is longer than 64 KiB");
  return TemplateParser(text, known, style).parse();
}

}  // namespace ccocker::cli
