#include <fmt/format.h>

#include <algorithm>

#include "cli/template.h"
#include "cli/template_expression.h"
#include "cli/template_node.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

using Step = TemplateStep;

constexpr size_t template_bytes_max = 64 * 1024;

bool is_blank(char c) { return template_blanks.find(c) != template_blanks.npos; }

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
      if (action.trim_left) plain = plain.substr(0, plain.find_last_not_of(template_blanks) + 1);
      add_text(block, plain);
      at_ = action.end;
      if (action.trim_right) at_ = std::min(text_.find_first_not_of(template_blanks, at_), text_.size());
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
    in = in.substr(std::min(in.find_first_not_of(template_blanks), in.size()));
    in = in.substr(0, in.find_last_not_of(template_blanks) + 1);
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
    while (end < inside.size() && is_template_word(inside[end])) ++end;
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
    return parse_template_expression(expression, line, column, range, around_);
  }

  // if, range or with, up to its end. `inside` begins with the keyword.
  Step control(std::string_view word, std::string_view inside) {
    if (++depth_ > template_nesting_max) fail("blocks are nested too deeply");
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
  TemplateSurroundings around_;
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
