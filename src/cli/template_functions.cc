#include "cli/template_functions.h"

#include <fmt/format.h>

#include <charconv>
#include <compare>
#include <span>

#include "cli/template_escapes.h"
#include "cli/template_printf.h"
#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

using Kind = Value::Kind;
using Values = std::vector<Value>;

constexpr size_t any_number = 100;

[[noreturn]] void fail(const std::string& what) { throw Error(Errc::invalid, what); }

int64_t number_of(const Value& value, const char* function) {
  if (value.is(Kind::integer)) return value.integer();
  int64_t number = 0;
  const std::string& text = value.text();
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = value.is(Kind::text) && !text.empty() && error == std::errc() && end == text.data() + text.size();
  if (!whole) fail(fmt::format("{} wants a number, not '{}'", function, value.str()));
  return number;
}

// ---- printing ----

std::string print(const Values& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    // fmt.Sprint: a space between two operands when neither is a string.
    if (i && !values[i].is(Kind::text) && !values[i - 1].is(Kind::text)) out += ' ';
    out += values[i].str();
  }
  return out;
}

std::string print_line(const Values& values) {
  std::vector<std::string> words;
  for (const Value& value : values) words.push_back(value.str());
  return join(words, " ") + "\n";
}

// ---- comparing ----

std::partial_ordering compare(const Value& a, const Value& b, const char* function) {
  auto number = [](const Value& value) { return value.is(Kind::real) ? value.real() : double(value.integer()); };
  auto numeric = [](const Value& value) { return value.is(Kind::integer) || value.is(Kind::real); };
  if (a.is(Kind::integer) && b.is(Kind::integer)) return a.integer() <=> b.integer();
  if (numeric(a) && numeric(b)) return number(a) <=> number(b);
  if (a.is(Kind::text) && b.is(Kind::text)) return a.text() <=> b.text();
  if (a.is(Kind::boolean) && b.is(Kind::boolean)) return a.integer() <=> b.integer();
  if (a.is(Kind::null) && b.is(Kind::null)) return std::partial_ordering::equivalent;
  if (a.is(Kind::null) || b.is(Kind::null)) return std::partial_ordering::unordered;
  fail(fmt::format("error calling {}: incompatible types for comparison", function));
}

Value equal(const Values& a) {
  for (size_t i = 1; i < a.size(); ++i)
    if (compare(a[0], a[i], "eq") == 0) return true;
  return false;
}
Value not_equal(const Values& a) { return compare(a[0], a[1], "ne") != 0; }
Value less(const Values& a) { return compare(a[0], a[1], "lt") < 0; }
Value less_equal(const Values& a) { return compare(a[0], a[1], "le") <= 0; }
Value greater(const Values& a) { return compare(a[0], a[1], "gt") > 0; }
Value greater_equal(const Values& a) { return compare(a[0], a[1], "ge") >= 0; }

// The first that decides, else the last, as in Go.
Value all_true(const Values& a) {
  for (const Value& value : a)
    if (!value.truth()) return value;
  return a.back();
}
Value any_true(const Values& a) {
  for (const Value& value : a)
    if (value.truth()) return value;
  return a.back();
}

// ---- reaching into values ----

Value length(const Values& a) {
  if (a[0].is(Kind::text)) return a[0].text().size();
  if (a[0].is(Kind::list) || a[0].is(Kind::map)) return a[0].items().size();
  fail(fmt::format("error calling len: {} has no length", a[0].str()));
}

// What Go gives for a key that is not there: the zero value of the map's element type.
Value zero_of(const Value& map) { return map.items().empty() || map.items()[0].is(Kind::text) ? Value("") : Value(); }

Value item_at(const Value& from, const Value& key) {
  if (from.is_object()) {
    const Value* found = from.find(key.str());
    return found ? *found : zero_of(from);
  }
  bool has_items = from.is(Kind::list) || from.is(Kind::text);
  if (!has_items) fail(fmt::format("error calling index: can't index item of {}", from.str()));
  int64_t at = number_of(key, "index"),
          size = static_cast<int64_t>(from.is(Kind::list) ? from.items().size() : from.text().size());
  if (at < 0 || at >= size) fail(fmt::format("error calling index: index out of range: {}", at));
  size_t i = static_cast<size_t>(at);
  return from.is(Kind::list) ? from.items()[i] : Value(static_cast<unsigned char>(from.text()[i]));
}

