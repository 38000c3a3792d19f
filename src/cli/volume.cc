// volume create, ls and rm; the others are with the other prunes and the other kinds of inspect.
#include <fmt/format.h>

#include "cli/bad_value.h"
#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/env_flags.h"
#include "cli/filter.h"
#include "cli/listing.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/volume_events.h"
#include "runtime/volumes.h"

namespace ccocker::cli {
namespace {

using runtime::Volume;

constexpr Heading headings[] = {{"Driver", "DRIVER"}, {"Labels", "LABELS"}, {"Mountpoint", "MOUNTPOINT"},
                                {"Name", "VOLUME NAME"}, {"Scope", "SCOPE"}};
constexpr const char* default_format = "table {{.Driver}}\t{{.Name}}";
constexpr std::string_view filter_keys[] = {"dangling", "driver", "label", "name"};

Row row_of(const Volume& volume) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : volume.labels) labels.push_back(key + "=" + value);
  Row row;
  row.labels = volume.labels;
  row.fields = {{"Driver", "local"},
                {"Labels", join(labels, ",")},
                {"Mountpoint", volume.mountpoint},
                {"Name", volume.name},
                {"Scope", "local"}};
  return row;
}

void check_filters(const Filters& filters) {
  filters.all("dangling", [](const std::string& text) {
    if (!parse_bool(text)) bad_value("filter", "dangling=" + text, "dangling=true or dangling=false");
    return true;
  });
}

bool fits(const Filters& filters, const Volume& volume, bool used) {
  auto dangling = [&](const std::string& text) { return parse_bool(text).value_or(false) == !used; };
  auto driver = [](const std::string& text) { return text == "local"; };
  auto name = [&](const std::string& text) { return volume.name.find(text) != std::string::npos; };
  return filters.any("dangling", dangling) && filters.any("driver", driver) && filters.any("name", name) &&
         filters.labels_fit(volume.labels);
}

}  // namespace

std::span<const Option> volume_create_options() {
  static constexpr Option options[] = {
      {"driver", 'd', Takes::text, "local", "The kind of volume; there is one"},
      {"label", 0, Takes::list, "KEY[=VALUE]", "Label the volume"},
      {"name", 0, Takes::text, "NAME", "Its name (the same as the word)"},
      {"opt", 'o', Takes::list, "", "", nullptr, "volumes are directories, which take no options; mount with --mount"},
  };
  return options;
}

int volume_create_command(const Context& context, Parsed& line) {
  std::string driver = line.flags.text("driver", "local");
  if (driver != "local") throw Error(Errc::not_found, fmt::format("plugin \"{}\" not found: local is the only driver", driver));
  if (line.flags.has("name") && !line.words.empty())
    throw Error(Errc::invalid, "conflicting options: either specify --name or provide a name as a word");
  std::string name = line.words.empty() ? line.flags.text("name") : line.words[0];
  std::map<std::string, std::string> labels;
  for (const std::string& text : line.flags.list("label")) labels.insert(parse_label("label", text));
  bool made = false;
  runtime::Volumes volumes(context.root);
  Fd held = volumes.hold();
  Volume volume = volumes.create(name, labels, made);
  if (made) record_volume_event(context, "create", volume.name);
  print(volume.name + "\n");
  return 0;
}

std::span<const Option> volume_ls_options() {
  static constexpr Option options[] = {
      {"filter", 'f', Takes::list, "KEY=VALUE", "Only those that fit: dangling, driver, label, name"},
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.Name}}'"},
      {"quiet", 'q', Takes::nothing, "", "Only names"},
  };
  return options;
}

int volume_ls_command(const Context& context, Parsed& line) {
  Filters filters(line.flags.list("filter"), filter_keys);
  check_filters(filters);
  runtime::Volumes volumes(context.root);
  std::map<std::string, std::vector<std::string>> used;
  if (filters.has("dangling")) used = volumes.users().by_volume;
  std::vector<Row> rows;
  for (const Volume& volume : volumes.list())
    if (fits(filters, volume, used.contains(volume.name))) rows.push_back(row_of(volume));
  std::string format = line.flags.on("quiet") ? "{{.Name}}" : line.flags.text("format");
  print(render(rows, headings, format, default_format));
  return 0;
}

std::span<const Option> volume_rm_options() {
  static constexpr Option options[] = {
      {"force", 'f', Takes::nothing, "", "No failure when it is not there"},
  };
  return options;
}

int volume_rm_command(const Context& context, Parsed& line) {
  runtime::Volumes volumes(context.root);
  bool force = line.flags.on("force");
  return for_each_word(line.words, [&](const std::string& name) {
    try {
      volumes.remove(name);
      record_volume_event(context, "destroy", name);
    } catch (const Error& error) {
      if (!force || error.code() != Errc::not_found) throw;
    }
    print(name + "\n");
  });
}

}  // namespace ccocker::cli
