#include "base/codec/json.h"
#include "spec/docker_config.h"

namespace rundlet::spec {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr char kHubKey[] = "https://index.docker.io/v1/";

struct HelperAnswer {
  std::string user, secret;
};

template <class Visitor>
void describe(Visitor& v, HelperAnswer& a) {
  v("Username", a.user);
  v("Secret", a.secret);
}

// "auth" holds base64("user:password") and wins over the separate fields, as in docker.
void fill_from_auth(const std::string& key, DockerConfigAuth& auth,
                    std::string (*base64_decode)(std::string_view)) {
  if (auth.auth.empty()) return;
  std::string pair = base64_decode(auth.auth);
  size_t colon = pair.find(':');
  if (colon == pair.npos || colon == 0)
    throw_invalid("invalid auth configuration file: auths[\"" + key + "\"].auth");
  auth.username = pair.substr(0, colon);
  auth.password = pair.substr(colon + 1);
  while (!auth.password.empty() && auth.password.back() == '\0') auth.password.pop_back();
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, DockerConfigAuth& a) {
  v.omit_empty("auth", a.auth);
  v.omit_empty("username", a.username);
  v.omit_empty("password", a.password);
  v.omit_empty("email", a.email);
  v.omit_empty("identitytoken", a.identity_token);
  v.omit_empty("registrytoken", a.registry_token);
}

template <class Visitor>
void describe(Visitor& v, DockerConfig& c) {
  v("auths", c.auths);
  v.omit_empty("credsStore", c.creds_store);
  v.omit_empty("credHelpers", c.cred_helpers);
  v.omit_empty("HttpHeaders", c.http_headers);
  v.omit_empty("detachKeys", c.detach_keys);
}

DockerConfig parse_docker_config(std::string_view text, std::string (*base64_decode)(std::string_view)) {
  auto config = json::decode<DockerConfig>(text, json::Unknown::ignore);
  for (auto& [key, auth] : config.auths) fill_from_auth(key, auth, base64_decode);
  return config;
}

std::string credential_key(std::string_view registry) {
  std::string host = credential_host(registry);
  return host == kHub ? kHubKey : host;
}

std::string credential_host(std::string_view key) {
  for (std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  std::string_view host = key.substr(0, key.find('/'));
  bool hub = host == "index.docker.io" || host == "registry-1.docker.io";
  return std::string(hub ? kHub : host);
}

std::optional<DockerConfigAuth> find_auth(const DockerConfig& config, std::string_view registry) {
  if (auto exact = config.auths.find(credential_key(registry)); exact != config.auths.end())
    return exact->second;
  for (const auto& [key, auth] : config.auths)
    if (credential_host(key) == credential_host(registry)) return auth;
  return std::nullopt;
}

std::string credential_helper(const DockerConfig& config, std::string_view registry) {
  for (const auto& [key, helper] : config.cred_helpers)
    if (credential_host(key) == credential_host(registry)) return helper;
  return config.creds_store;
}

DockerConfigAuth parse_credential_helper_answer(std::string_view text) {
  auto answer = json::decode<HelperAnswer>(text, json::Unknown::ignore);
  DockerConfigAuth auth;
  if (answer.user == "<token>") {
    auth.identity_token = answer.secret;
  } else {
    auth.username = answer.user;
    auth.password = answer.secret;
  }
  return auth;
}

}  // namespace rundlet::spec
