#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "registry/digest.h"

namespace ccocker::registry {

// SHA-256 of bytes that come piece by piece, by OpenSSL (which uses the processor's SHA instructions).
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  Digest finish();  // once

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

Digest sha256(std::string_view bytes);

}  // namespace ccocker::registry
