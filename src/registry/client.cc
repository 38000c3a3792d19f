#include "registry/client.h"

#include <fmt/format.h>

#include "loop/io.h"
#include "registry/client_failure.h"
#include "registry/credential_helper.h"
#include "registry/http_body.h"
#include "registry/sha256.h"

namespace ccocker::registry {

struct Server {
  Server(ClientContext& context, const std::string& registry)
      : host(registry == "docker.io" ? "registry-1.docker.io" : registry),
        may_be_plain(context.tls.may_be_plain(registry)),
        authorizer(context, registry) {}

  std::string host;  // host[:port] that answers for the registry
  bool may_be_plain;
  bool scheme_known = false;
  bool secure = true;
  Semaphore probing{1};  // one request finds out the scheme, the others wait for it
  Authorizer authorizer;
};

namespace {

constexpr unsigned redirects_max = 10;
// This machine answers at once or does not speak TLS.
constexpr std::chrono::milliseconds loopback_probe_limit{3'000};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string host_and_port(const UrlOrigin& origin) {
  bool usual = origin.port == (origin.scheme == "https" ? "443" : "80");
  return usual ? origin.host : origin.host + ":" + origin.port;
}

HttpFailure hard_failure(Errc code, std::string text) { return {Error(code, std::move(text)), false, false}; }

Failure to_failure(HttpFailure failure) { return {std::move(failure.error), failure.may_pass, std::nullopt}; }

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
  if (!context_.find_credentials) context_.find_credentials = find_credentials;
}
Client::~Client() = default;

Server& Client::server_of(const std::string& registry) {
  std::unique_ptr<Server>& server = servers_[registry];
  if (!server) server = std::make_unique<Server>(context_, registry);
  return *server;
}

// Follows redirects by hand: the Authorization header stays with the origin that it was made for.
Task<std::expected<Answer, HttpFailure>> Client::send_to(std::string url, Ask ask, std::string authorization,
                                                         std::optional<std::chrono::milliseconds> connect_limit) {
  for (unsigned redirects = 0;; ++redirects) {
    std::optional<UrlOrigin> origin = url_origin(url);
    if (!origin) co_return std::unexpected(hard_failure(Errc::invalid, fmt::format("\"{}\" is no address", url)));
    HttpRequest request;
    request.method = ask.method;
    request.url = url;
    request.headers = ask.headers;
    request.body = ask.body;
    request.file = ask.file;
    if (!authorization.empty()) request.headers.push_back("Authorization: " + authorization);
    request.tls = context_.tls.for_host(host_and_port(*origin));
    request.connect_limit = connect_limit.value_or(context_.connect_limit);
    request.stall_limit = context_.stall_limit;
    request.own_connection = ask.own_connection;
    Answer answer{context_.http.start(std::move(request)), {}, url};
    std::expected<HttpHead, HttpFailure> head = co_await answer.transfer->head();
    if (!head) co_return std::unexpected(std::move(head.error()));
    answer.head = std::move(*head);
    if (!is_redirect(answer.head.status)) co_return answer;
    std::optional<std::string> next = resolve_url(url, std::string(answer.head.header("location")));
    std::optional<UrlOrigin> next_origin = next ? url_origin(*next) : std::nullopt;
    if (!next_origin || redirects == redirects_max)
      co_return std::unexpected(hard_failure(
          Errc::corrupt, fmt::format("{} redirects {}", host_and_port(*origin),
                                     next_origin ? "too many times" : "to something that is no web address")));
    if (origin->scheme == "https" && next_origin->scheme == "http" &&
        !context_.tls.may_be_plain(host_and_port(*origin)))
      co_return std::unexpected(hard_failure(Errc::denied, fmt::format("{} redirects from https to http at {}",
                                                                       host_and_port(*origin), next_origin->host)));
    if (*next_origin != *origin) authorization.clear();
    url = *next;
  }
}

Task<std::expected<Answer, HttpFailure>> Client::send_by_scheme(Server& server, Ask ask, std::string path,
                                                                std::string authorization) {
  Semaphore::Permit permit;
  if (!server.scheme_known) permit = co_await server.probing.acquire();
  if (server.scheme_known) {
    permit = Semaphore::Permit();
    std::string url = fmt::format("{}://{}{}", server.secure ? "https" : "http", server.host, path);
    std::expected<Answer, HttpFailure> answer = co_await send_to(url, ask, authorization, std::nullopt);
    co_return answer;
  }
  std::optional<std::chrono::milliseconds> limit;
  if (server.may_be_plain) limit = std::min(loopback_probe_limit, context_.connect_limit);
  std::expected<Answer, HttpFailure> secure =
      co_await send_to("https://" + server.host + path, ask, authorization, limit);
  if (secure) server.scheme_known = true;
  if (secure || !secure.error().no_tls || !server.may_be_plain) co_return secure;
  std::expected<Answer, HttpFailure> plain =
      co_await send_to("http://" + server.host + path, ask, authorization, std::nullopt);
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
  std::optional<UrlOrigin> target = url_origin(ask.url),
                           own = url_origin((server.secure ? "https://" : "http://") + server.host + "/");
  bool ours = target && own && *target == *own;
  if (!ours) authorization.clear();
  std::string url = ask.url;
  std::expected<Answer, HttpFailure> answer = co_await send_to(url, ask, authorization, std::nullopt);
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
      if (status == 401 || status == 403) server_of(registry).authorizer.refuse(true);
      std::expected<std::string, HttpFailure> body = co_await read_body(*answer->transfer, failure_body_bytes_max);
      Reference reference;
      reference.registry = registry;
      answer = std::unexpected(explain_status(reference, answer->head, body ? *body : ""));
    }
    std::string why = answer.error().error.text();
    std::chrono::milliseconds pause = attempts.pause_after(std::move(answer.error()));
    if (context_.note) context_.note(retry_note(pause, why));
    co_await io::sleep(pause);
  }
}

