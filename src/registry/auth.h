#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loop/sync.h"
#include "loop/task.h"
#include "registry/auth_challenge.h"
#include "registry/client_tls.h"
#include "registry/docker_config.h"
#include "registry/http.h"
#include "registry/retry.h"

namespace ccocker::registry {

// What all parts of a client work with.
struct ClientContext {
  ClientContext(Http& engine, TlsPolicies policies) : http(engine), tls(std::move(policies)) {}
  Http& http;
  TlsPolicies tls;
  RetryPolicy retry;
  std::chrono::milliseconds connect_limit{15'000};
  std::chrono::seconds stall_limit{30};
  std::chrono::seconds answer_limit{600};  // of a put or patch, once its body is out: large blobs take time to finish
  std::function<void(const std::string&)> note;  // "retrying in 2 s: ..."
  // What to ask for in tokens about a repository, instead of what the registry's challenge says: pushing wants more
  // than the first request shows ("repository:app:pull,push"), and a mount looks into another repository.
  std::map<std::string, std::vector<std::string>> scopes;
  // Where logins come from; the user's configuration unless a test says otherwise.
  std::function<Task<RegistryLogins>(std::string registry)> find_logins;
};

// Gets and keeps what one registry wants to see in Authorization headers: Bearer tokens, one a repository, or Basic.
// The logins are looked up once, when a first challenge comes; a repository or an organisation may have one of its own.
class Authorizer {
 public:
  // `registry` as in references ("docker.io"), for its login and for messages.
  Authorizer(ClientContext& context, std::string registry) : context_(context), registry_(std::move(registry)) {}

  // The header's value for requests about `repository`; "" while nothing is known to be wanted.
  std::string authorization(const std::string& repository) const;

  // Answers a 401 to a request that was sent with `used`: asks the token server or finds the login. Errc::denied when
  // there is nothing better to offer. `secure` says that the registry itself speaks TLS. Where a token server may do
  // without a login, one that could not be looked up is noted and done without; otherwise that is the error.
  Task<void> answer(HttpHead challenge, std::string repository, std::string used, bool secure);

  bool has_login(const std::string& repository) const { return !login_of(repository).empty(); }  // as far as needed
  // Errc::denied in words: the login for `repository` was not accepted, or there is none.
  [[noreturn]] void refuse(const std::string& repository) const;
  // Adds to a refusal why there was no login to send, where that is why.
  Error explained(Error denied, const std::string& repository) const;

 private:
  struct Grant {
    std::string header;
    std::chrono::steady_clock::time_point expires;
  };
  Task<void> load_logins();
  void note_fault(const std::string& repository);
  const Credentials& login_of(const std::string& repository) const;
  Task<Token> fetch_token(Challenge challenge, std::string repository, bool secure);
  Task<std::expected<Token, Failure>> ask_token_server(HttpRequest request, std::string repository);
  HttpRequest token_request(const Challenge& challenge, const std::string& repository, bool secure) const;

  ClientContext& context_;
  std::string registry_;
  std::optional<RegistryLogins> logins_;
  bool wants_basic_ = false, fault_noted_ = false;
  std::map<std::string, Grant> tokens_;                       // by repository
  std::map<std::string, std::unique_ptr<Semaphore>> asking_;  // one token request a repository at a time
  Semaphore loading_{1};
};

}  // namespace ccocker::registry
