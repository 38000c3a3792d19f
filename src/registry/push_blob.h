#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "loop/task.h"
#include "registry/client.h"
#include "registry/descriptor.h"

namespace ccocker::registry {

// Brings single blobs to one repository of a registry.
class BlobUploader {
 public:
  using Sent = std::function<void(uint64_t bytes)>;

  BlobUploader(Client& client, Reference repository) : client_(client), repository_(std::move(repository)) {}

  // Whether the repository has the blob, of this size where that is known (0: not).
  Task<bool> has(Descriptor blob);
  // Makes a blob of another repository known in this one. False when the registry would have it uploaded.
  Task<bool> mount(Digest blob, std::string from_repository);
  // `file` holds the blob from its start. Small ones go in one request, others in chunks; what breaks goes on where
  // the registry says that it stopped.
  Task<void> upload(FdView file, Descriptor blob, Sent sent);
  Task<void> upload_small(std::string bytes, Digest digest);

 private:
  struct Session {
    std::string url;
    uint64_t offset = 0;
  };
  Task<std::optional<Failure>> begin(Session& session);
  Task<std::optional<Failure>> resume(Session& session);
  Task<std::optional<Failure>> send_chunks(Session& session, FdView file, const Descriptor& blob, const Sent& sent);
  Task<std::optional<Failure>> close(Session& session, Ask ask, const Digest& digest);
  Task<std::expected<HttpHead, Failure>> ask(Ask ask, int wanted, std::string* location);

  Client& client_;
  Reference repository_;
};

}  // namespace ccocker::registry
