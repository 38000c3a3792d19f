#include "cli/network_flags.h"

#include <fmt/format.h>

#include "catch.h"
#include "cli/command.h"
#include "cli/port_rows.h"
#include "cli/publish_flags.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;
using runtime::NetworkMode;
using runtime::PublishedPort;

namespace {

runtime::Spec settled(std::vector<const char*> arguments) {
  Flags flags = parse_options(cli::run_options(), arguments, true, "ccocker run").flags;
  runtime::Spec spec;
  for (const std::string& value : flags.list("network")) add_network(value, spec);
  settle_network(flags, spec);
  return spec;
}

std::string text_of(const std::string& publish) {
  std::string text;
  for (const PublishedPort& port : parse_publish(publish))
    text += fmt::format("{}|{}-{}|{}/{} ", port.host_address, port.host_port, port.host_port_last, port.container_port,
                        port.protocol);
  return text;
}

runtime::PortMapping mapping(const char* host, uint16_t outside, uint16_t inside, bool udp = false) {
  return {runtime::Address::parse(host).value(), outside, inside, udp};
}

}  // namespace

TEST_CASE("-p takes every form that Docker takes") {
  CHECK(text_of("80") == "|0-0|80/tcp ");
  CHECK(text_of("8080:80") == "|8080-8080|80/tcp ");
  CHECK(text_of("8080:80/udp") == "|8080-8080|80/udp ");
  CHECK(text_of("127.0.0.1:8080:80") == "127.0.0.1|8080-8080|80/tcp ");
  CHECK(text_of("127.0.0.1::80") == "127.0.0.1|0-0|80/tcp ");
  CHECK(text_of("[::1]:8080:80/TCP") == "::1|8080-8080|80/tcp ");
  CHECK(text_of("8000-8001:80-81") == "|8000-8000|80/tcp |8001-8001|81/tcp ");
  CHECK(text_of("8000-8010:80") == "|8000-8010|80/tcp ");
  CHECK(text_of("90-91") == "|0-0|90/tcp |0-0|91/tcp ");
}

TEST_CASE("a -p that is none is refused") {
  const char* bad[] = {"",        "x",      "0",           "65536",       "80:",      "80:0",        "80/icmp", "1:2:3",
                       "8-7:1",   "-1",     "80:80:80:80", "1.2.3:80:80", "8080:80/", "80 :80",      "1-3:1-2", "::80",
                       "a:80:80", "80:+80", "[::1:80:80",  "80:80-",      "1e3",      "8080:80/tcp6"};
  for (const char* text : bad) {
    INFO(text);
    CHECK_THROWS_AS(parse_publish(text), Error);
  }
}

TEST_CASE("--expose names ports and ranges") {
  CHECK(parse_expose("80") == std::vector<std::string>{"80/tcp"});
  CHECK(parse_expose("53-54/udp") == std::vector<std::string>{"53/udp", "54/udp"});
  CHECK_THROWS_AS(parse_expose("80:80"), Error);
  CHECK_THROWS_AS(parse_expose("80/sctp"), Error);
}

TEST_CASE("without --network a container is on the default one") {
  runtime::Spec spec = settled({});
  CHECK(spec.network == NetworkMode::bridge);
  REQUIRE(spec.networks.size() == 1);
  CHECK(spec.networks[0].network == "bridge");
  CHECK(settled({"--network", "default"}).networks[0].network == "bridge");
}

TEST_CASE("--network names modes, containers and networks") {
  CHECK(settled({"--network", "none"}).network == NetworkMode::none);
  CHECK(settled({"--net=host"}).network == NetworkMode::host);
  CHECK(settled({"--network", "container:web"}).network_container == "web");
  runtime::Spec spec =
      settled({"--network", "front", "--network", "name=back,alias=db,ip=10.0.0.9,mac-address=02:00:00:00:00:09",
               "--ip", "10.1.0.7", "--network-alias", "www"});
  REQUIRE(spec.networks.size() == 2);
  CHECK(spec.networks[0].ip == "10.1.0.7");
  CHECK(spec.networks[0].aliases == std::vector<std::string>{"www"});
  CHECK(spec.networks[1].network == "back");
  CHECK(spec.networks[1].ip == "10.0.0.9");
  CHECK(spec.networks[1].mac == "02:00:00:00:00:09");
}

TEST_CASE("networks that do not go together are refused") {
  using Arguments = std::vector<const char*>;
  for (const Arguments& bad :
       {Arguments{"--network", "none", "--network", "front"}, Arguments{"--network", "a", "--network", "a"},
        Arguments{"--network", "container:"}, Arguments{"--network", "a/b"}, Arguments{"--network", "alias=x"},
        Arguments{"--network", "none", "--ip", "10.0.0.1"}, Arguments{"--network", "host", "--network-alias", "x"},
        Arguments{"--network", "container:x", "-p", "80"}, Arguments{"--network", "container:x", "--hostname", "y"},
        Arguments{"--ip", "::1"}, Arguments{"--ip6", "10.0.0.1"}, Arguments{"--mac-address", "1:2"},
        Arguments{"--mac-address", "01:00:00:00:00:01"}, Arguments{"--network-alias", "a b"}}) {
    INFO(bad[1]);
    CHECK_THROWS_AS(settled(bad), Error);
  }
}

TEST_CASE("published ports are written as Docker writes them") {
  CHECK(ports_column({}) == "");
  CHECK(ports_column({}, {"443/tcp", "53/udp", "80/tcp", "81/tcp"}) == "53/udp, 80-81/tcp, 443/tcp");
  CHECK(ports_column({mapping("0.0.0.0", 8080, 80)}, {"443/tcp", "80/tcp"}) == "443/tcp, 0.0.0.0:8080->80/tcp");
  CHECK(ports_column({mapping("0.0.0.0", 8080, 80), mapping("::", 8080, 80)}) ==
        "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
  CHECK(ports_column({mapping("0.0.0.0", 8001, 81), mapping("0.0.0.0", 8000, 80), mapping("0.0.0.0", 53, 53, true)}) ==
        "0.0.0.0:8000-8001->80-81/tcp, 0.0.0.0:53->53/udp");
  CHECK(port_line(mapping("127.0.0.1", 9000, 90, true)) == "90/udp -> 127.0.0.1:9000");
}
