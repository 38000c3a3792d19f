#include "runtime/mountinfo.h"

#include <algorithm>
#include <charconv>

namespace ccocker::runtime {
namespace {

// Takes what is before the next `end` off the front of `text`, and the `end` too.
std::string_view take_until(std::string_view& text, char end) {
  std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

bool is_number(std::string_view text, uint64_t wanted) {
  uint64_t value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() && value == wanted;
}

}  // namespace

std::optional<MountLine> find_mount(std::string_view mountinfo, uint64_t id) {
  while (!mountinfo.empty()) {
    std::string_view line = take_until(mountinfo, '\n');
    if (!is_number(take_until(line, ' '), id)) continue;
    MountLine found;
    for (int skipped = 0; skipped < 3; ++skipped) take_until(line, ' ');  // parent, device, root
    found.mount_point = take_until(line, ' ');
    take_until(line, ' ');  // options
    for (std::string_view tag = take_until(line, ' '); !tag.empty() && tag != "-"; tag = take_until(line, ' ')) {
      found.shared |= tag.starts_with("shared:");
      found.slave |= tag.starts_with("master:");
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace ccocker::runtime
