#include "cli/prune.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <set>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/image_events.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/prune_events.h"
#include "cli/volume_events.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/net/networks.h"
#include "runtime/record.h"
#include "runtime/tree_size.h"
#include "runtime/volumes.h"

namespace ccocker::cli {
namespace {

using runtime::Container;

uint64_t upper_bytes(const Context& context, const std::string& id) {
  return runtime::tree_bytes(runtime::container_dir(context.root, id) + "/upper");
}

bool label_fits(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  size_t equals = wanted.find('=');
  auto found = labels.find(wanted.substr(0, equals));
  if (found == labels.end()) return false;
  return equals == wanted.npos || found->second == wanted.substr(equals + 1);
}

// Forced, because of images with several names; a stopped container must still keep its image, with its names.
registry::ImageUsers firm_users(const Context& context) {
  registry::ImageUsers users = image_users(context);
  for (auto& [image, user] : users.by_image) user.firm = true;
  return users;
}

void count(const registry::Removal& removal, Pruned& pruned) {
  for (const std::string& name : removal.untagged) pruned.lines.push_back("untagged: " + name);
  for (const registry::Digest& digest : removal.deleted) pruned.lines.push_back("deleted: " + digest.str());
  pruned.bytes += removal.freed_bytes;
}

void remove_image(const Context& context, registry::Store& store, const registry::Image& image, Pruned& pruned) {
  try {
    registry::Removal removal = store.remove_as_seen(image, [&] { return firm_users(context); });
    count(removal, pruned);
    record_removal(context, image, removal);
  } catch (const Error& error) {
    if (error.code() != Errc::conflict && error.code() != Errc::not_found) throw;  // else in use, or gone, by now
  }
}

}  // namespace

PruneFilters::PruneFilters(const std::vector<std::string>& values, std::span<const std::string_view> keys)
    : filters_(values, keys), now_unix_s_(::time(nullptr)) {
  filters_.all("until", [&](const std::string& text) { return parse_moment("filter", text, now_unix_s_) >= 0; });
  for (std::string_view key : {"all", "dangling"})
    filters_.all(key, [&](const std::string& text) {
      if (!parse_bool(text)) bad_value("filter", fmt::format("{}={}", key, text), fmt::format("{}=true or false", key));
      return true;
    });
}

bool PruneFilters::fits(int64_t created_unix_s, const std::map<std::string, std::string>& labels) const {
  auto before = [&](const std::string& text) { return created_unix_s < parse_moment("filter", text, now_unix_s_); };
  auto without = [&](const std::string& text) { return !label_fits(labels, text); };
  return filters_.all("until", before) && filters_.labels_fit(labels) && filters_.all("label!", without);
}

bool PruneFilters::on(std::string_view key) const {
  return filters_.has(key) &&
         filters_.all(key, [](const std::string& text) { return parse_bool(text).value_or(false); });
}

registry::ImageUsers image_users(const Context& context) {
  runtime::Containers containers(context.root, context.state);
  registry::ImageUsers users;
  for (const Container& container : containers.list()) {
    if (container.image_id.empty()) continue;  // its record is damaged, so it cannot be started
    users.by_image.emplace(registry::Digest::parse(container.image_id),
                           registry::ImageUser{container.id.substr(0, 12), is_up(container.status)});
  }
  return users;
}

Pruned prune_containers(const Context& context, const PruneFilters& filters) {
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  Pruned pruned;
  for (const Container& container : containers.list()) {
    if (is_up(container.status) || !filters.fits(container.created_unix_s, container.labels)) continue;
    uint64_t bytes = upper_bytes(context, container.id);
    try {
      loop.run(containers.remove(container.id, false));
    } catch (const Error& error) {
      if (error.code() == Errc::conflict) continue;  // it was started, or is being made
      throw;
    }
    pruned.lines.push_back(container.id);
    pruned.bytes += bytes;
  }
  record_prune_event(context, runtime::Event::Type::container, pruned.bytes);
  return pruned;
}

Pruned prune_images(const Context& context, const PruneFilters& filters, bool all) {
  registry::Store store(context.root);
  registry::ImageUsers users = image_users(context);
  Pruned pruned;
  for (const registry::Image& image : store.images()) {
    if (users.by_image.contains(image.id)) continue;
    bool dangling = image.tags.empty();
    if (!dangling && !all) continue;
    int64_t created = parse_rfc3339(image.config.created).value_or(0);
    if (filters.fits(created, image.config.labels)) remove_image(context, store, image, pruned);
  }
  // Of pulls that failed or were killed. A filter asks about images, and these are none.
  if (!filters.choose()) count(store.collect_garbage(), pruned);
  record_prune_event(context, runtime::Event::Type::image, pruned.bytes);
  return pruned;
}

Pruned prune_volumes(const Context& context, const PruneFilters& filters, bool all) {
  Pruned pruned;
  runtime::Volumes volumes(context.root);
  auto wanted = [&](const runtime::Volume& volume) {
    return (all || volume.anonymous) && filters.fits(parse_rfc3339(volume.created).value_or(0), volume.labels);
  };
  for (const runtime::Volumes::Removed& removed : volumes.remove_unused(wanted)) {
    pruned.lines.push_back(removed.name);
    pruned.bytes += removed.bytes;
    record_volume_event(context, "destroy", removed.name);
  }
  record_prune_event(context, runtime::Event::Type::volume, pruned.bytes);
  return pruned;
}

Pruned prune_networks(const Context& context, const PruneFilters& filters) {
  runtime::Containers containers(context.root, context.state);
  runtime::Networks networks(context.root, context.state);
  Loop loop;
  loop.run(containers.sweep());
  auto wanted = [&](const runtime::Network& network) {
    return filters.fits(network.created_unix_ns / 1'000'000'000, network.labels);
  };
  Pruned pruned;
  pruned.lines = loop.run(networks.prune(wanted));
  record_prune_event(context, runtime::Event::Type::network, 0);
  return pruned;
}

}  // namespace ccocker::cli
