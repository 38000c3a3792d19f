#pragma once
// The kernel's files that tell what a container uses; what is not understood counts as nothing.
#include <array>
#include <cstdint>
#include <string_view>

namespace ccocker::runtime {

uint64_t first_number(std::string_view text);
uint64_t value_behind(std::string_view text, std::string_view key);  // of lines "key value"

struct Traffic {
  uint64_t received_bytes = 0, sent_bytes = 0;
};
Traffic parse_net_dev(std::string_view text);                  // /proc/PID/net/dev
double parse_some_avg10(std::string_view text);                // *.pressure
std::array<uint64_t, 2> parse_io_stat(std::string_view text);  // v2's io.stat: bytes read, written
std::array<uint64_t, 2> parse_blkio(std::string_view text);    // v1's blkio.throttle.io_service_bytes: the same

}  // namespace ccocker::runtime
