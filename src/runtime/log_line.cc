#include "runtime/log_line.h"

#include <time.h>

#include <array>
#include <charconv>

namespace ccocker::runtime {
namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr char hex_digits[] = "0123456789abcdef";

// What a byte is to the writer: copied as it is, escaped, or the beginning of a sequence to be checked.
enum Kind : uint8_t { plain, escaped, multibyte };

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  for (size_t c = 0; c < 256; ++c) kinds[c] = c < 0x20 ? escaped : c < 0x80 ? plain : multibyte;
  for (unsigned char c : {'"', '\\', '<', '>', '&'}) kinds[c] = escaped;
  return kinds;
}
constexpr std::array<Kind, 256> kinds = make_kinds();

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  out += "\\u00";
  out += hex_digits[c >> 4];
  out += hex_digits[c & 15];
}

// Bytes of the well-formed UTF-8 sequence at the beginning of `text` (RFC 3629); 0 when there is none.
size_t sequence_bytes(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  unsigned first = byte(0), second = byte(1);
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    bool overlong = first == 0xe0 && second < 0xa0, surrogate = first == 0xed && second > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    bool overlong = first == 0xf0 && second < 0x90, beyond = first == 0xf4 && second > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// U+2028 and U+2029 end a line in JavaScript, so Go escapes them.
void append_sequence(std::string& out, std::string_view sequence) {
  if (sequence == "\xe2\x80\xa8")
    out += "\\u2028";
  else if (sequence == "\xe2\x80\xa9")
    out += "\\u2029";
  else
    out += sequence;
}

void append_json_text(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    size_t begin = i;
    while (i < text.size() && kinds[static_cast<unsigned char>(text[i])] == plain) ++i;
    out.append(text.data() + begin, i - begin);
    if (i == text.size()) return;
    unsigned char c = static_cast<unsigned char>(text[i]);
    size_t length = kinds[c] == escaped ? 0 : sequence_bytes(text.substr(i));
    if (kinds[c] == escaped)
      append_escape(out, c);
    else if (length)
      append_sequence(out, text.substr(i, length));
    else
      out += "\\ufffd";
    i += length ? length : 1;
  }
}

struct CachedSecond {
  int64_t second = -1;
  char text[20];  // "2026-11-24T13:56:02."
};

void append_time(std::string& out, int64_t unix_ns) {
  static CachedSecond cached;
  int64_t second = unix_ns / second_ns;
  if (second != cached.second) {
    time_t when = second;
    struct tm parts {};
    ::gmtime_r(&when, &parts);
    char buffer[32];
    ::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S.", &parts);
    std::copy_n(buffer, sizeof cached.text, cached.text);
    cached.second = second;
  }
  out.append(cached.text, sizeof cached.text);
  char digits[9];
  int64_t rest = unix_ns % second_ns;
  for (int i = 8; i >= 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  out.append(digits, sizeof digits);
  out += 'Z';
}

// ---- reading ---------------------------------------------------------------------------------------------------------

// Walks over one JSON object of string members.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool at_end() {
    skip_spaces();
    return at_ == text_.size();
  }

  bool string(std::string& out) {
    if (!take('"')) return false;
    out.clear();
    for (;;) {
      size_t end = text_.find_first_of("\"\\", at_);
      if (end == text_.npos) return false;
      out.append(text_.substr(at_, end - at_));
      at_ = end + 1;
      if (text_[end] == '"') return true;
      if (!escape(out)) return false;
    }
  }

  // A value nobody asks for: a string, or {...} of strings ("attrs").
  bool skip_value() {
    std::string ignored;
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == '"') return string(ignored);
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      if (!string(ignored) || !take(':') || !string(ignored)) return false;
    } while (take(','));
    return take('}');
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool escape(std::string& out) {
    constexpr std::string_view letters = "nrtbf\"\\/", values = "\n\r\t\b\f\"\\/";
    if (at_ == text_.size()) return false;
    char c = text_[at_++];
    size_t known = letters.find(c);
    if (known != letters.npos) {
      out += values[known];
      return true;
    }
    unsigned code = 0;
    return c == 'u' && hex(code) && append_code(out, code);
  }

  bool hex(unsigned& code) {
    if (text_.size() - at_ < 4) return false;
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc() || end != text_.data() + at_ + 4) return false;
    at_ += 4;
    return true;
  }

  bool append_code(std::string& out, unsigned code) {
    if (code >= 0xd800 && code < 0xdc00) {
      unsigned low = 0;
      if (!text_.substr(at_).starts_with("\\u")) return false;
      at_ += 2;
      if (!hex(low) || low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      return false;
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool number(std::string_view text, size_t at, size_t count, int& out) {
  if (text.size() < at + count) return false;
  auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, out);
  return error == std::errc() && end == text.data() + at + count && out >= 0;
}

// RFC 3339 in UTC, with any number of digits behind the point.
bool parse_time(std::string_view text, int64_t& unix_ns) {
  struct tm parts {};
  bool good = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
              text[16] == ':' && text.back() == 'Z' && number(text, 0, 4, parts.tm_year) &&
              number(text, 5, 2, parts.tm_mon) && number(text, 8, 2, parts.tm_mday) &&
              number(text, 11, 2, parts.tm_hour) && number(text, 14, 2, parts.tm_min) &&
              number(text, 17, 2, parts.tm_sec);
  if (!good || parts.tm_year < 1970 || parts.tm_year > 2261) return false;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  int64_t nanoseconds = 0, unit = second_ns;
  if (text[19] == '.') {
    for (size_t i = 20; i + 1 < text.size(); ++i) {
      if (text[i] < '0' || text[i] > '9') return false;
      unit /= 10;
      nanoseconds += (text[i] - '0') * unit;
    }
  } else if (text.size() != 20) {
    return false;
  }
  unix_ns = ::timegm(&parts) * second_ns + nanoseconds;
  return true;
}

}  // namespace

void append_log_line(std::string& out, OutputStream stream, int64_t time_unix_ns, std::string_view text) {
  out += "{\"log\":\"";
  append_json_text(out, text);
  out += stream == OutputStream::out ? "\",\"stream\":\"stdout\",\"time\":\"" : "\",\"stream\":\"stderr\",\"time\":\"";
  append_time(out, time_unix_ns);
  out += "\"}\n";
}

std::optional<LogLine> parse_log_line(std::string_view entry) {
  Scanner scan(entry);
  LogLine line;
  std::string key, value;
  bool has_log = false, has_stream = false, has_time = false;
  if (!scan.take('{')) return std::nullopt;
  do {
    if (!scan.string(key) || !scan.take(':')) return std::nullopt;
    if (key == "log") {
      has_log = scan.string(line.text);
      if (!has_log) return std::nullopt;
    } else if (key == "stream") {
      has_stream = scan.string(value) && (value == "stdout" || value == "stderr");
      if (!has_stream) return std::nullopt;
      line.stream = value == "stdout" ? OutputStream::out : OutputStream::err;
    } else if (key == "time") {
      has_time = scan.string(value) && parse_time(value, line.time_unix_ns);
      if (!has_time) return std::nullopt;
    } else if (!scan.skip_value()) {
      return std::nullopt;
    }
  } while (scan.take(','));
  bool whole = scan.take('}') && scan.at_end() && has_log && has_stream && has_time;
  return whole ? std::optional(std::move(line)) : std::nullopt;
}

std::string rfc3339_nano(int64_t unix_ns) {
  std::string text;
  append_time(text, unix_ns);
  return text;
}

}  // namespace ccocker::runtime
