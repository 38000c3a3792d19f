#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>

#include <set>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/etc_files.h"
#include "runtime/id.h"
#include "runtime/lock.h"
#include "runtime/net/address.h"
#include "runtime/net/dns_message.h"
#include "runtime/net/firewall.h"
#include "runtime/net/firewall_rule.h"
#include "runtime/net/host_resolv.h"
#include "runtime/net/lease.h"
#include "runtime/net/link.h"
#include "runtime/net/names.h"
#include "runtime/net/network.h"
#include "runtime/net/published.h"
#include "runtime/own_hosts.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;
using Catch::Matchers::Contains;

namespace {

Address address(const char* text) { return Address::parse(text).value(); }
Subnet subnet(const char* text) { return Subnet::parse(text).value(); }

Lease lease_of(const std::string& name) {
  Lease lease;
  lease.id = random_id();
  lease.link = endpoint_name(lease.id, 0);
  lease.inside = "eth0";
  lease.names = {name, lease.id.substr(0, 12)};
  return lease;
}

std::vector<uint8_t> question_bytes(std::string_view name, uint16_t type) {
  std::vector<uint8_t> out{0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
  while (!name.empty()) {
    size_t end = std::min(name.find('.'), name.size());
    out.push_back(static_cast<uint8_t>(end));
    out.insert(out.end(), name.begin(), name.begin() + static_cast<std::ptrdiff_t>(end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  out.insert(out.end(), {0, static_cast<uint8_t>(type >> 8), static_cast<uint8_t>(type), 0, 1});
  return out;
}

}  // namespace

TEST_CASE("addresses and ranges are read, written and compared") {
  CHECK(address("172.29.0.1").str() == "172.29.0.1");
  CHECK(address("fd00:0:0::1").str() == "fd00::1");
  CHECK_FALSE(Address::parse("1.2.3"));
  CHECK_FALSE(Address::parse(std::string(100, '1')));
  CHECK(subnet("172.29.5.6/16").str() == "172.29.0.0/16");
  for (const char* bad : {"", "1.2.3.4", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/8x", "::/129", "/8"}) CHECK_FALSE(Subnet::parse(bad));
  CHECK(subnet("10.0.0.0/8").overlaps(subnet("10.255.0.0/16")));
  CHECK(subnet("10.255.0.0/16").overlaps(subnet("10.0.0.0/8")));
  CHECK_FALSE(subnet("10.1.0.0/16").overlaps(subnet("10.2.0.0/16")));
  CHECK_FALSE(subnet("0.0.0.0/0").overlaps(subnet("::/0")));
  CHECK(mapped_v6(subnet("fd00:1::/64"), address("172.29.0.5")).str() == "fd00:1::ac1d:5");
  CHECK(mac_of(address("172.29.0.5")) == "02:cc:ac:1d:00:05");
  CHECK(address("127.8.8.8").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK_FALSE(address("::2").is_loopback());
}

TEST_CASE("a lease never has the network's, the broadcast's or the gateway's address, nor one twice") {
  TemporaryDirectory directory;
  Leases leases(directory.path(), "net");
  std::set<std::string> seen;
  Address gateway = address("10.9.0.1");
  for (int i = 0; i < 5; ++i) {
    Lease lease = lease_of("c" + std::to_string(i));
    leases.take({subnet("10.9.0.0/29"), gateway}, {}, {}, lease);
    CHECK(seen.insert(lease.address.str()).second);
    CHECK(lease.mac == mac_of(lease.address));
  }
  CHECK_FALSE(seen.contains("10.9.0.0"));
  CHECK_FALSE(seen.contains("10.9.0.1"));
  CHECK_FALSE(seen.contains("10.9.0.7"));
  Lease late = lease_of("late");
  CHECK_THROWS_WITH(leases.take({subnet("10.9.0.0/29"), gateway}, {}, {}, late), Contains("every address of 10.9.0.0/29"));
  std::vector<Lease> taken = leases.list();
  leases.give_back(*std::ranges::find(taken, address("10.9.0.4"), &Lease::address));
  leases.take({subnet("10.9.0.0/29"), gateway}, {}, {}, late);
  CHECK(late.address == address("10.9.0.4"));
}

TEST_CASE("an address that is asked for is given, or refused with the reason") {
  TemporaryDirectory directory;
  Leases leases(directory.path(), "net");
  Address gateway = address("10.9.0.1");
  LeaseRange range{subnet("10.9.0.0/24"), gateway}, range6{subnet("fd00:9::/64"), address("fd00:9::1")};
  Lease first = lease_of("first"), second = lease_of("second");
  leases.take(range, range6, address("10.9.0.77"), first);
  CHECK(first.address6 == address("fd00:9::a09:4d"));
  CHECK_THROWS_WITH(leases.take(range, {}, address("10.9.0.77"), second), Contains("taken"));
  CHECK_THROWS_WITH(leases.take(range, {}, address("10.8.0.1"), second), Contains("not in the network's range"));
  CHECK_THROWS_WITH(leases.take(range, {}, gateway, second), Contains("its gateway"));
  CHECK_THROWS_AS(leases.take(range, {}, address("10.9.0.255"), second), Error);
  std::vector<Lease> listed = leases.list();
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].id == first.id);
  CHECK(listed[0].names == first.names);
  CHECK(listed[0].address6 == first.address6);
}

TEST_CASE("an IPv6 address is given to one container only, asked for or not, and free again with its lease") {
  TemporaryDirectory directory;
  Leases leases(directory.path(), "net");
  LeaseRange range{subnet("10.9.0.0/24"), address("10.9.0.1")};
  LeaseRange range6{subnet("fd00:9::/64"), address("fd00:9::a09:3")};
  auto asking_for = [](const char* address6) {
    Lease lease = lease_of("asking");
    lease.address6 = address(address6);
    return lease;
  };
  // 10.9.0.2's own is asked for, 10.9.0.3's is the gateway's: both are passed over.
  Lease holder = asking_for("fd00:9::a09:2");
  leases.take(range, range6, address("10.9.0.77"), holder);
  Lease automatic = lease_of("automatic");
  leases.take(range, range6, {}, automatic);
  CHECK(automatic.address == address("10.9.0.4"));
  CHECK(automatic.address6 == address("fd00:9::a09:4"));
  Lease second = asking_for("fd00:9::a09:4"), by_address = lease_of("by-address");
  CHECK_THROWS_WITH(leases.take(range, range6, {}, second), Contains("fd00:9::a09:4 is taken"));
  CHECK_THROWS_WITH(leases.take(range, range6, address("10.9.0.2"), by_address), Contains("fd00:9::a09:2 is taken"));
  CHECK(leases.list().size() == 2);  // what was refused is free
  Lease gateways = asking_for("fd00:9::a09:3"), networks = asking_for("fd00:9::"), outside = asking_for("fd00:8::5");
  CHECK_THROWS_WITH(leases.take(range, range6, {}, gateways), Contains("its gateway"));
  CHECK_THROWS_WITH(leases.take(range, range6, {}, networks), Contains("the network's own"));
  CHECK_THROWS_WITH(leases.take(range, range6, {}, outside), Contains("not in the network's range"));
  automatic.names.push_back("renamed");
  leases.replace(automatic);
  leases.give_back(automatic);
  leases.take(range, range6, {}, second);
  CHECK(second.address6 == address("fd00:9::a09:4"));
  leases.give_back(holder);
  leases.give_back(second);
  CHECK(sys::list_dir(sys::open_dir(sys::cwd(), directory.path() + "/networks/net")) == std::vector<std::string>{".last"});
}

TEST_CASE("an IPv6 address without its lease's link is nobody's, and another's is not freed with it") {
  TemporaryDirectory directory;
  Leases leases(directory.path(), "net");
  LeaseRange range{subnet("10.9.0.0/24"), address("10.9.0.1")}, range6{subnet("fd00:9::/64"), address("fd00:9::1")};
  Lease first = lease_of("first"), second = lease_of("second");
  leases.take(range, range6, address("10.9.0.5"), first);
  // As if the lease's maker or remover was killed between the two.
  std::string link = directory.path() + "/networks/net/fd00:9::a09:5";
  sys::unlinkat(sys::cwd(), link);
  second.address6 = first.address6;
  leases.take(range, range6, address("10.9.0.6"), second);
  leases.give_back(first);
  CHECK(sys::readlinkat(sys::cwd(), link) == second.id);
  leases.give_back(second);
  CHECK_FALSE(sys::exists(link));
}

TEST_CASE("only the container that has a lease changes or gives it back") {
  TemporaryDirectory directory;
  Leases leases(directory.path(), "net");
  Lease first = lease_of("first"), second = lease_of("second");
  leases.take({subnet("10.9.0.0/24"), address("10.9.0.1")}, {}, address("10.9.0.77"), first);
  first.names[0] = "renamed";
  leases.replace(first);
  REQUIRE(leases.list().size() == 1);
  CHECK(leases.list()[0].names == first.names);
  leases.give_back(first);
  leases.replace(first);
  CHECK(leases.list().empty());
  leases.take({subnet("10.9.0.0/24"), address("10.9.0.1")}, {}, address("10.9.0.77"), second);
  leases.replace(first);
  leases.give_back(first);
  REQUIRE(leases.list().size() == 1);
  CHECK(leases.list()[0].id == second.id);
  leases.give_back(second);
  CHECK(sys::list_dir(sys::open_dir(sys::cwd(), directory.path() + "/networks/net")).empty());
}

TEST_CASE("a lease's text that is none is not taken for one") {
  Lease lease = lease_of("web");
  lease.mac = "02:cc:00:00:00:01";
  std::string text = lease_text(lease);
  CHECK(parse_lease("10.0.0.1", text));
  CHECK_FALSE(parse_lease("10.0.0", text));
  CHECK_FALSE(parse_lease("10.0.0.1", "2" + text.substr(1)));
  CHECK_FALSE(parse_lease("10.0.0.1", text.substr(0, 40)));
  CHECK_FALSE(parse_lease("10.0.0.1", ""));
}

TEST_CASE("a network's record comes back as it was, and a damaged one is said to be that") {
  Network network{random_id(), "front", "ccocker-abc", subnet("10.5.0.0/16"), address("10.5.0.1"), subnet("fd00::/64"),
                  address("fd00::1"), true, false, {{"a", "b"}}, 12345};
  CHECK(network_from_json(network_to_json(network)) == network);
  network.subnet6.reset();
  network.gateway6.reset();
  CHECK(network_from_json(network_to_json(network)) == network);
  for (const char* bad : {"", "{}", "[]", R"({"version":2})"}) CHECK_THROWS_WITH(network_from_json(bad), Contains("damaged"));
}

TEST_CASE("what writers of records that were killed have left goes, and no record with it") {
  TemporaryDirectory directory;
  Network network{random_id(), "a.json.tmp-1", "ccocker-abc", subnet("10.5.0.0/16"), address("10.5.0.1"), {}, {}, true, false, {}, 1};
  save_network(directory.path(), network);
  std::string left = directory.path() + "/networks/front.json.tmp-77-1";
  sys::write_all(sys::openat(sys::cwd(), left, O_WRONLY | O_CREAT, 0600), "{");
  remove_unfinished(directory.path());
  CHECK_FALSE(sys::exists(left));
  REQUIRE(list_networks(directory.path()).size() == 1);
  CHECK(list_networks(directory.path())[0] == network);
  remove_unfinished(directory.path() + "/nowhere");
}

TEST_CASE("the firewall's rules name only our own table and bridges") {
  Network front{"", "front", "br-front", subnet("10.5.0.0/16"), address("10.5.0.1"), subnet("fd00::/64"), address("fd00::1"),
                false, false, {}, 0};
  Network back = front;
  back.bridge = "br-back";
  back.subnet = subnet("10.6.0.0/16");
  back.subnet6.reset();
  back.internal = true;
  std::string rules = firewall_rules("ccocker-x", {front, back}, {.ipv4 = {2, 3}, .ipv6 = {}});
  CHECK_THAT(rules, Contains("ip saddr 10.5.0.0/16 oifname != \"br-front\" masquerade"));
  CHECK_THAT(rules, Contains("ip6 saddr fd00::/64 oifname != \"br-front\" masquerade"));
  CHECK_THAT(rules, !Contains("10.6.0.0/16 oifname"));
  CHECK_THAT(rules, Contains("ip saddr 10.6.0.0/16 iifname != \"br-back\" drop"));
  CHECK_THAT(rules, Contains("ip6 saddr fd00::/64 iifname != \"br-front\" drop"));
  CHECK_THAT(rules, Contains("meta nfproto ipv4 iif { 2, 3 } oif { 2, 3 } drop"));
  CHECK_THAT(rules, !Contains("nfproto ipv6"));
  CHECK_THAT(rules, Contains("iifname \"br-back\" drop"));
  CHECK_THAT(rules, Contains("oifname \"br-front\" drop"));
  CHECK(firewall_rules("t", {}, {}) == "table inet t\ndelete table inet t\n");
  CHECK(mark_of("/var/lib/ccocker") == "ccocker");
  CHECK(mark_of("/a") != mark_of("/b"));
}

TEST_CASE("a DNS question is read, and its answer has what was asked") {
  std::vector<uint8_t> bytes = question_bytes("WEB.Front", dns_a);
  std::optional<DnsQuestion> question = parse_dns_question(bytes);
  REQUIRE(question);
  CHECK(question->name == "web.front");
  CHECK(question->id == 0x1234);
  std::vector<uint8_t> answer = make_dns_answer(*question, {dns_no_error, {address("10.0.0.5")}, ""}, 512);
  CHECK(answer[0] == 0x12);
  CHECK((answer[2] & 0x80));
  CHECK(answer[7] == 1);
  CHECK(std::vector<uint8_t>(answer.end() - 10, answer.end() - 6) == std::vector<uint8_t>{0, 0, 0, 5});  // its TTL
  CHECK(std::vector<uint8_t>(answer.end() - 4, answer.end()) == std::vector<uint8_t>{10, 0, 0, 5});
  CHECK(std::equal(bytes.begin() + 12, bytes.end(), answer.begin() + 12));
  CHECK(answers_dns_question(answer, 0x1234, *question));
  CHECK_FALSE(answers_dns_question(answer, 0x1235, *question));
}

TEST_CASE("a DNS answer that is too long is cut, with the flag that says so") {
  DnsQuestion question = parse_dns_question(question_bytes("many", dns_a)).value();
  DnsAnswer answer;
  for (uint32_t i = 0; i < 100; ++i) answer.addresses.push_back(Address::v4(0x0a000000 + i));
  std::vector<uint8_t> cut = make_dns_answer(question, answer, dns_udp_bytes);
  CHECK(cut.size() <= dns_udp_bytes);
  CHECK((cut[2] & 0x02));
  CHECK(cut[7] == 0);
  CHECK(make_dns_answer(question, answer, dns_message_bytes_max)[7] == 100);
}

TEST_CASE("that a name has no such record is said for as long as an answer holds") {
  std::vector<uint8_t> bytes = question_bytes("web", dns_aaaa);
  DnsQuestion question = parse_dns_question(bytes).value();
  std::vector<uint8_t> none = make_dns_answer(question, {}, dns_udp_bytes);
  CHECK(none[7] == 0);  // answers
  CHECK(none[9] == 1);  // authorities
  CHECK(std::vector<uint8_t>(none.begin() + static_cast<std::ptrdiff_t>(bytes.size()), none.end()) ==
        std::vector<uint8_t>{0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 5, 0, 23, 0xc0, 12, 0, 0, 0, 0, 1, 0,
                             0,    0,  5, 0, 0, 0, 5, 0, 0, 0, 5, 0,  0,    0,  5});
  question.edns = true;
  std::vector<uint8_t> with_edns = make_dns_answer(question, {}, dns_udp_bytes);
  CHECK(with_edns[9] == 1);
  CHECK(with_edns[11] == 1);
  CHECK(with_edns.size() == none.size() + 11);
  std::vector<uint8_t> failed = make_dns_answer(question, {dns_server_failure, {}, {}}, dns_udp_bytes);
  CHECK(failed[9] == 0);
  CHECK(dns_answer_code(failed) == dns_server_failure);
  CHECK(dns_answer_code(none) == dns_no_error);
  CHECK_FALSE(dns_answer_code({}));
}

TEST_CASE("what is no DNS question is dropped") {
  std::vector<uint8_t> good = question_bytes("web", dns_a);
  for (size_t size = 0; size < good.size(); ++size) CHECK_FALSE(parse_dns_question(std::span(good).first(size)));
  std::vector<uint8_t> response = good, pointer = good, two = good;
  response[2] |= 0x80;
  pointer[12] = 0xc0;
  two[5] = 2;
  CHECK_FALSE(parse_dns_question(response));
  CHECK_FALSE(parse_dns_question(pointer));
  CHECK_FALSE(parse_dns_question(two));
}

TEST_CASE("names of the reverse zones give addresses") {
  CHECK(address_of_pointer_name("5.0.29.172.in-addr.arpa") == address("172.29.0.5"));
  CHECK(address_of_pointer_name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa") ==
        address("fd00::1"));
  for (const char* bad : {"in-addr.arpa", "x.0.29.172.in-addr.arpa", "1.2.3.in-addr.arpa", "1.ip6.arpa", "web"})
    CHECK_FALSE(address_of_pointer_name(bad));
}

TEST_CASE("a container finds the others of its networks and nobody else's") {
  TemporaryDirectory directory;
  Lease me = lease_of("me"), peer = lease_of("Peer"), stranger = lease_of("stranger");
  peer.names.push_back("db");
  Leases front(directory.path(), "front"), back(directory.path(), "back");
  front.take({subnet("10.5.0.0/16"), address("10.5.0.1")}, {}, {}, me);
  back.take({subnet("10.6.0.0/16"), address("10.6.0.1")}, {}, {}, stranger);
  std::optional<LiveLock> life = LiveLock::try_acquire(directory.path(), peer.id);
  Names names(directory.path(), me.id);
  CHECK(names.find("peer").empty());
  front.take({subnet("10.5.0.0/16"), address("10.5.0.1")}, {}, {}, peer);  // started later
  REQUIRE(names.find("peer").size() == 1);
  CHECK(names.find("db")[0].address == peer.address);
  CHECK(names.find(peer.id.substr(0, 12)).size() == 1);
  CHECK(names.find("stranger").empty());
  CHECK(names.name_of(peer.address) == "Peer");
  CHECK_FALSE(names.name_of(stranger.address));
  front.give_back(peer);
  CHECK(names.find("peer").empty());
}

TEST_CASE("who is dead is not found, although nobody has freed its lease yet") {
  TemporaryDirectory directory;
  Lease me = lease_of("me"), peer = lease_of("peer");
  LeaseRange range{subnet("10.5.0.0/16"), address("10.5.0.1")};
  Leases leases(directory.path(), "front");
  leases.take(range, {}, {}, me);
  leases.take(range, {}, {}, peer);
  std::optional<LiveLock> life = LiveLock::try_acquire(directory.path(), peer.id);
  Names names(directory.path(), me.id);
  CHECK(names.find("peer").size() == 1);
  CHECK(names.name_of(peer.address) == "peer");
  life.reset();
  CHECK(names.find("peer").empty());
  CHECK_FALSE(names.name_of(peer.address));
}

TEST_CASE("name servers are read from resolv.conf") {
  CHECK(name_servers_in("# nameserver 1.1.1.1\nnameserver 10.0.0.1\n nameserver\t::1 # local\nnameserver nonsense\nnameserver9.9.9.9\n") ==
        std::vector<std::string>{"10.0.0.1", "::1"});
  CHECK(name_servers_in("").empty());
  CHECK(name_servers_in("nameserver fe80::1%lo\nnameserver fe80::1%\nnameserver 10.0.0.1%lo\n") ==
        std::vector<std::string>{"fe80::1%lo"});
}

TEST_CASE("a link-local name server is asked through its link") {
  std::optional<SocketAddress> at = name_server_at("fe80::1%lo", 53);
  REQUIRE(at);
  CHECK(at->address() == address("fe80::1"));
  CHECK(at->port() == 53);
  CHECK(reinterpret_cast<const sockaddr_in6*>(at->get())->sin6_scope_id == ::if_nametoindex("lo"));
  CHECK(name_server_at("10.0.0.1", 53)->address() == address("10.0.0.1"));
  CHECK_FALSE(name_server_at("fe80::1%nosuchlink", 53));
  CHECK_FALSE(name_server_at("nonsense", 53));
}

TEST_CASE("resolv.conf and hosts say what the network says") {
  Spec spec;
  spec.network = NetworkMode::bridge;
  spec.extra_hosts = {{"outside", "host-gateway"}};
  EtcNetwork network;
  network.hosts = {{"172.29.0.2", "abc"}, {"fd00::2", "abc"}};
  network.gateway = "172.29.0.1";
  network.name_server = "127.0.0.11";
  CHECK(resolv_conf(spec, "nameserver 10.0.0.1\nsearch corp\n", network) ==
        "search corp\nnameserver 127.0.0.11\noptions ndots:0\n");
  std::string hosts = hosts_file(spec, "", network);
  CHECK_THAT(hosts, Contains("172.29.0.1\toutside\n"));
  CHECK_THAT(hosts, Contains("172.29.0.2\tabc\n"));
  CHECK_THAT(hosts, Contains("fd00::2\tabc\n"));
  CHECK_THROWS_WITH(hosts_file(spec, "", {}), Contains("host-gateway"));
}

TEST_CASE("hosts follows the container's networks, and keeps the container's lines") {
  std::string before = "127.0.0.1\tlocalhost\n172.29.0.2\tabc\n10.0.0.1\tabc\n10.0.0.1 abc\n# mine";
  CHECK(changed_hosts(before, {"abc", {"172.29.0.2"}, {"172.30.0.2", "fd01::2"}}) ==
        "127.0.0.1\tlocalhost\n10.0.0.1\tabc\n10.0.0.1 abc\n# mine\n172.30.0.2\tabc\nfd01::2\tabc\n");
  CHECK(changed_hosts(before, {"abcd", {"172.29.0.2"}, {}}) == before);
  CHECK(changed_hosts("", {"abc", {"172.29.0.2"}, {"172.30.0.2"}}) == "172.30.0.2\tabc\n");
  TemporaryDirectory dir;
  change_hosts(dir.path(), {"abc", {}, {"172.30.0.2"}});  // it mounts its own
  CHECK_FALSE(sys::exists(dir.path() + "/hosts"));
  sys::write_file_atomically(sys::cwd(), dir.path() + "/hosts", before);
  change_hosts(dir.path(), {"abc", {"172.29.0.2"}, {}});
  change_hosts(dir.path(), {"abc", {}, {"172.30.0.2"}});
  CHECK(sys::read_file(sys::cwd(), dir.path() + "/hosts") ==
        "127.0.0.1\tlocalhost\n10.0.0.1\tabc\n10.0.0.1 abc\n# mine\n172.30.0.2\tabc\n");
}

TEST_CASE("ports of a container are read as they were written") {
  std::vector<PortMapping> mappings{{address("0.0.0.0"), 8080, 80, false}, {address("::"), 53, 5353, true}};
  CHECK(parse_ports(ports_text(mappings)) == mappings);
  CHECK(parse_ports("tcp nonsense 1 2\n\ntcp 1.2.3.4 80\n").empty());
}

TEST_CASE("a port of the host that is in use is refused, one of a range is skipped") {
  Spec spec;
  spec.ports = {{"127.0.0.1", 0, 0, 80, "tcp"}};
  std::vector<BoundPort> held = bind_ports(spec.ports);
  REQUIRE(held.size() == 1);
  uint16_t taken = held[0].mapping.host_port;
  spec.ports = {{"127.0.0.1", taken, taken, 80, "tcp"}};
  CHECK_THROWS_WITH(bind_ports(spec.ports), Contains("is in use already"));
  spec.ports = {{"203.0.113.77", 8080, 8080, 80, "tcp"}};
  CHECK_THROWS_WITH(bind_ports(spec.ports), Contains("not one of this host"));
}

TEST_CASE("where the host's firewall settles what is forwarded") {
  using enum FirewallRule::Action;
  FirewallRule drop_all{drop, {}, true}, drop_some{drop, {}}, reject_all{reject, {}, true}, accept_all{accept, {}, true};
  FirewallRule accept_ours{accept, {}, false, true}, back{go_back, {}, true};
  FirewallRule policy{drop, {}, true, false, true};
  auto settled = [](std::map<std::string, std::vector<FirewallRule>> chains) {
    FirewallVerdict verdict = settle("base", [&](const std::string& chain) { return chains[chain]; });
    return std::pair(verdict.action, verdict.chain);
  };
  auto jump_to = [](const char* chain, bool for_all) { return FirewallRule{jump, chain, for_all}; };
  FirewallRule go_to_other{go_to, "other", true};
  CHECK(settled({{"base", {drop_some, policy}}}) == std::pair(drop, std::string("base")));
  CHECK(settled({{"base", {accept_ours, policy}}}).first == accept);
  CHECK(settled({{"base", {accept_all, policy}}}).first == accept);
  CHECK(settled({{"base", {jump_to("other", true), accept_all}}, {"other", {drop_some, reject_all}}}) ==
        std::pair(reject, std::string("other")));
  CHECK(settled({{"base", {jump_to("other", false), accept_all}}, {"other", {drop_all}}}).first == accept);
  CHECK(settled({{"base", {jump_to("other", false), policy}}, {"other", {accept_ours}}}).first == accept);
  CHECK(settled({{"base", {jump_to("other", false), policy}}, {"other", {accept_all}}}).first == drop);
  FirewallRule jump_of_ours{jump, "other", false, true};
  CHECK(settled({{"base", {jump_of_ours, policy}}, {"other", {accept_all}}}).first == accept);
  CHECK(settled({{"base", {jump_to("other", true), policy}}, {"other", {back, accept_all}}}).first == drop);
  CHECK(settled({{"base", {go_to_other, drop_all}}, {"other", {drop_some}}}).first == none);
  CHECK(settled({{"base", {go_to_other, accept_all, policy}}, {"other", {back}}}) == std::pair(drop, std::string("base")));
  CHECK(settled({{"base", {back, accept_all, policy}}}) == std::pair(drop, std::string("base")));
  CHECK(settled({{"base", {jump_to("base", true), policy}}}).first == drop);
}
