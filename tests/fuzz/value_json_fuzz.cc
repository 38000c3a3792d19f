// fuzzes: cli/value_json cli/value cli/text loop/error
//
// Documents that inspect prints: any text is refused, or a tree that is written as the same document again, on one line
// and on many.
#include "cli/value_json.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "loop/error.h"

using namespace ccocker;

using nlohmann::ordered_json;

namespace {

// A real may come back as the integer it is equal to.
bool is_same(const ordered_json& a, const ordered_json& b) {
  if (!a.is_structured() || !b.is_structured()) return a == b;
  if (a.type() != b.type() || a.size() != b.size()) return false;
  for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right) {
    if (a.is_object() && left.key() != right.key()) return false;
    if (!is_same(*left, *right)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    cli::Value value = cli::parse_json(text, "the input");
    auto document = ordered_json::parse(text);
    std::string line = value.json();
    if (line.find('\n') != line.npos) std::abort();
    if (!is_same(ordered_json::parse(line), document)) std::abort();
    if (!is_same(ordered_json::parse(value.indented_json()), document)) std::abort();
    if (cli::parse_json(line, "its line").json() != line) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
