#include "registry-client/registry.h"
#include "registry-client/registry_error.h"
#include "registry-client/state.h"

namespace rundlet::registry_client {

std::optional<spec::Digest> Registry::head_manifest(const std::string& tag_or_digest, const Cancel& cancel) {
  ApiRequest request;
  request.method = "HEAD";
  request.target = state_->target("manifests/" + tag_or_digest);
  request.headers = manifest_accept_headers();
  request.scopes = state_->pull_scopes();
  std::optional<spec::Digest> digest;
  state_->read_from_any([&](Endpoint& endpoint) {
    HttpResponse response = endpoint.send(request, cancel);
    if (response.status == 404) return;
    if (!response.ok()) throw_refusal(response);
    auto named = response.header("Docker-Content-Digest");
    digest = named ? spec::Digest::parse(*named) : get_manifest(tag_or_digest, cancel).digest;
  });
  return digest;
}

}  // namespace rundlet::registry_client
