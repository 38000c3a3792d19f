// volume create, ls, inspect and rm; `volume prune` is with the other prunes.
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

std::string json_object(const std::map<std::string, std::string>& entries, const char* indent) {
  if (entries.empty()) return "{}";
  std::vector<std::string> lines;
  for (const auto& [key, value] : entries)
    lines.push_back(fmt::format("{}    {}: {}", indent, json_quote(key), json_quote(value)));
  return "{\n" + join(lines, ",\n") + "\n" + indent + "}";
}

std::string inspected(const Volume& volume) {
  constexpr const char* indent = "        ";
  std::map<std::string, std::string> labels = volume.labels;
  if (volume.anonymous) labels["com.docker.volume.anonymous"] = "";
  return fmt::format(
      "    {{\n{0}\"CreatedAt\": {1},\n{0}\"Driver\": \"local\",\n{0}\"Labels\": {2},\n{0}\"Mountpoint\": {3},\n{0}"
      "\"Name\": {4},\n{0}\"Options\": null,\n{0}\"Scope\": \"local\"\n    }}",
      indent, json_quote(volume.created), labels.empty() ? "null" : json_object(labels, indent),
      json_quote(volume.mountpoint), json_quote(volume.name));
}

Row inspect_row(const Volume& volume) {
  Row row = row_of(volume);
  row.fields.push_back({"CreatedAt", volume.created});
  return row;
}

constexpr Heading inspect_fields[] = {{"CreatedAt", ""},  {"Driver", ""}, {"Labels", ""},
                                      {"Mountpoint", ""}, {"Name", ""},   {"Scope", ""}};

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
  if (filters.has("dangling")) used = volumes.users();
  std::vector<Row> rows;
  for (const Volume& volume : volumes.list())
    if (fits(filters, volume, used.contains(volume.name))) rows.push_back(row_of(volume));
  std::string format = line.flags.on("quiet") ? "{{.Name}}" : line.flags.text("format");
  print(render(rows, headings, format, default_format));
  return 0;
}

std::span<const Option> volume_inspect_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "TEMPLATE", "A template such as '{{.Mountpoint}}', or json"},
  };
  return options;
}

int volume_inspect_command(const Context& context, Parsed& line) {
  runtime::Volumes volumes(context.root);
  std::vector<std::string> objects;
  std::vector<Row> rows;
  int code = for_each_word(line.words, [&](const std::string& name) {
    Volume volume = volumes.find(name);
    objects.push_back(inspected(volume));
    rows.push_back(inspect_row(volume));
  });
  std::string format = line.flags.text("format");
  if (format.empty())
    print(objects.empty() ? "[]\n" : "[\n" + join(objects, ",\n") + "\n]\n");
  else
    print(render(rows, inspect_fields, format, format));
  return code;
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
