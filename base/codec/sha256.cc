#include "base/codec/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "base/error.h"

namespace rundlet::codec {

struct Sha256::State {
  State() : context(::EVP_MD_CTX_new()) {
    if (context == nullptr || ::EVP_DigestInit_ex(context, ::EVP_sha256(), nullptr) != 1)
      throw_error(ErrorCode::internal, "SHA-256 is not available");
  }
  ~State() { ::EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view data) {
  if (::EVP_DigestUpdate(state_->context, data.data(), data.size()) != 1)
    throw_error(ErrorCode::internal, "SHA-256 failed");
}

std::string Sha256::hex() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (::EVP_DigestFinal_ex(state_->context, digest.data(), &size) != 1)
    throw_error(ErrorCode::internal, "SHA-256 failed");
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view data) {
  Sha256 hash;
  hash.update(data);
  return hash.hex();
}

}  // namespace rundlet::codec
