#include "registry/client.h"

#include <fmt/format.h>

#include "registry/client_failure.h"
#include "registry/credential_helper.h"
#include "registry/http_body.h"
#include "registry/sha256.h"

namespace ccocker::registry {

struct Server {
  Server(ClientContext& context, const std::string& of)
      : registry(of),
        host(registry_host(registry)),
        may_be_plain(context.tls.may_be_plain(registry)),
        authorizer(context, registry) {}

  // Whether `url` is on the registry itself: it alone gets the login, and its word alone says where the login goes.
  bool owns(const std::string& url) const {
    std::optional<UrlOrigin> origin = url_origin(url);
    return origin && origin == url_origin(address(""));
  }
  std::string address(const std::string& path) const { return (secure ? "https://" : "http://") + host + path; }

  std::string registry;  // as references name it
  std::string host;      // host[:port] that answers for it
  bool may_be_plain;
  bool scheme_known = false;  // it has answered
  bool secure = true;
  Semaphore probing{1};  // one request finds out the scheme, the others wait for it
  Authorizer authorizer;
};

namespace {

// This machine answers at once or does not speak TLS.
constexpr std::chrono::milliseconds loopback_probe_limit{3'000};

// A registry that has `answered` before is there: whatever the network says now may pass. Before that a wrong name, or
// nobody who listens, is no matter of waiting.
Failure to_failure(HttpFailure failure, bool answered = true) {
  bool may_pass = failure.may_pass || (answered && failure.error.code() == Errc::network);
  return {std::move(failure.error), may_pass, {}};
}

// Whoever answers in the registry's place may name any token server, which would be sent the login.
Error foreign_login(const std::string& registry, const std::string& url) {
  std::optional<UrlOrigin> origin = url_origin(url);
  std::string host = origin ? host_and_port(*origin) : url, scheme = origin ? origin->scheme : "";
  return Error(Errc::denied, fmt::format("{} sends this request on to {}://{}, which wants a login, and the one for {} "
                                         "goes to nobody else",
                                         registry, scheme, host, registry))
      .advise(fmt::format("if {} is a registry, use its name in the image's", host));
}

std::vector<std::string> accept_headers() {
  // One line: registries that look only at the first Accept line exist.
  return {fmt::format("Accept: {}, {}, {}, {}", media_type::oci_index, media_type::docker_index,
                      media_type::oci_manifest, media_type::docker_manifest)};
}

std::string manifest_path(const Reference& reference, const Digest& digest) {
  if (!digest.empty()) return "manifests/" + digest.str();
  return "manifests/" + (reference.digest.empty() ? reference.tag : reference.digest.str());
}

std::optional<Digest> said_digest(const HttpHead& head) {
  std::string_view text = head.header("docker-content-digest");
  if (!text.starts_with("sha256:")) return std::nullopt;
  return Digest::parse(text);
}

void check_digest(const Digest& wanted, const Digest& got, const char* who) {
  if (wanted != got)
    throw Error(Errc::corrupt, fmt::format("the bytes have digest {}, but {} says {}", got.str(), who, wanted.str()));
}

}  // namespace

Client::Client(ClientContext context) : context_(std::move(context)) {
  if (!context_.find_logins) context_.find_logins = find_logins;
}
Client::~Client() = default;

Server& Client::server_of(const std::string& registry) {
  std::unique_ptr<Server>& server = servers_[registry];
  if (!server) server = std::make_unique<Server>(context_, registry);
  return *server;
}

Task<std::expected<Answer, HttpFailure>> Client::send_to(const Server& server, std::string url, Ask ask,
                                                         std::string authorization,
                                                         std::chrono::milliseconds connect_limit) {
  HttpRequest request;
  request.method = ask.method;
  request.url = std::move(url);
  request.headers = std::move(ask.headers);
  request.body = std::move(ask.body);
  request.file = std::move(ask.file);
  request.connect_limit = connect_limit;
  request.stall_limit = context_.stall_limit;
  if (ask.method == Method::put || ask.method == Method::patch) request.answer_limit = context_.answer_limit;
  request.own_connection = ask.own_connection;
  std::string registry = server.registry;
  std::expected<Answer, HttpFailure> answer = co_await send_following(context_.http, context_.tls, std::move(registry),
                                                                      std::move(request), std::move(authorization));
  co_return answer;
}

Task<std::expected<Answer, HttpFailure>> Client::send_by_scheme(Server& server, Ask ask, std::string path,
                                                                std::string authorization) {
  Semaphore::Permit permit;
  if (!server.scheme_known) permit = co_await server.probing.acquire();
  if (server.scheme_known) {
    permit = Semaphore::Permit();
    std::expected<Answer, HttpFailure> answer =
        co_await send_to(server, server.address(path), ask, authorization, context_.connect_limit);
    co_return answer;
  }
  std::chrono::milliseconds limit = context_.connect_limit;
  if (server.may_be_plain) limit = std::min(loopback_probe_limit, limit);
  std::expected<Answer, HttpFailure> secure =
      co_await send_to(server, "https://" + server.host + path, ask, authorization, limit);
  if (secure) server.scheme_known = true;
  if (!secure && secure.error().plain && !server.may_be_plain)
    std::move(secure.error().error)
        .advise(fmt::format("if it is meant to be plain HTTP, pass --insecure-registry {}", server.registry));
  if (secure || !secure.error().no_tls || !server.may_be_plain) co_return secure;
  std::expected<Answer, HttpFailure> plain =
      co_await send_to(server, "http://" + server.host + path, ask, authorization, context_.connect_limit);
  if (plain) {
    server.scheme_known = true;
    server.secure = false;
  }
  co_return plain;
}

// An upload's address may be on another host, which does not see the login.
Task<std::expected<Answer, HttpFailure>> Client::send(Server& server, Ask ask, std::string path,
                                                      std::string authorization) {
  if (ask.url.empty()) {
    std::expected<Answer, HttpFailure> answer = co_await send_by_scheme(server, ask, path, authorization);
    co_return answer;
  }
  if (!server.owns(ask.url)) authorization.clear();
  std::string url = ask.url;
  std::expected<Answer, HttpFailure> answer =
      co_await send_to(server, std::move(url), std::move(ask), std::move(authorization), context_.connect_limit);
  co_return answer;
}

Task<std::expected<Answer, Failure>> Client::exchange(Reference reference, Ask ask) {
  std::string path = fmt::format("/v2/{}/{}", reference.repository, ask.path);
  std::expected<Answer, Failure> answer =
      co_await exchange_at(reference.registry, reference.repository, std::move(path), std::move(ask));
  co_return answer;
}

Task<void> Client::check_login(std::string registry) {
  Attempts attempts(context_.retry);
  for (;;) {
    Ask ask;
    std::string no_repository, path = "/v2/";
    std::expected<Answer, Failure> answer = co_await exchange_at(registry, no_repository, path, ask);
    if (answer) {
      int status = answer->head.status;
      if (status == 200) co_return;
      bool refused = status == 401 || status == 403;
      if (refused && server_of(registry).authorizer.has_login("")) server_of(registry).authorizer.refuse("");
      std::expected<std::string, HttpFailure> body = co_await read_body(*answer->transfer, failure_body_bytes_max);
      Reference reference;
      reference.registry = registry;
      answer = std::unexpected(explain_status(reference, answer->head, body ? *body : ""));
    }
    co_await attempts.wait_after(std::move(answer.error()), context_.note);
  }
}

Task<std::expected<Answer, Failure>> Client::exchange_at(std::string registry, std::string repository, std::string path,
                                                         Ask ask) {
  Server& server = server_of(registry);
  std::string used = server.authorizer.authorization(repository);
  std::expected<Answer, HttpFailure> answer = co_await send(server, ask, path, used);
  if (!answer) co_return std::unexpected(to_failure(std::move(answer.error()), server.scheme_known));
  if (answer->head.status != 401) co_return std::move(*answer);
  if (!server.owns(answer->url)) throw foreign_login(registry, answer->url);
  HttpHead challenge = std::move(answer->head);
  answer->transfer.reset();
  co_await server.authorizer.answer(std::move(challenge), repository, used, server.secure);
  std::string better = server.authorizer.authorization(repository);
  answer = co_await send(server, ask, path, better);
  if (!answer) co_return std::unexpected(to_failure(std::move(answer.error())));
  if (answer->head.status != 401) co_return std::move(*answer);
  if (!server.owns(answer->url)) throw foreign_login(registry, answer->url);
  // A token without rights may just mean that the repository is not there; a password is right or wrong.
  if (better.starts_with("Basic ")) server.authorizer.refuse(repository);
  co_return std::move(*answer);
}

Task<std::expected<Client::Small, Failure>> Client::fetch_once(Reference reference, Ask ask, size_t bytes_max) {
  std::expected<Answer, Failure> answer = co_await exchange(reference, std::move(ask));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  bool good = answer->head.status == 200;
  std::expected<std::string, HttpFailure> body =
      co_await read_body(*answer->transfer, good ? bytes_max : failure_body_bytes_max);
  if (!good) {
    Failure failure = explain_status(reference, answer->head, body ? *body : "");
    if (failure.error.code() == Errc::denied)
      failure.error = server_of(reference.registry).authorizer.explained(failure.error, reference.repository);
    co_return std::unexpected(std::move(failure));
  }
  if (!body) co_return std::unexpected(to_failure(std::move(body.error())));
  co_return Small{std::move(answer->head), std::move(*body)};
}

Task<Client::Small> Client::fetch(Reference reference, Ask ask, size_t bytes_max) {
  Attempts attempts(context_.retry);
  for (;;) {
    std::expected<Small, Failure> small = co_await fetch_once(reference, ask, bytes_max);
    if (small) co_return std::move(*small);
    co_await attempts.wait_after(std::move(small.error()), context_.note);
  }
}

Task<std::optional<Digest>> Client::manifest_digest(Reference reference) {
  Ask ask{Method::head, manifest_path(reference, {}), accept_headers(), false};
  try {
    Small small = co_await fetch(reference, std::move(ask), 0);
    co_return said_digest(small.head);
  } catch (const Error& error) {
    // An answer to HEAD has no words; whoever goes on with GET gets the registry's own.
    bool refused = error.code() == Errc::not_found || error.code() == Errc::denied || error.code() == Errc::unsupported;
    if (!refused) throw;
    co_return std::nullopt;
  }
}

Task<ManifestAnswer> Client::manifest(Reference reference, Digest digest) {
  Ask ask{Method::get, manifest_path(reference, digest), accept_headers(), false};
  Small small = co_await fetch(reference, std::move(ask), manifest_bytes_max);
  Digest got = sha256(small.body);
  if (digest.empty()) digest = reference.digest;
  if (!digest.empty()) check_digest(digest, got, "the reference");
  std::optional<Digest> said = said_digest(small.head);
  if (said) check_digest(*said, got, "the registry");
  co_return ManifestAnswer{std::move(small.body), std::string(small.head.header("content-type")), got};
}

Task<std::string> Client::blob(Reference reference, Descriptor descriptor, size_t bytes_max) {
  if (descriptor.size_bytes > bytes_max)
    throw Error(Errc::corrupt, fmt::format("blob {} has {} bytes, at most {} are allowed", descriptor.digest.str(),
                                           descriptor.size_bytes, bytes_max));
  Ask ask{Method::get, "blobs/" + descriptor.digest.str(), {}, false};
  Small small = co_await fetch(reference, std::move(ask), bytes_max);
  if (small.body.size() != descriptor.size_bytes)
    throw Error(Errc::corrupt, fmt::format("blob {}: expected {} bytes, the registry sent {}", descriptor.digest.str(),
                                           descriptor.size_bytes, small.body.size()));
  check_digest(descriptor.digest, sha256(small.body), "the manifest");
  co_return std::move(small.body);
}

}  // namespace ccocker::registry
