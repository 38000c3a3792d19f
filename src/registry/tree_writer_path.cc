#include "registry/tree_writer_path.h"

#include <fmt/format.h>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

constexpr size_t printable_bytes_max = 200;

// Length of the UTF-8 sequence that begins `text`, 0 when it is not one or is a control character.
size_t printable_sequence(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first > 0xf4 || text.size() < length) return 0;
  if (first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) return 0;  // C1 controls
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  return length;
}

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Error(Errc::corrupt, fmt::format("the name {} {}", printable_name(name), why));
}

void take_back(std::string& path, std::string_view name) {
  if (path.empty()) refuse(name, "leaves the layer's root");
  path.resize(parent_of(path).size());
}

}  // namespace

std::string clean_path(std::string_view name) {
  if (name.size() > path_bytes_max) refuse(name, fmt::format("is longer than {} bytes", path_bytes_max));
  if (name.find('\0') != std::string_view::npos) refuse(name, "has a zero byte");
  std::string path;
  size_t components = 0;
  for (size_t start = 0; start < name.size();) {
    size_t end = std::min(name.find('/', start), name.size());
    std::string_view component = name.substr(start, end - start);
    start = end + 1;
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      take_back(path, name);
      --components;
      continue;
    }
    if (++components > path_components_max)
      refuse(name, fmt::format("is deeper than {} directories", path_components_max));
    if (!path.empty()) path += '/';
    path += component;
  }
  return path;
}

std::string_view parent_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view base_name_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string printable_name(std::string_view name) {
  std::string text;
  while (!name.empty() && text.size() < printable_bytes_max) {
    size_t length = printable_sequence(name);
    if (length > 0) {
      text += name.substr(0, length);
      name.remove_prefix(length);
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[0]));
      name.remove_prefix(1);
    }
  }
  return name.empty() ? text : text + "...";
}

}  // namespace ccocker::registry
