// spec: formats that other people own, as plain structs with their JSON codecs; no I/O.
//
// A content digest, "sha256:" and 64 hex digits (OCI image spec, descriptor.md, section Digests).
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace rundlet::spec {

class Digest {
 public:
  Digest() = default;
  // Throws invalid_argument unless text is a well-formed sha256 digest.
  static Digest parse(std::string_view text);
  static Digest sha256(std::string hex);

  const std::string& str() const { return text_; }
  std::string_view hex() const { return std::string_view(text_).substr(7); }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Digest&) const = default;

 private:
  std::string text_;
};

}  // namespace rundlet::spec
