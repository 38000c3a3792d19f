#include "cli/port_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::PortMapping;

// Mappings that follow one another on both sides.
struct Run {
  PortMapping first;
  int count = 1;

  bool goes_on_with(const PortMapping& next) const {
    return next.host == first.host && next.udp == first.udp && next.host_port == first.host_port + count &&
           next.container_port == first.container_port + count;
  }
};

struct Exposed {
  int number;
  std::string protocol;
};

std::string range(int first, int count) {
  return count == 1 ? std::to_string(first) : fmt::format("{}-{}", first, first + count - 1);
}

std::string run_text(const Run& run) {
  return fmt::format("{}:{}->{}/{}", run.first.host.bracketed(), range(run.first.host_port, run.count),
                     range(run.first.container_port, run.count), run.first.udp ? "udp" : "tcp");
}

std::vector<Run> runs_of(std::vector<PortMapping> mappings) {
  std::stable_sort(mappings.begin(), mappings.end(), [](const PortMapping& a, const PortMapping& b) {
    return std::tie(a.host, a.udp, a.container_port) < std::tie(b.host, b.udp, b.container_port);
  });
  std::vector<Run> runs;
  for (const PortMapping& mapping : mappings) {
    if (!runs.empty() && runs.back().goes_on_with(mapping))
      ++runs.back().count;
    else
      runs.push_back({mapping});
  }
  return runs;
}

// What nothing leads to; a number that is none is not one of ours.
std::vector<Exposed> unpublished(const std::vector<PortMapping>& mappings, const std::vector<std::string>& exposed) {
  std::vector<Exposed> ports;
  for (const std::string& port : exposed) {
    bool led_to = std::ranges::any_of(mappings, [&](const PortMapping& it) { return container_side(it) == port; });
    int number = std::atoi(port.c_str());
    if (!led_to && number > 0) ports.push_back({number, port.substr(port.find('/') + 1)});
  }
  std::ranges::sort(ports, {}, &Exposed::number);
  return ports;
}

std::vector<std::string> exposed_texts(const std::vector<Exposed>& ports) {
  std::vector<std::string> texts;
  for (size_t first = 0; first < ports.size();) {
    size_t end = first + 1;
    while (end < ports.size() && ports[end].protocol == ports[first].protocol &&
           ports[end].number == ports[first].number + static_cast<int>(end - first))
      ++end;
    texts.push_back(range(ports[first].number, static_cast<int>(end - first)) + "/" + ports[first].protocol);
    first = end;
  }
  return texts;
}

}  // namespace

std::string ports_column(const std::vector<PortMapping>& mappings, const std::vector<std::string>& exposed) {
  std::vector<std::string> parts = exposed_texts(unpublished(mappings, exposed));
  for (const Run& run : runs_of(mappings)) parts.push_back(run_text(run));
  return join(parts, ", ");
}

std::string host_side(const PortMapping& mapping) {
  return fmt::format("{}:{}", mapping.host.bracketed(), mapping.host_port);
}

std::string container_side(const PortMapping& mapping) {
  return fmt::format("{}/{}", mapping.container_port, mapping.udp ? "udp" : "tcp");
}

std::string port_line(const PortMapping& mapping) { return container_side(mapping) + " -> " + host_side(mapping); }

}  // namespace ccocker::cli
