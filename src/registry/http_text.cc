#include "registry/http_text.h"

#include <fmt/format.h>

#include "registry/manifest_json.h"

namespace ccocker::registry {
namespace {

constexpr size_t printable_bytes_max = 300;

std::string text_member(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, printable_bytes_max)) {
    bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f || static_cast<unsigned char>(c) >= 0x80;
    if (control && (out.empty() || out.back() == ' ')) continue;
    out += control ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string server_message(std::string_view body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  auto errors = json.find("errors");
  if (errors != json.end() && errors->is_array() && !errors->empty() && errors->front().is_object()) {
    std::string code = text_member(errors->front(), "code"), message = text_member(errors->front(), "message");
    return one_line(message.empty() ? code : fmt::format("{}: {}", code, message));
  }
  for (const char* name : {"details", "message", "error"})
    if (std::string text = text_member(json, name); !text.empty()) return one_line(text);
  return {};
}

}  // namespace ccocker::registry
