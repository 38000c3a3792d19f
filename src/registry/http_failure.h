#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "registry/http.h"

namespace ccocker::registry {

// How libcurl says that a request failed.
struct CurlFailure {
  int code;            // CURLcode
  int os_errno;        // of connect(2), 0 when unknown
  std::string detail;  // libcurl's own words
  std::string url;
  std::string certificates_name;  // as in TlsPolicy
  std::string proxy;              // that is asked to connect; "" for none
  int proxy_status;               // its answer to CONNECT, 0 when there is none
  std::chrono::milliseconds connect_limit;
  std::chrono::seconds stall_limit;
};

// The sentence: who was asked, what went wrong, what to do about it.
HttpFailure explain_failure(const CurlFailure& failure);

}  // namespace ccocker::registry
