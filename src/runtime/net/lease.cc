#include "runtime/net/lease.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "loop/sys.h"
#include "runtime/id.h"

namespace ccocker::runtime {
namespace {

constexpr std::string_view nothing = "-";
constexpr const char* last_taken = ".last";
constexpr size_t target_bytes_max = 4095;  // symlink(2), PATH_MAX

std::vector<std::string_view> words_of(std::string_view text, char separator) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    size_t end = std::min(text.find(separator), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? std::string(nothing) : text;
}

// nullopt when it is not there.
std::optional<std::string> read_link(const std::string& path) {
  char target[target_bytes_max + 1];
  ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::nullopt : std::optional<std::string>({target, static_cast<size_t>(length)});
}

// What a lease has besides its address where it asks for nothing else.
void complete(Lease& lease, const std::optional<LeaseRange>& range6, const Lease& asked) {
  if (asked.mac.empty()) lease.mac = mac_of(lease.address);
  if (!asked.address6 && range6) lease.address6 = mapped_v6(range6->subnet, lease.address);
}

bool is_for_container(const LeaseRange& range, const Address& address) {
  return range.subnet.may_lease(address) && address != range.gateway;
}

void require_for_container(const LeaseRange& range, const Address& wanted) {
  if (is_for_container(range, wanted)) return;
  if (!range.subnet.contains(wanted))
    throw Error(Errc::invalid,
                fmt::format("the address {} is not in the network's range {}", wanted.str(), range.subnet.str()));
  throw Error(Errc::invalid,
              fmt::format("the address {} is the network's own ({}); choose another in {}", wanted.str(),
                          wanted == range.gateway ? "its gateway" : "not one a host can have", range.subnet.str()));
}

[[noreturn]] void refuse_taken(const Address& address) {
  throw Error(Errc::conflict, fmt::format("the address {} is taken by another container", address.str()));
}

}  // namespace

std::string lease_text(const Lease& lease) {
  return fmt::format("1 {} {} {} {} {} {}", lease.id, lease.link, lease.inside, lease.mac,
                     lease.address6 ? lease.address6->str() : std::string(nothing), joined(lease.names));
}

std::optional<Lease> parse_lease(std::string_view address, std::string_view text) {
  std::vector<std::string_view> words = words_of(text, ' ');
  std::optional<Address> at = Address::parse(address);
  if (!at || words.size() != 7 || words[0] != "1") return std::nullopt;
  if (!is_id(words[1]) || !parse_mac(words[4])) return std::nullopt;
  Lease lease{*at, std::string(words[1]), std::string(words[2]), std::string(words[3]), std::string(words[4]), {}, {}};
  if (words[5] != nothing) lease.address6 = Address::parse(words[5]);
  if (words[6] != nothing)
    for (std::string_view name : words_of(words[6], ',')) lease.names.emplace_back(name);
  return lease;
}

Leases::Leases(const std::string& state, const std::string& network) : dir_(state + "/networks/" + network) {}

// False when the address is in use.
bool Leases::try_link(const Address& address, const std::string& target) {
  std::string path = path_of(address);
  for (;;) {
    if (::symlink(target.c_str(), path.c_str()) == 0) return true;
    if (errno == EEXIST) return false;
    if (errno != ENOENT) throw Error::sys("symlink", path);
    sys::mkdirs(dir_, 0755);
  }
}

Leases::Taken Leases::try_take(const Lease& lease) {
  std::string text = lease_text(lease);
  if (text.size() > target_bytes_max) throw Error(Errc::invalid, "too many or too long network aliases");
  if (!try_link(lease.address, text)) return Taken::address_in_use;
  if (!lease.address6 || try_link(*lease.address6, lease.id)) return Taken::yes;
  sys::unlinkat_if_exists(sys::cwd(), path_of(lease.address));
  return Taken::address6_in_use;
}

void Leases::take_wanted(const Lease& lease) {
  Taken taken = try_take(lease);
  if (taken == Taken::address_in_use) refuse_taken(lease.address);
  if (taken == Taken::address6_in_use) refuse_taken(*lease.address6);
}

void Leases::take(const LeaseRange& range, const std::optional<LeaseRange>& range6, std::optional<Address> wanted,
                  Lease& lease) {
  Lease asked = lease;
  if (asked.address6 && range6) require_for_container(*range6, *asked.address6);
  if (wanted) {
    require_for_container(range, *wanted);
    lease.address = *wanted;
    complete(lease, range6, asked);
    if (range6) require_for_container(*range6, *lease.address6);
    return take_wanted(lease);
  }
  const Subnet& subnet = range.subnet;
  std::set<Address> in_use;
  for (const Lease& other : list()) in_use.insert(other.address);
  uint64_t begin = index_behind_last(subnet);
  for (uint64_t i = 0; i < subnet.size(); ++i) {
    Address address = subnet.at((begin + i) % subnet.size());
    if (!is_for_container(range, address) || in_use.contains(address)) continue;
    lease.address = address;
    complete(lease, range6, asked);
    // One that somebody has asked for, or the gateway's: the next address has another.
    if (!asked.address6 && range6 && !is_for_container(*range6, *lease.address6)) continue;
    Taken taken = try_take(lease);
    if (taken == Taken::address6_in_use && asked.address6) refuse_taken(*asked.address6);
    if (taken != Taken::yes) continue;  // another start was faster
    remember(lease.address);
    return;
  }
  throw Error(Errc::failed, fmt::format("every address of {} is taken; remove containers or make a network with a "
                                        "larger --subnet",
                                        subnet.str()));
}

uint64_t Leases::index_behind_last(const Subnet& subnet) const {
  std::optional<std::string> hint = read_link(dir_ + "/" + last_taken);
  std::optional<Address> last = hint ? Address::parse(*hint) : std::nullopt;
  return last && subnet.contains(*last) ? last->number() - subnet.base.number() + 1 : 1;
}

// Only a hint: whichever of two starts is later writes it, and `prune` may take the directory away meanwhile.
void Leases::remember(const Address& address) {
  std::string temporary = fmt::format("{}/{}.{}", dir_, last_taken, ::getpid()), path = dir_ + "/" + last_taken;
  ::unlink(temporary.c_str());
  if (::symlink(address.str().c_str(), temporary.c_str()) == 0)
    static_cast<void>(::rename(temporary.c_str(), path.c_str()));
}

// The two change places, so that it is seen whose the old one was, and none is made where it has been freed.
void Leases::replace(const Lease& lease) {
  std::string path = path_of(lease.address), other = fmt::format("{}.{}", path, ::getpid());
  ::unlink(other.c_str());
  sys::symlinkat(lease_text(lease), sys::cwd(), other);
  auto exchange = [&] { return ::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE); };
  int result = exchange();
  std::optional<Lease> before = parse_lease(lease.address.str(), read_link(other).value_or(""));
  if (result == 0 && (!before || before->id != lease.id)) exchange();
  int error = errno;
  ::unlink(other.c_str());
  if (result < 0 && error != ENOENT) throw Error::sys("renameat2", path, error);
}

