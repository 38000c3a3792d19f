#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loop/error.h"
#include "loop/task.h"
#include "registry/image.h"
#include "registry/retry.h"
#include "registry/store.h"

namespace ccocker::registry {

enum class LayerState {
  waiting,
  downloading,
  retrying,
  verifying,
  extracting,
  exists,
  done,
  failed,
  given_up,  // its image failed otherwise
  // of a push
  preparing,
  pushing,
  pushed,
  mounted,
  there_already
};

// Hears how a pull goes; called on the loop, must not wait. `layer` is a blob's digest.
class PullObserver {
 public:
  virtual ~PullObserver() = default;
  virtual void image_resolved(const Reference&, const std::vector<Digest>& /*layers*/) {}
  virtual void layer_progress(const Digest& /*layer*/, LayerState, uint64_t /*bytes_done*/, uint64_t /*bytes_total*/) {}
  virtual void note(const std::string& /*line*/) {}  // "retrying in 2 s: connection reset"
};

struct PullOptions {
  Platform platform = host_platform();
  unsigned downloads_max = 6;                    // connections that carry layers at once
  std::vector<std::string> insecure_registries;  // host[:port] reached by plain HTTP or without verification
  std::string ca_file;                           // an extra CA bundle (PEM), empty for none
  RetryPolicy retry;
  std::chrono::milliseconds connect_limit{15'000};  // name look-up, connection and TLS together
  std::chrono::seconds stall_limit{30};             // without a single byte
};

struct PullOutcome {
  Reference reference;
  Digest manifest_digest;
  Digest image_id;
  bool up_to_date = false;         // nothing was fetched
  bool chosen = false;             // for its platform from an index, whatever its config says
  std::optional<Error> failure{};  // why the image is not here; Errc::cancelled where that of another ended all
};

// Pulls all at once on the one loop, and gives their outcomes in the same order; layers that several share are fetched
// once. An image that fails leaves the others to go on, unless what it met (a full disk) would be met by them, too.
Task<std::vector<PullOutcome>> pull(Store& store, std::vector<Reference> references, PullOptions options,
                                    PullObserver& observer);

// Loads a docker-archive, oci-archive (tar, also compressed) or an OCI layout directory; path "-" is standard input.
// Gives the loaded images' names, or their IDs where the archive names none.
Task<std::vector<std::string>> load(Store& store, std::string path, PullObserver& observer);

}  // namespace ccocker::registry
