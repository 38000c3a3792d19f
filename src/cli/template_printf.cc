#include "cli/template_printf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

using Kind = Value::Kind;

struct Verb {
  bool left = false, zero = false, plus = false, sharp = false, space = false;
  size_t width = 0;
  std::optional<size_t> precision;
  std::string letter;  // one code point

  bool is(std::string_view letters) const { return letter.size() == 1 && letters.find(letter) != letters.npos; }
};

std::string formatted(const Verb& verb, const Value& value);

std::string_view first_points(std::string_view text, size_t count) {
  auto continues = [&](size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  size_t at = 0;
  for (; count && at < text.size(); --count)
    for (++at; at < text.size() && continues(at);) ++at;
  return text.substr(0, at);
}

std::string padded(const std::string& text, const Verb& verb) {
  size_t wide = columns(text);
  if (wide >= verb.width) return text;
  std::string fill(verb.width - wide, verb.zero && !verb.left ? '0' : ' ');
  return verb.left ? text + fill : fill + text;
}

// Zeros go between sign and digits, other padding around both.
std::string padded_number(const std::string& sign, std::string digits, const Verb& verb) {
  size_t wide = sign.size() + digits.size();
  if (verb.zero && !verb.left && wide < verb.width) digits.insert(0, verb.width - wide, '0');
  Verb spaces = verb;
  spaces.zero = false;
  return padded(sign + digits, spaces);
}

std::string sign_of(bool negative, const Verb& verb) {
  if (negative) return "-";
  if (verb.plus && !verb.is("v")) return "+";
  return verb.space ? " " : "";
}

std::string type_of(const Value& value) {
  static constexpr const char* names[] = {"<nil>",  "bool",           "int",    "float64",
                                          "string", "[]interface {}", "struct", "map[string]interface {}"};
  return names[static_cast<size_t>(value.kind())];
}

// "int=42"
std::string typed(const Value& value, Verb verb) {
  verb.letter = "v";
  return value.is(Kind::null) ? "<nil>" : type_of(value) + "=" + formatted(verb, value);
}

std::string bad(const Verb& verb, const Value& value) {
  return fmt::format("%!{}({})", verb.letter, typed(value, verb));
}

std::string utf8(int64_t point) {
  bool valid = point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  auto code = static_cast<uint32_t>(valid ? point : 0xfffd);
  auto byte = [&](unsigned mark, unsigned shift) { return static_cast<char>(mark | ((code >> shift) & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), byte(0x80, 0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), byte(0x80, 6), byte(0x80, 0)};
  return {static_cast<char>(0xf0 | code >> 18), byte(0x80, 12), byte(0x80, 6), byte(0x80, 0)};
}

// What a number of someone else's names must not drive the terminal; that lines end is fine.
std::string character(int64_t point) { return point == '\n' || point == '\t' ? utf8(point) : printable(utf8(point)); }

// ---- each kind ----

std::string digits_of(uint64_t number, char letter, bool sharp) {
  switch (letter) {
    case 'b':
      return fmt::format("{}{:b}", sharp ? "0b" : "", number);
    case 'o':
    case 'O':
      return fmt::format("{}{:o}", letter == 'O' ? "0o" : sharp ? "0" : "", number);
    case 'x':
      return fmt::format("{}{:x}", sharp ? "0x" : "", number);
    case 'X':
      return fmt::format("{}{:X}", sharp ? "0X" : "", number);
    default:
      return std::to_string(number);
  }
}

std::string integer_text(const Verb& verb, const Value& value) {
  int64_t number = value.integer();
  if (verb.is("c")) return padded(character(number), verb);
  if (verb.is("q")) return padded("'" + character(number) + "'", verb);
  if (verb.is("U")) return padded(fmt::format("U+{:04X}", static_cast<uint64_t>(number)), verb);
  if (!verb.is("vdboOxX")) return bad(verb, value);
  uint64_t magnitude = number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  std::string digits = digits_of(magnitude, verb.letter[0], verb.sharp);
  if (!verb.precision) return padded_number(sign_of(number < 0, verb), digits, verb);
  if (*verb.precision == 0 && number == 0) digits.clear();
  if (digits.size() < *verb.precision) digits.insert(0, *verb.precision - digits.size(), '0');
  Verb spaces = verb;  // a precision says how many zeros there are
  spaces.zero = false;
  return padded_number(sign_of(number < 0, verb), digits, spaces);
}

std::string real_text(const Verb& verb, const Value& value) {
  if (!verb.is("veEfFgG")) return bad(verb, value);
  double number = std::abs(value.real());
  int precision = static_cast<int>(verb.precision.value_or(6));
  std::string digits;
  if (verb.is("fF"))
    digits = fmt::format("{:.{}f}", number, precision);
  else if (verb.is("eE"))
    digits = fmt::format("{:.{}e}", number, precision);
  else
    digits = verb.precision ? fmt::format("{:.{}g}", number, precision) : Value(number).str();
  if (verb.is("EG")) digits = upper(digits);
  return padded_number(sign_of(value.real() < 0, verb), digits, verb);
}

std::string hexadecimal(std::string_view text, bool capitals) {
  std::string out;
  for (char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return capitals ? upper(out) : out;
}

std::string text_text(const Verb& verb, const Value& value) {
  std::string_view text = value.text();
  size_t most = verb.precision.value_or(text.npos);
  if (verb.is("sv")) return padded(std::string(first_points(text, most)), verb);
  if (verb.is("q")) return padded(json_quote(first_points(text, most)), verb);
  if (verb.is("xX")) return padded(hexadecimal(text.substr(0, most), verb.is("X")), verb);
  return bad(verb, value);
}

// Every item by the verb; %+v names the members of a record.
std::string items_text(const Verb& verb, const Value& value) {
  std::vector<std::string> parts;
  for (const Value& item : value.items()) parts.push_back(formatted(verb, item));
  if (value.is(Kind::list)) return "[" + join(parts, " ") + "]";
  if (value.is(Kind::record)) {
    for (size_t i = 0; verb.plus && verb.is("v") && i < parts.size(); ++i) parts[i].insert(0, value.keys()[i] + ":");
    return "{" + join(parts, " ") + "}";
  }
  std::map<std::string, std::string> sorted;
  for (size_t i = 0; i < parts.size(); ++i) sorted[value.keys()[i]] = parts[i];
  parts.clear();
  for (const auto& [key, text] : sorted) parts.push_back(formatted(verb, key) + ":" + text);
  return "map[" + join(parts, " ") + "]";
}

std::string formatted(const Verb& verb, const Value& value) {
  if (verb.is("T")) return padded(type_of(value), verb);
  switch (value.kind()) {
    case Kind::null:
      return verb.is("v") ? padded("<nil>", verb) : bad(verb, value);
    case Kind::boolean:
      return verb.is("tv") ? padded(value.flag() ? "true" : "false", verb) : bad(verb, value);
    case Kind::integer:
      return integer_text(verb, value);
    case Kind::real:
      return real_text(verb, value);
    case Kind::text:
      return text_text(verb, value);
    case Kind::list:
    case Kind::record:
    case Kind::map:
      break;
  }
  return items_text(verb, value);
}

// ---- the format ----

class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> values) : format_(format), values_(values) {}

  std::string run() {
    while (at_ < format_.size()) {
      if (format_[at_] != '%') {
        out_ += format_[at_++];
        continue;
      }
      ++at_;
      print(read_verb());
    }
    if (!reordered_ && next_ < values_.size()) add_extra();
    return std::move(out_);
  }

 private:
  bool take(char c) {
    if (at_ == format_.size() || format_[at_] != c) return false;
    ++at_;
    return true;
  }

  // What follows a '%': flags, width, precision, each number perhaps a '*', and before each value "[N]".
  Verb read_verb() {
    Verb verb;
    good_index_ = true;
    read_flags(verb);
    take_index();
    if (std::optional<int64_t> width = take_number("%!(BADWIDTH)")) {
      verb.left |= *width < 0;
      verb.width = static_cast<size_t>(std::abs(*width));
    }
    if (take('.')) {
      take_index();
      int64_t precision = take_number("%!(BADPREC)").value_or(0);
      if (precision >= 0) verb.precision = static_cast<size_t>(precision);
    }
    take_index();
    verb.letter = first_points(format_.substr(at_), 1);
    at_ += verb.letter.size();
    return verb;
  }

  void read_flags(Verb& verb) {
    for (;; ++at_) {
      switch (at_ < format_.size() ? format_[at_] : 0) {
        case '-':
          verb.left = true;
          break;
        case '0':
          verb.zero = true;
          break;
        case '+':
          verb.plus = true;
          break;
        case '#':
          verb.sharp = true;
          break;
        case ' ':
          verb.space = true;
          break;
        default:
          return;
      }
    }
  }

  std::optional<int64_t> take_digits() {
    size_t begin = at_;
    int64_t number = 0;
    for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_)
      number = std::min(number * 10 + (format_[at_] - '0'), template_padding_max);
    return at_ == begin ? std::nullopt : std::optional(number);
  }

  std::optional<int64_t> take_number(const char* complaint) {
    if (!take('*')) return take_digits();
    bool whole = next_ < values_.size() && values_[next_].is(Kind::integer);
    size_t which = next_++;
    if (whole) return std::clamp(values_[which].integer(), -template_padding_max, template_padding_max);
    out_ += complaint;
    return std::nullopt;
  }

  void take_index() {
    if (!take('[')) return;
    reordered_ = true;
    std::optional<int64_t> number = take_digits();
    bool closed = take(']');
    if (number && closed && *number >= 1 && static_cast<size_t>(*number) <= values_.size())
      next_ = static_cast<size_t>(*number) - 1;
    else
      good_index_ = false;
  }

  void print(const Verb& verb) {
    if (verb.letter.empty())
      out_ += "%!(NOVERB)";
    else if (verb.is("%"))
      out_ += '%';
    else if (!good_index_)
      out_ += fmt::format("%!{}(BADINDEX)", verb.letter);
    else if (next_ >= values_.size())
      out_ += fmt::format("%!{}(MISSING)", verb.letter);
    else
      out_ += formatted(verb, values_[next_++]);
  }

  void add_extra() {
    std::vector<std::string> parts;
    for (const Value& value : values_.subspan(next_)) parts.push_back(typed(value, {}));
    out_ += "%!(EXTRA " + join(parts, ", ") + ")";
  }

  std::string_view format_;
  std::span<const Value> values_;
  size_t at_ = 0, next_ = 0;
  bool reordered_ = false, good_index_ = true;
  std::string out_;
};

}  // namespace

std::string format_like_go(std::string_view format, std::span<const Value> values) {
  return Formatter(format, values).run();
}

}  // namespace ccocker::cli
