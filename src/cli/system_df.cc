#include <fmt/format.h>
#include <time.h>

#include <map>
#include <set>

#include "cli/command.h"
#include "cli/container_rows.h"
#include "cli/human_time.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/prune.h"
#include "cli/size.h"
#include "cli/table.h"
#include "cli/text.h"
#include "loop/error.h"
#include "registry/store.h"
#include "runtime/record.h"
#include "runtime/tree_size.h"
#include "runtime/volumes.h"

namespace ccocker::cli {
namespace {

using registry::Digest;
using registry::Image;
using runtime::Container;

constexpr Heading headings[] = {
    {"Active", "ACTIVE"}, {"Reclaimable", "RECLAIMABLE"}, {"Size", "SIZE"}, {"TotalCount", "TOTAL"}, {"Type", "TYPE"}};
constexpr const char* default_format = "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";
constexpr size_t command_columns_max = 20;

struct ContainerUse {
  Container container;
  std::vector<runtime::Mount> mounts;
  uint64_t bytes = 0;
};
struct VolumeUse {
  runtime::Volume volume;
  size_t links = 0;
  uint64_t bytes = 0;
};
struct Usage {
  std::vector<Image> images;
  std::map<Digest, uint64_t> layer_bytes;  // also of layers that no image needs
  std::map<Digest, unsigned> layer_users;  // images of each layer
  std::map<Digest, unsigned> image_users;  // containers of each image
  std::vector<ContainerUse> containers;
  std::vector<VolumeUse> volumes;
};

void read_images(const Context& context, Usage& usage) {
  registry::Store store(context.root);
  usage.images = store.images();
  for (const Digest& layer : store.layers()) usage.layer_bytes.emplace(layer, store.layer_bytes(layer));
  for (const Image& image : usage.images)
    for (const Digest& layer : std::set<Digest>(image.config.diff_ids.begin(), image.config.diff_ids.end())) {
      usage.layer_bytes.emplace(layer, store.layer_bytes(layer));
      ++usage.layer_users[layer];
    }
}

void read_containers(const Context& context, Usage& usage) {
  for (Container& container : runtime::Containers(context.root, context.state).list()) {
    ContainerUse use;
    use.bytes = runtime::tree_bytes(runtime::container_dir(context.root, container.id) + "/upper");
    std::optional<runtime::ContainerRecord> record = runtime::load_record(context.root, context.state, container.id);
    if (record) use.mounts = std::move(record->spec.mounts);
    if (!container.image_id.empty()) ++usage.image_users[Digest::parse(container.image_id)];  // a damaged record
    use.container = std::move(container);
    usage.containers.push_back(std::move(use));
  }
}

void read_volumes(const Context& context, Usage& usage) {
  runtime::Volumes volumes(context.root);
  std::map<std::string, std::vector<std::string>> users = volumes.users().by_volume;
  for (runtime::Volume& volume : volumes.list()) {
    VolumeUse use;
    use.bytes = volumes.bytes_of(volume.name);
    use.links = users[volume.name].size();
    use.volume = std::move(volume);
    usage.volumes.push_back(std::move(use));
  }
}

struct Sum {
  size_t count = 0, active = 0;
  uint64_t bytes = 0, reclaimable = 0;
};

Sum sum_images(const Usage& usage) {
  Sum sum;
  std::set<Digest> needed;
  for (const Image& image : usage.images) {
    ++sum.count;
    if (!usage.image_users.contains(image.id)) continue;
    ++sum.active;
    needed.insert(image.config.diff_ids.begin(), image.config.diff_ids.end());
  }
  for (const auto& [layer, bytes] : usage.layer_bytes) {
    sum.bytes += bytes;
    if (!needed.contains(layer)) sum.reclaimable += bytes;
  }
  return sum;
}

Sum sum_containers(const Usage& usage) {
  Sum sum;
  for (const ContainerUse& use : usage.containers) {
    ++sum.count;
    sum.active += is_up(use.container.status);
    sum.bytes += use.bytes;
    if (!is_up(use.container.status)) sum.reclaimable += use.bytes;
  }
  return sum;
}

Sum sum_volumes(const Usage& usage) {
  Sum sum;
  for (const VolumeUse& use : usage.volumes) {
    ++sum.count;
    sum.active += use.links > 0;
    sum.bytes += use.bytes;
    if (use.links == 0) sum.reclaimable += use.bytes;
  }
  return sum;
}

Row row_of(const char* type, const Sum& sum) {
  std::string reclaimable = human_size(sum.reclaimable);
  if (sum.bytes > 0) reclaimable += fmt::format(" ({}%)", sum.reclaimable * 100 / sum.bytes);
  Row row;
  row.fields = {{"Active", std::to_string(sum.active)},
                {"Reclaimable", reclaimable},
                {"Size", human_size(sum.bytes)},
                {"TotalCount", std::to_string(sum.count)},
                {"Type", type}};
  return row;
}

std::string image_table(const Usage& usage, int64_t now) {
  Table table;
  table.add({"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"});
  for (const Image& image : usage.images) {
    uint64_t shared = 0, own = 0;
    for (const Digest& layer : std::set<Digest>(image.config.diff_ids.begin(), image.config.diff_ids.end()))
      (usage.layer_users.at(layer) > 1 ? shared : own) += usage.layer_bytes.at(layer);
    auto users = usage.image_users.find(image.id);
    std::string repository = "<none>", tag = "<none>";
    if (!image.repo_digests.empty()) repository = image.repo_digests[0].familiar_name();
    if (!image.tags.empty()) repository = image.tags[0].familiar_name();
    if (!image.tags.empty()) tag = image.tags[0].tag;
    table.add({repository, tag, image.id.short_id(), ago(parse_rfc3339(image.config.created).value_or(0), now),
               human_size(shared + own), human_size(shared), human_size(own),
               std::to_string(users == usage.image_users.end() ? 0 : users->second)});
  }
  return table.str();
}

std::string container_table(const Usage& usage, int64_t now) {
  Table table;
  table.add({"CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"});
  for (const ContainerUse& use : usage.containers) {
    size_t volumes = 0;
    for (const runtime::Mount& mount : use.mounts) volumes += mount.kind == runtime::Mount::Kind::volume;
    const Container& it = use.container;
    table.add({it.id.substr(0, 12), it.image,
               ellipsis("\"" + printable(join(it.command, " ")) + "\"", command_columns_max), std::to_string(volumes),
               human_size(use.bytes), ago(it.created_unix_s, now), status_text(it, now), it.name});
  }
  return table.str();
}

std::string volume_table(const Usage& usage) {
  Table table;
  table.add({"VOLUME NAME", "LINKS", "SIZE"});
  for (const VolumeUse& use : usage.volumes)
    table.add({use.volume.name, std::to_string(use.links), human_size(use.bytes)});
  return table.str();
}

}  // namespace

std::span<const Option> system_df_options() {
  static constexpr Option options[] = {
      {"format", 0, Takes::text, "TEMPLATE", "json, table, or a template such as '{{.Type}}: {{.Size}}'"},
      {"verbose", 'v', Takes::nothing, "", "Each image, container and volume"},
  };
  return options;
}

int system_df_command(const Context& context, Parsed& line) {
  bool verbose = line.flags.on("verbose");
  if (verbose && line.flags.has("format")) throw Error(Errc::invalid, "the verbose and the format options conflict");
  Usage usage;
  read_images(context, usage);
  read_containers(context, usage);
  read_volumes(context, usage);
  if (verbose) {
    int64_t now = ::time(nullptr);
    print("Images space usage:\n\n" + image_table(usage, now));
    print("\nContainers space usage:\n\n" + container_table(usage, now));
    print("\nLocal Volumes space usage:\n\n" + volume_table(usage));
    return 0;
  }
  std::vector<Row> rows = {row_of("Images", sum_images(usage)), row_of("Containers", sum_containers(usage)),
                           row_of("Local Volumes", sum_volumes(usage))};
  print(render(rows, headings, line.flags.text("format"), default_format));
  return 0;
}

}  // namespace ccocker::cli
