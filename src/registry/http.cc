#include "registry/http.h"

#include "loop/scope.h"
#include "registry/http_engine.h"
#include "registry/http_options.h"
#include "registry/http_transfer.h"

namespace ccocker::registry {

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

Transfer::Transfer(std::shared_ptr<TransferState> state) : state_(std::move(state)) {}
Transfer::~Transfer() { state_->detach(); }

Task<std::expected<HttpHead, HttpFailure>> Transfer::head() {
  while (!state_->head_done && !state_->done) co_await state_->changed.wait();
  if (!state_->head_done && state_->result == CURLE_OK) state_->result = CURLE_GOT_NOTHING;
  if (!state_->head_done || state_->proxy_refused()) co_return std::unexpected(state_->failure());
  co_return state_->head;
}

Task<std::optional<HttpFailure>> Transfer::next(std::vector<std::byte>& piece) {
  piece.clear();
  while (state_->body.empty() && !state_->done) co_await state_->changed.wait();
  std::swap(piece, state_->body);
  if (state_->paused) {
    state_->paused = false;
    curl().easy_pause(state_->easy, CURLPAUSE_CONT);  // gives the piece that was held back at once
  }
  if (piece.empty() && state_->result != CURLE_OK) co_return state_->failure();
  co_return std::nullopt;
}

Http::Http() : state_(std::make_unique<HttpState>()) {}
Http::~Http() = default;

Task<void> Http::run() {
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  state_->watchers = &group;
  group.spawn(state_->keep_time());
  std::exception_ptr failure;
  try {
    co_await group.join();
  } catch (...) {
    failure = std::current_exception();
  }
  state_->watchers = nullptr;
  if (failure) std::rethrow_exception(failure);
}

std::unique_ptr<Transfer> Http::start(HttpRequest request) {
  auto state = std::make_shared<TransferState>();
  auto transfer = std::make_unique<Transfer>(state);
  state->request = std::move(request);
  state->easy = curl().easy_init();
  if (!state->easy) throw Error(Errc::failed, "curl_easy_init: out of memory");
  set_options(*state);
  state_->add(*state);
  return transfer;
}

}  // namespace ccocker::registry
