#include "registry/auth.h"

#include <fmt/format.h>

#include "registry/http_body.h"
#include "registry/http_text.h"
#include "registry/redirects.h"

namespace ccocker::registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t token_answer_bytes_max = 1u << 20;
constexpr const char* client_id = "ccocker";

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + base64_encode(credentials.username + ":" + credentials.password);
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const Challenge& challenge : challenges)
    if (challenge.scheme == scheme) return &challenge;
  return nullptr;
}

// A server may send several WWW-Authenticate headers, and several challenges in each.
std::vector<Challenge> all_challenges(const HttpHead& head) {
  std::vector<Challenge> all;
  for (const auto& [name, value] : head.headers)
    if (name == "www-authenticate")
      for (Challenge& challenge : parse_challenges(value)) all.push_back(std::move(challenge));
  return all;
}

std::vector<std::string> scopes_of(const ClientContext& context, const Challenge& challenge,
                                   const std::string& repository) {
  auto wanted = context.scopes.find(repository);
  if (wanted != context.scopes.end()) return wanted->second;
  std::string scope = challenge.parameter("scope");
  if (!scope.empty()) return {scope};
  if (repository.empty()) return {};  // a login that is only being checked
  return {fmt::format("repository:{}:pull", repository)};
}

std::string query_of(const ClientContext& context, const Challenge& challenge, const std::string& repository) {
  std::string query;
  for (const std::string& scope : scopes_of(context, challenge, repository)) query += "&scope=" + url_encode(scope);
  std::string service = challenge.parameter("service");
  if (!service.empty()) query += "&service=" + url_encode(service);
  return query.empty() ? query : query.substr(1);
}

}  // namespace

std::string Authorizer::authorization(const std::string& repository) const {
  auto found = tokens_.find(repository);
  if (found != tokens_.end() && Clock::now() < found->second.expires) return found->second.header;
  const Credentials& login = login_of(repository);
  return wants_basic_ && !login.username.empty() ? basic_authorization(login) : "";
}

const Credentials& Authorizer::login_of(const std::string& repository) const {
  static const Credentials none;
  return logins_ ? logins_->for_repository(repository) : none;
}

Error Authorizer::explained(Error denied, const std::string& repository) const {
  bool could_not_look = logins_ && logins_->fault && !has_login(repository);
  return could_not_look ? std::move(denied).advise("no login was sent: " + logins_->fault->text()) : denied;
}

void Authorizer::refuse(const std::string& repository) const {
  if (has_login(repository))
    throw Error(Errc::denied,
                fmt::format("{} does not accept the login from {}", registry_, login_of(repository).source));
  if (logins_ && logins_->fault)
    throw explained(Error(Errc::denied, fmt::format("{} wants a login", registry_)), repository);
  throw Error(
      Errc::denied,
      fmt::format(
          "{} wants a login, and none is configured; use ccocker login (docker login and podman login do, too), or "
          "write one to ~/.docker/config.json",
          registry_));
}

Task<void> Authorizer::load_logins() {
  Semaphore::Permit permit = co_await loading_.acquire();
  if (logins_) co_return;
  RegistryLogins found = co_await context_.find_logins(registry_);
  logins_ = std::move(found);
}

void Authorizer::note_fault(const std::string& repository) {
  if (!logins_->fault || has_login(repository) || std::exchange(fault_noted_, true) || !context_.note) return;
  context_.note(fmt::format("going on without a login to {}: {}", registry_, logins_->fault->text()));
}

