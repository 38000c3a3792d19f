#include "cli/process_lines.h"

#include <algorithm>

#include "cli/text.h"
#include "loop/error.h"

namespace ccocker::cli {
namespace {

constexpr size_t column_width_min = 20, column_gap = 3;  // Docker's for this table

using Lines = std::vector<std::vector<std::string>>;

// As many fields as the heading has; the last takes the rest of the line.
std::vector<std::string> fields_of(std::string_view line, size_t fields_max) {
  std::vector<std::string> fields;
  line = trim(line);
  while (!line.empty()) {
    size_t end = fields.size() + 1 == fields_max ? line.size() : std::min(line.find_first_of(" \t"), line.size());
    fields.emplace_back(line.substr(0, end));
    line = trim(line.substr(end));
  }
  return fields;
}

}  // namespace

std::string aligned_processes(const Lines& lines) {
  std::vector<size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()), column_width_min);
    for (size_t i = 0; i + 1 < line.size(); ++i) widths[i] = std::max(widths[i], columns(line[i]) + column_gap);
  }
  std::string out;
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) out.append(widths[i] - columns(line[i]), ' ');
    }
    out += '\n';
  }
  return out;
}

std::string lines_of_processes(std::string_view ps_output, const std::vector<pid_t>& pids) {
  Lines chosen;
  size_t pid_column = 0;
  for (const std::string& line : split(ps_output, '\n')) {
    if (chosen.empty()) {
      chosen.push_back(fields_of(line, std::string::npos));
      auto found = std::find(chosen[0].begin(), chosen[0].end(), "PID");
      if (found == chosen[0].end())
        throw Error(Errc::failed, "ps printed no column PID, by which the container's processes are found");
      pid_column = static_cast<size_t>(found - chosen[0].begin());
      continue;
    }
    std::vector<std::string> fields = fields_of(line, chosen[0].size());
    bool ours = fields.size() > pid_column && std::any_of(pids.begin(), pids.end(), [&](pid_t pid) {
                  return fields[pid_column] == std::to_string(pid);
                });
    if (ours) chosen.push_back(std::move(fields));
  }
  for (auto& fields : chosen)
    for (std::string& field : fields) field = printable(field);
  return aligned_processes(chosen);
}

}  // namespace ccocker::cli
