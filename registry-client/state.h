// What the parts of the facade (registry.h) share.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "registry-client/endpoint.h"
#include "registry-client/registry.h"
#include "registry-client/transport.h"

namespace rundlet::registry_client {

struct Registry::State {
  State(const spec::Reference& reference, const RegistryOptions& options,
        std::optional<spec::docker_api::AuthConfig> auth);

  // Below /v2/: "library/debian/blobs/…".
  std::string target(const std::string& rest) const { return repository.repository + "/" + rest; }
  Scopes pull_scopes() const { return {"repository:" + repository.repository + ":pull"}; }
  Scopes push_scopes() const { return {"repository:" + repository.repository + ":pull,push"}; }
  // The reference as users know it, with this tag or digest.
  spec::Reference at(const std::string& tag_or_digest) const;

  // Runs `read` on the mirrors and then on the registry until one can do it; the one that could is asked
  // first from then on. `may_move_on` turns false once data was delivered.
  void read_from_any(
      const std::function<void(Endpoint&)>& read,
      const std::function<bool()>& may_move_on = [] { return true; });
  Endpoint& primary() { return *endpoints.back(); }

  const spec::Reference repository;
  Transport transport;
  std::vector<std::unique_ptr<Endpoint>> endpoints;  // mirrors, then the registry itself
  std::atomic<size_t> reader{0};
  // Uploads that a refused mount has begun: put_blob goes on with them.
  Guarded<std::map<spec::Digest, std::string>> begun_uploads;
};

// The Accept header of every manifest request: OCI's and docker's types.
std::vector<std::string> manifest_accept_headers();

inline bool is_digest(const std::string& tag_or_digest) {
  return tag_or_digest.find(':') != tag_or_digest.npos;
}

}  // namespace rundlet::registry_client
