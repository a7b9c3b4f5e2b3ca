#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/proc/spawn.h"
#include "registry-client/registry.h"
#include "spec/docker_config.h"

namespace rundlet::registry_client {
namespace {

spec::docker_api::AuthConfig to_auth_config(const spec::DockerConfigAuth& from, const std::string& registry) {
  spec::docker_api::AuthConfig auth;
  auth.username = from.username;
  auth.password = from.password;
  auth.email = from.email;
  auth.identity_token = from.identity_token;
  auth.registry_token = from.registry_token;
  auth.server_address = spec::credential_key(registry);
  return auth;
}

// docker-credential-helpers: the registry on stdin, JSON on stdout; "credentials not found" and exit 1 for
// none.
std::optional<spec::DockerConfigAuth> ask_helper(const std::string& name, const std::string& registry) {
  std::string program = "docker-credential-" + name;
  proc::Output output = proc::run({.argv = {program, "get"}}, spec::credential_key(registry));
  if (output.status.code == 0) return spec::parse_credential_helper_answer(output.out);
  std::string text = output.out + output.err;
  if (text.find("credentials not found") != text.npos) return std::nullopt;
  throw_error(ErrorCode::internal, "error getting credentials - err: exit status " +
                                       std::to_string(output.status.code) + ", out: `" + text + "`");
}

}  // namespace

std::optional<spec::docker_api::AuthConfig> credentials_from_file(const std::string& config_path,
                                                                  const std::string& registry) {
  if (::access(config_path.c_str(), F_OK) != 0) return std::nullopt;
  spec::DockerConfig config = spec::parse_docker_config(read_file(config_path), codec::base64_decode);
  std::string helper = spec::credential_helper(config, registry);
  auto found = helper.empty() ? spec::find_auth(config, registry) : ask_helper(helper, registry);
  if (!found) return std::nullopt;
  return to_auth_config(*found, registry);
}

}  // namespace rundlet::registry_client
