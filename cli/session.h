// What a command works with: the engine it speaks to, and the user's configuration.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "orchestrate/engine/engine_client.h"
#include "spec/docker_config.h"

namespace rundlet::cli {

struct GlobalOptions {
  std::string host;        // -H; empty: RUNDLET_HOST, DOCKER_HOST, or the local daemon
  std::string config_dir;  // empty: DOCKER_CONFIG or ~/.docker
  bool tls = false;
  std::optional<bool> tls_verify;  // unset: DOCKER_TLS_VERIFY
  std::string tls_ca, tls_cert, tls_key;
  bool debug = false;
};

class Session {
 public:
  explicit Session(GlobalOptions options) : options_(std::move(options)) {}

  // Connects at the first call; starts a daemon when none is running and no host is configured.
  orchestrate::EngineClient& engine();
  // ~/.docker/config.json; empty when there is none.
  const spec::DockerConfig& config();
  // The credentials for a registry ("docker.io", "127.0.0.1:5000"), from the file or a credential helper;
  // empty fields when there are none.
  spec::docker_api::AuthConfig credentials(const std::string& registry);
  // All that the file itself holds, by registry: what a build may need.
  std::map<std::string, spec::docker_api::AuthConfig> all_credentials();

 private:
  http::Endpoint endpoint() const;
  std::string config_path() const;

  GlobalOptions options_;
  std::unique_ptr<orchestrate::EngineClient> engine_;
  std::optional<spec::DockerConfig> config_;
};

inline constexpr char kDefaultSocket[] = "/run/rundlet/rundlet.sock";

}  // namespace rundlet::cli
