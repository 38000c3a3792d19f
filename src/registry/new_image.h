#pragma once
// Images that are made here: from a container's changes (`commit`) and from a plain tar (`import`).
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loop/task.h"
#include "registry/byte_sink.h"
#include "registry/store.h"

namespace ccocker::registry {

// Writes a layer's tar to where it is told.
using WriteTar = std::function<Task<void>(ByteSink& to)>;

// Stores the tar that `write` makes as a layer and gives its DiffID.
Task<Digest> add_layer(Store& store, WriteTar write);
// The same of a tar that a descriptor gives, plain or compressed.
Task<Digest> add_layer_from(Store& store, FdView archive);

// What a container adds to the config of its image.
struct CommitConfig {
  std::vector<std::string> command;        // the whole command line
  std::optional<size_t> entrypoint_words;  // how many of it are the entrypoint; absent: as many as fit the image's
  std::vector<std::string> exposed_ports;  // "80/tcp", in place of the image's
  std::string healthcheck_json;            // the object of an image's config; empty: the image's stays
  std::vector<std::string> env;
  std::string user, working_dir, stop_signal;
  std::map<std::string, std::string> labels;
  std::string author, comment;
  std::vector<std::string> changes;  // Dockerfile instructions
  std::string created;               // RFC 3339
};
// The config of a new image over the one whose config is `base`.
std::string commit_config(const std::string& base, const CommitConfig& commit, const Digest& layer);

struct ImportConfig {
  Platform platform;
  std::string comment, created;
  std::vector<std::string> changes;
};
std::string import_config(const ImportConfig& import, const Digest& layer);

}  // namespace ccocker::registry
