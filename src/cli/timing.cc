#include "cli/timing.h"

#include <fmt/format.h>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

constexpr size_t bar_columns = 40;

double milliseconds(std::chrono::nanoseconds span) { return std::chrono::duration<double, std::milli>(span).count(); }

}  // namespace

void Stopwatch::mark(const char* step) { steps_.push_back({step, elapsed()}); }

std::string waterfall(const std::vector<runtime::TimingStep>& steps) {
  if (steps.empty()) return {};
  size_t name_width = 4;
  for (const runtime::TimingStep& step : steps) name_width = std::max(name_width, columns(step.name));
  double whole = std::max(milliseconds(steps.back().since_start), 1e-6), began = 0;
  std::string out = fmt::format("{:<{}}  {:>11}  {:>11}\n", "step", name_width, "from", "took");
  for (const runtime::TimingStep& step : steps) {
    double ended = milliseconds(step.since_start);
    auto column = [&](double at) {
      return std::min(bar_columns, static_cast<size_t>(std::max(at, 0.0) / whole * bar_columns));
    };
    size_t from = std::min(column(began), bar_columns - 1), to = std::max(from + 1, column(ended));
    out += fmt::format("{:<{}}  {:>8.3f} ms  {:>8.3f} ms  {}{}\n", step.name, name_width, began, ended - began,
                       std::string(from, ' '), std::string(to - from, '#'));
    began = ended;
  }
  return out;
}

}  // namespace ccocker::cli
