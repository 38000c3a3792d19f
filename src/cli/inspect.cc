#include <optional>

#include "cli/bad_value.h"
#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/fixed_networks.h"
#include "cli/inspect_container.h"
#include "cli/inspect_image.h"
#include "cli/inspect_network.h"
#include "cli/inspect_volume.h"
#include "cli/template.h"
#include "cli/terminal.h"
#include "loop/sys.h"
#include "registry/store.h"
#include "registry/store_files.h"
#include "runtime/container.h"
#include "runtime/net/networks.h"
#include "runtime/record.h"
#include "runtime/tree_size.h"
#include "runtime/volumes.h"

namespace ccocker::cli {
namespace {

constexpr int exit_bad_template = 64;  // Docker's

// What inspect looks into, opened on first use: a container needs no image store to be shown.
class Inspector {
 public:
  Inspector(const Context& context, bool sizes, bool shortcuts)
      : context_(context), containers_(context.root, context.state), sizes_(sizes), shortcuts_(shortcuts) {}

  // nullopt where there is none of that name.
  std::optional<Value> container(const std::string& name);
  std::optional<Value> image(const std::string& name);
  std::optional<Value> network(const std::string& name);
  std::optional<Value> volume(const std::string& name);

 private:
  registry::Store& store();
  std::optional<Value> fixed_network(const std::string& name);
  std::optional<registry::Image> find_image(const std::string& name);

