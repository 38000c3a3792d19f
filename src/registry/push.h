#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "loop/task.h"
#include "registry/pull.h"
#include "registry/store.h"

namespace ccocker::registry {

struct PushOptions {
  unsigned uploads_max = 5;  // layers at once, as Docker
  std::vector<std::string> insecure_registries;
  std::string ca_file;
  RetryPolicy retry;
  std::chrono::milliseconds connect_limit{15'000};
  std::chrono::seconds stall_limit{60};    // without a single byte
  std::chrono::seconds answer_limit{600};  // ... once a blob is out: registries are slow to finish a large one
};

struct PushOutcome {
  Digest manifest_digest;
  uint64_t manifest_bytes = 0;
};

// Uploads the image to the repository and tag of `name` (OCI distribution specification, "Push"). Blobs that the
// registry has are not sent again, nor made: it is asked for those that the image was pulled as, and for those that an
// earlier push made. Blobs of another repository of the same registry are mounted. When all layers are there as they
// were pulled, the manifest is the pulled one, byte for byte; otherwise it is an OCI manifest with layers compressed
// here. Either way the config, and so the image ID and the DiffIDs, are the image's own.
Task<PushOutcome> push(Store& store, Image image, Reference name, PushOptions options, PullObserver& observer);

}  // namespace ccocker::registry
