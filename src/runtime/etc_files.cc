#include "runtime/etc_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/mount_api.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view standard_hosts =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

const std::string& one_word(const std::string& word, std::string_view what) {
  bool fits = !word.empty() && std::ranges::none_of(word, [](char c) { return c == '#' || (c >= 0 && c <= ' '); });
  if (!fits) throw Error(Errc::invalid, fmt::format("\"{}\" cannot be a {}", word, what));
  return word;
}

bool replaces_name_servers(const Spec& spec, const EtcNetwork& network) {
  return !spec.dns.empty() || !network.name_server.empty() || !network.replaced_name_servers.empty();
}

// The lines of the host's resolv.conf that --dns and its like do not replace.
std::string kept_lines(const Spec& spec, std::string_view of_host, const EtcNetwork& network) {
  std::string kept;
  while (!of_host.empty()) {
    size_t end = std::min(of_host.find('\n'), of_host.size());
    std::string_view line = of_host.substr(0, end);
    of_host.remove_prefix(std::min(end + 1, of_host.size()));
    bool replaced = (replaces_name_servers(spec, network) && line.starts_with("nameserver")) ||
                    (!spec.dns_search.empty() && (line.starts_with("search") || line.starts_with("domain"))) ||
                    (!spec.dns_options.empty() && line.starts_with("options"));
    if (!replaced) kept.append(line).append("\n");
  }
  return kept;
}

std::string words_line(std::string_view keyword, const std::vector<std::string>& words) {
  std::string line(keyword);
  for (const std::string& word : words) line += " " + one_word(word, "word of resolv.conf");
  return line + "\n";
}

OpenedMount write_and_open(FdView dir, const char* name, std::string_view text) {
  {
    // Written anew at each start, and gone with the container: no temporary name, no fsync.
    Fd fd = sys::openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
    sys::write_all(fd, text);
  }
  return {clone_mount(dir, name, false), std::string("/etc/") + name, false};
}

bool spec_mounts(const Spec& spec, std::string_view destination) {
  return std::ranges::any_of(spec.mounts, [&](const Mount& mount) { return mount.destination == destination; });
}

}  // namespace

std::string resolv_conf(const Spec& spec, const std::string& of_host, const EtcNetwork& network) {
  std::string text = kept_lines(spec, of_host, network);
  std::vector<std::string> servers = spec.dns.empty() ? network.replaced_name_servers : spec.dns;
  if (!network.name_server.empty()) servers = {network.name_server};
  for (const std::string& server : servers) text += "nameserver " + one_word(server, "name server") + "\n";
  bool no_search = spec.dns_search.size() == 1 && spec.dns_search[0] == ".";  // Docker's way to say "none"
  if (!spec.dns_search.empty() && !no_search) text += words_line("search", spec.dns_search);
  std::vector<std::string> options = spec.dns_options;
  // A container's name has no dot and is meant as it is; as Docker's resolver has it.
  bool says_dots = text.find("ndots:") != std::string::npos ||
                   std::ranges::any_of(options, [](const std::string& word) { return word.starts_with("ndots:"); });
  if (!network.name_server.empty() && !says_dots) options.push_back("ndots:0");
  if (!options.empty()) text += words_line("options", options);
  return text;
}

std::string hosts_file(const Spec& spec, const std::string& of_host, const EtcNetwork& network) {
  std::string text = spec.network == NetworkMode::host && !of_host.empty() ? of_host : std::string(standard_hosts);
  if (!text.ends_with('\n')) text += '\n';
  for (const auto& [name, wanted] : spec.extra_hosts) {
    std::string gateway = spec.network == NetworkMode::host ? "127.0.0.1" : network.gateway;
    std::string address = wanted == "host-gateway" ? gateway : wanted;
    if (address.empty()) throw Error(Errc::invalid, "--add-host: host-gateway needs a network with a gateway");
    text += fmt::format("{}\t{}\n", one_word(address, "host address"), one_word(name, "host name"));
  }
  for (const auto& [address, names] : network.hosts) text += fmt::format("{}\t{}\n", address, names);
  return text;
}

static std::vector<OpenedMount> open_shared_files(const Spec& spec, const std::string& shared_dir) {
  std::vector<OpenedMount> files;
  if (!sys::exists(shared_dir)) return files;
  Fd dir = sys::open_dir(sys::cwd(), shared_dir);
  for (const char* name : {"resolv.conf", "hosts", "hostname"})
    // Not there: the other one mounts something itself, or has gone.
    if (!spec_mounts(spec, std::string("/etc/") + name) && sys::exists(shared_dir + "/" + name))
      files.push_back({clone_mount(dir, name, false), std::string("/etc/") + name, false});
  return files;
}

std::vector<OpenedMount> open_etc_files(const Spec& spec, FdView container_dir, const std::string& hostname,
                                        const EtcNetwork& network) {
  if (!network.shared_dir.empty()) return open_shared_files(spec, network.shared_dir);
  auto of_host = [](const char* path) { return sys::read_file_if_exists(sys::cwd(), path).value_or(""); };
  std::vector<OpenedMount> files;
  if (!spec_mounts(spec, "/etc/resolv.conf"))
    files.push_back(
        write_and_open(container_dir, "resolv.conf", resolv_conf(spec, of_host("/etc/resolv.conf"), network)));
  if (!spec_mounts(spec, "/etc/hosts")) {
    std::string host_file = spec.network == NetworkMode::host ? of_host("/etc/hosts") : "";
    files.push_back(write_and_open(container_dir, "hosts", hosts_file(spec, host_file, network)));
  }
  if (!spec_mounts(spec, "/etc/hostname")) files.push_back(write_and_open(container_dir, "hostname", hostname + "\n"));
  return files;
}

}  // namespace ccocker::runtime
