#include "runtime/usage_files.h"

#include <algorithm>
#include <charconv>

namespace ccocker::runtime {
namespace {

std::string_view take_line(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  size_t end = std::min(line.find_first_of(" \t"), line.size());
  std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

uint64_t first_number(std::string_view text) { return number(text); }

uint64_t value_behind(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (take_word(line) == key) return number(take_word(line));
  }
  return 0;
}

Traffic parse_net_dev(std::string_view text) {
  Traffic traffic;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    size_t colon = line.find(':');
    if (colon == line.npos) continue;  // the two lines of headings
    std::string_view name = line.substr(0, colon);
    if (take_word(name) == "lo") continue;
    line.remove_prefix(colon + 1);
    std::array<uint64_t, 9> numbers{};
    for (uint64_t& it : numbers) it = number(take_word(line));
    traffic.received_bytes += numbers[0];
    traffic.sent_bytes += numbers[8];
  }
  return traffic;
}

double parse_some_avg10(std::string_view text) {
  constexpr std::string_view key = "some avg10=";
  size_t at = text.find(key);
  if (at == text.npos) return 0;
  double value = 0;
  std::string_view digits = text.substr(at + key.size());
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return error == std::errc() && value >= 0 && value <= 100 ? value : 0;
}

std::array<uint64_t, 2> parse_io_stat(std::string_view text) {
  std::array<uint64_t, 2> bytes{};
  while (!text.empty()) {
    std::string_view line = take_line(text);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (word.starts_with("rbytes=")) bytes[0] += number(word.substr(7));
      if (word.starts_with("wbytes=")) bytes[1] += number(word.substr(7));
    }
  }
  return bytes;
}

std::array<uint64_t, 2> parse_blkio(std::string_view text) {
  std::array<uint64_t, 2> bytes{};
  while (!text.empty()) {
    std::string_view line = take_line(text);
    take_word(line);  // the device
    std::string_view operation = take_word(line);
    if (operation == "Read") bytes[0] += number(take_word(line));
    if (operation == "Write") bytes[1] += number(take_word(line));
  }
  return bytes;
}

}  // namespace ccocker::runtime
