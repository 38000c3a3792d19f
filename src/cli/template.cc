#include "cli/template.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/template_functions.h"
#include "cli/template_node.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

using Term = TemplateTerm;
using Step = TemplateStep;

constexpr size_t output_bytes_max = 64u << 20;
constexpr size_t context_bytes_max = 20;  // of the expression that Go's messages quote

enum class Flow { on, break_, continue_ };

// One evaluation of a template.
class Evaluation {
 public:
  Evaluation(const TemplateStyle& style, const Value& top, const Row* row) : style_(style), row_(row) {
    variables_.emplace_back("$", top);
    dot_ = &top;
  }

  Flow run(const TemplateBlock& block) {
    size_t outer = variables_.size();
    Flow flow = Flow::on;
    for (const Step& step : block.steps) {
      flow = run(step);
      if (flow != Flow::on) break;
    }
    variables_.resize(outer);
    return flow;
  }

  std::string& output() { return out_; }

 private:
  // How texts of values are given: as they are, or fit for a terminal.
  enum class Text { raw, shown };

  Flow run(const Step& step) {
    switch (step.kind) {
      case Step::Kind::text:
        append(step.text);
        break;
      case Step::Kind::action:
        act(step.pipeline);
        break;
      case Step::Kind::if_:
        return choose(step);
      case Step::Kind::with:
        return with(step);
      case Step::Kind::range:
        return range(step);
      case Step::Kind::break_:
        return Flow::break_;
      case Step::Kind::continue_:
        return Flow::continue_;
    }
    return Flow::on;
  }

  void append(std::string_view text) {
    if (out_.size() + text.size() > output_bytes_max) template_failure(style_, "the template prints more than 64 MiB");
    out_ += text;
  }

  void act(const TemplatePipeline& pipeline) {
    if (!pipeline.variables.empty()) {
      assign(pipeline.variables[0], evaluate(pipeline.commands, Text::raw), pipeline.declares);
      return;
    }
    Value value = evaluate(pipeline.commands, style_.printable ? Text::shown : Text::raw);
    append(value.is_missing() ? "<no value>" : value.str());
  }

  void assign(const std::string& name, Value value, bool declares) {
    if (!declares) {
      for (auto known = variables_.rbegin(); known != variables_.rend(); ++known) {
        if (known->first != name) continue;
        known->second = std::move(value);
        return;
      }
    }
    variables_.emplace_back(name, std::move(value));
  }

  Flow choose(const Step& step) {
    size_t outer = variables_.size();
    Value value = evaluate(step.pipeline.commands, Text::raw);
    if (!step.pipeline.variables.empty()) assign(step.pipeline.variables[0], value, step.pipeline.declares);
    Flow flow = run(value.truth() ? step.body : step.otherwise);
    variables_.resize(outer);
    return flow;
  }

  Flow with(const Step& step) {
    size_t outer = variables_.size();
    Value value = evaluate(step.pipeline.commands, Text::raw);
    if (!step.pipeline.variables.empty()) assign(step.pipeline.variables[0], value, step.pipeline.declares);
    const Value* dot = dot_;
    if (value.truth()) dot_ = &value;
    Flow flow = run(value.truth() ? step.body : step.otherwise);
    dot_ = dot;
    variables_.resize(outer);
    return flow;
  }

