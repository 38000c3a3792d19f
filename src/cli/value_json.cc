#include "cli/value_json.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "loop/error.h"

namespace ccocker::cli {
namespace {

using nlohmann::ordered_json;

Value value_of(const ordered_json& in) {
  switch (in.type()) {
    case ordered_json::value_t::object: {
      Value out = Value::map();
      for (const auto& [key, item] : in.items()) out.set(key, value_of(item));
      return out;
    }
    case ordered_json::value_t::array: {
      Value out = Value::list();
      for (const ordered_json& item : in) out.push(value_of(item));
      return out;
    }
    case ordered_json::value_t::string:
      return in.get_ref<const std::string&>();
    case ordered_json::value_t::boolean:
      return in.get<bool>();
    case ordered_json::value_t::number_integer:
      return in.get<int64_t>();
    case ordered_json::value_t::number_unsigned:
      if (in.get<uint64_t>() > INT64_MAX) return in.get<double>();
      return in.get<int64_t>();
    case ordered_json::value_t::number_float:
      return in.get<double>() + 0.0;  // -0.0 becomes 0: "-0" would be read as an integer, which has no such zero
    default:
      return {};
  }
}

// Deeper documents would overflow the stack of whoever walks over them.
constexpr int depth_max = 100;

}  // namespace

Value parse_json(std::string_view text, std::string_view what) {
  bool too_deep = false;
  auto watch_depth = [&](int depth, ordered_json::parse_event_t, ordered_json&) {
    too_deep |= depth > depth_max;
    return !too_deep;
  };
  ordered_json parsed = ordered_json::parse(text, watch_depth, false);
  if (too_deep || parsed.is_discarded()) throw Error(Errc::corrupt, fmt::format("{} is not JSON", what));
  return value_of(parsed);
}

}  // namespace ccocker::cli
