// ~/.docker/config.json, the part about credentials (docker CLI, cli/config/configfile). Text only: who reads
// the file and runs the credential helpers is the caller's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rundlet::spec {

struct DockerConfigAuth {
  std::string auth;  // base64("user:password"); parse_docker_config fills username and password from it
  std::string username, password, email, identity_token, registry_token;
};

struct DockerConfig {
  std::map<std::string, DockerConfigAuth>
      auths;                // keys as written: "https://index.docker.io/v1/", "host:5000"
  std::string creds_store;  // docker-credential-NAME for every registry without a helper
  std::map<std::string, std::string> cred_helpers;  // registry → NAME
  std::map<std::string, std::string> http_headers;
  std::string detach_keys;
};

// Fields about other things are ignored. Throws invalid_argument for malformed text and undecodable auths.
// The base64 decoder (base/codec/sha256.h) is handed in since spec links no codec library.
DockerConfig parse_docker_config(std::string_view text, std::string (*base64_decode)(std::string_view));

// What docker writes and asks for: "https://index.docker.io/v1/" for docker.io, the host itself otherwise.
std::string credential_key(std::string_view registry);
// "host:5000" from an auths key such as "https://host:5000/v2/"; "docker.io" for any spelling of Docker Hub.
std::string credential_host(std::string_view key);
// The entry of `registry` ("docker.io", "127.0.0.1:5000"), under any spelling of its key.
std::optional<DockerConfigAuth> find_auth(const DockerConfig& config, std::string_view registry);
// NAME of the helper responsible for `registry`, empty when there is none.
std::string credential_helper(const DockerConfig& config, std::string_view registry);

// The answer of `docker-credential-NAME get`: {"ServerURL", "Username", "Secret"}; user "<token>" gives an
// identity token.
DockerConfigAuth parse_credential_helper_answer(std::string_view text);

}  // namespace rundlet::spec