  const Context& context_;
  runtime::Containers containers_;
  bool sizes_, shortcuts_;
  std::unique_ptr<registry::Store> store_;
};

registry::Store& Inspector::store() {
  if (!store_) store_ = std::make_unique<registry::Store>(context_.root);
  return *store_;
}

// Gives nullopt when `find` says that there is none.
template <typename Find>
auto if_found(Find find) -> std::optional<decltype(find())> {
  try {
    return find();
  } catch (const Error& error) {
    if (error.code() != Errc::not_found && error.code() != Errc::invalid) throw;
    return std::nullopt;
  }
}

std::optional<registry::Image> Inspector::find_image(const std::string& name) {
  return if_found([&] { return store().find(name); });
}

std::optional<Value> Inspector::container(const std::string& name) {
  auto found = if_found([&] { return containers_.find(name); });
  auto record = found ? runtime::load_record(context_.root, context_.state, found->id) : std::nullopt;
  if (!record) return std::nullopt;
  std::optional<registry::Image> image = find_image(record->container.image_id);
  InspectedContainer it{*record, runtime::container_dir(context_.root, found->id), image ? &*image : nullptr, {}, {}, {}};
  it.networks = networks_of(context_.root, context_.state, *record);
  if (record->container.policies.health.on())
    it.health = runtime::load_health(
        is_up(record->container.status) ? runtime::container_state_dir(context_.state, found->id) : it.dir);
  if (sizes_) {
    uint64_t own = runtime::tree_bytes(it.dir + "/upper");
    it.sizes = ContainerSizes{own, own + (image ? image->size_bytes : 0)};
  }
  return inspect_container(it);
}

std::optional<Value> Inspector::image(const std::string& name) {
  std::optional<registry::Image> image = find_image(name);
  if (!image) return std::nullopt;
  std::string path = context_.root + "/" + registry::image_path(image->id) + "/config.json";
  return inspect_image(*image, sys::read_file(sys::cwd(), path));
}

std::optional<Value> Inspector::network(const std::string& name) {
  runtime::Networks networks(context_.root, context_.state);
  auto found = if_found([&] { return networks.find(name); });
  if (!found) return fixed_network(name);
  Value value = inspect_network(*found, networks.living_leases(found->name));
  if (shortcuts_) add_network_shortcuts(value, *found);
  return value;
}

std::optional<Value> Inspector::fixed_network(const std::string& name) {
  std::optional<FixedNetwork> fixed = find_fixed_network(name);
  if (!fixed) return std::nullopt;
  std::vector<runtime::Container> on_it;
  for (runtime::Container& container : containers_.list()) {
    auto record = container.pid ? runtime::load_record(context_.root, context_.state, container.id) : std::nullopt;
    if (record && network_mode(record->spec) == fixed->name) on_it.push_back(std::move(container));
  }
  return inspect_fixed_network(*fixed, on_it);
}

std::optional<Value> Inspector::volume(const std::string& name) {
  runtime::Volumes volumes(context_.root);
  auto found = if_found([&] { return volumes.find(name); });
  if (!found) return std::nullopt;
  return inspect_volume(*found);
}

struct Kind {
  std::string_view name;
  std::optional<Value> (Inspector::*look)(const std::string& name);
};
// In the order in which a name is looked for.
constexpr Kind kinds[] = {{"container", &Inspector::container}, {"image", &Inspector::image},
                          {"network", &Inspector::network}, {"volume", &Inspector::volume}};

Value look(Inspector& inspector, const std::string& type, const std::string& name) {
  for (const Kind& kind : kinds) {
    if (!type.empty() && kind.name != type) continue;
    if (std::optional<Value> found = (inspector.*kind.look)(name)) return std::move(*found);
  }
  throw Error(Errc::not_found, fmt::format("no such {}: {}", type.empty() ? "object" : type, name));
}

void check_type(const std::string& type) {
  bool known = type.empty() || std::any_of(std::begin(kinds), std::end(kinds), [&](const Kind& it) { return it.name == type; });
  if (!known) bad_value("type", type, "container, image, network or volume");
}

std::optional<Template> compile(const Flags& flags) {
  std::string format = flags.text("format");
  if (format.empty()) return std::nullopt;
  if (format == "json") format = "{{json .}}";
  TemplateStyle style{.prefix = "template parsing error: ",
                      .unescape = false,
                      .printable = is_terminal(Stream::out)};
  return Template(format, {}, std::move(style));
}

int inspect(const Context& context, Parsed& line, const std::string& type) {
  check_type(type);
  std::optional<Template> format;
  try {
    format = compile(line.flags);
  } catch (const Error& error) {
    complain(error.what());
    return exit_bad_template;
  }
  // JSON has Docker's members only.
  bool shortcuts = format && line.flags.text("format").find("json") == std::string::npos;
  Inspector inspector(context, line.flags.on("size"), shortcuts);
  std::vector<Value> found;
  int code = for_each_word(line.words, [&](const std::string& name) {
    Value value = look(inspector, type, name);
    if (format)
      print(format->apply(value) + "\n");
    else
      found.push_back(std::move(value));
  });
  if (!format) print(Value::list(std::move(found)).indented_json() + "\n");
  return code;
}

}  // namespace

std::span<const Option> inspect_options() {
  static constexpr Option options[] = {
      {"format", 'f', Takes::text, "json|TEMPLATE", "Print each object by a Go template, or as JSON on one line"},
      {"size", 's', Takes::nothing, "", "With the sizes of containers: SizeRw and SizeRootFs"},
      {"type", 0, Takes::text, "container|image|network|volume", "Look for this kind only"},
  };
  return options;
}

namespace {
constexpr Option format_only[] = {
    {"format", 'f', Takes::text, "json|TEMPLATE", "Print each object by a Go template, or as JSON on one line"},
};
}  // namespace

std::span<const Option> network_inspect_options() { return format_only; }
std::span<const Option> volume_inspect_options() { return format_only; }
int network_inspect_command(const Context& context, Parsed& line) { return inspect(context, line, "network"); }
int volume_inspect_command(const Context& context, Parsed& line) { return inspect(context, line, "volume"); }

// "image inspect" looks for images only.
int inspect_command(const Context& context, Parsed& line) {
  return inspect(context, line, line.flags.text("type", line.group));
}

}  // namespace ccocker::cli