void Leases::give_back(const Lease& lease) {
  if (read_link(path_of(lease.address)) != lease_text(lease)) return;
  if (lease.address6) free_address6(*lease.address6, lease.id);
  sys::unlinkat_if_exists(sys::cwd(), path_of(lease.address));
}

// Unless it is another's by now.
void Leases::free_address6(const Address& address6, const std::string& id) {
  std::string path = path_of(address6);
  if (read_link(path) == id) sys::unlinkat_if_exists(sys::cwd(), path);
}

// nullopt for what is no lease, or has been freed meanwhile.
std::optional<Lease> Leases::read(const std::string& name) const {
  std::optional<std::string> text = read_link(dir_ + "/" + name);
  return text ? parse_lease(name, *text) : std::nullopt;
}

std::vector<Lease> Leases::list() const {
  std::vector<Lease> leases;
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), dir_, O_RDONLY | O_DIRECTORY);
  if (!dir) return leases;
  for (const std::string& name : sys::list_dir(*dir)) {
    if (name.find(':') != name.npos) continue;  // the IPv6 address of one
    std::optional<Lease> lease = read(name);
    if (lease) leases.push_back(std::move(*lease));
  }
  std::ranges::sort(leases, {}, &Lease::address);
  return leases;
}

std::vector<std::string> leased_networks(const std::string& state) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), state + "/networks", O_RDONLY | O_DIRECTORY);
  return dir ? sys::list_dir(*dir) : std::vector<std::string>{};
}

}  // namespace ccocker::runtime
