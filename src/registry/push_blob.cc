#include "registry/push_blob.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include "loop/sys.h"
#include "registry/push_request.h"

namespace ccocker::registry {
namespace {

// `bytes` as a file that only memory holds.
Fd file_in_memory(const std::string& bytes) {
  Fd memory(::memfd_create("blob", MFD_CLOEXEC));
  if (!memory) throw Error::sys("memfd_create");
  sys::write_all(memory, bytes);
  return memory;
}

}  // namespace

Task<bool> BlobUploader::has(Descriptor blob) {
  Attempts attempts(client_.context().retry);
  for (;;) {
    std::expected<bool, Failure> there = co_await look_for_blob(client_, repository_, blob);
    if (there) co_return *there;
    co_await attempts.wait_after(std::move(there.error()), client_.context().note);
  }
}

Task<bool> BlobUploader::mount(Digest blob, std::string from_repository) {
  std::string path =
      fmt::format("blobs/uploads/?mount={}&from={}", url_encode(blob.str()), url_encode(from_repository));
  Ask question = ask_path(Method::post, std::move(path));
  std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, repository_, std::move(question));
  if (!answer || answer->head.status == 201) co_return answer.has_value();
  // The registry opened an upload instead: it is not needed, the blob has to be made first.
  if (answer->head.status != 202 || answer->location.empty()) co_return false;
  Ask cancel = ask_url(Method::del, answer->location);
  std::expected<PushAnswer, Failure> cancelled = co_await ask_registry(client_, repository_, std::move(cancel));
  static_cast<void>(cancelled);  // registries drop what nobody finishes
  co_return false;
}

Task<void> BlobUploader::upload(FdView file, Descriptor blob, Sent sent) {
  BlobUpload upload(client_, repository_, file, std::move(blob), std::move(sent));
  co_await upload.run();
}

Task<void> BlobUploader::upload_small(std::string bytes, Digest digest) {
  Fd file = file_in_memory(bytes);
  Descriptor blob;
  blob.digest = digest;
  blob.size_bytes = bytes.size();
  BlobUpload upload(client_, repository_, file, std::move(blob), {});
  co_await upload.run();
}

}  // namespace ccocker::registry
