#include "cli/session.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/proc/spawn.h"
#include "cli/daemon_start.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::AuthConfig;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string configured_host(const GlobalOptions& options) {
  if (!options.host.empty()) return options.host;
  if (std::string host = environment("RUNDLET_HOST"); !host.empty()) return host;
  return environment("DOCKER_HOST");
}

std::string default_config_dir() {
  if (std::string dir = environment("DOCKER_CONFIG"); !dir.empty()) return dir;
  return environment("HOME") + "/.docker";
}

AuthConfig to_auth_config(const spec::DockerConfigAuth& auth, const std::string& key) {
  AuthConfig config;
  config.username = auth.username;
  config.password = auth.password;
  config.email = auth.email;
  config.identity_token = auth.identity_token;
  config.registry_token = auth.registry_token;
  config.server_address = key;
  return config;
}

// nullopt when the helper knows none. Helpers say so with an error text and exit code 1.
std::optional<AuthConfig> ask_helper(const std::string& helper, const std::string& key) {
  std::string program = "docker-credential-" + helper;
  auto output = proc::run({{program, "get"}}, key);
  if (output.status.code == 0) return to_auth_config(spec::parse_credential_helper_answer(output.out), key);
  if (output.out.find("credentials not found") != std::string::npos) return std::nullopt;
  throw_error(ErrorCode::internal,
              fmt::format("error getting credentials - {} failed: {}", program, output.out + output.err));
}

}  // namespace

http::Endpoint Session::endpoint() const {
  std::string host = configured_host(options_);
  if (host.empty()) host = std::string("unix://") + kDefaultSocket;
  http::Endpoint endpoint = http::parse_endpoint(host);
  bool verify = options_.tls_verify.value_or(!environment("DOCKER_TLS_VERIFY").empty());
  if (!endpoint.unix_path.empty() || !(verify || options_.tls)) return endpoint;
  std::string certs = environment("DOCKER_CERT_PATH");
  if (certs.empty()) certs = options_.config_dir.empty() ? default_config_dir() : options_.config_dir;
  auto file = [&](const std::string& given, const char* name) {
    return given.empty() ? certs + "/" + name : given;
  };
  endpoint.tls = true;
  endpoint.verify = verify;
  if (verify) endpoint.ca_file = file(options_.tls_ca, "ca.pem");
  endpoint.cert_file = file(options_.tls_cert, "cert.pem");
  endpoint.key_file = file(options_.tls_key, "key.pem");
  return endpoint;
}

orchestrate::EngineClient& Session::engine() {
  if (engine_) return *engine_;
  http::Endpoint target = endpoint();
  if (configured_host(options_).empty()) ensure_daemon(target.unix_path);
  engine_ = std::make_unique<orchestrate::EngineClient>(std::move(target));
  for (const auto& [name, value] : config().http_headers) engine_->add_header(name, value);
  return *engine_;
}

std::string Session::config_path() const {
  return (options_.config_dir.empty() ? default_config_dir() : options_.config_dir) + "/config.json";
}

const spec::DockerConfig& Session::config() {
  if (config_) return *config_;
  std::string text;
  try {
    text = read_file(config_path());
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
    return config_.emplace();
  }
  try {
    return config_.emplace(spec::parse_docker_config(text, codec::base64_decode));
  } catch (const Error& e) {
    throw e.with_context("Error loading config file: " + config_path());
  }
}

AuthConfig Session::credentials(const std::string& registry) {
  std::string key = spec::credential_key(registry);
  if (std::string helper = spec::credential_helper(config(), registry); !helper.empty())
    return ask_helper(helper, key).value_or(AuthConfig());
  auto auth = spec::find_auth(config(), registry);
  return auth ? to_auth_config(*auth, key) : AuthConfig();
}

std::map<std::string, AuthConfig> Session::all_credentials() {
  std::map<std::string, AuthConfig> all;
  for (const auto& [key, auth] : config().auths) {
    AuthConfig found = credentials(spec::credential_host(key));
    if (!found.username.empty() || !found.identity_token.empty() || !found.registry_token.empty())
      all[key] = found;
  }
  for (const auto& [key, helper] : config().cred_helpers)
    if (auto found = ask_helper(helper, spec::credential_key(key))) all[spec::credential_key(key)] = *found;
  return all;
}

}  // namespace rundlet::cli
