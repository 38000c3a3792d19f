#include "registry/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <string>

#include "loop/io.h"
#include "registry/curl_api.h"

namespace ccocker::registry {

std::chrono::milliseconds RetryPolicy::pause_before(unsigned attempt) const {
  static std::minstd_rand random(std::random_device{}());
  unsigned doublings = std::min(attempt < 2 ? 0u : attempt - 2, 16u);
  auto full = std::min(pause_first * (int64_t{1} << doublings), pause_max);
  std::uniform_int_distribution<int64_t> jitter(full.count() / 2, full.count());
  return std::chrono::milliseconds(jitter(random));
}

std::chrono::milliseconds Attempts::pause_after(Failure failure) {
  ++failed_;
  if (!failure.may_pass) throw std::move(failure.error);
  if (failed_ >= policy_.attempts_max)
    throw std::move(failure.error).advise(fmt::format("gave up after {} attempts", failed_));
  if (!failure.retry_after) return policy_.pause_before(failed_ + 1);
  if (*failure.retry_after > policy_.retry_after_max)
    throw std::move(failure.error)
        .advise(fmt::format("it asks to wait {} s: try again then", failure.retry_after->count()));
  return std::max<std::chrono::milliseconds>(*failure.retry_after, policy_.pause_before(failed_ + 1));
}

Task<void> Attempts::wait_after(Failure failure, std::function<void(const std::string&)> note) {
  std::string why = failure.error.text();
  std::chrono::milliseconds pause = pause_after(std::move(failure));
  if (note) note(fmt::format("retrying in {:.1f} s: {}", static_cast<double>(pause.count()) / 1000, why));
  co_await io::sleep(pause);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, int64_t now_unix_s) {
  if (value.empty()) return std::nullopt;
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc{} && end == value.data() + value.size() && seconds >= 0) return std::chrono::seconds(seconds);
  int64_t date = curl().getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::chrono::seconds(std::max<int64_t>(0, date - now_unix_s));
}

bool status_may_pass(int status) {
  constexpr int passing[] = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(passing, status) != std::end(passing);
}

}  // namespace ccocker::registry
