#include "runtime/process_stat.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace ccocker::runtime {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

template <typename T>
bool read_number(std::string_view word, T& out) {
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

// The name is in parentheses and may hold any byte, these too, so that what follows is found from the end.
std::optional<ProcessInfo> parse_process_stat(std::string_view text) {
  size_t open = text.find('('), close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open || open == 0) return std::nullopt;
  std::vector<std::string_view> words = words_of(text.substr(close + 1));
  ProcessInfo info;
  info.name = std::string(text.substr(open + 1, close - open - 1));
  // Field 3 of proc(5) is words[0].
  uint64_t user = 0, system = 0, pages = 0;
  int terminal = 0;
  bool good = words.size() > 21 && read_number(text.substr(0, open - 1), info.pid) &&
              read_number(words[1], info.parent) && read_number(words[4], terminal) && read_number(words[11], user) &&
              read_number(words[12], system) && read_number(words[17], info.threads) &&
              read_number(words[19], info.started_ticks) && read_number(words[21], pages);
  if (!good) return std::nullopt;
  info.terminal = static_cast<unsigned>(terminal);
  info.cpu_ticks = user + system;
  info.resident_bytes = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return info;
}

}  // namespace ccocker::runtime
