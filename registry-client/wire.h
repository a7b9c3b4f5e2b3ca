// The small JSON documents of the registry protocol.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rundlet::registry_client {

// Answer of a token service (distribution: spec/auth/token.md, oauth.md).
struct TokenAnswer {
  std::string token;       // "token" or "access_token"
  int64_t expires_in = 0;  // seconds, 0: not said
};
TokenAnswer parse_token_answer(std::string_view text);

// {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}; empty for any other text.
struct WireError {
  std::string code, message;
};
std::vector<WireError> parse_wire_errors(std::string_view text);

// What a manifest says of itself, for registries whose Content-Type says nothing: media type, "" when it
// cannot be told.
std::string media_type_in(std::string_view manifest);

}  // namespace rundlet::registry_client
