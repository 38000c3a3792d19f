#pragma once
// A registry as the distribution specification defines it: manifests and blobs by name.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/auth.h"
#include "registry/descriptor.h"
#include "registry/manifest.h"
#include "registry/redirects.h"
#include "registry/reference.h"

namespace ccocker::registry {

struct ManifestAnswer {
  std::string bytes, content_type;
  Digest digest;  // of the bytes; what the registry and the reference said about it agrees
};

struct Server;  // one registry: how it is reached and what it wants to see

// A request below /v2/REPOSITORY/.
struct Ask {
  Method method = Method::get;
  std::string path;  // "manifests/latest"
  std::vector<std::string> headers;
  bool own_connection = false;
  std::string url = {};  // an upload's address as the registry gave it, instead of `path`
  std::string body = {};
  std::optional<FileBody> file = {};
};

// A blob that comes piece by piece. A broken connection is resumed where it stopped.
class BlobStream;

class Client {
 public:
  explicit Client(ClientContext context);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // The digest of what `reference` names now, without fetching it; nullopt when the registry does not say.
  Task<std::optional<Digest>> manifest_digest(Reference reference);
  // The manifest or index that `reference` names, or `digest` in its repository when that is not empty.
  Task<ManifestAnswer> manifest(Reference reference, Digest digest = {});
  // A small blob, whole and verified.
  Task<std::string> blob(Reference reference, Descriptor descriptor, size_t bytes_max);

  // Whether the registry takes this login (GET /v2/ of the specification); Errc::denied when it does not.
  Task<void> check_login(std::string registry);

  // One exchange with the registry: finds out whether it speaks TLS, follows redirects, logs in when asked. Gives every
  // status; a Failure is a connection that broke. Errc::denied when another host wants a login, which is for it alone.
  Task<std::expected<Answer, Failure>> exchange(Reference reference, Ask ask);

  const ClientContext& context() const { return context_; }

 private:
  struct Small {
    HttpHead head;
    std::string body;
  };
  Server& server_of(const std::string& registry);
  Task<std::expected<Answer, HttpFailure>> send(Server& server, Ask ask, std::string path, std::string authorization);
  Task<std::expected<Answer, Failure>> exchange_at(std::string registry, std::string repository, std::string path,
                                                   Ask ask);
  Task<std::expected<Answer, HttpFailure>> send_by_scheme(Server& server, Ask ask, std::string path_and_query,
                                                          std::string authorization);
  Task<std::expected<Answer, HttpFailure>> send_to(const Server& server, std::string url, Ask ask,
                                                   std::string authorization, std::chrono::milliseconds connect_limit);
  Task<std::expected<Small, Failure>> fetch_once(Reference reference, Ask ask, size_t bytes_max);
  Task<Small> fetch(Reference reference, Ask ask, size_t bytes_max);

  ClientContext context_;
  std::map<std::string, std::unique_ptr<Server>> servers_;
};

class BlobStream {
 public:
  using Note = std::function<void(const std::string&)>;
  // `note` hears of retries. The client outlives the stream.
  BlobStream(Client& client, Reference reference, Descriptor descriptor, Note note = {});

  // The next bytes into `piece` (its storage is reused); empty at the end, which comes after exactly the descriptor's
  // size. The digest is the caller's to check.
  Task<void> next(std::vector<std::byte>& piece);
  uint64_t position() const { return position_; }

 private:
  Task<std::optional<Failure>> open();
  Task<std::optional<Failure>> take(std::vector<std::byte>& piece);
  std::optional<Failure> accept_whole(const HttpHead& head);
  std::optional<Failure> accept_part(const HttpHead& head);
  Task<Failure> refused(Answer answer);
  void count(std::vector<std::byte>& piece);

  Client& client_;
  Reference reference_;
  Descriptor descriptor_;
  Note note_;
  std::unique_ptr<Transfer> transfer_;
  Attempts attempts_;
  uint64_t position_ = 0;      // bytes given out
  uint64_t skip_ = 0;          // bytes that a server sends again, because it knows no ranges
  uint64_t counted_from_ = 0;  // position at the last failure
};

}  // namespace ccocker::registry
