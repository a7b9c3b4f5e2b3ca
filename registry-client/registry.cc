#include "registry-client/registry.h"

#include "base/log.h"
#include "registry-client/state.h"

namespace rundlet::registry_client {
namespace {

constexpr char kDockerHub[] = "docker.io";
constexpr char kDockerHubHost[] = "registry-1.docker.io";

std::string without_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

// HTTPS always; plain HTTP after it for hosts that may be spoken to in the clear.
std::vector<std::string> bases_of(const std::string& registry, const HostPolicy& policy) {
  std::string host = registry == kDockerHub ? kDockerHubHost : registry;
  if (policy.is_insecure(host)) return {"https://" + host, "http://" + host};
  return {"https://" + host};
}

}  // namespace

Registry::State::State(const spec::Reference& reference, const RegistryOptions& options,
                       std::optional<spec::docker_api::AuthConfig> auth)
    : repository(reference), transport(HostPolicy(options)) {
  if (reference.registry == kDockerHub) {
    // The credentials are Docker Hub's: mirrors are asked without them.
    for (const std::string& mirror : options.mirrors)
      endpoints.push_back(std::make_unique<Endpoint>(
          transport, std::vector<std::string>{without_slash(mirror)}, std::nullopt));
  }
  endpoints.push_back(std::make_unique<Endpoint>(transport, bases_of(reference.registry, transport.policy()),
                                                 std::move(auth)));
}

spec::Reference Registry::State::at(const std::string& tag_or_digest) const {
  spec::Reference reference = repository;
  reference.tag = is_digest(tag_or_digest) ? "" : tag_or_digest;
  reference.digest = is_digest(tag_or_digest) ? tag_or_digest : "";
  return reference;
}

void Registry::State::read_from_any(const std::function<void(Endpoint&)>& read,
                                    const std::function<bool()>& may_move_on) {
  for (size_t i = reader;; ++i) {
    try {
      read(*endpoints[i]);
      reader = i;
      return;
    } catch (const Error& e) {
      if (i + 1 >= endpoints.size() || e.code() == ErrorCode::cancelled || !may_move_on()) throw;
      log::info("mirror of {} does not serve: {}", repository.registry, e.message());
    }
  }
}

Registry::Registry(const spec::Reference& repository, RegistryOptions options,
                   std::optional<spec::docker_api::AuthConfig> auth)
    : state_(std::make_unique<State>(repository, options, std::move(auth))) {}

Registry::~Registry() = default;

void Registry::ping(const Cancel& cancel) {
  state_->primary().ping(cancel);
}

}  // namespace rundlet::registry_client
