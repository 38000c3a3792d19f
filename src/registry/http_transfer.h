#pragma once
// The inside of a Transfer: a request in flight and what has come of its answer.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "loop/sync.h"
#include "registry/curl_api.h"
#include "registry/http.h"

namespace ccocker::registry {

struct TransferState {
  HttpState* http = nullptr;  // null once it is no longer in the multi
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpRequest request;
  std::string proxy;  // that it goes through; "" for none
  char error_text[CURL_ERROR_SIZE] = {};

  uint64_t sent_bytes = 0;  // of the request's file

  HttpHead head;
  size_t header_bytes = 0;
  bool head_done = false, done = false, paused = false, claimed_too_much = false;
  CURLcode result = CURLE_OK;
  std::vector<std::byte> body;
  WaitList changed;

  void finish(CURLcode code);
  void detach();
  size_t on_header(std::string_view line);
  size_t on_body(std::span<const std::byte> bytes);
  size_t give_body(std::span<std::byte> to);
  bool proxy_refused() const;
  std::chrono::seconds stall_limit() const;  // now: the request's own, or that for the answer
  HttpFailure failure() const;
};

}  // namespace ccocker::registry
