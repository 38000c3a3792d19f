#include <time.h>

#include <set>

#include "cli/command.h"
#include "cli/image_rows.h"
#include "cli/output.h"
#include "registry/store.h"

namespace ccocker::cli {
namespace {

constexpr const char* default_format = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
constexpr const char* digests_format =
    "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";

// -q names an image once, however many names it has.
void keep_first_of_each(std::vector<Row>& rows) {
  std::set<std::string> seen;
  std::erase_if(rows, [&](const Row& row) { return !seen.insert(row.find("ID")->value).second; });
}

}  // namespace

std::span<const Option> images_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "All images; there are no hidden ones, so this changes nothing"},
      {"digests", 0, Takes::nothing, "", "Show what registries call them"},
      {"filter", 'f', Takes::list, "KEY=VALUE", "Only those that fit: dangling, label, reference, before, since, until"},
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.Repository}}:{{.Tag}}'"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs"},
      {"quiet", 'q', Takes::nothing, "", "Only IDs"},
  };
  return options;
}

int images_command(const Context& context, Parsed& line) {
  Filters filters = image_filters(line.flags.list("filter"));
  ImageStyle style;
  style.now_unix_s = ::time(nullptr);
  style.truncate = !line.flags.on("no-trunc");
  style.each_digest = line.flags.on("digests");
  if (!line.words.empty()) style.wanted = line.words[0];
  registry::Store store(context.root);
  style.find = [&](const std::string& name) { return store.find(name); };
  std::vector<Row> rows = image_rows(store.images(), style, filters);
  bool quiet = line.flags.on("quiet");
  if (quiet) keep_first_of_each(rows);
  std::string format = quiet ? "{{.ID}}" : line.flags.text("format");
  print(render(rows, image_headings(), format, style.each_digest ? digests_format : default_format));
  return 0;
}

}  // namespace ccocker::cli
