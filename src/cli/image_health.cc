#include "cli/image_health.h"

#include <nlohmann/json.hpp>

#include "loop/error.h"

namespace ccocker::cli {
namespace {

using nlohmann::json;

constexpr int64_t millisecond_ns = 1'000'000;

Error bad_health(const char* why) {
  return Error(Errc::corrupt, std::string("the image's Healthcheck ") + why +
                                  "; run it with --no-healthcheck, or give a check of your own with --health-cmd");
}

void read_span(const json& object, const char* name, int64_t& out_ms) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null()) return;
  if (!found->is_number_integer()) throw bad_health("has a time that is not a number of nanoseconds");
  int64_t value = found->get<int64_t>();
  if (value < 0) throw bad_health("has a negative time");
  if (value > 0) out_ms = std::max<int64_t>(value / millisecond_ns, 1);
}

std::vector<std::string> read_test(const json& object) {
  auto found = object.find("Test");
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_array()) throw bad_health("has a Test that is not a list");
  std::vector<std::string> test;
  for (const json& word : *found) {
    if (!word.is_string()) throw bad_health("has a Test with a word that is not text");
    test.push_back(word.get<std::string>());
  }
  if (test.empty() || test[0] == "NONE") return test;
  bool command = test[0] == "CMD" && test.size() >= 2, shell = test[0] == "CMD-SHELL" && test.size() == 2;
  if (!command && !shell) throw bad_health("has a Test that begins with neither CMD, CMD-SHELL nor NONE");
  return test;
}

}  // namespace

runtime::HealthCheck parse_image_health(std::string_view text) {
  runtime::HealthCheck check;
  if (text.empty()) return check;
  json object = json::parse(text, nullptr, false);
  if (!object.is_object()) throw bad_health("is not a JSON object");
  check.test = read_test(object);
  read_span(object, "Interval", check.interval_ms);
  read_span(object, "Timeout", check.timeout_ms);
  read_span(object, "StartPeriod", check.start_period_ms);
  read_span(object, "StartInterval", check.start_interval_ms);
  auto retries = object.find("Retries");
  if (retries != object.end() && retries->is_number_integer() && retries->get<int64_t>() > 0)
    check.retries = static_cast<int>(std::min<int64_t>(retries->get<int64_t>(), INT32_MAX));
  return check;
}

}  // namespace ccocker::cli
