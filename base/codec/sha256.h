// SHA-256, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rundlet::codec {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view data);
  // 64 lower-case hex digits. The object is done after it.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view data);
std::string base64_encode(std::string_view data);
// Accepts the standard and the URL-safe alphabet, padded or not; throws invalid_argument.
std::string base64_decode(std::string_view text);

}  // namespace rundlet::codec
