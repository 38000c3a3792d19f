#pragma once
#include <string>

#include "loop/task.h"
#include "registry/client.h"
#include "registry/descriptor.h"
#include "registry/push_upload.h"

namespace ccocker::registry {

// Brings single blobs to one repository of a registry.
class BlobUploader {
 public:
  using Sent = BlobUpload::Sent;

  BlobUploader(Client& client, Reference repository) : client_(client), repository_(std::move(repository)) {}

  // Whether the repository has the blob, of this size where that is known (0: not).
  Task<bool> has(Descriptor blob);
  // Makes a blob of another repository known in this one. False when the registry would have it uploaded.
  Task<bool> mount(Digest blob, std::string from_repository);
  // `file` holds the blob from its start.
  Task<void> upload(FdView file, Descriptor blob, Sent sent);
  Task<void> upload_small(std::string bytes, Digest digest);

 private:
  Client& client_;
  Reference repository_;
};

}  // namespace ccocker::registry
