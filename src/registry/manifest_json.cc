#include "registry/manifest_json.h"

#include <fmt/format.h>

#include "loop/error.h"
#include "registry/json_depth.h"

namespace ccocker::registry {
namespace {

const Json& empty_object() {
  static const Json object = Json::object();
  return object;
}

Json parse_shallow(std::string_view bytes, std::string_view what) {
  try {
    return Json::parse(bytes, refuse_depth<Json>, /*allow_exceptions=*/false);
  } catch (Error& error) {
    throw std::move(error).in(what);
  }
}

}  // namespace

Json parse_json_object(std::string_view bytes, size_t bytes_max, std::string_view what) {
  if (bytes.size() > bytes_max)
    throw Error(Errc::corrupt, fmt::format("{} has {} bytes, at most {} are allowed", what, bytes.size(), bytes_max));
  Json json = parse_shallow(bytes, what);
  if (json.is_discarded()) throw Error(Errc::corrupt, fmt::format("{} is not JSON", what));
  if (!json.is_object()) throw Error(Errc::corrupt, fmt::format("{} is not a JSON object", what));
  return json;
}

JsonFields::JsonFields(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (!object.is_object()) throw Error(Errc::corrupt, fmt::format("field \"{}\" should be an object", path_));
}

void JsonFields::refuse(const char* name, std::string_view why) const {
  throw Error(Errc::corrupt, fmt::format("field \"{}{}\" {}", path_, name, why));
}

const Json* JsonFields::find(const char* name) const {
  auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::string JsonFields::text_of(const Json& value, const char* name) const {
  if (!value.is_string()) refuse(name, "should be a string");
  return value.get_ref<const std::string&>();
}

std::string JsonFields::text(const char* name) const {
  const Json* value = find(name);
  return value ? text_of(*value, name) : std::string();
}

std::string JsonFields::required_text(const char* name) const {
  const Json* value = find(name);
  if (!value) refuse(name, "is missing");
  return text_of(*value, name);
}

uint64_t JsonFields::required_size(const char* name) const {
  const Json* value = find(name);
  if (!value) refuse(name, "is missing");
  // A positive number is unsigned to the parser, whatever its size; anything else is signed or a float.
  if (!value->is_number_unsigned()) refuse(name, "should be a non-negative integer");
  uint64_t size = value->get<uint64_t>();
  if (size > static_cast<uint64_t>(INT64_MAX)) refuse(name, "is too large");
  return size;
}

int64_t JsonFields::integer(const char* name, int64_t when_absent) const {
  const Json* value = find(name);
  if (!value) return when_absent;
  if (!value->is_number_integer()) refuse(name, "should be an integer");
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    refuse(name, "is too large");
  return value->get<int64_t>();
}

std::vector<std::string> JsonFields::texts(const char* name) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_array()) refuse(name, "should be an array of strings");
  std::vector<std::string> out;
  for (const Json& item : *value) out.push_back(text_of(item, name));
  return out;
}

std::vector<std::string> JsonFields::keys(const char* name) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_object()) refuse(name, "should be an object");
  std::vector<std::string> out;
  for (auto item = value->begin(); item != value->end(); ++item) out.push_back(item.key());
  return out;
}

std::vector<std::pair<std::string, std::string>> JsonFields::text_pairs(const char* name) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_object()) refuse(name, "should be an object of strings");
  std::vector<std::pair<std::string, std::string>> out;
  for (auto item = value->begin(); item != value->end(); ++item)
    out.emplace_back(item.key(), text_of(item.value(), name));
  return out;
}

std::vector<JsonFields> JsonFields::objects(const char* name, size_t items_max) const {
  const Json* value = find(name);
  if (!value) return {};
  if (!value->is_array()) refuse(name, "should be an array");
  if (value->size() > items_max)
    refuse(name, fmt::format("has {} items, at most {} are allowed", value->size(), items_max));
  std::vector<JsonFields> out;
  for (size_t i = 0; i < value->size(); ++i) out.emplace_back((*value)[i], fmt::format("{}{}[{}].", path_, name, i));
  return out;
}

JsonFields JsonFields::object(const char* name) const {
  const Json* value = find(name);
  return JsonFields(value ? *value : empty_object(), fmt::format("{}{}.", path_, name));
}

std::string JsonFields::raw(const char* name) const {
  const Json* value = find(name);
  return value ? value->dump() : std::string();
}

std::vector<std::pair<std::string, JsonFields>> JsonFields::members() const {
  std::vector<std::pair<std::string, JsonFields>> out;
  for (auto item = object_->begin(); item != object_->end(); ++item)
    if (!item->is_null()) out.emplace_back(item.key(), JsonFields(item.value(), path_ + item.key() + "."));
  return out;
}

}  // namespace ccocker::registry
