#include "registry/history.h"

#include <time.h>

#include <optional>

#include "cli/command.h"
#include "cli/human_time.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/size.h"
#include "cli/text.h"
#include "registry/store.h"

namespace ccocker::cli {
namespace {

constexpr size_t created_by_columns_max = 45;  // Docker's
constexpr const char* missing = "<missing>";
constexpr const char* default_format = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
constexpr Heading headings[] = {{"Comment", "COMMENT"},    {"CreatedAt", "CREATED AT"}, {"CreatedBy", "CREATED BY"},
                                {"CreatedSince", "CREATED"}, {"ID", "IMAGE"},           {"Size", "SIZE"}};

struct Style {
  bool whole = false, human = true;
  int64_t now_unix_s = 0;
};

std::string rfc3339(int64_t unix_s) {
  char text[64];
  tm parts;
  time_t when = unix_s;
  ::localtime_r(&when, &parts);
  ::strftime(text, sizeof text, "%FT%T%z", &parts);
  std::string out = text;
  if (parts.tm_gmtoff == 0) return out.substr(0, out.size() - 5) + "Z";  // as Go writes it
  if (out.size() > 5) out.insert(out.size() - 2, ":");
  return out;
}

Row row_of(const registry::HistoryStep& step, const std::string& id, const Style& style) {
  std::optional<int64_t> created = parse_rfc3339(step.created);
  std::string made_by = step.created_by;
  for (char& c : made_by)
    if (c == '\t') c = ' ';
  if (!style.whole) made_by = ellipsis(printable(made_by), created_by_columns_max);
  std::string at = created ? rfc3339(*created) : "N/A", since = created ? ago(*created, style.now_unix_s) : "N/A";
  Row row;
  row.fields = {{"Comment", printable(step.comment)},
                {"CreatedAt", at},
                {"CreatedBy", made_by},
                {"CreatedSince", style.human ? since : at},
                {"ID", id},
                {"Size", style.human ? human_size(step.size_bytes) : std::to_string(step.size_bytes)}};
  return row;
}

}  // namespace

std::span<const Option> history_options() {
  static constexpr Option options[] = {
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.CreatedBy}}'"},
      {"human", 'H', Takes::nothing, "", "Sizes and dates for people (default true)"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs and commands"},
      {"quiet", 'q', Takes::nothing, "", "Only IDs"},
  };
  return options;
}

int history_command(const Context& context, Parsed& line) {
  registry::Store store(context.root);
  if (line.words[0].starts_with("builtin/")) store.builtin();
  registry::Image image = store.find(line.words[0]);
  Style style{line.flags.on("no-trunc"), !line.flags.has("human") || line.flags.on("human"), ::time(nullptr)};
  std::vector<Row> rows;
  for (const registry::HistoryStep& step : registry::history_of(store, image)) {
    std::string id = rows.empty() ? (style.whole ? image.id.str() : image.id.short_id()) : missing;
    rows.push_back(row_of(step, id, style));
  }
  std::string format = line.flags.on("quiet") ? "{{.ID}}" : line.flags.text("format");
  print(render(rows, headings, format, default_format));
  return 0;
}

}  // namespace ccocker::cli
