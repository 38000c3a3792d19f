#include "runtime/notice.h"

#include <utility>

namespace ccocker::runtime {
namespace {

std::function<void(const std::string&)>& current_handler() {
  static std::function<void(const std::string&)> handler;
  return handler;
}

}  // namespace

void notice(const std::string& sentence) {
  if (current_handler()) current_handler()(sentence);
}

void on_notice(std::function<void(const std::string&)> handler) { current_handler() = std::move(handler); }

}  // namespace ccocker::runtime
