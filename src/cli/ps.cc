#include <fmt/format.h>
#include <time.h>

#include <cctype>

#include "cli/command.h"
#include "cli/container_filters.h"
#include "cli/container_rows.h"
#include "cli/limit_flags.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/size.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "registry/store.h"
#include "runtime/net/networks.h"
#include "runtime/net/published.h"
#include "runtime/record.h"
#include "runtime/tree_size.h"

namespace ccocker::cli {
namespace {

constexpr const char* default_format =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

// -n N and -l list stopped ones too, as Docker does; so do filters that only stopped ones can fit.
bool lists_all(const Flags& flags, const ContainerFilters& filters) {
  return flags.on("all") || flags.has("last") || flags.on("latest") || filters.has("status") || filters.has("exited");
}

size_t rows_max(const Flags& flags) {
  if (flags.on("latest")) return 1;
  if (!flags.has("last")) return SIZE_MAX;
  int64_t last = parse_integer("last", flags.text("last"), -1, INT32_MAX);
  return last < 0 ? SIZE_MAX : static_cast<size_t>(last);
}

// "100kB (virtual 4.4MB)": what it has written, and that with its image.
class Sizes {
 public:
  explicit Sizes(const Context& context) : root_(context.root), store_(context.root) {}

  std::string text(const runtime::Container& container) {
    uint64_t own = runtime::tree_bytes(runtime::container_dir(root_, container.id) + "/upper");
    return fmt::format("{} (virtual {})", human_size(own), human_size(own + image_bytes(container.image_id)));
  }

 private:
  uint64_t image_bytes(const std::string& id) {
    auto [found, is_new] = image_bytes_.try_emplace(id, 0);
    try {
      if (is_new) found->second = store_.find(id).size_bytes;
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;  // it was removed from under a container that ended
    }
    return found->second;
  }

  std::string root_;
  registry::Store store_;
  std::map<std::string, uint64_t> image_bytes_;
};

std::string image_id_of(const registry::Store& store, const std::string& name) {
  try {
    return store.find(name).id.str();
  } catch (const Error& error) {
    if (error.code() != Errc::not_found && error.code() != Errc::conflict) throw;
    return "";
  }
}

// What containers were made of, by name as long as the name points to it; by ID once it points to another image or to
// none. Where the images cannot be read, the name is what is known: containers are listed all the same.
class ImageNames {
 public:
  explicit ImageNames(const Context& context) : context_(context) {}

  std::string shown(const runtime::Container& container) {
    auto [found, is_new] = ids_.try_emplace(container.image, container.image_id);
    if (is_new) look_up(container.image, found->second);
    return found->second == container.image_id ? container.image : container.image_id;
  }

 private:
  void look_up(const std::string& name, std::string& id) {
    try {
      if (!store_) store_.emplace(context_.root);
      id = image_id_of(*store_, name);
    } catch (const Error& error) {
      log(LogLevel::debug, error.what());
    }
  }

  const Context& context_;
  std::optional<registry::Store> store_;
  std::map<std::string, std::string> ids_;
};

// Whether a template asks for the field, as it then turns --size on. A string that looks like it costs the time only.
bool names_size(std::string_view format) {
  constexpr std::string_view field = ".Size";
  for (size_t at = format.find(field); at != format.npos; at = format.find(field, at + 1)) {
    unsigned char next = at + field.size() < format.size() ? static_cast<unsigned char>(format[at + field.size()]) : 0;
    if (!std::isalnum(next) && next != '_') return true;
  }
  return false;
}

void set_size(Row& row, const std::string& text) {
  for (Field& field : row.fields) {
    if (field.name == "Size") field.value = text;
  }
}

std::string network_name_of(const Context& context, const std::string& word) {
  try {
    return runtime::Networks(context.root, context.state).find(word).name;
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    return word;  // none, host, or one that is not there any more
  }
}

ContainerFilters filters_of(const Context& context, runtime::Containers& containers, const Flags& flags) {
  FilterLookups lookups;
  lookups.image_id = [&](const std::string& name) { return image_id_of(registry::Store(context.root), name); };
  lookups.created_unix_ns = [&](const std::string& name) { return containers.find(name).created_unix_ns; };
  lookups.network_name = [&](const std::string& word) { return network_name_of(context, word); };
  return ContainerFilters(flags.list("filter"), lookups);
}

}  // namespace

std::span<const Option> ps_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Stopped containers too"},
      {"filter", 'f', Takes::list, "KEY=VALUE",
       "Only those that fit: id, name, label, status, exited, ancestor, health, before, since, volume, network, "
       "publish, expose"},
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.ID}} {{.Names}}'"},
      {"last", 'n', Takes::text, "N", "The last N made, stopped ones too"},
      {"latest", 'l', Takes::nothing, "", "The last one made"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs and commands"},
      {"quiet", 'q', Takes::nothing, "", "Only IDs"},
      {"size", 's', Takes::nothing, "", "With the size of what each has written"},
  };
  return options;
}

int ps_command(const Context& context, Parsed& line) {
  runtime::Containers containers(context.root, context.state);
  ContainerFilters filters = filters_of(context, containers, line.flags);
  size_t most = rows_max(line.flags);
  bool truncate = !line.flags.on("no-trunc");
  Loop loop;
  loop.run(containers.sweep());
  std::string format = line.flags.on("quiet") ? "{{.ID}}" : line.flags.text("format");
  std::optional<Sizes> sizes;
  if (line.flags.has("size") ? line.flags.on("size") : names_size(format)) sizes.emplace(context);
  ImageNames images(context);
  std::vector<Row> rows;
  for (runtime::ContainerRecord& record : containers.records()) {
    ListedContainer listed{std::move(record), {}};
    const runtime::Container& container = listed.record.container;
    bool up = is_up(container.status);
    if (!up && !lists_all(line.flags, filters)) continue;
    if (up) listed.ports = runtime::load_ports(context.state, container.id);
    if (rows.size() >= most || !filters.fits(listed)) continue;
    if (!line.flags.on("quiet")) listed.record.container.image = images.shown(container);
    rows.push_back(container_row(listed, ::time(nullptr), truncate));
    if (sizes) set_size(rows.back(), sizes->text(container));
  }
  std::string usual = default_format;
  if (sizes) usual += "\t{{.Size}}";
  print(render(rows, container_headings(), format, usual));
  return 0;
}

}  // namespace ccocker::cli
