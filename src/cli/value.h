#pragma once
// What commands print, as a tree: JSON's kinds, with members in the order in which they were put.
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ccocker::cli {

class Value {
 public:
  // A `record` has the members it has (Go's struct); a `map` may be asked for any.
  enum class Kind { null, boolean, integer, real, text, list, record, map };
  using Members = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  Value(bool flag) : kind_(Kind::boolean), integer_(flag) {}  // NOLINT(google-explicit-constructor): trees are written
  template <std::integral T>                                  // as nested braces
    requires(!std::same_as<T, bool>)
  Value(T number) : kind_(Kind::integer), integer_(static_cast<int64_t>(number)) {}
  Value(double number) : kind_(Kind::real), real_(number) {}
  Value(const char* text) : kind_(Kind::text), text_(text) {}
  Value(std::string text) : kind_(Kind::text), text_(std::move(text)) {}
  Value(std::string_view text) : kind_(Kind::text), text_(text) {}
  Value(const std::vector<std::string>& texts);
  Value(const std::map<std::string, std::string>& texts);  // a map

  static Value list(std::vector<Value> items);
  static Value record(Members members);
  static Value map(Members members);
  // Not default arguments: clang would ask about a Value before the class is whole.
  static Value list() { return list(std::vector<Value>()); }
  static Value record() { return record(Members()); }
  static Value map() { return map(Members()); }
  // Go's nil slice and nil map: empty to a template, null in JSON.
  static Value null_list();
  static Value null_map();
  static Value list_or_null(const std::vector<std::string>& texts);  // null_list() when there are none
  static Value missing();  // what a map has for a key it lacks: null, and everything in it is missing, too

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_object() const { return kind_ == Kind::record || kind_ == Kind::map; }
  bool is_missing() const { return kind_ == Kind::null && absent_; }
  bool flag() const { return integer_ != 0; }
  int64_t integer() const { return integer_; }
  double real() const { return real_; }
  const std::string& text() const { return text_; }
  const std::vector<Value>& items() const { return items_; }         // of a list; of an object, its values
  const std::vector<std::string>& keys() const { return keys_; }     // of an object, one for each item
  const Value* find(std::string_view key) const;                     // nullptr when it is not there

  void push(Value item) { items_.push_back(std::move(item)); }       // to a list
  void set(std::string key, Value item);                             // to an object; replaces what has the key
  void set_optional(std::string key, Value item);  // the same, but JSON leaves it out while it is empty ("omitempty")

  bool truth() const;       // Go templates' "if"
  std::string str() const;  // as Go's %v
  std::string json() const;  // on one line
  std::string indented_json(unsigned depth = 0) const;  // four spaces a level, no newline behind it
  Value printable() const;   // the same with control characters in texts and keys made visible

 private:
  Kind kind_ = Kind::null;
  bool in_json(size_t item) const { return !items_[item].optional_ || items_[item].truth(); }

  bool absent_ = false;    // Go's nil list or map; of null: missing
  bool optional_ = false;  // in the object it is in
  int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::vector<Value> items_;
  std::vector<std::string> keys_;
};

}  // namespace ccocker::cli
