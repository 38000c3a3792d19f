#include "runtime/boot_id.h"

#include "loop/sys.h"

namespace ccocker::runtime {

const std::string& boot_id() {
  static const std::string id = [] {
    std::string text = sys::read_file_if_exists(sys::cwd(), "/proc/sys/kernel/random/boot_id").value_or("");
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }();
  return id;
}

}  // namespace ccocker::runtime
