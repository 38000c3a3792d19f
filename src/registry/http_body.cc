#include "registry/http_body.h"

#include <fmt/format.h>

namespace ccocker::registry {

Task<std::expected<std::string, HttpFailure>> read_body(Transfer& transfer, size_t bytes_max) {
  std::string body;
  std::vector<std::byte> piece;
  for (;;) {
    std::optional<HttpFailure> failure = co_await transfer.next(piece);
    if (failure) co_return std::unexpected(std::move(*failure));
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > bytes_max)
      co_return std::unexpected(HttpFailure{
          Error(Errc::corrupt, fmt::format("the answer is longer than {} bytes", bytes_max)), false, false});
    body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
}

}  // namespace ccocker::registry
