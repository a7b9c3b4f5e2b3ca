// registry-client: the wire protocol of OCI registries (distribution-spec 1.1, Docker's registry API v2 with
// its token authentication), nothing of what is done with the bytes. libcurl does HTTP, TLS and proxies.
//
// One Registry object serves one registry and repository with one set of credentials; it may be used from
// several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "spec/digest.h"
#include "spec/docker_api/image.h"
#include "spec/reference.h"

namespace rundlet::registry_client {

struct RegistryOptions {
  std::vector<std::string> mirrors;   // of docker.io: "https://host", "http://127.0.0.1:5000"
  std::vector<std::string> insecure;  // "host:port" or CIDR: plain HTTP and unverified TLS are allowed
  std::string certs_directory = "/etc/docker/certs.d";  // HOST/ca.crt, client.cert, client.key, as docker
};

struct FetchedManifest {
  std::string media_type;
  spec::Digest digest;
  std::string bytes;
};

class Registry {
 public:
  Registry(const spec::Reference& repository, RegistryOptions options,
           std::optional<spec::docker_api::AuthConfig> auth);
  ~Registry();

  // By tag or digest; the digest is checked against the bytes. Throws not_found ("manifest for … not found"),
  // unauthenticated, permission_denied, unavailable.
  FetchedManifest get_manifest(const std::string& tag_or_digest, const Cancel& cancel = {});
  std::optional<spec::Digest> head_manifest(const std::string& tag_or_digest, const Cancel& cancel = {});
  // Returns the digest the registry gave it.
  spec::Digest put_manifest(const std::string& tag_or_digest, const std::string& media_type,
                            std::string_view bytes, const Cancel& cancel = {});

  // Streams a blob from `offset` on; `on_data` is called with what arrives. When the registry cannot serve a
  // range, on_restart is called before the first byte. A broken connection throws unavailable: the caller
  // resumes by calling again with a higher offset. Does not check the digest.
  void get_blob(const spec::Digest& digest, uint64_t offset,
                const std::function<void(std::string_view)>& on_data, const std::function<void()>& on_restart,
                const Cancel& cancel = {});
  bool has_blob(const spec::Digest& digest, const Cancel& cancel = {});
  // True when the registry took the blob from its other repository without a transfer.
  bool mount_blob(const spec::Digest& digest, const std::string& from_repository, const Cancel& cancel = {});
  // `read` fills a buffer and returns the count, 0 at the end; `size` bytes in all.
  void put_blob(const spec::Digest& digest, uint64_t size, const std::function<size_t(char*, size_t)>& read,
                const Cancel& cancel = {});
  // Next to nothing but a check of the credentials (docker login).
  void ping(const Cancel& cancel = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ~/.docker/config.json: auths (base64), and credHelpers / credsStore by running docker-credential-NAME.
// nullopt when it says nothing about the registry.
std::optional<spec::docker_api::AuthConfig> credentials_from_file(const std::string& config_path,
                                                                  const std::string& registry);

}  // namespace rundlet::registry_client
