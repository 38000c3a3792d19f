#include "runtime/id.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {
constexpr size_t id_bytes = 32;
constexpr char hex_digits[] = "0123456789abcdef";
}  // namespace

std::string random_id() {
  std::array<unsigned char, id_bytes> bytes;
  // Up to 256 bytes come whole, without interruption (getrandom(2)).
  if (sys::retry([&] { return ::getrandom(bytes.data(), bytes.size(), 0); }) != static_cast<ssize_t>(bytes.size()))
    throw Error::sys("getrandom");
  std::string id;
  for (unsigned char byte : bytes) {
    id += hex_digits[byte >> 4];
    id += hex_digits[byte & 15];
  }
  return id;
}

bool is_id(std::string_view text) {
  return text.size() == 2 * id_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace ccocker::runtime