Value indexed(const Values& a) {
  Value value = a[0];
  for (size_t i = 1; i < a.size(); ++i) value = item_at(value, a[i]);
  return value;
}

Value sliced(const Values& a) {
  bool is_text = a[0].is(Kind::text);
  if (!is_text && !a[0].is(Kind::list)) fail("error calling slice: only a text or a list can be sliced");
  size_t size = is_text ? a[0].text().size() : a[0].items().size();
  int64_t begin = a.size() > 1 ? number_of(a[1], "slice") : 0;
  int64_t end = a.size() > 2 ? number_of(a[2], "slice") : static_cast<int64_t>(size);
  if (begin < 0 || end < begin || end > static_cast<int64_t>(size))
    fail(fmt::format("error calling slice: index out of range: {}", end < begin || begin < 0 ? begin : end));
  size_t from = static_cast<size_t>(begin), count = static_cast<size_t>(end - begin);
  if (is_text) return a[0].text().substr(from, count);
  auto first = a[0].items().begin() + begin;
  return Value::list({first, first + (end - begin)});
}

// ---- Docker's ----

Value joined(const Values& a) {
  if (!a[0].is(Kind::list)) return a[0].str();
  std::vector<std::string> parts;
  for (const Value& item : a[0].items()) parts.push_back(item.str());
  return join(parts, a[1].str());
}

Value split_up(const Values& a) {
  std::string text = a[0].str(), separator = a[1].str();
  return separator.empty() ? Value(std::vector<std::string>{text}) : Value(split(text, std::string_view(separator)));
}

Value titled(const Values& a) {
  std::string text = a[0].str();
  if (!text.empty()) text.replace(0, 1, upper(text.substr(0, 1)));
  return text;
}

Value truncated(const Values& a) {
  std::string text = a[0].str();
  int64_t columns_max = number_of(a[1], "truncate");
  if (columns_max < 0) fail("truncate wants a number from 0 on");
  return columns(text) <= static_cast<size_t>(columns_max) ? text : text.substr(0, static_cast<size_t>(columns_max));
}

Value pad(const Values& a) {
  auto spaces = [](const Value& value) {
    return std::string(static_cast<size_t>(std::clamp<int64_t>(number_of(value, "pad"), 0, template_padding_max)), ' ');
  };
  std::string text = a[0].str();
  return text.empty() ? text : spaces(a[1]) + text + spaces(a[2]);
}

constexpr TemplateFunction functions[] = {
    {"and", 1, any_number, all_true},
    {"eq", 2, any_number, equal},
    {"ge", 2, 2, greater_equal},
    {"gt", 2, 2, greater},
    {"html", 1, any_number, [](const Values& a) -> Value { return html_escaped(print(a)); }},
    {"index", 1, any_number, indexed},
    {"join", 2, 2, joined},
    {"js", 1, any_number, [](const Values& a) -> Value { return js_escaped(print(a)); }},
    {"json", 1, 1, [](const Values& a) -> Value { return a[0].json(); }},
    {"le", 2, 2, less_equal},
    {"len", 1, 1, length},
    {"lower", 1, 1, [](const Values& a) -> Value { return lower(a[0].str()); }},
    {"lt", 2, 2, less},
    {"ne", 2, 2, not_equal},
    {"not", 1, 1, [](const Values& a) -> Value { return !a[0].truth(); }},
    {"or", 1, any_number, any_true},
    {"pad", 3, 3, pad},
    {"print", 0, any_number, [](const Values& a) -> Value { return print(a); }},
    {"printf", 1, any_number,
     [](const Values& a) -> Value { return format_like_go(a[0].str(), std::span(a).subspan(1)); }},
    {"println", 0, any_number, [](const Values& a) -> Value { return print_line(a); }},
    {"slice", 1, 3, sliced},
    {"split", 2, 2, split_up},
    {"title", 1, 1, titled},
    {"truncate", 2, 2, truncated},
    {"upper", 1, 1, [](const Values& a) -> Value { return upper(a[0].str()); }},
    {"urlquery", 1, any_number, [](const Values& a) -> Value { return url_query_escaped(print(a)); }},
};

}  // namespace

const TemplateFunction* find_template_function(std::string_view name) {
  for (const TemplateFunction& function : functions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

std::string template_function_names() {
  std::vector<std::string> names;
  for (const TemplateFunction& function : functions) names.emplace_back(function.name);
  std::string last = names.back();
  names.pop_back();
  return join(names, ", ") + " and " + last;
}

}  // namespace ccocker::cli
