#include "runtime/signal_number.h"

#include <signal.h>
#include <string.h>

#include <charconv>
#include <string>

namespace ccocker::runtime {
namespace {

constexpr int signal_last = 64;

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = !text.empty() && text[0] != '-' && error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

// Behind "RTMIN" or "RTMAX": nothing, or the sign that leads inwards and an offset.
std::optional<int> real_time(std::string_view name) {
  bool low = name.starts_with("RTMIN");
  std::string_view rest = name.substr(5);
  if (rest.empty()) return low ? SIGRTMIN : SIGRTMAX;
  std::optional<int> offset = rest[0] == (low ? '+' : '-') ? number(rest.substr(1)) : std::nullopt;
  if (!offset || *offset > signal_last) return std::nullopt;
  return low ? SIGRTMIN + *offset : SIGRTMAX - *offset;
}

std::optional<int> named(std::string_view name) {
  for (int i = 1; i < NSIG; ++i) {
    const char* abbreviation = ::sigabbrev_np(i);
    if (abbreviation && name == abbreviation) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> signal_number(std::string_view text) {
  std::string name(text);
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (name.starts_with("SIG")) name.erase(0, 3);
  bool is_real_time = name.starts_with("RTMIN") || name.starts_with("RTMAX");
  std::optional<int> value = is_real_time ? real_time(name) : number(name);
  if (!value && !is_real_time) value = named(name);
  if (!value || *value < 1 || *value > signal_last) return std::nullopt;
  return value;
}

}  // namespace ccocker::runtime
