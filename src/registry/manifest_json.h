#pragma once
// JSON from outside, read field by field; every surprise is an Error that names the field. Include it in few .cc files.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::registry {

using Json = nlohmann::json;

// Parses `bytes`, which must be one JSON object, nested at most 100 levels deep. `what` names the document in the Error
// (Errc::corrupt).
Json parse_json_object(std::string_view bytes, size_t bytes_max, std::string_view what);

// Looks into one object of a document. Absent and null are the same, as in Go. Borrows the document.
class JsonFields {
 public:
  // `path` says where the object stands, for errors: "layers[2]." or "".
  JsonFields(const Json& object, std::string path);

  bool has(const char* name) const { return find(name) != nullptr; }
  std::string text(const char* name) const;  // "" when absent
  std::string required_text(const char* name) const;
  uint64_t required_size(const char* name) const;  // a non-negative integer
  int64_t integer(const char* name, int64_t when_absent) const;
  std::vector<std::string> texts(const char* name) const;                               // an array of strings
  std::vector<std::string> keys(const char* name) const;                                // of an object used as a set
  std::vector<std::pair<std::string, std::string>> text_pairs(const char* name) const;  // an object of strings
  std::vector<JsonFields> objects(const char* name, size_t items_max) const;            // an array of objects
  JsonFields object(const char* name) const;                                            // an empty one when absent
  std::string raw(const char* name) const;                                              // as JSON text; "" when absent
  std::vector<std::pair<std::string, JsonFields>> members() const;  // all members, which must be objects
  const std::string& path() const { return path_; }

  [[noreturn]] void refuse(const char* name, std::string_view why) const;

 private:
  const Json* find(const char* name) const;
  std::string text_of(const Json& value, const char* name) const;
  const Json* object_;
  std::string path_;
};

}  // namespace ccocker::registry