Task<void> Authorizer::answer(HttpHead head, std::string repository, std::string used, bool secure) {
  std::unique_ptr<Semaphore>& gate = asking_[repository];
  if (!gate) gate = std::make_unique<Semaphore>(1);
  Semaphore::Permit permit = co_await gate->acquire();
  std::string current = authorization(repository);
  if (current != used && !current.empty()) co_return;  // another request got a new one meanwhile
  std::vector<Challenge> challenges = all_challenges(head);
  co_await load_logins();
  if (const Challenge* bearer = find_scheme(challenges, "bearer")) {
    note_fault(repository);
    Token token = co_await fetch_token(*bearer, repository, secure);
    // A tenth of the life is left out: clocks differ and requests take time.
    tokens_[repository] = Grant{"Bearer " + token.value, Clock::now() + token.lifetime * 9 / 10};
    co_return;
  }
  if (!find_scheme(challenges, "basic"))
    throw Error(Errc::unsupported, fmt::format("{} wants a kind of login that ccocker does not know", registry_));
  if (logins_->fault && !has_login(repository)) throw Error(*logins_->fault);
  if (login_of(repository).username.empty() || used.starts_with("Basic ")) refuse(repository);
  wants_basic_ = true;
}

HttpRequest Authorizer::token_request(const Challenge& challenge, const std::string& repository, bool secure) const {
  std::string realm = challenge.parameter("realm");
  std::optional<UrlOrigin> origin = url_origin(realm);
  if (!origin)
    throw Error(Errc::corrupt, fmt::format("{} names \"{}\" as its token server, which is no web address", registry_,
                                           one_line(realm)));
  const Credentials& login = login_of(repository);
  if (origin->scheme == "http" && secure && !login.empty())
    throw Error(Errc::denied, fmt::format("{} wants the login sent in the clear to {}", registry_, one_line(realm)));
  HttpRequest request;
  request.connect_limit = context_.connect_limit;
  request.stall_limit = context_.stall_limit;
  std::string query = query_of(context_, challenge, repository);
  if (!login.identity_token.empty()) {
    request.method = Method::post;
    request.url = realm;
    request.body = fmt::format("{}&grant_type=refresh_token&client_id={}&refresh_token={}", query, client_id,
                               url_encode(login.identity_token));
    return request;
  }
  request.url = fmt::format("{}{}{}", realm, realm.find('?') == std::string::npos ? '?' : '&', query);
  return request;
}

Task<std::expected<Token, Failure>> Authorizer::ask_token_server(HttpRequest request, std::string repository) {
  const Credentials& login = login_of(repository);
  bool has_secret_body = request.method == Method::post;  // which must not go where a redirect leads
  std::string basic = has_secret_body || login.username.empty() ? "" : basic_authorization(login);
  std::expected<Answer, HttpFailure> answer =
      co_await send_following(context_.http, context_.tls, registry_, std::move(request), std::move(basic),
                              has_secret_body ? 0 : redirects_max);
  if (!answer) co_return std::unexpected(Failure{answer.error().error, answer.error().may_pass, {}});
  std::expected<std::string, HttpFailure> body = co_await read_body(*answer->transfer, token_answer_bytes_max);
  if (!body) co_return std::unexpected(Failure{body.error().error, body.error().may_pass, {}});
  const HttpHead& head = answer->head;
  if (head.status == 200) co_return parse_token_answer(*body);
  std::string message = server_message(*body);
  if (head.status == 401 || head.status == 403 || head.status == 400) {
    if (login.empty()) refuse(repository);
    throw Error(Errc::denied, fmt::format("the token server of {} does not accept the login from {}{}{}", registry_,
                                          login.source, message.empty() ? "" : ": ", message));
  }
  Error error(Errc::network, fmt::format("the token server of {} answers {}{}{}", registry_, head.status,
                                         message.empty() ? "" : ": ", message));
  std::optional<std::chrono::seconds> later = parse_retry_after(head.header("retry-after"), ::time(nullptr));
  co_return std::unexpected(Failure{std::move(error), status_may_pass(head.status), later});
}

Task<Token> Authorizer::fetch_token(Challenge challenge, std::string repository, bool secure) {
  Attempts attempts(context_.retry);
  for (;;) {
    HttpRequest request = token_request(challenge, repository, secure);
    std::expected<Token, Failure> token = co_await ask_token_server(std::move(request), repository);
    if (token) co_return *token;
    co_await attempts.wait_after(std::move(token.error()), context_.note);
  }
}

}  // namespace ccocker::registry
