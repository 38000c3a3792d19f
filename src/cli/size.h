#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ccocker::cli {

// Bytes from a flag's value: digits, perhaps a fraction, and a unit of 1024 (b, k, kb, kB, m, g, t, p, "MiB"), as
// Docker reads --memory. A number without a unit counts in `bare_unit_bytes`. Errc::invalid names `flag`.
uint64_t parse_size(std::string_view flag, std::string_view text, uint64_t bare_unit_bytes = 1);

// "7.05MB": three digits, units of 1000, as `docker images` prints.
std::string human_size(uint64_t bytes);
// "1.952GiB": four digits, units of 1024, as `docker info` prints memory.
std::string human_binary_size(uint64_t bytes);

}  // namespace ccocker::cli