Task<std::expected<Answer, Failure>> Client::exchange_at(std::string registry, std::string repository, std::string path,
                                                         Ask ask) {
  Server& server = server_of(registry);
  std::string used = server.authorizer.authorization(repository);
  std::expected<Answer, HttpFailure> answer = co_await send(server, ask, path, used);
  if (!answer) co_return std::unexpected(to_failure(std::move(answer.error())));
  if (answer->head.status != 401) co_return std::move(*answer);
  HttpHead challenge = std::move(answer->head);
  answer->transfer.reset();
  co_await server.authorizer.answer(std::move(challenge), repository, used, server.secure);
  std::string better = server.authorizer.authorization(repository);
  answer = co_await send(server, ask, path, better);
  if (!answer) co_return std::unexpected(to_failure(std::move(answer.error())));
  // A token without rights may just mean that the repository is not there; a password is right or wrong.
  if (answer->head.status == 401 && better.starts_with("Basic ")) server.authorizer.refuse(true);
  co_return std::move(*answer);
}

Task<std::expected<Client::Small, Failure>> Client::fetch_once(Reference reference, Ask ask, size_t bytes_max) {
  std::expected<Answer, Failure> answer = co_await exchange(reference, std::move(ask));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  bool good = answer->head.status == 200;
  std::expected<std::string, HttpFailure> body =
      co_await read_body(*answer->transfer, good ? bytes_max : failure_body_bytes_max);
  if (!good) co_return std::unexpected(explain_status(reference, answer->head, body ? *body : ""));
  if (!body) co_return std::unexpected(to_failure(std::move(body.error())));
  co_return Small{std::move(answer->head), std::move(*body)};
}

Task<Client::Small> Client::fetch(Reference reference, Ask ask, size_t bytes_max) {
  Attempts attempts(context_.retry);
  for (;;) {
    std::expected<Small, Failure> small = co_await fetch_once(reference, ask, bytes_max);
    if (small) co_return std::move(*small);
    std::string why = small.error().error.text();
    std::chrono::milliseconds pause = attempts.pause_after(std::move(small.error()));
    if (context_.note) context_.note(retry_note(pause, why));
    co_await io::sleep(pause);
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
