#include "runtime/own_hosts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr off_t hosts_bytes_max = 1 << 20;

std::string line_of(const std::string& address, const std::string& hostname) { return address + "\t" + hostname + "\n"; }

}  // namespace

std::string changed_hosts(std::string_view text, const OwnHosts& change) {
  std::string out;
  while (!text.empty()) {
    std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    bool goes = std::ranges::any_of(
        change.gone, [&](const std::string& address) { return line == line_of(address, change.hostname); });
    if (!goes) out += line;
  }
  if (!change.added.empty() && !out.empty() && out.back() != '\n') out += '\n';
  for (const std::string& address : change.added) out += line_of(address, change.hostname);
  return out;
}

void change_hosts(const std::string& container_dir, const OwnHosts& change) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), container_dir + "/hosts", O_RDWR | O_NOFOLLOW);
  if (!file || sys::fstat(*file).st_size > hosts_bytes_max) return;
  std::string before = sys::read_all(*file);
  std::string now = changed_hosts(before, change);
  // From the first byte that differs on, so that who reads it meanwhile finds the lines before it.
  size_t same = static_cast<size_t>(std::ranges::mismatch(before, now).in1 - before.begin());
  ::lseek(file->get(), static_cast<off_t>(same), SEEK_SET);
  sys::write_all(*file, std::string_view(now).substr(same));
  if (now.size() < before.size()) sys::ftruncate(*file, now.size());
}

}  // namespace ccocker::runtime
