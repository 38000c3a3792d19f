#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "loop/fd.h"
#include "loop/task.h"
#include "registry/client.h"
#include "registry/descriptor.h"

namespace ccocker::registry {

// One blob's way up. It goes in one request, whatever its size: that is what every registry takes. In chunks goes what
// broke on that way, from where the registry says that it stands, and what a proxy finds too large for one request. A
// registry that takes no chunks (some do not, or only small ones, or lose them) gets one request again.
class BlobUpload {
 public:
  using Sent = std::function<void(uint64_t bytes)>;

  // `file` holds the blob from its start; it and the client outlive the upload.
  BlobUpload(Client& client, Reference repository, FdView file, Descriptor blob, Sent sent);

  // Brings the blob there, tried again as the client's policy says.
  Task<void> run();

 private:
  Task<std::optional<Failure>> attempt();
  Task<std::optional<Failure>> open_session();
  Task<std::optional<Failure>> begin();
  Task<std::optional<Failure>> send_chunks();
  Task<std::optional<Failure>> finish();
  std::optional<Failure> accept_chunk(const HttpHead& head, uint64_t bytes);
  Ask ask_to_send(Method method, std::string url, uint64_t bytes);
  bool find_other_way(Failure& failure);

  Client& client_;
  Reference repository_;
  FdView file_;
  Descriptor blob_;
  Sent sent_;

  std::string url_;        // of the session that the registry has opened; "" for none
  uint64_t offset_ = 0;    // how many bytes the session has
  uint64_t furthest_ = 0;  // the largest offset of any session
  bool in_chunks_ = false;
  uint64_t chunk_bytes_;
  bool chunks_refused_ = false;
  std::optional<Failure> whole_refused_;
  bool maybe_there_ = false;  // a finishing request failed: nobody knows what has become of it
};

}  // namespace ccocker::registry
