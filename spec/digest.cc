#include "spec/digest.h"

#include <algorithm>

#include "base/error.h"

namespace rundlet::spec {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr size_t kHexLength = 64;

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

Digest Digest::parse(std::string_view text) {
  if (text.find(':') == text.npos) throw_invalid("invalid checksum digest format: " + std::string(text));
  if (!text.starts_with(kPrefix)) throw_invalid("unsupported digest algorithm: " + std::string(text));
  std::string_view hex = text.substr(kPrefix.size());
  if (hex.size() != kHexLength) throw_invalid("invalid checksum digest length: " + std::string(text));
  if (!std::all_of(hex.begin(), hex.end(), is_lower_hex))
    throw_invalid("invalid checksum digest format: " + std::string(text));
  Digest digest;
  digest.text_ = text;
  return digest;
}

Digest Digest::sha256(std::string hex) {
  return parse(std::string(kPrefix) + hex);
}

}  // namespace rundlet::spec
