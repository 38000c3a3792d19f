#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "registry/digest.h"
#include "registry/reference.h"

namespace ccocker::registry {

struct Platform {
  std::string os, architecture, variant;  // Go's names: linux, amd64, ""
  std::string str() const;                // "linux/arm64/v8"
};
Platform host_platform();
Platform parse_platform(const std::string& text);  // os[/arch[/variant]]; Errc::invalid

// What the config of an image says about how to run it (OCI image specification, config.md).
struct ImageConfig {
  Platform platform;
  bool names_variant = true;  // false where the config says none, and `platform` has the usual one
  std::string created, author;  // RFC 3339 as written
  std::string user, working_dir, stop_signal;
  std::vector<std::string> env, entrypoint, cmd;
  std::vector<std::string> exposed_ports, volumes;
  std::map<std::string, std::string> labels;
  std::string healthcheck_json;  // Docker's extension, as written; empty when absent
  std::vector<Digest> diff_ids;  // from the lowest layer up
};

// An image that is in the store.
struct Image {
  Digest id;  // digest of the config's bytes
  ImageConfig config;
  std::vector<Reference> tags;           // an image without any is dangling, whatever its digests
  std::vector<Reference> repo_digests;   // name@sha256:..., what a pull of the name found, the index where there is one
  std::vector<Digest> manifest_digests;  // what registries called it: the index and the manifest
  uint64_t size_bytes = 0;               // content of all its layers, unpacked
  std::vector<std::string> layer_paths;  // absolute directories, lowest first, each once
};

}  // namespace ccocker::registry
