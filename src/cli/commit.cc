#include <fmt/format.h>
#include <time.h>

#include "cli/command.h"
#include "cli/inspect_container.h"
#include "cli/inspect_network.h"
#include "cli/interruptible.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/rfc3339.h"
#include "registry/new_image.h"
#include "registry/tree_tar.h"
#include "runtime/container_events.h"
#include "runtime/container_root.h"

namespace ccocker::cli {
namespace {

runtime::ContainerRecord record_of(const Context& context, const std::string& word) {
  runtime::Containers containers(context.root, context.state);
  std::string id = containers.find(word).id;
  std::optional<runtime::ContainerRecord> record = runtime::load_record(context.root, context.state, id);
  if (!record || record->damaged) throw Error(Errc::not_found, "no such container: " + word);
  return std::move(*record);
}

bool in_image(const registry::Image& image, std::string_view name) {
  return std::any_of(image.config.env.begin(), image.config.env.end(),
                     [&](const std::string& entry) { return entry.starts_with(name); });
}

// What ccocker puts into each environment itself is no part of the image, nor is a name that -e took away.
std::vector<std::string> env_of(const runtime::ContainerRecord& record, const registry::Image& image) {
  std::vector<std::string> env = record.spec.process.env;
  for (std::string_view own : {"HOSTNAME=", "TERM="})
    if (!in_image(image, own)) std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(own); });
  std::erase_if(env, [](const std::string& entry) { return entry.find('=') == entry.npos; });
  return env;
}

registry::CommitConfig config_of(const runtime::ContainerRecord& record, const registry::Image& image,
                                 const Flags& flags) {
  registry::CommitConfig config;
  config.command = record.spec.process.args;
  config.entrypoint_words = record.container.entrypoint_words;
  config.exposed_ports = exposed_ports(record.spec);
  const runtime::HealthCheck& health = record.container.policies.health;
  if (!health.test.empty()) config.healthcheck_json = inspect_health_check(health).json();
  config.env = env_of(record, image);
  config.user = record.spec.process.user;
  config.working_dir = record.spec.process.cwd == "/" ? image.config.working_dir : record.spec.process.cwd;
  config.stop_signal = record.spec.stop_signal;
  config.labels = record.container.labels;
  config.author = flags.text("author");
  config.comment = flags.text("message");
  config.changes = flags.list("change");
  config.created = now_rfc3339();
  return config;
}

Task<void> write_upper(const runtime::ContainerRoot& view, registry::ByteSink& to) {
  registry::TreeTarOptions options;
  options.overlay_upper = true;
  options.merged = view.merged;
  co_await registry::write_tree_tar(view.upper, options, to);
}

registry::Digest add_changes(Loop& loop, registry::Store& store, const Context& context,
                             const runtime::ContainerRecord& record, bool pause) {
  runtime::ContainerRoot view = runtime::open_container_root(context.root, record);
  std::optional<runtime::Pause> still;
  if (pause) still.emplace(context.state, record);
  registry::WriteTar write = [&view](registry::ByteSink& to) { return write_upper(view, to); };
  return run_interruptible(loop, registry::add_layer(store, std::move(write)));
}

}  // namespace

std::span<const Option> commit_options() {
  static constexpr Option options[] = {
      {"author", 'a', Takes::text, "NAME", "Who made it"},
      {"change", 'c', Takes::list, "INSTRUCTION", "Apply a Dockerfile instruction, such as 'CMD [\"sh\"]'"},
      {"message", 'm', Takes::text, "TEXT", "A comment"},
      {"pause", 'p', Takes::nothing, "", "Keep the container still meanwhile (default true)"},
  };
  return options;
}

int commit_command(const Context& context, Parsed& line) {
  std::optional<registry::Reference> name;
  if (line.words.size() > 1) name = registry::parse_reference(line.words[1]);
  if (name) registry::require_free_name(*name);
  runtime::ContainerRecord record = record_of(context, line.words[0]);
  registry::Store store(context.root);
  registry::Image image = store.find(record.container.image_id);
  store.keep_layers(image);
  registry::CommitConfig config = config_of(record, image, line.flags);
  std::string base = store.config_bytes(image.id);
  // Wrong changes are told before the work.
  static_cast<void>(registry::commit_config(base, config, image.id));
  bool pause = !line.flags.has("pause") || line.flags.on("pause");
  Loop loop;
  registry::Digest layer = add_changes(loop, store, context, record, pause);
  std::string id =
      run_interruptible(loop, store.add_image(registry::commit_config(base, config, layer), {}, name)).str();
  runtime::record_container_event(context.state, record.container, "commit",
                                  {{"comment", config.comment}, {"imageID", id}});
  print(id + "\n");
  return 0;
}

}  // namespace ccocker::cli
