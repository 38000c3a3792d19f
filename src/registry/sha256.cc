#include "registry/sha256.h"

#include <openssl/evp.h>

#include <string>

#include "loop/dynamic_library.h"
#include "loop/error.h"

namespace ccocker::registry {
namespace {

struct Crypto {
  DynamicLibrary library{"libcrypto.so.3", "libssl3"};
  decltype(&EVP_MD_CTX_new) context_new = library.symbol<decltype(&EVP_MD_CTX_new)>("EVP_MD_CTX_new");
  decltype(&EVP_MD_CTX_free) context_free = library.symbol<decltype(&EVP_MD_CTX_free)>("EVP_MD_CTX_free");
  decltype(&EVP_sha256) sha256 = library.symbol<decltype(&EVP_sha256)>("EVP_sha256");
  decltype(&EVP_DigestInit_ex) init = library.symbol<decltype(&EVP_DigestInit_ex)>("EVP_DigestInit_ex");
  decltype(&EVP_DigestUpdate) update = library.symbol<decltype(&EVP_DigestUpdate)>("EVP_DigestUpdate");
  decltype(&EVP_DigestFinal_ex) finish = library.symbol<decltype(&EVP_DigestFinal_ex)>("EVP_DigestFinal_ex");
};

const Crypto& crypto() {
  static const Crypto table;
  return table;
}

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void check(int result) {
  if (result != 1) throw Error(Errc::failed, "OpenSSL could not compute a SHA-256 digest");
}

}  // namespace

void Sha256::Free::operator()(void* context) const { crypto().context_free(context_of(context)); }

Sha256::Sha256() : context_(crypto().context_new()) {
  if (!context_) throw std::bad_alloc();
  check(crypto().init(context_of(context_.get()), crypto().sha256(), nullptr));
}

void Sha256::update(std::span<const std::byte> bytes) {
  check(crypto().update(context_of(context_.get()), bytes.data(), bytes.size()));
}

Digest Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  check(crypto().finish(context_of(context_.get()), digest, &length));
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return Digest::from_hex(std::move(hex));
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(bytes)));
  return hash.finish();
}

}  // namespace ccocker::registry
