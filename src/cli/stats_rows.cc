#include "cli/stats_rows.h"

#include <fmt/format.h>

#include "cli/size.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr size_t short_id = 12;

constexpr Heading headings[] = {
    {"BlockIO", "BLOCK I/O"}, {"CPUPerc", "CPU %"}, {"CPUPressure", "CPU PRESSURE"}, {"Container", "CONTAINER"},
    {"ID", "CONTAINER ID"},   {"IOPressure", "IO PRESSURE"}, {"MemPerc", "MEM %"},   {"MemPressure", "MEM PRESSURE"},
    {"MemUsage", "MEM USAGE / LIMIT"}, {"Name", "NAME"}, {"NetIO", "NET I/O"},     {"PIDs", "PIDS"},
    {"Pressure", "CPU/MEM/IO PRESSURE"},
};

std::string pair(const std::string& a, const std::string& b) { return a + " / " + b; }
std::string percent(double value) { return fmt::format("{:.2f}%", value); }

std::string pressures(const runtime::Usage& now) {
  if (!now.pressure) return "--";
  return fmt::format("{:.1f}/{:.1f}/{:.1f}", now.pressure->cpu, now.pressure->memory, now.pressure->io);
}

std::vector<Field> numbers_of(const runtime::Usage& now, double cpu) {
  double share = now.memory_limit_bytes
                     ? static_cast<double>(now.memory_bytes) * 100 / static_cast<double>(now.memory_limit_bytes)
                     : 0;
  auto pressure = [&](double runtime::Pressure::*of) { return now.pressure ? percent((*now.pressure).*of) : "--"; };
  return {
      {"BlockIO", pair(human_size(now.block_read_bytes), human_size(now.block_written_bytes))},
      {"CPUPerc", percent(cpu)},
      {"CPUPressure", pressure(&runtime::Pressure::cpu)},
      {"IOPressure", pressure(&runtime::Pressure::io)},
      {"MemPerc", percent(share)},
      {"MemPressure", pressure(&runtime::Pressure::memory)},
      {"MemUsage", pair(human_binary_size(now.memory_bytes), human_binary_size(now.memory_limit_bytes))},
      {"NetIO", pair(human_size(now.net_received_bytes), human_size(now.net_sent_bytes))},
      {"PIDs", std::to_string(now.tasks)},
      {"Pressure", pressures(now)},
  };
}

// Of one that does not run.
std::vector<Field> no_numbers() {
  return {{"BlockIO", "-- / --"}, {"CPUPerc", "--"},      {"CPUPressure", "--"},
          {"IOPressure", "--"},   {"MemPerc", "--"},      {"MemPressure", "--"},
          {"MemUsage", "-- / --"}, {"NetIO", "-- / --"}, {"PIDs", "--"},
          {"Pressure", "--"}};
}

}  // namespace

std::span<const Heading> stats_headings() { return headings; }

Row stats_row(const StatsSample& sample, bool truncate) {
  double cpu = sample.before && sample.now ? runtime::cpu_percent(*sample.before, *sample.now) : 0;
  Row row;
  row.fields = sample.now ? numbers_of(*sample.now, cpu) : no_numbers();
  std::string id = truncate ? sample.container.id.substr(0, short_id) : sample.container.id;
  row.fields.push_back({"Container", sample.typed.empty() ? id : sample.typed});
  row.fields.push_back({"ID", id});
  row.fields.push_back({"Name", sample.container.name});
  std::sort(row.fields.begin(), row.fields.end(), [](const Field& a, const Field& b) { return a.name < b.name; });
  return row;
}

std::string stats_format(bool pressure) {
  std::string format =
      "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";
  return pressure ? format + "\t{{.Pressure}}" : format;
}

}  // namespace ccocker::cli
