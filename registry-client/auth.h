// Who we are to one registry: basic credentials or bearer tokens (distribution: spec/auth/token.md and
// oauth.md), as its challenges ask for. Tokens are cached per set of scopes until shortly before they expire.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "registry-client/challenge.h"
#include "registry-client/transport.h"
#include "spec/docker_api/image.h"

namespace rundlet::registry_client {

// "repository:library/debian:pull"
using Scopes = std::vector<std::string>;

class Authorizer {
 public:
  Authorizer(Transport& transport, std::optional<spec::docker_api::AuthConfig> credentials);

  // Takes over what a 401 answer asks for.
  void learn(const HttpResponse& response);
  // The Authorization header for a request, nullopt while the registry asks for none. Gets a token when there
  // is no fresh one; several threads that need the same one wait for one request. Throws unauthenticated.
  std::optional<std::string> header(const Scopes& scopes, const Cancel& cancel);
  // After a 401: whether asking again with a new header can help. `used` is the header that was refused.
  bool renew(const HttpResponse& refusal, const Scopes& scopes, const std::optional<std::string>& used);

 private:
  struct Token {
    std::string text;
    int64_t expires_at = 0;  // steady milliseconds
  };

  std::string bearer(const Scopes& scopes, const Cancel& cancel);
  std::string basic() const;
  bool has_password() const { return credentials_ && !credentials_->username.empty(); }
  Token fetch(const Scopes& scopes, const Cancel& cancel);
  HttpRequest token_request(const std::string& realm, const Scopes& scopes) const;
  HttpRequest refresh_request(const std::string& realm, const Scopes& scopes) const;
  void check_realm(const std::string& realm) const;

  Transport& transport_;
  std::optional<spec::docker_api::AuthConfig> credentials_;
  std::mutex mutex_;  // also held while a token is fetched
  std::optional<Challenge> challenge_;
  std::map<Scopes, Token> tokens_;
};

}  // namespace rundlet::registry_client