  Flow range(const Step& step) {
    Value value = evaluate(step.pipeline.commands, Text::raw);
    bool iterable = value.is(Value::Kind::list) || value.is(Value::Kind::map) || value.is(Value::Kind::null);
    if (!iterable) failure(*step.pipeline.commands[0], fmt::format("range can't iterate over {}", value.str()));
    if (value.items().empty()) return run(step.otherwise);
    std::vector<size_t> order(value.items().size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (value.is_object())  // as Go does: by key
      std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return value.keys()[a] < value.keys()[b]; });
    const Value* dot = dot_;
    size_t outer = variables_.size();
    Flow flow = Flow::on;
    for (size_t i : order) {
      bind_item(step.pipeline, value, i);
      flow = run(step.body);
      variables_.resize(outer);
      if (flow == Flow::break_) break;
    }
    dot_ = dot;
    return Flow::on;
  }

  void bind_item(const TemplatePipeline& pipeline, const Value& value, size_t i) {
    const std::vector<std::string>& names = pipeline.variables;
    Value key = value.is_object() ? Value(value.keys()[i]) : Value(i);
    if (names.size() == 2) assign(names[0], key, pipeline.declares);
    if (!names.empty()) assign(names.back(), value.items()[i], pipeline.declares);
    dot_ = &value.items()[i];
  }

  Value evaluate(const std::vector<TemplateTermPtr>& commands, Text text) {
    // JSON quotes control characters itself, and wants what is really there.
    for (const TemplateTermPtr& command : commands)
      if (makes_json(*command)) text = Text::raw;
    Value value = evaluate(*commands[0], text, nullptr);
    for (size_t i = 1; i < commands.size(); ++i) {
      Value next = evaluate(*commands[i], text, &value);
      value = std::move(next);
    }
    return value;
  }

  static bool makes_json(const Term& term) { return term.kind == Term::Kind::function && term.name == "json"; }

  Value evaluate(const Term& term, Text text, const Value* piped) {
    switch (term.kind) {
      case Term::Kind::constant:
        return fields_of(term, term.constant, Text::raw);
      case Term::Kind::dot:
        return is_label(term) ? label(term, text) : fields_of(term, *dot_, text);
      case Term::Kind::variable:
        return fields_of(term, variable(term.name), text);
      case Term::Kind::group:
        return fields_of(term, evaluate(term.arguments, text), Text::raw);
      case Term::Kind::function:
        break;
    }
    return fields_of(term, call(term, makes_json(term) ? Text::raw : text, piped), Text::raw);
  }

  Value call(const Term& term, Text text, const Value* piped) {
    std::vector<Value> values;
    for (const TemplateTermPtr& argument : term.arguments) values.push_back(evaluate(*argument, text, nullptr));
    if (piped) values.push_back(*piped);
    try {
      return find_template_function(term.name)->call(values);
    } catch (const Error& error) {
      failure(term, error.text());
    }
  }

  const Value& variable(const std::string& name) const {
    for (auto known = variables_.rbegin(); known != variables_.rend(); ++known)
      if (known->first == name) return known->second;
    return variables_.front().second;  // the parser lets no other name through
  }

  bool is_label(const Term& term) const {
    return row_ && term.fields.size() == 1 && term.fields[0] == "Label" && term.arguments.size() == 1;
  }

  Value label(const Term& term, Text text) {
    std::string key = evaluate(*term.arguments[0], text, nullptr).str();
    if (row_->heading) return key;
    auto found = row_->labels.find(key);
    if (found == row_->labels.end()) return "";
    return text == Text::shown ? printable(found->second) : found->second;
  }

  Value fields_of(const Term& term, const Value& from, Text text) {
    const Value* value = &from;
    for (const std::string& name : term.fields) {
      const Value* next = value->is_object() ? value->find(name) : nullptr;
      if (!next) return missing(term, *value, name);
      value = next;
    }
    return text == Text::shown ? value->printable() : *value;
  }

  // Go's way: what a map lacks is no error and has no value, whatever is asked of it.
  Value missing(const Term& term, const Value& in, const std::string& name) const {
    if (in.is(Value::Kind::map) || in.is_missing()) return Value::missing();
    if (in.is(Value::Kind::null)) failure(term, fmt::format("nil pointer evaluating .{}", name));
    if (!in.is_object()) failure(term, fmt::format("can't evaluate field {} in {}", name, in.str()));
    failure(term, fmt::format("map has no entry for key \"{}\"", name));
  }

  [[noreturn]] void failure(const Term& term, const std::string& what) const {
    std::string context = term.text;
    if (context.size() > context_bytes_max) context.replace(context_bytes_max, context.npos, "...");
    template_failure(
        style_, fmt::format("template: :{}:{}: executing \"\" at <{}>: {}", term.line, term.column, context, what));
  }

  const TemplateStyle& style_;
  const Row* row_;
  const Value* dot_;
  std::vector<std::pair<std::string, Value>> variables_;
  std::string out_;
};

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

Value bare_value(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  return text;
}

Value value_of(const Row& row) {
  Value value = Value::record();
  for (const Field& field : row.fields)
    value.set(field.name, field.bare ? bare_value(field.value) : Value(field.value));
  return value;
}

}  // namespace

Template::Template(std::string_view text, std::span<const std::string> known, TemplateStyle style)
    : style_(std::move(style)) {
  std::string source = style_.unescape ? unescape(text) : std::string(text);
  block_ = std::make_unique<TemplateBlock>(parse_template(source, known, style_));
}

Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

std::string Template::apply(const Row& row) const {
  Value value = value_of(row);
  Evaluation evaluation(style_, value, &row);
  evaluation.run(*block_);
  return std::move(evaluation.output());
}

std::string Template::apply(const Value& value) const {
  Evaluation evaluation(style_, value, nullptr);
  evaluation.run(*block_);
  return std::move(evaluation.output());
}

const Field* Row::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string Row::json() const { return value_of(*this).json(); }

}  // namespace ccocker::cli
