#include "cli/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

std::string real_text(double number) {
  // JSON has no other numbers.
  return number == number && number - number == 0 ? fmt::format("{}", number) : "0";
}

// Go prints maps sorted by key.
std::vector<size_t> sorted_order(const std::vector<std::string>& keys) {
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
  return order;
}

}  // namespace

Value::Value(const std::vector<std::string>& texts) : kind_(Kind::list) {
  for (const std::string& text : texts) items_.emplace_back(text);
}

Value::Value(const std::map<std::string, std::string>& texts) : kind_(Kind::map) {
  for (const auto& [key, text] : texts) set(key, text);
}

Value Value::list(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::list;
  value.items_ = std::move(items);
  return value;
}

Value Value::record(Members members) {
  Value value;
  value.kind_ = Kind::record;
  for (auto& [key, item] : members) value.set(std::move(key), std::move(item));
  return value;
}

Value Value::map(Members members) {
  Value value = record(std::move(members));
  value.kind_ = Kind::map;
  return value;
}

Value Value::null_list() {
  Value value = list();
  value.absent_ = true;
  return value;
}

Value Value::list_or_null(const std::vector<std::string>& texts) { return texts.empty() ? null_list() : Value(texts); }

Value Value::null_map() {
  Value value = map();
  value.absent_ = true;
  return value;
}

Value Value::missing() {
  Value value;
  value.absent_ = true;
  return value;
}

const Value* Value::find(std::string_view key) const {
  auto found = std::find(keys_.begin(), keys_.end(), key);
  return found == keys_.end() ? nullptr : &items_[static_cast<size_t>(found - keys_.begin())];
}

void Value::set(std::string key, Value item) {
  auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found != keys_.end()) {
    items_[static_cast<size_t>(found - keys_.begin())] = std::move(item);
    return;
  }
  keys_.push_back(std::move(key));
  items_.push_back(std::move(item));
}

void Value::set_optional(std::string key, Value item) {
  item.optional_ = true;
  set(std::move(key), std::move(item));
}

bool Value::truth() const {
  switch (kind_) {
    case Kind::null:
      return false;
    case Kind::boolean:
    case Kind::integer:
      return integer_ != 0;
    case Kind::real:
      return real_ != 0;
    case Kind::text:
      return !text_.empty();
    case Kind::list:
    case Kind::map:
      return !items_.empty();
    case Kind::record:
      break;
  }
  return true;
}

std::string Value::str() const {
  std::vector<std::string> parts;
  switch (kind_) {
    case Kind::null:
      return "<nil>";
    case Kind::boolean:
      return integer_ ? "true" : "false";
    case Kind::integer:
      return std::to_string(integer_);
    case Kind::real:
      return real_text(real_);
    case Kind::text:
      return text_;
    case Kind::map:
      for (size_t i : sorted_order(keys_)) parts.push_back(keys_[i] + ":" + items_[i].str());
      return "map[" + join(parts, " ") + "]";
    case Kind::list:
    case Kind::record:
      break;
  }
  for (const Value& item : items_) parts.push_back(item.str());
  return kind_ == Kind::list ? "[" + join(parts, " ") + "]" : "{" + join(parts, " ") + "}";
}

std::string Value::json() const {
  if (kind_ == Kind::null || absent_) return "null";
  if (kind_ == Kind::text) return json_quote(text_);
  if (kind_ != Kind::list && !is_object()) return str();
  std::vector<std::string> parts;
  for (size_t i = 0; i < items_.size(); ++i)
    if (in_json(i)) parts.push_back(is_object() ? json_quote(keys_[i]) + ":" + items_[i].json() : items_[i].json());
  return is_object() ? "{" + join(parts, ",") + "}" : "[" + join(parts, ",") + "]";
}

std::string Value::indented_json(unsigned depth) const {
  constexpr size_t spaces = 4;
  if (absent_ || items_.empty()) return json();
  std::string inside(spaces * (depth + 1), ' '), out;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (!in_json(i)) continue;
    out += (out.empty() ? "\n" : ",\n") + inside;
    if (is_object()) out += json_quote(keys_[i]) + ": ";
    out += items_[i].indented_json(depth + 1);
  }
  if (out.empty()) return json();
  return (is_object() ? '{' : '[') + out + "\n" + std::string(spaces * depth, ' ') + (is_object() ? '}' : ']');
}

Value Value::printable() const {
  Value copy = *this;
  if (kind_ == Kind::text) copy.text_ = cli::printable(text_);
  for (Value& item : copy.items_) item = item.printable();
  for (std::string& key : copy.keys_) key = cli::printable(key);
  return copy;
}

}  // namespace ccocker::cli
