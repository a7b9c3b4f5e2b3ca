#include "registry-client/auth.h"

#include <algorithm>

#include "base/clock.h"
#include "base/codec/sha256.h"
#include "registry-client/registry_error.h"
#include "registry-client/retry.h"
#include "registry-client/url.h"
#include "registry-client/wire.h"

namespace rundlet::registry_client {
namespace {

constexpr int64_t kDefaultTokenSeconds = 60;  // token.md: what a missing expires_in means
constexpr int64_t kRenewBeforeMillis = 10'000;
constexpr char kClientId[] = "rundlet";

// Bearer is preferred where a registry offers both.
std::optional<Challenge> choose(const HttpResponse& response) {
  std::optional<Challenge> chosen;
  for (const std::string& header : response.header_values("WWW-Authenticate")) {
    for (Challenge& challenge : parse_challenges(header)) {
      if (challenge.scheme == "bearer") return std::move(challenge);
      if (challenge.scheme == "basic" && !chosen) chosen = std::move(challenge);
    }
  }
  return chosen;
}

std::string parameter(const Challenge& challenge, const char* name) {
  auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? "" : found->second;
}

// The scopes we need and the one the registry named, if that is another.
Scopes merged(Scopes scopes, const std::string& named) {
  bool known = named.empty() || std::any_of(scopes.begin(), scopes.end(), [&](const std::string& ours) {
                 return ours == named || ours.starts_with(named + ",");
               });
  if (!known) scopes.push_back(named);
  return scopes;
}

// A header is built from it: nothing but visible characters.
void check_token(const std::string& token) {
  bool clean = std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (token.empty() || !clean)
    throw_error(ErrorCode::unauthenticated,
                "authorization server did not include a usable token in the response");
}

// AuthConfig may carry user and password as base64("user:password").
void unpack_auth(spec::docker_api::AuthConfig& credentials) {
  if (credentials.auth.empty() || !credentials.username.empty()) return;
  std::string pair = codec::base64_decode(credentials.auth);
  size_t colon = pair.find(':');
  if (colon == pair.npos) throw_invalid("invalid auth configuration: no user name in \"auth\"");
  credentials.username = pair.substr(0, colon);
  credentials.password = pair.substr(colon + 1);
}

}  // namespace

Authorizer::Authorizer(Transport& transport, std::optional<spec::docker_api::AuthConfig> credentials)
    : transport_(transport), credentials_(std::move(credentials)) {
  if (credentials_) unpack_auth(*credentials_);
}

void Authorizer::learn(const HttpResponse& response) {
  auto challenge = choose(response);
  std::lock_guard lock(mutex_);
  if (challenge) challenge_ = std::move(challenge);
}

std::optional<std::string> Authorizer::header(const Scopes& scopes, const Cancel& cancel) {
  std::lock_guard lock(mutex_);
  if (!challenge_) return std::nullopt;
  if (challenge_->scheme == "basic") return basic();
  return bearer(scopes, cancel);
}

bool Authorizer::renew(const HttpResponse& refusal, const Scopes& scopes,
                       const std::optional<std::string>& used) {
  auto challenge = choose(refusal);
  if (!challenge) return false;
  std::lock_guard lock(mutex_);
  bool same_scheme = challenge_ && challenge_->scheme == challenge->scheme;
  challenge_ = std::move(challenge);
  if (!used) return true;
  if (challenge_->scheme == "basic") return !same_scheme;
  auto cached = tokens_.find(scopes);
  // Another thread may have replaced the refused token already.
  if (cached != tokens_.end() && "Authorization: Bearer " + cached->second.text == *used)
    tokens_.erase(cached);
  return credentials_ == std::nullopt || credentials_->registry_token.empty();
}

std::string Authorizer::basic() const {
  if (!has_password()) throw_error(ErrorCode::unauthenticated, "no basic auth credentials");
  return "Authorization: Basic " +
         codec::base64_encode(credentials_->username + ":" + credentials_->password);
}

std::string Authorizer::bearer(const Scopes& scopes, const Cancel& cancel) {
  if (credentials_ && !credentials_->registry_token.empty())
    return "Authorization: Bearer " + credentials_->registry_token;
  Token& token = tokens_[scopes];
  if (token.expires_at - kRenewBeforeMillis < steady_millis()) token = fetch(scopes, cancel);
  return "Authorization: Bearer " + token.text;
}

Authorizer::Token Authorizer::fetch(const Scopes& scopes, const Cancel& cancel) {
  std::string realm = parameter(*challenge_, "realm");
  if (realm.empty()) throw_error(ErrorCode::unauthenticated, "the registry's token challenge names no realm");
  check_realm(realm);
  Scopes wanted = merged(scopes, parameter(*challenge_, "scope"));
  bool refresh = credentials_ && !credentials_->identity_token.empty();
  HttpRequest request = refresh ? refresh_request(realm, wanted) : token_request(realm, wanted);
  HttpResponse response = send_with_retries([&] { return transport_.exchange(request, {}, cancel); },
                                            [] { return true; }, cancel);
  if (response.status == 401) throw_error(ErrorCode::unauthenticated, describe_refusal(response));
  if (!response.ok()) throw Error(code_of_refusal(response), describe_refusal(response)).with_context(realm);
  TokenAnswer answer = parse_token_answer(response.body);
  check_token(answer.token);
  int64_t seconds = answer.expires_in > 0 ? answer.expires_in : kDefaultTokenSeconds;
  return {answer.token, steady_millis() + std::max(seconds, kDefaultTokenSeconds) * 1000};
}

HttpRequest Authorizer::token_request(const std::string& realm, const Scopes& scopes) const {
  HttpRequest request;
  request.url = realm;
  std::string service = parameter(*challenge_, "service");
  if (has_password()) request.url = with_query(request.url, "account", credentials_->username);
  request.url = with_query(request.url, "client_id", kClientId);
  for (const std::string& scope : scopes) request.url = with_query(request.url, "scope", scope);
  if (!service.empty()) request.url = with_query(request.url, "service", service);
  if (has_password()) request.headers.push_back(basic());
  return request;
}

HttpRequest Authorizer::refresh_request(const std::string& realm, const Scopes& scopes) const {
  std::string scope_list;
  for (const std::string& scope : scopes) scope_list += (scope_list.empty() ? "" : " ") + scope;
  HttpRequest request;
  request.method = "POST";
  request.url = realm;
  request.headers.push_back("Content-Type: application/x-www-form-urlencoded");
  request.body = "grant_type=refresh_token&service=" + url_encode(parameter(*challenge_, "service")) +
                 "&client_id=" + kClientId + "&scope=" + url_encode(scope_list) +
                 "&refresh_token=" + url_encode(credentials_->identity_token);
  return request;
}

// Passwords travel encrypted, or to hosts that may be spoken to in the clear.
void Authorizer::check_realm(const std::string& realm) const {
  bool secret = has_password() || (credentials_ && !credentials_->identity_token.empty());
  bool clear = split_url(realm).scheme == "http";
  if (secret && clear && !transport_.policy().is_insecure(authority_of(realm)))
    throw_error(ErrorCode::unauthenticated,
                "refusing to send credentials to " + realm + " without encryption");
}

}  // namespace rundlet::registry_client
